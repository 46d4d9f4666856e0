"""How every service stands now, written down as the fact of today. As often as you like: the last of a day is what remains.

The numbers of statements is constant but for the batches in which rows are written. A beat each hour leaves at most an hour of
a day unseen; what was opened and closed in it is counted from history on the day after.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from readiness.assessments.models import Assessment, Gap, GapStatus, Item
from readiness.assessments.queries import house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.rules import Strength
from readiness.history.models import Entry
from readiness.portfolio.daily.days import bounds
from readiness.portfolio.daily.sums import add_up
from readiness.portfolio.models import DailyFact

OPENED = Q(verb__in=["gap.opened", "gap.reopened"])
CLOSED = Q(verb="gap.closed") | Q(verb="gap.taken_back") & (Q(after={}) | Q(after__status=GapStatus.CLOSED))
"""A word of a review that was taken back takes the gap along that it opened."""
NOW = (
    "applicable", "met", "by_machine", "open", "unsure", "waived", "hard_open", "gaps", "overdue", "opened", "closed",
    "by_category", "decision",
)  # fmt: skip
BATCH = 1000


@transaction.atomic
def record_today(*, now: datetime) -> int:
    """Answers how many services there is a fact of. Retired ones have none, nor those that nobody measures."""
    today = house_day(now)
    facts = list(_facts(today))
    DailyFact.objects.filter(day=today).exclude(service__in=Service.objects.in_force().values("pk")).delete()
    DailyFact.objects.bulk_create(
        facts, batch_size=BATCH, update_conflicts=True, unique_fields=["service", "day"], update_fields=NOW
    )
    finished = _finish(today - timedelta(days=1))
    add_up([today, today - timedelta(days=1)] if finished else [today])
    return len(facts)


def _facts(today: date) -> Iterable[DailyFact]:
    """Five statements."""
    seen = Item.objects.filter(status=ItemStatus.MET, strength=Strength.OBSERVED, retired_at=None)
    by_machine = _count(seen, "assessment__service")
    open_gaps = _count(Gap.objects.open(), "service")
    overdue = _count(Gap.objects.overdue(today), "service")
    opened, closed = moves(today)
    measured = Assessment.objects.filter(service__in=Service.objects.in_force().values("pk"))
    rows = measured.values_list("service_id", "counts", "hard_open", "computed_decision")
    for service_id, counts, hard_open, decision in rows.iterator(chunk_size=BATCH):
        yield DailyFact(
            service_id=service_id,
            day=today,
            decision=decision,
            hard_open=hard_open,
            by_machine=by_machine.get(service_id, 0),
            gaps=open_gaps.get(service_id, 0),
            overdue=overdue.get(service_id, 0),
            opened=opened.get(service_id, 0),
            closed=closed.get(service_id, 0),
            **items_of(counts),
        )


def items_of(counts: Mapping[str, Mapping[str, int]]) -> dict[str, Any]:
    """`Assessment.counts` without its categories, and what each of them lacks."""
    total: Counter[str] = Counter()
    for of_one in counts.values():
        total.update(of_one)
    return {
        "applicable": total["applicable"],
        "met": total["met"],
        "open": total["open_hard"] + total["open_tracked"],
        "unsure": total["unknown"],
        "waived": total["waived"],
        "by_category": {
            category: of_one["open_hard"] + of_one["open_tracked"] + of_one["unknown"]
            for category, of_one in counts.items()
        },
    }


def moves(day: date) -> tuple[dict[int, int], dict[int, int]]:
    """Gaps that were opened, or opened again, and gaps that were closed on that day: service → number. Two statements."""
    start, end = bounds(day)
    said = Entry.objects.between(start, end).filter(object_type="gap")
    return _count(said.filter(OPENED), "service_id"), _count(said.filter(CLOSED), "service_id")


def _count(rows: Any, service: str) -> dict[int, int]:
    return dict(rows.order_by().values_list(service).annotate(number=Count("pk")))


def _finish(day: date) -> bool:
    """Counts what moved after the last recording of `day`. False: nothing did."""
    opened, closed = moves(day)
    changed = []
    for fact in DailyFact.objects.filter(day=day).only("service_id", "opened", "closed"):
        moved = (opened.get(fact.service_id, 0), closed.get(fact.service_id, 0))
        if moved != (fact.opened, fact.closed):
            fact.opened, fact.closed = moved
            changed.append(fact)
    DailyFact.objects.bulk_update(changed, ["opened", "closed"], batch_size=BATCH)
    return bool(changed)
