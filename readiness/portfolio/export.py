"""The portfolio as CSV: every selected service that this person may export, read and sent piece by piece."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from readiness.assessments.rules import Decision
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.checklists.rules import Category
from readiness.face.spreadsheet import AT_ONCE, pieces
from readiness.portfolio.heat import service_url
from readiness.portfolio.selection import Selection, open_gaps, overdue_gaps

COLUMNS = {
    "service": "slug", "name": "name", "team": "team__slug", "tier": "tier", "lifecycle": "lifecycle", "traits": "traits",
    "tech_lead": "tech_lead__name", "go_live_on": "go_live_on", "launched_on": "launched_on",
    "decision": "assessment__computed_decision", "last_review": "assessment__last_decision",
    "hard_gates": "assessment__hard_applicable", "hard_gates_met": "assessment__hard_met",
    "hard_gates_open": "assessment__hard_open", "tracked_open": "assessment__tracked_open", "waived": "assessment__waived",
    "open_gaps": "open_gaps", "overdue_gaps": "overdue_gaps", "counts": "assessment__counts",
}  # fmt: skip
OF_A_CATEGORY = ("applicable", "met", "blocking", "open_tracked", "unknown")


def lines(services: ServiceQuerySet, selection: Selection) -> Iterator[str]:
    """The file piece by piece, the heading first. One statement, in the order of the page."""
    chosen = Service.objects.filter(pk__in=services.order_by().values("pk"))
    counted = chosen.annotate(open_gaps=open_gaps(), overdue_gaps=overdue_gaps(selection.today))
    values = selection.ordered(counted).values_list(*COLUMNS.values())
    rows = values.iterator(chunk_size=AT_ONCE)
    return pieces(_heading(), (_cells(dict(zip(COLUMNS, row, strict=True))) for row in rows))


def _heading() -> list[str]:
    plain = [name for name in COLUMNS if name != "counts"]
    return [*plain, *(f"{category}_{name}" for category in Category for name in OF_A_CATEGORY), "address"]


def _cells(row: dict[str, Any]) -> Iterable[object]:
    counts: Mapping[str, Mapping[str, int]] = row.pop("counts") or {}
    row["traits"] = " ".join(row["traits"])
    for decision in ("decision", "last_review"):
        row[decision] = Decision(row[decision]).label if row[decision] else ""
    yield from row.values()
    for category in Category:
        yield from (counts[category].get(name) if category in counts else None for name in OF_A_CATEGORY)
    yield f"{settings.BASE_URL}{service_url(row['service'])}"


def file_name(today: date) -> str:
    return f"portfolio-{today.isoformat()}.csv"
