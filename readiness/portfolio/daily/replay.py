"""How one service stood at the end of each of many days, from what is known of its past. No query.

The standing of a day is counted by the same function that counts today's (`counting.tally`), on the days on which anything
turned; between two of them it is what it was.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from readiness.assessments.actions.counting import tally
from readiness.assessments.rules import GapFacts, ItemFacts, ItemStatus
from readiness.checklists.rules import Gate
from readiness.portfolio.daily.days import each_day
from readiness.portfolio.daily.recording import items_of

EVER = date.min
NEXT_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Course[T]:
    """A value over time: `turns` = (first day, value), in order; the first begins with `EVER`."""

    turns: tuple[tuple[date, T], ...]

    @classmethod
    def of(cls, first: T, later: Iterable[tuple[date, T]]) -> "Course[T]":
        """`later` in the order in which it was said: of several on one day the last stands at its end."""
        turns = {EVER: first}
        turns.update(later)
        return cls(tuple(sorted(turns.items(), key=lambda turn: turn[0])))

    def on(self, day: date) -> T:
        return self.turns[bisect_right(self.turns, day, key=lambda turn: turn[0]) - 1][1]

    @property
    def days(self) -> set[date]:
        return {day for day, _ in self.turns}


@dataclass(frozen=True, slots=True)
class GapPast:
    is_open: Course[bool]
    due_on: Course[date | None]
    has_owner: Course[bool]
    has_plan: Course[bool]

    def on(self, day: date) -> GapFacts:
        return GapFacts(self.has_owner.on(day), self.due_on.on(day), self.has_plan.on(day), not self.is_open.on(day))

    @property
    def days(self) -> set[date]:
        late = {due_on + NEXT_DAY for _, due_on in self.due_on.turns if due_on}
        return self.is_open.days | self.due_on.days | self.has_owner.days | self.has_plan.days | late


@dataclass(frozen=True, slots=True)
class ItemPast:
    """`counts_from` and `counts_until` (not included): while the checklist asked for it. `waivers`: (first day, first day
    on which it no longer counted, the end it was granted until).
    """

    key: str
    category: str
    gate: Gate
    status: Course[ItemStatus]
    counts_from: date = EVER
    counts_until: date = date.max
    new_until: date | None = None
    waivers: tuple[tuple[date, date, date], ...] = ()
    gap: GapPast | None = None

    def on(self, day: date) -> ItemFacts:
        waived = (ends_on for first, over, ends_on in self.waivers if first <= day < over)
        gap = self.gap.on(day) if self.gap else None
        status = self.status.on(day)
        return ItemFacts(self.key, "", self.gate, status, "", next(waived, None), gap, self.new_until)

    @property
    def days(self) -> set[date]:
        found = self.status.days | {self.counts_from, self.counts_until}
        found |= {day for first, over, _ in self.waivers for day in (first, over)}
        return found | ({self.new_until} if self.new_until else set()) | (self.gap.days if self.gap else set())


@dataclass(frozen=True, slots=True)
class ServicePast:
    """`measured_from` and `in_force_until` (not included): there is a standing between them. `opened`, `closed`: gaps, by day."""

    service_id: int
    measured_from: date
    items: Sequence[ItemPast]
    in_force_until: date = date.max
    opened: Counter[date] = field(default_factory=Counter)
    closed: Counter[date] = field(default_factory=Counter)


def standings(past: ServicePast, first: date, last: date) -> Iterator[tuple[date, dict[str, Any]]]:
    """Each day with the fields of its fact; nothing before the service was measured or after it was retired."""
    first = max(first, past.measured_from)
    if first > last or first >= past.in_force_until:
        return
    last = min(last, past.in_force_until - NEXT_DAY)
    turns = {day for item in past.items for day in item.days}
    values = _standing(past, first)
    for day in each_day(first, last):
        if day in turns and day != first:
            values = _standing(past, day)
        yield day, values | {"opened": past.opened[day], "closed": past.closed[day]}


def _standing(past: ServicePast, day: date) -> dict[str, Any]:
    items = [item for item in past.items if item.counts_from <= day < item.counts_until]
    facts = [item.on(day) for item in items]
    counted = tally([item.category for item in items], facts, day)
    open_gaps = [fact.gap for item in past.items if (fact := item.on(day)).gap and not fact.gap.is_closed]
    return {
        **items_of(counted["counts"]),
        "hard_open": counted["hard_open"],
        "decision": counted["computed_decision"],
        "by_machine": None,
        "gaps": len(open_gaps),
        "overdue": sum(gap.due_on is not None and gap.due_on < day for gap in open_gaps),
    }
