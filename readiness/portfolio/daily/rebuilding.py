"""Facts of days that nobody recorded: before there were any, or while no worker ran. What was recorded stays as it is."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import batched

from django.db.models import Max

from readiness.assessments.models import Assessment
from readiness.assessments.queries import house_day
from readiness.portfolio.daily.days import bounds
from readiness.portfolio.daily.past import pasts_of
from readiness.portfolio.daily.replay import ServicePast, standings
from readiness.portfolio.daily.sums import add_up
from readiness.portfolio.models import DailyFact, DailySum

SERVICES_AT_ONCE = 100
ROWS_AT_ONCE = 1000
DAYS_AT_ONCE = 31


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`untold`: services that were retired at a time that history does not tell; there are no facts of them."""

    facts: int
    days: int
    untold: int


def rebuild(first: date, last: date, *, now: datetime) -> Rebuilt:
    """From `first` to `last`, but not today, whose fact is recorded. A second time writes nothing."""
    last = min(last, house_day(now) - timedelta(days=1))
    measured = Assessment.objects.filter(created_at__lt=bounds(last)[1]).select_related("service").order_by("pk")
    written, untold = 0, 0
    days: set[date] = set()
    for assessments in batched(measured.iterator(chunk_size=SERVICES_AT_ONCE), SERVICES_AT_ONCE, strict=False):
        pasts = list(pasts_of(assessments, first))
        untold += sum(past.in_force_until == date.min for past in pasts)
        missing = list(_missing(pasts, first, last))
        write(missing)
        written += len(missing)
        days |= {fact.day for fact in missing}
    sum_up(sorted(days))
    return Rebuilt(written, len(days), untold)


def _missing(pasts: Collection[ServicePast], first: date, last: date) -> Iterator[DailyFact]:
    known = DailyFact.objects.filter(service__in=[past.service_id for past in pasts], day__range=(first, last))
    recorded = set(known.values_list("service_id", "day"))
    for fact in facts_of(pasts, first, last):
        if (fact.service_id, fact.day) not in recorded:
            yield fact


def facts_of(pasts: Iterable[ServicePast], first: date, last: date) -> Iterator[DailyFact]:
    for past in pasts:
        for day, values in standings(past, first, last):
            yield DailyFact(service_id=past.service_id, day=day, **values)


def write(facts: Iterable[DailyFact]) -> None:
    """One that somebody else wrote meanwhile stays."""
    DailyFact.objects.bulk_create(facts, batch_size=ROWS_AT_ONCE, ignore_conflicts=True)


def sum_up(days: Sequence[date]) -> None:
    for some in batched(days, DAYS_AT_ONCE, strict=False):
        add_up(some)


def catch_up(*, now: datetime) -> Rebuilt:
    """The days since the last that was recorded, when no worker ran. One statement when there are none."""
    newest: date | None = DailySum.objects.filter(day__lt=house_day(now)).aggregate(newest=Max("day"))["newest"]
    yesterday = house_day(now) - timedelta(days=1)
    if newest is None or newest >= yesterday:
        return Rebuilt(0, 0, 0)
    return rebuild(newest + timedelta(days=1), yesterday, now=now)


def since_the_beginning(last: date, *, now: datetime) -> Rebuilt:
    """Every day until `last` since the first service was measured."""
    first = Assessment.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return rebuild(house_day(first), last, now=now) if first else Rebuilt(0, 0, 0)
