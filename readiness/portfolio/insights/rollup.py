"""The heat map rolled up: categories × teams or tiers, added up from the counters that assessments keep; or items × tiers.

The worst comes first: what has most hard gates in the way, then what is least far.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, IntegerField, Sum
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast

from readiness.catalog.models import Tier
from readiness.checklists.rules import Category, Gate
from readiness.portfolio.heat import cell
from readiness.portfolio.insights.counting import Asked, Counts, asked
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Column, Insight, Table, columns, number
from readiness.portfolio.kept import Kept

BY = {"team": "Team", "tier": "Tier", "item": "Item"}
ADDED = ("applicable", "met", "open_hard", "open_tracked", "unknown", "waived", "blocking")
GROUPS = {"team": ("team__slug", "team__name"), "tier": ("tier", "tier")}
type Sums = Mapping[str, int]
type Row = tuple[Any, str, int, Mapping[str, Sums]]
"""What the address says, the name, how many services, and category → counters."""


def by_of(look: Look) -> str:
    return look.by if look.by in BY else "team"


def read(look: Look) -> Insight:
    by = by_of(look)
    return _by_item(look) if by == "item" else _by_group(look, by)


# Teams and tiers


_kept: Kept[list[Row]] = Kept(most=64, seconds=30)


def _by_group(look: Look, by: str) -> Insight:
    rows = _kept.get((*look.key, "rollup", by), lambda: _added(look, by))
    if not any(_applicable(row) for row in rows):
        return Insight("No service here is measured against a checklist yet.")
    worst = rows[0]
    blocking = _blocking(worst)
    headline = (
        f"{worst[1]}: {blocking} hard {'gate' if blocking == 1 else 'gates'} open."
        if blocking
        else "No hard gate is open."
    )
    table = Table(
        by, f"{BY[by]}s by category", _heads(BY[by]), tuple(_cells(look, by, row) for row in rows), is_heat=True
    )  # fmt: skip
    return Insight(headline, tables=(table,), tone="bad" if blocking else "good")


def _heads(first: str) -> tuple[Column, ...]:
    return (
        *columns(first, *(category.label for category in Category)),
        *columns(numbers=("Hard gates open", "Services")),
    )


def _added(look: Look, by: str) -> list[Row]:
    """One statement."""
    sums: dict[str, Any] = {f"n_{one.value}_{name}": _sum(one, name) for one in Category for name in ADDED}
    found = look.services.order_by().values(*GROUPS[by]).annotate(n_services=Count("pk"), **sums)
    return sorted((_row(row, by) for row in found), key=_worst)


def _sum(category: Category, name: str) -> Sum:
    counts = KeyTransform(category.value, "assessment__counts")
    return Sum(Cast(KeyTextTransform(name, counts), IntegerField()), default=0)


def _row(row: Mapping[str, Any], by: str) -> Row:
    value, label = (row[name] for name in GROUPS[by])
    by_category = {one.value: {name: row[f"n_{one.value}_{name}"] for name in ADDED} for one in Category}
    return value, label if by == "team" else f"Tier {Tier(label).label}", row["n_services"], by_category


def _blocking(row: Row) -> int:
    return sum(one["blocking"] for one in row[3].values())


def _applicable(row: Row) -> int:
    return sum(one["applicable"] for one in row[3].values())


def _worst(row: Row) -> tuple[int, int, str]:
    return (-_blocking(row), -sum(one["applicable"] - one["met"] for one in row[3].values()), row[1])


def _cells(look: Look, by: str, row: Row) -> tuple[Cell, ...]:
    value, label, services, by_category = row
    url = look.to("portfolio", **{by: value}, by=None)
    heat = (_heat(sums, look.rows("items", **{by: value}, category=one)) for one, sums in by_category.items())
    blocking = number(_blocking(row), look.rows("items", **{by: value}, blocking=1), tone="bad")
    return (Cell(label, url), *heat, blocking, number(services, url))


def _heat(sums: Sums, url: str) -> Cell:
    shown = cell(sums)
    return Cell(shown.number, url if sums["applicable"] else "", heat=shown.tone, words=shown.words)


# Items


def _by_item(look: Look) -> Insight:
    found = sorted(asked(look), key=_worst_item)
    if not found:
        return Insight("No service here is measured against a checklist yet.")
    blocking = found[0].all.blocking
    headline = (
        f"{found[0].title}: open on {blocking} {'service' if blocking == 1 else 'services'}."
        if blocking
        else "No hard gate is open."
    )
    heads = columns("Item", *(f"Tier {tier.value}" for tier in Tier), "All")
    table = Table("item", "Items by tier", heads, tuple(_cells_of_item(look, one) for one in found), is_heat=True)
    return Insight(headline, tables=(table,), tone="bad" if blocking else "good")


def _worst_item(one: Asked) -> tuple[int, int, str]:
    return (-one.all.blocking, one.all.met - one.all.applicable, one.title)


def _cells_of_item(look: Look, one: Asked) -> tuple[Cell, ...]:
    url = look.rows("items", key=one.key)
    heat = [
        _heat(_sums(one.by_tier.get(tier, Counts()), one.gate), look.rows("items", key=one.key, tier=tier))
        for tier in Tier.values
    ]
    return (Cell(one.title, url, note=one.kind), *heat, Cell(f"{one.all.met}/{one.all.applicable}", url))


def _sums(counts: Counts, gate: str) -> Sums:
    """As `Assessment.counts` has them."""
    is_hard = gate == Gate.HARD
    return {
        "applicable": counts.applicable,
        "met": counts.met,
        "open_hard": counts.gap if is_hard else 0,
        "open_tracked": 0 if is_hard else counts.gap,
        "unknown": counts.unknown,
        "waived": counts.waived,
        "blocking": counts.blocking,
    }
