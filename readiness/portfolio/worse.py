"""Where it is getting worse: the last recorded day beside one four weeks before, by team and by service."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, Q, Sum

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.rules import Decision
from readiness.portfolio.models import DailySum
from readiness.portfolio.rules import Standing
from readiness.portfolio.selection import Selection
from readiness.portfolio.trend import Sources, facts_of, sources_of

SINCE = timedelta(weeks=4)
SHOWN = 6
WORSE = ("hard_open", "overdue", "gaps")


@dataclass(frozen=True, slots=True)
class Change:
    """Of a team or of a service: what it was and what it is. The decisions are a service's only, empty for a team."""

    slug: str
    name: str
    now: Standing
    before: Standing
    team: str = ""
    decision: str = ""
    decision_before: str = ""

    @property
    def rise(self) -> tuple[int, int, int]:
        """Hard gates, overdue gaps, open gaps: so many more."""
        return self.now.since(self.before)

    @property
    def words(self) -> str:
        """What rose: "2 more hard gates open, 1 more gap overdue"."""
        hard, overdue, gaps = self.rise
        parts = [
            f"{hard} more hard {'gate' if hard == 1 else 'gates'} open" if hard > 0 else "",
            f"{overdue} more {'gap' if overdue == 1 else 'gaps'} overdue" if overdue > 0 else "",
            f"{gaps} more {'gap' if gaps == 1 else 'gaps'} open" if gaps > 0 else "",
        ]
        return ", ".join(part for part in parts if part)

    @property
    def is_decision_worse(self) -> bool:
        if not self.decision or not self.decision_before:
            return False
        return Decision(self.decision).strictness > Decision(self.decision_before).strictness


@dataclass(frozen=True, slots=True)
class Worse:
    """`since` and `until` are the two days that are compared; None when there is only one, or none."""

    since: date | None = None
    until: date | None = None
    teams: tuple[Change, ...] = ()
    services: tuple[Change, ...] = ()


def getting_worse(
    user: User,
    selection: Selection,
    *,
    back: timedelta = SINCE,
    until: date | None = None,
    action: Action = Action.SEE,
) -> Worse:
    """The worst few of each, the worst first, of the services for which `user` may do `action`. Four statements, five for whoever
    sees single services beside whole teams.
    """
    end = until or selection.today
    last, since = _last_day(end), _last_day(end - back)
    if last is None or since is None or since == last:
        return Worse(until=last)
    sources = sources_of(user, selection, action)
    return Worse(since, last, _teams(sources, since, last), _services(sources, since, last))


def _last_day(day: date) -> date | None:
    """The last that was recorded, `day` or before it."""
    found: date | None = DailySum.objects.filter(day__lte=day).order_by("-day").values_list("day", flat=True).first()
    return found


def _teams(sources: Sources, since: date, until: date) -> tuple[Change, ...]:
    found: dict[tuple[str, str], dict[date, Standing]] = {}
    for rows in sources.both:
        team = "team" if rows.model is DailySum else "service__team"
        grouped = rows.filter(day__in=[since, until]).order_by().values_list("day", f"{team}__slug", f"{team}__name")
        for day, slug, name, *numbers in grouped.annotate(**{f"n_{one}": Sum(one) for one in WORSE}):
            found.setdefault((slug, name), {})[day] = Standing(*numbers)
    none = Standing()
    changes = (Change(slug, name, days.get(until, none), days.get(since, none)) for (slug, name), days in found.items())
    return _worst(changes)


def _services(sources: Sources, since: date, until: date) -> tuple[Change, ...]:
    facts = facts_of(sources.services).filter(day=until)
    before = FilteredRelation("service__daily_facts", condition=Q(service__daily_facts__day=since))
    rises = {f"more_{name}": F(name) - F(f"before__{name}") for name in WORSE}
    compared = facts.annotate(before=before, **rises).exclude(before=None)
    names = [f"more_{name}" for name in WORSE]
    worse = compared.filter(_rises(names)).order_by(*(f"-{name}" for name in names), "service__name", "pk")
    rows = worse.values_list(
        "service__slug", "service__name", "service__team__name", "decision", "before__decision",
        *WORSE, *(f"before__{name}" for name in WORSE),
    )  # fmt: skip
    return tuple(_change(row) for row in rows[:SHOWN])


def _rises(names: list[str]) -> Q:
    """`Standing.is_worse_than` for rows: the first that changed at all rose."""
    hard, overdue, gaps = names
    return Q(**{f"{hard}__gt": 0}) | Q(**{hard: 0}) & (Q(**{f"{overdue}__gt": 0}) | Q(**{overdue: 0, f"{gaps}__gt": 0}))


def _change(row: tuple[Any, ...]) -> Change:
    slug, name, team, decision, decision_before, *numbers = row
    return Change(slug, name, Standing(*numbers[:3]), Standing(*numbers[3:]), team, decision, decision_before)


def _worst(changes: Iterable[Change]) -> tuple[Change, ...]:
    worse = [change for change in changes if change.now.is_worse_than(change.before)]
    worse.sort(key=lambda change: change.name)
    return tuple(sorted(worse, key=lambda change: change.rise, reverse=True)[:SHOWN])
