"""What time alone changes: proof, waivers and grace run out. Run every minute; twice does no harm."""

from datetime import datetime

from django.db.models import Q

from readiness.assessments.actions.standing import refresh
from readiness.assessments.models import Assessment, Item
from readiness.assessments.queries import house_day

BATCH = 200


def sweep(*, now: datetime, limit: int = BATCH) -> int:
    """Refreshes up to `limit` assessments in which something has run out, each in a transaction of its own; returns how many.

    After a refresh nothing in it is due until its next moment, so a batch that dies half-way is simply
    continued by the next one.
    """
    due = (
        Item.objects.filter(ran_out(now), retired_at=None)
        .order_by()
        .values_list("assessment_id", flat=True)
        .distinct()[:limit]
    )
    ids = list(due)
    for assessment in Assessment.objects.filter(pk__in=ids).only("pk"):
        refresh(assessment=assessment, now=now)
    return len(ids)


def ran_out(now: datetime) -> Q:
    """Items in which time alone has changed something since they were judged."""
    today = house_day(now)
    return Q(changes_at__lte=now) | Q(waived_until__lte=today) | Q(new_until__lte=today)
