"""A meeting that everybody has left pauses by itself. It never says, approves or decides anything."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max, Q
from django.db.models.functions import Coalesce, Greatest

from readiness.accounts.policy import Conflict
from readiness.history.actions import TIME, record
from reviews.actions.writing import subject, swap
from reviews.models import AgendaItem, Participant, Review
from reviews.rules import ABANDONED_AFTER, ReviewStatus

SENTENCE = "Nobody was in the room for 15 minutes."


def pause_abandoned(*, now: datetime) -> int:
    """Pauses each running meeting in which nobody has been heard of for 15 minutes. Answers how many; again is not twice.

    Its clock has run until somebody was heard of last. A person who decides, resumes or comes back at the same moment wins.
    """
    return sum(_pause(review, now) for review in _abandoned(now))


def _abandoned(now: datetime) -> list[Review]:
    running = Review.objects.filter(status=ReviewStatus.IN_PROGRESS).select_related("service")
    # Going on after a pause is a sign of life as well; so is coming in.
    in_the_room = Q(participants__present_since__isnull=False)
    heard = Greatest(
        "running_since",
        Coalesce(Max("participants__seen_at", filter=in_the_room), "running_since"),
        Coalesce(Max("participants__present_since"), "running_since"),
    )
    return list(running.annotate(heard_at=heard).filter(heard_at__lte=now - ABANDONED_AFTER))


def _pause(review: Review, now: datetime) -> bool:
    heard_at: datetime = review.heard_at  # type: ignore[attr-defined]  # annotated
    try:
        with transaction.atomic():
            _stop_the_clock(review, heard_at, now)
    except Conflict:
        return False
    return True


def _stop_the_clock(review: Review, heard_at: datetime, now: datetime) -> None:
    current_id, on_current = review.current_id, review.seconds_on_current(heard_at)
    ran = review.seconds_run(heard_at)
    swap(
        review,
        review.version,
        status=ReviewStatus.PAUSED,
        ran_seconds=ran,
        running_since=None,
        current_since=None,
        paused_itself_at=now,
    )
    in_the_room = Participant.objects.filter(review=review, present_since__isnull=False)
    if in_the_room.filter(seen_at__gt=heard_at).exists():
        raise Conflict("Somebody has come back.", review)
    AgendaItem.objects.filter(review=review, pk=current_id or 0).update(seconds=F("seconds") + on_current)
    after = {"ran_seconds": ran, "heard_at": heard_at}
    record("review.paused_itself", subject(review), by=TIME, at=now, after=after, reason=SENTENCE)
