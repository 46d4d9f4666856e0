"""Adds up the facts of a day by team and tier."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db.models import Count, IntegerField, Q, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from readiness.assessments.rules import Decision
from readiness.checklists.rules import Category
from readiness.portfolio.models import DailyFact, DailySum

ADDED = ("applicable", "met", "open", "unsure", "waived", "hard_open", "gaps", "overdue", "opened", "closed")
DECISIONS = {"go": Decision.GO, "conditional": Decision.CONDITIONAL, "no_go": Decision.NO_GO}
WRITTEN = (*ADDED, "by_machine", "by_category", "services", *DECISIONS)


def add_up(days: Collection[date]) -> int:
    """Writes the sums of `days` anew; answers how many. A team that has no fact of a day any more loses its sum."""
    facts = DailyFact.objects.filter(day__in=days).order_by()
    counted: dict[str, Any] = {"services": Count("pk")}
    counted |= {name: Count("pk", filter=Q(decision=decision)) for name, decision in DECISIONS.items()}
    sums = {name: Sum(name) for name in (*ADDED, "by_machine")} | {"known": Count("by_machine")}
    parts = {category.value: Sum(_number(category.value)) for category in Category}
    made = {f"n_{name}": one for name, one in (counted | sums | parts).items()}
    rows = facts.values("day", "service__team", "service__tier").annotate(**made)
    written = [_sum({str(name).removeprefix("n_"): value for name, value in row.items()}) for row in rows]
    DailySum.objects.filter(day__in=days).delete()
    DailySum.objects.bulk_create(written, batch_size=500)
    return len(written)


def _number(category: str) -> Cast:
    return Cast(KeyTextTransform(category, "by_category"), IntegerField())


def _sum(row: dict[str, Any]) -> DailySum:
    return DailySum(
        day=row["day"],
        team_id=row["service__team"],
        tier=row["service__tier"],
        by_machine=row["by_machine"] if row["known"] == row["services"] else None,
        by_category={category.value: row[category.value] or 0 for category in Category},
        **{name: row[name] for name in (*ADDED, "services", *DECISIONS)},
    )
