"""What the live process asks about every review that somebody looks at: two questions for all of them together.

Two moments of a review are equal while its screens show the same. What happens by itself (somebody falls silent, time runs out)
raises the pulse as well, see `actions.heard_from_screens`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from reviews.live.picture import END, beat
from reviews.meeting import Meeting
from reviews.models import Participant, Review
from reviews.rules import ReviewStatus


@dataclass(frozen=True, slots=True)
class Moment:
    """`beat` is what screens compare; the rest says which kind of reader each is."""

    beat: str
    status: str
    facilitator_id: int | None
    current_id: int | None
    present: frozenset[int]

    @classmethod
    def of(cls, meeting: Meeting) -> Moment:
        review = meeting.review
        present = frozenset(row.person_id for row in meeting.participants if row.present_since)
        at = beat(review.pulse, review.assessment.refreshed_at)
        return cls(at, review.status, review.facilitator_id, review.current_id, present)

    @property
    def item(self) -> str:
        """Where the room is, as a screen says it that looks somewhere by itself."""
        return str(self.current_id or END)

    def before(self, changes: int) -> Moment:
        """The moment so many changes before."""
        pulse, _, refreshed = self.beat.partition("-")
        return replace(self, beat=f"{int(pulse) - changes}-{refreshed}")

    def is_like(self, other: Moment) -> bool:
        """The same, but for when items were counted anew."""
        return replace(self, beat=self.beat.partition("-")[0]) == replace(other, beat=other.beat.partition("-")[0])

    def outdated(self) -> Moment:
        return replace(self, beat="")

    @property
    def is_over(self) -> bool:
        return self.status in {ReviewStatus.DECIDED, ReviewStatus.CANCELLED}


def moments(review_ids: Iterable[int]) -> dict[int, Moment]:
    """Reviews that are gone are left out."""
    present: dict[int, set[int]] = {review_id: set() for review_id in review_ids}
    seats = Participant.objects.filter(review__in=present, present_since__isnull=False)
    for review_id, person_id in seats.values_list("review", "person"):
        present[review_id].add(person_id)
    rows = Review.objects.filter(pk__in=present).values_list(
        "pk", "pulse", "assessment__refreshed_at", "status", "facilitator", "current"
    )
    return {
        pk: Moment(beat(pulse, at), status, leads, current, frozenset(present[pk]))
        for pk, pulse, at, status, leads, current in rows
    }
