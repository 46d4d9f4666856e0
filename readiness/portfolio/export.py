"""The portfolio as CSV: every selected service that this person may export, read and sent piece by piece."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django.conf import settings

from readiness.assessments.rules import Decision
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.checklists.rules import Category
from readiness.portfolio.heat import service_url
from readiness.portfolio.selection import Selection, open_gaps, overdue_gaps

AT_ONCE = 500
"""Rows read from the database, and lines sent, at a time."""
COLUMNS = {
    "service": "slug", "name": "name", "team": "team__slug", "tier": "tier", "lifecycle": "lifecycle", "traits": "traits",
    "tech_lead": "tech_lead__name", "go_live_on": "go_live_on", "launched_on": "launched_on",
    "decision": "assessment__computed_decision", "last_review": "assessment__last_decision",
    "hard_gates": "assessment__hard_applicable", "hard_gates_met": "assessment__hard_met",
    "hard_gates_open": "assessment__hard_open", "tracked_open": "assessment__tracked_open", "waived": "assessment__waived",
    "open_gaps": "open_gaps", "overdue_gaps": "overdue_gaps", "counts": "assessment__counts",
}  # fmt: skip
OF_A_CATEGORY = ("applicable", "met", "blocking", "open_tracked", "unknown")
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula to a spreadsheet."""


def safe_cell(value: object) -> str:
    """What a spreadsheet shows instead of running it: an apostrophe before what would be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


class Echo:
    """A file to csv.writer: `write` answers the line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(services: ServiceQuerySet, selection: Selection) -> Iterator[str]:
    """The file in pieces of up to 500 lines, the heading first. One statement, in the order of the page."""
    rows = Service.objects.filter(pk__in=services.order_by().values("pk"))
    counted = rows.annotate(open_gaps=open_gaps(), overdue_gaps=overdue_gaps(selection.today))
    values = selection.ordered(counted).values_list(*COLUMNS.values())
    writer = csv.writer(Echo())
    piece = [writer.writerow(_heading())]
    for row in values.iterator(chunk_size=AT_ONCE):
        piece.append(writer.writerow(safe_cell(cell) for cell in _cells(dict(zip(COLUMNS, row, strict=True)))))
        if len(piece) == AT_ONCE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


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
