"""What a review cost and what it found, so that people can see that it was worth it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import Count, Q, Sum

from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews import rules
from reviews.meeting import Meeting, Seat
from reviews.models import AgendaItem, Packet, Review, ReviewQuerySet
from reviews.rules import Stay, Word

LATELY = timedelta(days=90)
OPEN = (ItemStatus.NOT_MET, ItemStatus.UNKNOWN, ItemStatus.STALE)


def person_seconds(review: Review, seats: Iterable[Seat], now: datetime) -> int:
    """Of everybody who was there, as the meeting ends."""
    stays = [Stay(seat.rows[0].present_since, seat.rows[0].seen_at) for seat in seats if seat.is_present]
    ran = review.seconds_run(now)
    started_at = review.started_at or now
    return rules.person_seconds(stays, started_at=started_at, ended_at=now, ran_seconds=ran)


@dataclass(frozen=True)
class Worth:
    """Of one decided review; the gaps are as they are now."""

    meeting: Meeting
    frozen: dict[str, str]
    """Item's key → its status in the packet."""

    @property
    def hours(self) -> str:
        return hours_words(self.meeting.review.person_seconds)

    @property
    def talked_about(self) -> int:
        return self.meeting.said

    @property
    def owned(self) -> int:
        """Gaps that left the room with an owner."""
        return sum(1 for point in self.meeting.agenda if point.word == Word.GAP and point.owner_id)

    @cached_property
    def gates(self) -> list[AgendaItem]:
        """Hard gates that were open when the meeting began."""
        return [point for point in self.meeting.agenda if point.item.is_hard and point.status_before in OPEN]

    @cached_property
    def gates_closed(self) -> list[AgendaItem]:
        """Of these, closed since and before go-live: what the meeting kept from going live open."""
        return [point for point in self.gates if self._is_closed_in_time(point)]

    def _is_closed_in_time(self, point: AgendaItem) -> bool:
        gap, review = gap_of(point.item), self.meeting.review
        if gap is None or gap.closed_at is None or review.decided_at is None or gap.closed_at < review.decided_at:
            return False
        launched_on: date | None = review.service.launched_on
        return review.go_live_on is not None and (launched_on is None or house_day(gap.closed_at) <= launched_on)

    @cached_property
    def turned(self) -> list[tuple[AgendaItem, str]]:
        """Items that were decided with another status than they came with: what the room changed about the decision."""
        points = [(point, self.frozen.get(point.item.key, "")) for point in self.meeting.agenda]
        return [(point, status) for point, status in points if status and status != point.status_before]


def worth_of(meeting: Meeting, packet: Packet) -> Worth:
    return Worth(meeting, {item["key"]: item["status"] for item in json.loads(packet.body)["items"]})


@dataclass(frozen=True, slots=True)
class Lately:
    """Of the reviews that were decided in the last 90 days."""

    reviews: int
    seconds: int
    gates: int

    @property
    def hours(self) -> str:
        return hours_words(self.seconds)


def lately(reviews: ReviewQuerySet, now: datetime) -> Lately:
    """Two statements at most, however many reviews."""
    decided = reviews.decided().filter(decided_at__gte=now - LATELY).order_by()
    sums = decided.aggregate(reviews=Count("pk"), seconds=Sum("person_seconds"))
    before_launch = Q(review__in=decided.filter(go_live_on__isnull=False).values("pk"))
    found = AgendaItem.objects.filter(before_launch, item__gate=Gate.HARD, status_before__in=OPEN)
    return Lately(sums["reviews"], sums["seconds"] or 0, found.count() if sums["reviews"] else 0)


def hours_words(seconds: int | None) -> str:
    """As in "1.4 person-hours", or "25 person-minutes" below one."""
    if seconds is None:
        return "unknown"
    minutes = round(seconds / 60)
    if minutes < 60:
        return "1 person-minute" if minutes == 1 else f"{minutes} person-minutes"
    hours = f"{seconds / 3600:.1f}".removesuffix(".0")
    return "1 person-hour" if hours == "1" else f"{hours} person-hours"
