"""All that stands above the heat map, counted together and kept together."""

from dataclasses import dataclass, replace

from readiness.accounts.models import User
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.portfolio.kept import Kept
from readiness.portfolio.launches import Launch, launches
from readiness.portfolio.overdue import Overdue, overdue
from readiness.portfolio.selection import Selection
from readiness.portfolio.summary import Summary, summary


@dataclass(frozen=True, slots=True)
class Overview:
    summary: Summary
    launches: list[Launch]
    overdue: Overdue

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
    return Overview(
        summary=summary(of_all_teams, user, selection.today, team),
        launches=launches(services, selection.today),
        overdue=overdue(services, selection.today),
    )


def selected(user: User, selection: Selection) -> ServiceQuerySet:
    """What of all that this person may see is looked at."""
    return selection.among(Service.objects.visible_to(user), user)
