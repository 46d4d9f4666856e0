"""The curve of whatever the portfolio looks at, over any range of days: read from daily sums and facts, never computed.

A team's and a tier's services are read from their sums, as they were on that day. What a finer filter chooses, or what a person
sees beside whole teams, is read from the facts of the services that fit today. The number of statements is constant; a page
keeps the answer as it keeps its other figures (`kept.py`).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.catalog.reach import services_where
from readiness.portfolio.models import DailyFact, DailySum
from readiness.portfolio.rules import WEEKS, Forecast, forecast, thinned
from readiness.portfolio.selection import Selection
from readiness.portfolio.service_list import Filters

MOST = 120
"""A chart shows no more points."""
MOST_OF_FACTS = 40
"""Nor so many where each is added up from the facts of single services."""
STOCKS = ("applicable", "met", "open", "unsure", "waived", "hard_open", "gaps", "overdue")
DECISIONS = {"go": Decision.GO, "conditional": Decision.CONDITIONAL, "no_go": Decision.NO_GO}
UNKNOWN = Forecast(None, None, "Nothing was recorded yet.")


@dataclass(frozen=True, slots=True)
class Point:
    """The end of one day: so many services were measured, by decision; the rest as in `models.facts.Counted`.

    `by_machine` is None where nobody knows any more: history says that an item was met, not by which proof.
    """

    day: date
    services: int
    go: int
    conditional: int
    no_go: int
    applicable: int
    met: int
    by_machine: int | None
    open: int
    unsure: int
    waived: int
    hard_open: int
    gaps: int
    overdue: int

    @property
    def met_percent(self) -> int | None:
        return round(100 * self.met / self.applicable) if self.applicable else None

    @property
    def machine_percent(self) -> int | None:
        """Coverage: of what applies, how much rests on what a machine saw."""
        if self.by_machine is None or not self.applicable:
            return None
        return round(100 * self.by_machine / self.applicable)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days, `ends_on` included. `is_whole`: each of them was recorded."""

    ends_on: date
    opened: int
    closed: int
    is_whole: bool

    @property
    def net(self) -> int:
        """So many more were closed than opened."""
        return self.closed - self.opened


@dataclass(frozen=True, slots=True)
class Trend:
    """`points` in the order of time; a day that nobody recorded has none. `weeks` are the last eight, and whence the forecast
    comes, whatever range is looked at. `first_known` and `last_known`: the days that there is anything to look at.
    """

    points: tuple[Point, ...] = ()
    weeks: tuple[Week, ...] = ()
    forecast: Forecast = UNKNOWN
    first_known: date | None = None
    last_known: date | None = None

    @property
    def latest(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def burn_down(self) -> list[tuple[date, int]]:
        """The forecast as two ends of a line: open now, none then. Empty without one, and where the points end in the past."""
        if self.latest is None or self.forecast.done_on is None or self.latest.day != self.last_known:
            return []
        return [(self.latest.day, self.latest.gaps), (self.forecast.done_on, 0)]


def trend(user: User, selection: Selection, first: date, last: date, *, action: Action = Action.SEE) -> Trend:
    """Both days included, of the services for which `user` may do `action`. Three statements, five for whoever sees single
    services beside whole teams.
    """
    known = _known()
    if known is None:
        return Trend()
    sources = sources_of(user, selection, action)
    days = _days_shown(sources, first, last, known)
    found = {point.day: point for point in _points(sources, {*days, known[1]})}
    points = tuple(found[day] for day in days if day in found)
    weeks = tuple(_weeks(sources, ends_on=min(known[1], selection.today - timedelta(days=1))))
    now = found[known[1]].gaps if known[1] in found else 0
    ahead = forecast(now, [week.net for week in weeks if week.is_whole], selection.today)
    return Trend(points, weeks, ahead, *known)


def points_of(
    user: User, selection: Selection, first: date, last: date, *, action: Action = Action.SEE
) -> tuple[Point, ...]:
    """The points alone: two statements, three for whoever sees single services beside whole teams."""
    known = _known()
    if known is None:
        return ()
    sources = sources_of(user, selection, action)
    return tuple(_points(sources, _days_shown(sources, first, last, known)))


def _known() -> tuple[date, date] | None:
    """The first and the last day that were recorded."""
    known = DailySum.objects.aggregate(first=Min("day"), last=Max("day"))
    return None if known["last"] is None else (known["first"], known["last"])


def _days_shown(sources: "Sources", first: date, last: date, known: tuple[date, date]) -> list[date]:
    return thinned(max(first, known[0]), min(last, known[1]), sources.most)


@dataclass(frozen=True, slots=True)
class Sources:
    """What is added up: sums of whole teams, and facts of single services. Either may be None: then it has nothing to add.
    `services`: all that they speak of, as they fit today.
    """

    services: ServiceQuerySet
    sums: "QuerySet[DailySum] | None"
    facts: "QuerySet[DailyFact] | None"

    @property
    def most(self) -> int:
        return MOST if self.sums is not None else MOST_OF_FACTS

    @property
    def both(self) -> "list[QuerySet[Any]]":
        return [rows for rows in (self.sums, self.facts) if rows is not None]


def sources_of(user: User, selection: Selection, action: Action = Action.SEE) -> Sources:
    services = selection.among(_reach(user, action), user)
    if not _is_plain(selection):
        return Sources(services, None, facts_of(services))
    sums = DailySum.objects.filter(_within(selection.services))
    if policy.is_everywhere(user, action):
        return Sources(services, sums, None)
    teams = policy.teams_where(user, action)
    return Sources(services, sums.filter(team__in=teams), facts_of(services.exclude(team__in=teams)))


def facts_behind(user: User, selection: Selection, *, action: Action = Action.SEE) -> "QuerySet[DailyFact]":
    """The facts of single services that a point adds up, those of services that have retired since included, as its sums are."""
    reach = _reach(user, action)
    services = reach.filter(_within(selection.services)) if _is_plain(selection) else selection.among(reach, user)
    return facts_of(services)


def _reach(user: User, action: Action) -> ServiceQuerySet:
    return Service.objects.visible_to(user) if action is Action.SEE else services_where(user, action)


def _is_plain(selection: Selection) -> bool:
    """Only by team and tier, as the sums are."""
    rest = replace(selection.services, team="", tier=None, sort="")
    return rest == Filters(sort="") and not (selection.decision or selection.window)


def _within(chosen: Filters) -> Q:
    within = Q(team__slug=chosen.team) if chosen.team else Q()
    return within & Q(tier=chosen.tier) if chosen.tier else within


def facts_of(services: ServiceQuerySet) -> "QuerySet[DailyFact]":
    return DailyFact.objects.filter(service__in=services.order_by().values("pk"))


def _points(sources: Sources, days: Collection[date]) -> Iterator[Point]:
    """One statement for each source."""
    added: dict[date, Counter[str]] = {}
    for rows in sources.both:
        for row in _stocks(rows.filter(day__in=days)):
            added.setdefault(row.pop("day"), Counter()).update({name: number or 0 for name, number in row.items()})
    names = [field.name for field in fields(Point) if field.name not in {"day", "by_machine"}]
    for day in sorted(added):
        sums = added[day]
        is_known = sums["rows"] == sums["rows_by_machine"]
        yield Point(
            day=day, by_machine=sums["by_machine"] if is_known else None, **{name: sums[name] for name in names}
        )


def _stocks(rows: "QuerySet[Any]") -> Iterable[dict[str, Any]]:
    counted: dict[str, Any]
    if rows.model is DailySum:
        counted = {name: Sum(name) for name in ("services", *DECISIONS)}
    else:
        counted = {"services": Count("pk")} | {
            name: Count("pk", filter=Q(decision=decision)) for name, decision in DECISIONS.items()
        }
    sums = {name: Sum(name) for name in (*STOCKS, "by_machine")}
    known = {"rows": Count("pk"), "rows_by_machine": Count("by_machine")}
    annotated = (
        rows.order_by().values("day").annotate(**{f"n_{key}": made for key, made in (counted | sums | known).items()})
    )
    return [{name.removeprefix("n_"): number for name, number in row.items()} for row in annotated]


def _weeks(sources: Sources, *, ends_on: date) -> Iterator[Week]:
    """One statement for each source."""
    first = ends_on - timedelta(weeks=WEEKS) + timedelta(days=1)
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    for rows in sources.both:
        moved = rows.filter(day__range=(first, ends_on)).order_by().values("day")
        for row in moved.annotate(n_opened=Sum("opened"), n_closed=Sum("closed")):
            opened[row["day"]] += row["n_opened"]
            closed[row["day"]] += row["n_closed"]
    for week in range(WEEKS):
        days = [first + timedelta(days=week * 7 + at) for at in range(7)]
        numbers = (sum(opened[day] for day in days), sum(closed[day] for day in days))
        yield Week(days[-1], *numbers, is_whole=all(day in opened for day in days))
