"""What the agenda's rule asks of the database: every item as it stands now, beside what the last decision's packet says of it."""

import json
from dataclasses import dataclass
from datetime import date, datetime

from readiness.assessments.models import Item
from readiness.assessments.queries import house_day
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews import rules
from reviews.meeting import Meeting
from reviews.models import Packet, Review
from reviews.rules import AgendaReason, Candidate


def candidates(review: Review, now: datetime) -> list[Candidate]:
    """Two queries."""
    last, today = last_statuses(review), house_day(now)
    items = review.assessment.items.filter(retired_at=None)
    return [candidate(item, today, last.get(item.key)) for item in items]


def candidate(item: Item, today: date, last_status: ItemStatus | None) -> Candidate:
    return Candidate(
        item_id=item.pk,
        position=item.position,
        gate=Gate(item.gate),
        status=ItemStatus(item.status),
        is_waived=item.waived_until is not None and today < item.waived_until,
        last_status=last_status,
    )


def last_statuses(review: Review) -> dict[str, ItemStatus]:
    """Item's key → its status in the last decision's packet; empty before the first decision."""
    packets = Packet.objects.filter(review__service=review.service_id).exclude(review=review)
    packet = packets.order_by("-frozen_at").only("body").first()
    if packet is None:
        return {}
    return {item["key"]: ItemStatus(item["status"]) for item in json.loads(packet.body)["items"]}


@dataclass(frozen=True, slots=True)
class Expected:
    """One item that would be talked about if the meeting began now."""

    item: Item
    reason: AgendaReason


def expected(meeting: Meeting) -> list[Expected]:
    """Two queries."""
    items = {item.pk: item for item in meeting.items}
    return [
        Expected(items[point.item_id], point.reason) for point in rules.agenda(candidates(meeting.review, meeting.now))
    ]
