"""What the agenda's rule asks of the database: every item as it stands now, beside what the last decision's packet says of it,
who wants to talk about it, and how long that took in past reviews.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from readiness.accounts.models import User
from readiness.assessments.models import Item
from readiness.assessments.queries import house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate
from reviews import rules
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Packet, Review, TalkRequest
from reviews.rules import AgendaReason, Candidate, ReviewStatus, Talk, Talked

PAST_REVIEWS = 10
"""So many of the last decided reviews say how long things take."""


def candidates(review: Review, now: datetime) -> list[Candidate]:
    """Three queries."""
    last, today = last_statuses(review), house_day(now)
    asked = set(TalkRequest.objects.filter(review=review).values_list("item_id", flat=True))
    items = review.assessment.items.filter(retired_at=None)
    return [candidate(item, today, last.get(item.key), is_disputed=item.pk in asked) for item in items]


def foreseen(service: Service, now: datetime) -> rules.Estimate | None:
    """How long a review would take that nobody has scheduled yet; None before the service was measured. Two queries."""
    items = {item.pk: item for item in Item.objects.filter(assessment__service=service, retired_at=None)}
    if not items:
        return None
    points = rules.agenda(candidate(item, house_day(now), None) for item in items.values())
    return estimate_of([Talk(items[p.item_id].key, Gate(items[p.item_id].gate), p.reason) for p in points])


def candidate(item: Item, today: date, last_status: ItemStatus | None, *, is_disputed: bool = False) -> Candidate:
    return Candidate(
        item_id=item.pk,
        position=item.position,
        gate=Gate(item.gate),
        status=ItemStatus(item.status),
        is_waived=item.waived_until is not None and today < item.waived_until,
        last_status=last_status,
        is_disputed=is_disputed,
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
    """One item that would be talked about if the meeting began now, and for about how many seconds."""

    item: Item
    reason: AgendaReason
    seconds: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """The agenda as it would be now."""

    rows: list[Expected]
    estimate: rules.Estimate


def expected(meeting: Meeting) -> list[Expected]:
    """Four queries."""
    return outlook(meeting).rows


def outlook(meeting: Meeting) -> Outlook:
    """Four queries."""
    items = {item.pk: item for item in meeting.items}
    points = rules.agenda(candidates(meeting.review, meeting.now))
    found = estimate_of([Talk(items[p.item_id].key, Gate(items[p.item_id].gate), p.reason) for p in points])
    rows = [Expected(items[p.item_id], p.reason, each) for p, each in zip(points, found.each, strict=True)]
    return Outlook(rows, found)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to talk about an item; `mine` is the reader's own word, None when they said nothing."""

    item: Item
    asked: list[TalkRequest]
    mine: TalkRequest | None


def wishes(review: Review, items: Sequence[Item], reader: User) -> dict[int, Wish]:
    """Item's id → who wants to talk about it. One query."""
    asked: dict[int, list[TalkRequest]] = {item.pk: [] for item in items}
    for row in TalkRequest.objects.filter(review=review).select_related("person"):
        if row.item_id in asked:
            asked[row.item_id].append(row)
    return {
        item.pk: Wish(item, asked[item.pk], next((row for row in asked[item.pk] if row.person_id == reader.pk), None))
        for item in items
    }


def estimate_of(talks: Sequence[Talk]) -> rules.Estimate:
    """One query."""
    return rules.estimate(talks, past_talks())


def past_talks() -> Iterable[Talked]:
    """What took how long in the last reviews of this installation, whichever service they were of: an item is the same item."""
    last = Review.objects.filter(status=ReviewStatus.DECIDED).order_by("-decided_at").values("pk")[:PAST_REVIEWS]
    rows = AgendaItem.objects.filter(review__in=last, seconds__gt=0).order_by("pk")
    for key, gate, reason, seconds, review_id in rows.values_list(
        "item__key", "item__gate", "reason", "seconds", "review_id"
    ):
        yield Talked(Talk(key, Gate(gate), AgendaReason(reason)), seconds, review_id)
