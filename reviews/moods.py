"""What changes in a room although nobody does anything: see `rules.mood`. For many rooms at once: two queries in all."""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from datetime import datetime

from django.db.models import Count, Q, Sum

from reviews import rules
from reviews.meeting import nudge_of
from reviews.models import LIVE, Participant, Review
from reviews.rules import Traces


def signs_of(review_ids: Collection[int]) -> list[Participant]:
    """Of reviews that are not over."""
    return list(Participant.objects.filter(review__in=review_ids, review__status__in=LIVE))


def with_signs(rows: Iterable[Participant], heard: Collection[int], at: datetime) -> list[Participant]:
    """The same rows, as they are when those with the ids `heard` were heard of at that moment."""
    fresh = [copy(row) for row in rows]
    for row in fresh:
        if row.pk in heard:
            row.seen_at = max(row.seen_at or at, at)
    return fresh


def moods(*looks: tuple[Iterable[Participant], datetime]) -> list[dict[int, str]]:
    """The mood of each review, for each way to look at the same reviews: their participants, and when."""
    people = [(_people(rows), now) for rows, now in looks]
    reviews = list(_reviews({pk for found, _ in people for pk in found}))
    return [{review.pk: _mood(review, found[review.pk], now) for review in reviews} for found, now in people]


def mood_of(review_id: int, now: datetime) -> str:
    return moods((signs_of([review_id]), now))[0].get(review_id, "")


def _people(rows: Iterable[Participant]) -> dict[int, dict[int, Traces]]:
    found: dict[int, dict[int, Traces]] = {}
    for row in rows:
        found.setdefault(row.review_id, {}).setdefault(row.person_id, row.traces)
    return found


def _reviews(pks: Collection[int]) -> Iterable[Review]:
    unsaid = Count("agenda", filter=Q(agenda__word=""))
    rows = Review.objects.filter(pk__in=pks).select_related("current")
    return rows.annotate(expected=Sum("agenda__expected_seconds"), unsaid=unsaid)


def _mood(review: Review, people: Mapping[int, Traces], now: datetime) -> str:
    expected, unsaid = review.expected, review.unsaid  # type: ignore[attr-defined]  # annotated
    current = review.current
    share = rules.share(current.expected_seconds, [expected], review.minutes * 60) if current else 0
    clock = nudge_of(review, current, share=share, unsaid=unsaid, now=now)
    return rules.mood(people, review.facilitator_id, now, clock)
