"""Where the work on a gap is tracked, as a machine found or made it."""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from readiness.assessments.actions.holding import gap_subject
from readiness.assessments.models import Gap
from readiness.history.actions import Actor, record


@transaction.atomic
def note_ticket(*, by: Actor, gap: Gap, url: str, name: str, now: datetime) -> bool:
    """False, and nothing is changed, when a person has linked a ticket meanwhile. `gap` comes with its item and service."""
    rows = Gap.objects.filter(pk=gap.pk, ticket_url="")
    if not rows.update(ticket_url=url, ticket_name=name[:80], version=F("version") + 1):
        return False
    after = {"ticket": name, "ticket_url": url}
    record("gap.ticket_noted", gap_subject(gap, gap.item, gap.service), by=by, at=now, after=after)
    return True
