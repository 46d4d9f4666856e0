"""How each item of the checklists stands over all selected services: counted once, for every card that speaks of items.

Every number and every row comes from `standing`, so that they can't disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, Max, Min, Q, Value, When

from readiness.assessments.models import Item
from readiness.assessments.models.assessment import ItemQuerySet
from readiness.assessments.queries import blocks
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Category, Gate, Strength
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.kept import Kept

STANDINGS = {"gap": "Not met", "unknown": "Unknown or expired", "waived": "Waived", "met": "Met"}


def standing(today: date) -> Case:
    """Of an item: a key of `STANDINGS`, as the counters of an assessment place it."""
    return Case(
        When(status=ItemStatus.MET, then=Value("met")),
        When(waived_until__gt=today, then=Value("waived")),
        When(status=ItemStatus.NOT_MET, then=Value("gap")),
        default=Value("unknown"),
        output_field=CharField(),
    )


def items_of(look: Look) -> ItemQuerySet:
    """Those that count, of the selected services."""
    services = look.services.order_by().values("pk")
    return Item.objects.applicable().filter(retired_at=None, assessment__service__in=services)


BY_MACHINE = Q(status=ItemStatus.MET, strength=Strength.OBSERVED)
"""As the daily facts count it: a machine saw it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one item in one tier, or summed. `blocking` are the hard gates among `gap` and `unknown`."""

    applicable: int = 0
    met: int = 0
    by_machine: int = 0
    gap: int = 0
    unknown: int = 0
    waived: int = 0
    blocking: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))


@dataclass(frozen=True, slots=True)
class Asked:
    """One item. Two checklists may ask for it in other words, or as another kind of gate: one of each is shown."""

    key: str
    title: str
    category: str
    gate: str
    by_tier: dict[int, Counts]

    @property
    def kind(self) -> str:
        return f"{Category(self.category).label}, {Gate(self.gate).label.lower()}"

    @property
    def all(self) -> Counts:
        return sum(self.by_tier.values(), Counts())


_kept: Kept[list[Asked]] = Kept(most=64, seconds=30)


def asked(look: Look) -> list[Asked]:
    """Every item that counts for a selected service, in the order of the checklists. Two statements at most."""
    return _kept.get((*look.key, "items"), lambda: _counted(look))


def _counted(look: Look) -> list[Asked]:
    numbers: dict[str, Any] = {
        "n_applicable": Count("pk"),
        "n_met": Count("pk", filter=Q(status=ItemStatus.MET)),
        "n_by_machine": Count("pk", filter=BY_MACHINE),
        **{f"n_{one}": Count("pk", filter=Q(stands=one)) for one in ("gap", "unknown", "waived")},
        "n_blocking": Count("pk", filter=blocks(look.today)),
    }
    said = {
        "n_title": Max("title"),
        "n_category": Max("category"),
        "n_gate": Min("gate"),
        "n_position": Min("position"),
    }
    grouped: Any = (
        items_of(look).order_by().annotate(stands=standing(look.today)).values("key", "assessment__service__tier")
    )
    return _by_item(grouped.annotate(**numbers, **said))


def _by_item(rows: Iterable[dict[str, Any]]) -> list[Asked]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (row["n_position"], row["key"])):
        found.setdefault(row["key"], []).append(row)
    return [
        Asked(
            key=key,
            title=parts[0]["n_title"],
            category=parts[0]["n_category"],
            gate=min(part["n_gate"] for part in parts),
            by_tier={part["assessment__service__tier"]: _counts(part) for part in parts},
        )
        for key, parts in found.items()
    ]


def _counts(row: dict[str, Any]) -> Counts:
    return Counts(*(row[f"n_{one.name}"] for one in fields(Counts)))
