"""The register of gaps as CSV, read and sent piece by piece."""

import csv
from collections.abc import Iterator
from datetime import date

from django.conf import settings

from readiness.assessments.models import Gap
from readiness.assessments.models.gap import GapQuerySet

AT_ONCE = 500
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula to a spreadsheet."""
HEADING = (
    "gap", "item", "title", "service", "team", "gate", "status", "owner", "owner_email", "due_on", "days_overdue", "plan",
    "opened_on", "times_reopened", "closed_on", "closed_by", "address",
)  # fmt: skip


def safe_cell(value: object) -> str:
    """What a spreadsheet shows instead of running it: an apostrophe before what would be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


class _Line:
    """A file to csv.writer: `write` answers the line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def lines(gaps: GapQuerySet, today: date) -> Iterator[str]:
    """The heading and a line for each gap, in pieces of up to 500 lines. One statement."""
    writer = csv.writer(_Line())
    piece = [writer.writerow(HEADING)]
    for gap in gaps.iterator(chunk_size=AT_ONCE):
        piece.append(writer.writerow(safe_cell(cell) for cell in _cells(gap, today)))
        if len(piece) == AT_ONCE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def _cells(gap: Gap, today: date) -> tuple[object, ...]:
    late = (today - gap.due_on).days if gap.due_on and gap.is_overdue(today) else 0
    owner = gap.owner
    return (
        gap.pk, gap.item.key, gap.item.title, gap.service.slug, gap.service.team.slug, gap.gate, gap.get_status_display(),
        owner.name if owner else "", owner.email if owner else "", gap.due_on, late or "", gap.plan,
        gap.opened_at.date(), gap.reopened, gap.closed_at.date() if gap.closed_at else "", gap.get_closed_how_display(),
        f"{settings.BASE_URL}{gap.get_absolute_url()}",
    )  # fmt: skip
