"""All that stands above the heat map, counted together and kept together."""

from dataclasses import dataclass, replace

from readiness.accounts.models import User
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.portfolio.kept import Kept
from readiness.portfolio.launches import Launch, worries
from readiness.portfolio.needs import TeamNeed, needs
from readiness.portfolio.overdue import Overdue, overdue
from readiness.portfolio.selection import Selection
from readiness.portfolio.summary import Summary, summary
from readiness.portfolio.worry import reviews_beside


@dataclass(frozen=True, slots=True)
class Overview:
    summary: Summary
    launches: list[Launch]
    overdue: Overdue
    teams: list[TeamNeed]
    """Those that need help, the neediest first."""

    @property
    def first_worry(self) -> Launch | None:
        """The launch that worries most; None where nothing stands in the way of any."""
        return next((launch for launch in self.launches if launch.worry), None)

    @property
    def more_launches(self) -> int:
        return self.summary.total.upcoming - len(self.launches)


_kept: Kept[Overview] = Kept(most=128, seconds=30)


def overview(user: User, selection: Selection) -> Overview:
    """One statement when nothing was recorded since the last time; four otherwise, which read every selected service."""
    asked = replace(selection, sort="")
    # A policy's answer may end by itself, without an entry: then the person's grants are others.
    grants = tuple(grant.pk for grant in user.live_grants())
    return _kept.get((user.pk, grants, asked), lambda: _counted(user, asked))


def _counted(user: User, selection: Selection) -> Overview:
    services = selected(user, selection)
    team = selection.services.team
    of_all_teams = selected(user, replace(selection, services=replace(selection.services, team="")))
    counted = summary(of_all_teams, user, selection.today, team)
    late = overdue(services, selection.today)
    return Overview(
        summary=counted,
        launches=worries(services, selection.today, reviews_beside(user)),
        overdue=late,
        teams=needs(counted.chosen, late),
    )


def selected(user: User, selection: Selection) -> ServiceQuerySet:
    """What of all that this person may see is looked at."""
    return selection.among(Service.objects.visible_to(user), user)
