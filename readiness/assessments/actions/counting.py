"""The counters that lists of ten thousand services sort and filter by, kept beside the facts in the same transaction."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from readiness.assessments import rules
from readiness.assessments.models import Assessment, Item
from readiness.assessments.queries import facts_of, house_day
from readiness.assessments.rules import ItemFacts, ItemStatus, is_new, is_waived
from readiness.checklists.rules import Category, Gate

NAMES = ("applicable", "met", "open_hard", "open_tracked", "unknown", "waived", "stale", "blocking")
UNSURE = (ItemStatus.UNKNOWN, ItemStatus.STALE)


def add_up(held: Assessment, items: Iterable[Item], now: datetime) -> None:
    """Counts `items` (all of the assessment's) and derives the decision. One statement."""
    items = list(items)
    values = tally([item.category for item in items], facts_of(items), house_day(now)) | {"refreshed_at": now}
    Assessment.objects.filter(pk=held.pk).update(**values)
    for name, value in values.items():
        setattr(held, name, value)


def tally(categories: Iterable[str], facts: list[ItemFacts], today: date) -> dict[str, Any]:
    """The counters of an assessment, by their names, as `facts` are on `today`; each fact with its category. No query."""
    counted = list(zip(categories, facts, strict=True))
    applicable = [(category, fact) for category, fact in counted if fact.status is not ItemStatus.NOT_APPLICABLE]
    hard = [fact for _, fact in applicable if fact.gate is Gate.HARD]
    return {
        "counts": {c.value: _count([fact for category, fact in applicable if category == c], today) for c in Category},
        "hard_applicable": len(hard),
        "hard_met": sum(fact.status is ItemStatus.MET for fact in hard),
        "hard_open": sum(_is_bare(fact, today) for fact in hard),
        "tracked_open": sum(_is_bare(fact, today) for _, fact in applicable if fact.gate is Gate.TRACKED),
        "waived": sum(fact.status is not ItemStatus.MET and is_waived(fact, today) for _, fact in applicable),
        "computed_decision": rules.decide(facts, today=today).decision.value,
    }


def _is_bare(fact: ItemFacts, today: date) -> bool:
    return fact.status is not ItemStatus.MET and not is_waived(fact, today) and not is_new(fact, today)


def _count(facts: list[ItemFacts], today: date) -> dict[str, int]:
    places = [_place(fact, today) for fact in facts]
    counts = {name: places.count(name) for name in NAMES}
    counts["applicable"] = len(facts)
    counts["stale"] = sum(
        fact.status is ItemStatus.STALE and place == "unknown" for fact, place in zip(facts, places, strict=True)
    )
    counts["blocking"] = sum(fact.gate is Gate.HARD and _is_bare(fact, today) for fact in facts)
    return counts


def _place(fact: ItemFacts, today: date) -> str:
    """The one counter an item is in."""
    if fact.status is ItemStatus.MET:
        return "met"
    if is_waived(fact, today):
        return "waived"
    if fact.status in UNSURE:
        return "unknown"
    return "open_hard" if fact.gate is Gate.HARD else "open_tracked"
