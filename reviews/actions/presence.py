"""What screens tell of their people: that they are there, ready, writing. Nothing of it is history, and nothing of it decides.

Signs of life come every few seconds from everybody, so a sign is one cheap UPDATE, and the other screens are told only when it
changes what they show.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from reviews import rules
from reviews.actions.writing import require_in_the_room, require_running
from reviews.company import NOTES, point_in
from reviews.live import bus
from reviews.models import LIVE, AgendaItem, Participant, Review
from reviews.moods import moods, signs_of, with_signs
from reviews.rules import HEARD_EVERY, Rule

# --- There ---------------------------------------------------------------------------------------------------------------------


def heard_from(*, by: User, review_id: int, now: datetime) -> None:
    """A screen of theirs asked for something. Whoever is not of this review leaves no trace."""
    rows = Participant.objects.filter(review=review_id, review__status__in=LIVE, person=by)
    row = rows.first()
    if row is None or (row.seen_at and now - row.seen_at < HEARD_EVERY):
        return
    _write_signs([row.pk for row in rows], now)
    if row.traces.presence(now) is not replace(row.traces, seen_at=now).presence(now):
        stir([review_id])


def heard_from_screens(screens: Mapping[int, Collection[int]], *, since: datetime, now: datetime) -> set[int]:
    """The same for all screens of a live process: the people (ids) that are connected, by review (id).

    To be called every `HEARD_EVERY`; `since` is when it was called the last time. Answers the reviews that look different than
    they did then, for a change of somebody's presence or by the clock; their pulse has been raised. Four queries at most.

    Of a sign is known that it came after `since`, and no more is claimed: whoever was lost right after it is missed in time.
    """
    rows = signs_of(list(screens))
    heard = {row.pk for row in rows if row.person_id in screens[row.review_id]}
    at = max(since, now - HEARD_EVERY)
    _write_signs(heard, at)
    before, after = moods((rows, since), (with_signs(rows, heard, at), now))
    changed = {review_id for review_id, mood in after.items() if before[review_id] != mood}
    stir(changed)
    return changed


def _write_signs(pks: Collection[int], at: datetime) -> None:
    """Never back in time. Waits for nobody: a row that is being written is passed over, as the next sign is seconds away. So a
    sign of life and a move, which clears what people were ready for, never stand in each other's way.
    """
    with transaction.atomic():
        older = Participant.objects.filter(Q(seen_at=None) | Q(seen_at__lt=at), pk__in=pks)
        free = older.select_for_update(skip_locked=True)
        Participant.objects.filter(pk__in=free.values("pk")).update(seen_at=at)


def stir(review_ids: Collection[int]) -> None:
    """Every screen looks again. Unlike `touch` it holds nothing and refuses nothing."""
    if review_ids:
        Review.objects.filter(pk__in=review_ids).update(pulse=F("pulse") + 1)
    for review_id in review_ids:
        bus.announce(review_id)


# --- Ready ---------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def mark_ready(*, by: User, review: Review, at: int | None, now: datetime) -> None:
    """Ready to go on from the item with the agenda id `at`; None is the end. Twice is once. Raises Conflict when the room has
    moved on in the meantime: nobody is ready with what they have not seen.
    """
    rows = require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    if review.current_id == at and all(row.ready_at for row in rows):
        return
    here = Review.objects.filter(pk=review.pk, status=review.status, current=at)
    if not here.update(pulse=F("pulse") + 1):
        current = Review.objects.select_related("current__item").get(pk=review.pk)
        place = f"“{current.current.item.title}”" if current.current else "the end of the agenda"
        raise Conflict(f"The room has gone on to {place}; look at it, and then say that you are ready.", current)
    bus.announce(review.pk)
    Participant.objects.filter(review=review, person=by).update(ready_at=now, seen_at=now)


@transaction.atomic
def unmark_ready(*, by: User, review: Review, now: datetime) -> None:
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    ready = Participant.objects.filter(review=review, person=by, ready_at__isnull=False)
    if ready.update(ready_at=None, seen_at=now):
        stir([review.pk])


# --- Writing -------------------------------------------------------------------------------------------------------------------


@transaction.atomic
def write_in(*, by: User, review: Review, place: str, now: datetime) -> None:
    """Somebody types in a form: "verdict:<agenda id>" or "notes"; empty when they have stopped. A page says so every few seconds
    while it lasts; who says nothing more has stopped.
    """
    rows = require_in_the_room(review, by, Action.COMMENT if place in {NOTES, ""} else Action.RECORD_VERDICT)
    if not review.is_live:
        raise Refused(Rule.LIFECYCLE, "The meeting is not running.")
    _require_place(review, place)
    traces = rows[0].traces
    fresh = replace(traces, seen_at=now, writing_in=place, writing_at=now if place else None)
    mine = Participant.objects.filter(review=review, person=by)
    mine.update(seen_at=now, writing_in=place, writing_at=fresh.writing_at)
    if rules.mood({by.pk: traces}, None, now) != rules.mood({by.pk: fresh}, None, now):
        stir([review.pk])


def _require_place(review: Review, place: str) -> None:
    if place in {NOTES, ""}:
        return
    agenda_id = point_in(place)
    if agenda_id is None or not AgendaItem.objects.filter(review=review, pk=agenda_id).exists():
        raise Refused(Rule.LIFECYCLE, "There is no such form in this meeting.")
