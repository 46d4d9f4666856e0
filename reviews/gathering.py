"""Who comes together at a moment: what time it is for them, and what else they have then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone

from readiness.accounts.models import User
from reviews import rules
from reviews.meeting import Meeting
from reviews.models import LIVE, Participant, Review

LONGEST = timedelta(hours=4)
"""No review is planned for longer, so none that began earlier still goes on."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Somebody is in another review then. `review` None: one that the reader may not know of."""

    person: User
    starts_at: datetime
    review: Review | None


@dataclass(frozen=True)
class Gathering:
    """`people` of a review that is planned for `starts_at`; `review` is that review, once there is one."""

    reader: User
    people: Sequence[User]
    starts_at: datetime
    length: timedelta
    review: Review | None = None

    @property
    def others(self) -> list[rules.Clock]:
        """What time it is for those for whom it is another time."""
        zones = ((person.get_short_name(), person.zone) for person in self.people if person.pk != self.reader.pk)
        return rules.clocks(self.starts_at, self._ends_at, timezone.get_current_timezone(), zones)

    @property
    def is_odd(self) -> bool:
        """For the reader themselves."""
        return rules.is_odd(timezone.localtime(self.starts_at), timezone.localtime(self._ends_at))

    @property
    def _ends_at(self) -> datetime:
        return self.starts_at + self.length

    @cached_property
    def clashes(self) -> list[Clash]:
        """Two queries."""
        rows = Participant.objects.filter(
            person__in=self.people,
            review__status__in=LIVE,
            review__starts_at__lt=self._ends_at,
            review__starts_at__gt=self.starts_at - LONGEST,
        )
        if self.review:
            rows = rows.exclude(review=self.review)
        found = {(row.person_id, row.review_id): row for row in rows.select_related("person", "review__service")}
        held = [row for row in found.values() if _ends(row.review) > self.starts_at]
        seen = Review.objects.visible_to(self.reader).filter(pk__in=[row.review_id for row in held])
        known = set(seen.values_list("pk", flat=True))
        return [Clash(row.person, row.review.starts_at, row.review if row.review_id in known else None) for row in held]


def _ends(review: Review) -> datetime:
    return review.starts_at + timedelta(minutes=review.minutes)


def gathering_of(meeting: Meeting, reader: User) -> Gathering:
    review = meeting.review
    people = [seat.person for seat in meeting.seats]
    return Gathering(reader, people, review.starts_at, timedelta(minutes=review.minutes), review)
