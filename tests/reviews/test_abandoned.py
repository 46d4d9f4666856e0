"""A meeting that everybody left pauses by itself, and never decides anything."""

from datetime import timedelta

import pytest
import time_machine

from readiness.assessments.rules import Decision
from readiness.celery import app
from readiness.history.models import ActorKind
from reviews import actions, tasks
from reviews.actions import abandoned
from reviews.models import AgendaItem, Review
from tests.cast import Cast
from tests.reviews.meetings import LATER, STARTS, again, begun, entries, say_all, scheduled

GONE = STARTS + timedelta(minutes=15)
LONG_GONE = STARTS + timedelta(hours=8)


def test_it_pauses_when_nobody_was_there_for_15_minutes(cast: Cast) -> None:
    review = begun(cast)
    assert actions.pause_abandoned(now=GONE - timedelta(seconds=1)) == 0
    assert again(review).is_running
    assert actions.pause_abandoned(now=GONE) == 1
    review = again(review)
    assert (review.status, review.paused_itself_at, review.running_since) == ("paused", GONE, None)
    assert review.pulse > 1


def test_its_clock_ran_until_somebody_was_heard_of_last(cast: Cast) -> None:
    review = begun(cast)
    first = review.current
    assert first
    actions.heard_from(by=cast.olga, review_id=review.pk, now=STARTS + timedelta(minutes=10))
    assert actions.pause_abandoned(now=STARTS + timedelta(minutes=24)) == 0
    assert actions.pause_abandoned(now=LONG_GONE) == 1
    assert again(review).ran_seconds == 600
    assert AgendaItem.objects.get(pk=first.pk).seconds == 600
    (entry,) = entries("review.paused_itself")
    assert (entry.actor_kind, entry.after["ran_seconds"]) == (ActorKind.SYSTEM, 600)
    assert entry.reason == "Nobody was in the room for 15 minutes."


def test_again_is_not_twice(cast: Cast) -> None:
    begun(cast)
    assert [actions.pause_abandoned(now=GONE + timedelta(minutes=minute)) for minute in range(3)] == [1, 0, 0]
    assert len(entries("review.paused_itself")) == 1


def test_a_person_resumes_it_and_has_15_minutes_again(cast: Cast) -> None:
    review = begun(cast)
    actions.pause_abandoned(now=LONG_GONE)
    review = again(review)
    actions.resume(by=cast.olga, review=review, version=review.version, now=LONG_GONE)
    review = again(review)
    assert (review.status, review.paused_itself_at) == ("in_progress", None)
    assert actions.pause_abandoned(now=LONG_GONE + timedelta(minutes=14)) == 0
    assert actions.pause_abandoned(now=LONG_GONE + timedelta(minutes=15)) == 1
    assert again(review).ran_seconds == 0


def test_who_only_looks_in_keeps_no_meeting_going(cast: Cast) -> None:
    review = begun(cast, present=False)
    actions.heard_from(by=cast.olga, review_id=review.pk, now=GONE)
    assert actions.pause_abandoned(now=GONE) == 1


def test_what_waits_is_paused_or_over_is_left_alone(cast: Cast) -> None:
    review = scheduled(cast)
    assert actions.pause_abandoned(now=LONG_GONE) == 0
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    review = again(review)
    actions.pause(by=cast.theo, review=review, version=review.version, now=STARTS)
    assert actions.pause_abandoned(now=LONG_GONE) == 0
    assert again(review).paused_itself_at is None
    review = again(review)
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Moved.", now=LONG_GONE)
    assert actions.pause_abandoned(now=LONG_GONE) == 0


def test_it_never_decides_although_everything_is_said(cast: Cast) -> None:
    review = begun(cast)
    say_all(cast, review)
    actions.pause_abandoned(now=LONG_GONE)
    review = again(review)
    assert review.is_paused
    assert (review.decision, review.decided_by) == ("", None)


@pytest.mark.parametrize("what", ["decided", "paused", "back"])
def test_a_person_who_acts_in_the_same_moment_wins(cast: Cast, what: str) -> None:
    """Somebody acts between the look at the clock and the pause."""
    review = begun(cast)
    say_all(cast, review)
    found = abandoned._abandoned(LONG_GONE)
    fresh = again(review)
    match what:
        case "decided":
            actions.decide(
                by=cast.theo,
                review=fresh,
                version=fresh.version,
                decision=Decision.NO_GO,
                stricter_reason="",
                now=LATER,
            )
        case "paused":
            actions.pause(by=cast.theo, review=fresh, version=fresh.version, now=LATER)
        case _:
            actions.heard_from(by=cast.olga, review_id=review.pk, now=LONG_GONE)
    before = Review.objects.values().get()
    assert [abandoned._pause(row, LONG_GONE) for row in found] == [False]
    assert Review.objects.values().get() == before
    assert entries("review.paused_itself") == []


def test_the_scheduler_looks_every_minute(cast: Cast) -> None:
    beats = {row["task"]: row["schedule"] for row in app.conf.beat_schedule.values()}
    assert beats["reviews.tasks.pause_abandoned"] == timedelta(minutes=1)
    review = begun(cast)
    with time_machine.travel(GONE - timedelta(minutes=1), tick=False):
        assert tasks.pause_abandoned() == 0
    with time_machine.travel(GONE, tick=False):
        assert tasks.pause_abandoned() == 1
        assert tasks.pause_abandoned() == 0
    assert again(review).is_paused
