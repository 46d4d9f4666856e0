"""All that stands above the heat map, counted together and kept together; and beside it the order of its rows."""

from array import array
from dataclasses import dataclass, replace

from readiness.accounts.models import User
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.portfolio.kept import Kept, last_change
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
_orders: Kept["array[int]"] = Kept(most=64, seconds=30)
"""80 KB for ten thousand services."""


@dataclass(frozen=True, slots=True)
class Looked:
    """`found`: the numbers of all selected services, in order. A page is a stretch of them, however far in it is. None at the
    first look after a change, whose one page is asked for by itself.
    """

    overview: Overview
    found: "array[int] | None"


def look(user: User, selection: Selection) -> Looked:
    """Four statements after a change, which read every selected service; two the next time, one after that."""
    # A policy's answer may end by itself, without an entry: then the person's grants are others.
    who = user.pk, tuple(grant.pk for grant in user.live_grants())
    since, asked = last_change(), replace(selection, sort="")
    is_known = _kept.knows((who, asked), since)
    seen = _kept.get((who, asked), lambda: _counted(user, asked), since=since)
    order = (who, selection)
    return Looked(seen, _orders.get(order, lambda: _found(user, selection), since=since) if is_known else None)


def _found(user: User, selection: Selection) -> "array[int]":
    return array("q", selection.found(selected(user, selection)).values_list("pk", flat=True))


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
