"""The register of gaps as CSV, read and sent piece by piece."""

from collections.abc import Iterator
from datetime import date

from django.conf import settings

from readiness.assessments.models import Gap
from readiness.assessments.models.gap import GapQuerySet
from readiness.face.spreadsheet import AT_ONCE, pieces

HEADING = (
    "gap", "item", "title", "service", "team", "gate", "status", "owner", "owner_email", "due_on", "days_overdue", "plan",
    "opened_on", "times_reopened", "times_extended", "category", "tier", "version", "closed_on", "closed_by", "address",
)  # fmt: skip


def lines(gaps: GapQuerySet, today: date) -> Iterator[str]:
    """The heading and a line for each gap. One statement."""
    return pieces(HEADING, (_cells(gap, today) for gap in gaps.iterator(chunk_size=AT_ONCE)))


def _cells(gap: Gap, today: date) -> tuple[object, ...]:
    late = (today - gap.due_on).days if gap.due_on and gap.is_overdue(today) else 0
    owner = gap.owner
    return (
        gap.pk, gap.item.key, gap.item.title, gap.service.slug, gap.service.team.slug, gap.gate, gap.get_status_display(),
        owner.name if owner else "", owner.email if owner else "", gap.due_on, late or "", gap.plan,
        gap.opened_at.date(), gap.reopened, gap.extended, gap.item.category, gap.service.tier, gap.version,
        gap.closed_at.date() if gap.closed_at else "", gap.get_closed_how_display(),
        f"{settings.BASE_URL}{gap.get_absolute_url()}",
    )  # fmt: skip
