"""Two years of one service, as chance has it. Pure: no Django, no clock; the same chance gives the same life.

An item is unknown until somebody looks. Then it is met or not; what is not met is a gap until it is closed; what is met may fall,
or its proof may go stale until it is renewed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from readiness.assessments.rules import ItemStatus

DAY = timedelta(days=1)
TWO_YEARS = 730 * DAY
CALM, STALE, FALLS = 260, 0.6, 0.4
"""A met item stays so for about this many days; then its proof goes stale, or it falls."""
PLANNED, WAIVED, EXTENDED = 0.9, 0.12, 0.25
WAIVER = 60 * DAY


@dataclass(frozen=True, slots=True)
class Turn:
    at: datetime
    status: ItemStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """A gap's owner, due date and plan are said at once; `extended_at`: when the due date moved on, if it did."""

    at: datetime
    due: timedelta
    extended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaiverLife:
    asked_at: datetime
    decided_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class ItemLife:
    """`turns` in the order of time, the first away from unknown. `plan` and `waiver` are of the last time it was not met."""

    turns: tuple[Turn, ...]
    plan: Plan | None = None
    waiver: WaiverLife | None = None

    @property
    def status(self) -> ItemStatus:
        return self.turns[-1].status if self.turns else ItemStatus.UNKNOWN


@dataclass(frozen=True, slots=True)
class ServiceLife:
    """`launched_at` None: not yet. `reviewed_at`: when each review decided, the earliest first."""

    began: datetime
    launched_at: datetime | None
    reviewed_at: tuple[datetime, ...]
    care: float

    def items(self, number: int, until: datetime, chance: Random) -> Iterator[ItemLife]:
        for _ in range(number):
            yield _item(self, until, chance)


def service(until: datetime, chance: Random) -> ServiceLife:
    """Most were there two years ago; `care` is the share of what is met at the first look."""
    age = TWO_YEARS if chance.random() < 0.7 else chance.randrange(70, 700) * DAY
    began = until - age + chance.randrange(8 * 60) * timedelta(minutes=1)
    launch = began + chance.randrange(60, 400) * DAY
    launched_at = launch if launch < until - 20 * DAY and chance.random() < 0.8 else None
    first = (launched_at or began + 45 * DAY) - 16 * DAY
    reviews = tuple(first + year * 365 * DAY for year in range(3) if first + year * 365 * DAY < until - DAY)
    return ServiceLife(began, launched_at, reviews, chance.choice([0.97, 0.92, 0.85, 0.75, 0.6]))


def _item(life: ServiceLife, until: datetime, chance: Random) -> ItemLife:
    turns = tuple(_turns(life, until, chance))
    last = turns[-1] if turns else None
    if last is None or last.status is not ItemStatus.NOT_MET:
        return ItemLife(turns, _plan(turns, until, chance))
    return ItemLife(turns, _plan(turns, until, chance), _waiver(last.at, until, chance))


def _turns(life: ServiceLife, until: datetime, chance: Random) -> Iterator[Turn]:
    at = life.began + _about(25, chance)
    status = ItemStatus.MET if chance.random() < life.care else ItemStatus.NOT_MET
    while at < until:
        yield Turn(at, status)
        at, status = at + _stay(status, life, chance), _next(status, life, chance)


def _next(status: ItemStatus, life: ServiceLife, chance: Random) -> ItemStatus:
    if status is ItemStatus.NOT_MET:
        return ItemStatus.MET
    if status is ItemStatus.STALE:
        return ItemStatus.MET if chance.random() < life.care else ItemStatus.NOT_MET
    return ItemStatus.STALE if chance.random() < STALE else ItemStatus.NOT_MET


def _stay(status: ItemStatus, life: ServiceLife, chance: Random) -> timedelta:
    match status:
        case ItemStatus.NOT_MET:
            return _about(40 + 200 * (1 - life.care), chance)
        case ItemStatus.STALE:
            return _about(12, chance)
        case _:
            return _about(CALM * life.care, chance)


def _about(days: float, chance: Random) -> timedelta:
    return timedelta(minutes=round(chance.expovariate(1 / days) * 24 * 60) + chance.randrange(60, 600))


def _plan(turns: tuple[Turn, ...], until: datetime, chance: Random) -> Plan | None:
    fell_at = next((turn.at for turn in reversed(turns) if turn.status is ItemStatus.NOT_MET), None)
    if fell_at is None or chance.random() > PLANNED:
        return None
    at, due = fell_at + chance.randrange(1, 90) * timedelta(hours=1), chance.randrange(14, 90) * DAY
    extended_at = at + due - DAY
    is_extended = chance.random() < EXTENDED and extended_at < until
    return Plan(at, due, extended_at if is_extended else None) if at < until else None


def _waiver(fell_at: datetime, until: datetime, chance: Random) -> WaiverLife | None:
    decided_at = fell_at + chance.randrange(3, 12) * DAY
    if decided_at >= until or chance.random() > WAIVED:
        return None
    return WaiverLife(decided_at - 2 * DAY, decided_at, decided_at + WAIVER)
