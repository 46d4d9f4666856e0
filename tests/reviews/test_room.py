"""The meeting while it runs: begin, join, move, pause, raise, acknowledge, notes."""

from datetime import timedelta

import pytest
import time_machine

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from reviews import actions
from reviews.models import AgendaItem, Review
from reviews.rules import ParticipantRole
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day
from tests.reviews.meetings import LATER, STARTS, again, begun, decided, entries, point, proved, refused, scheduled

# Begin


def test_beginning_makes_the_agenda_of_exceptions_hard_gates_first(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    see(assessment, "either", "fail", criterion="rotated", how="query", kind="prom_query")
    review = begun(cast)
    assert [(p.item.key, p.reason) for p in review.agenda.select_related("item")] == [
        ("either", "unmet"),
        ("drilled", "unknown"),
        ("mixed", "unknown"),
        ("queued", "unknown"),
        ("written", "unknown"),
    ]
    assert (review.status, review.facilitator, review.started_at) == ("in_progress", cast.theo, STARTS)
    assert review.current == point(review, "either")
    assert review.participants.get(role="lead").present_since == STARTS
    assert entries("review.begun")[0].after["agenda"] == 5


def test_a_review_of_a_service_with_nothing_open_opens_on_its_end(cast: Cast) -> None:
    proved(cast)
    review = begun(cast)
    assert not review.agenda.exists()
    assert review.current is None


def test_what_expired_since_is_stale_when_the_meeting_begins(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, now=NOW - timedelta(days=7) + timedelta(minutes=20))
    review = begun(cast)
    assert point(review, "probed").reason == "stale"


def test_what_changed_since_the_last_decision_is_talked_about(cast: Cast) -> None:
    decided(cast)
    proved(cast)
    review = begun(cast, starts_at=STARTS + timedelta(hours=2))
    assert {p.reason for p in review.agenda.all()} == {"changed"}


def test_only_the_services_tech_lead_begins_it(cast: Cast) -> None:
    review = scheduled(cast)
    for person, kind in (
        (cast.sam, NotVisible),
        (cast.vera, NotAllowed),
        (cast.mia, NotAllowed),
        (cast.olga, NotAllowed),
    ):
        with refused(kind):
            actions.begin(by=person, review=review, version=review.version, now=STARTS)
    with refused(rule="led-by-owner", match="Theo Example is the service's tech lead"):
        actions.begin(by=cast.rob, review=review, version=review.version, now=STARTS)


def test_a_new_tech_lead_takes_the_review_over(cast: Cast) -> None:
    review = scheduled(cast)
    cast.checkout.tech_lead = cast.rob
    cast.checkout.save()
    review = again(review)
    actions.begin(by=cast.rob, review=review, version=review.version, now=STARTS)
    assert again(review).lead == cast.rob
    assert review.participants.get(role="lead", person=cast.rob).present_since == STARTS


def test_a_meeting_begins_once(cast: Cast) -> None:
    review = scheduled(cast)
    with refused(Conflict):
        actions.begin(by=cast.theo, review=review, version=review.version + 1, now=STARTS)
    review = begun_now = again(review)
    actions.begin(by=cast.theo, review=begun_now, version=review.version, now=STARTS)
    with refused(rule="lifecycle", match="already running"):
        actions.begin(by=cast.theo, review=again(review), version=again(review).version, now=STARTS)


def test_a_paused_meeting_is_resumed_and_not_begun_again(cast: Cast) -> None:
    review = begun(cast)
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    review = again(review)
    with refused(rule="lifecycle", match="paused; resume it"):
        actions.begin(by=cast.theo, review=review, version=review.version, now=LATER)


def test_beginning_on_another_day_than_scheduled_keeps_the_timing_rule(cast: Cast) -> None:
    review = scheduled(cast)
    with refused(rule="timing"):
        actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS + timedelta(days=9))


# Join


def test_joining_counts_for_every_role_of_a_person(cast: Cast) -> None:
    review = scheduled(cast)
    actions.add_participant(by=cast.theo, review=review, person=cast.olga, role=ParticipantRole.PLATFORM, now=NOW)
    actions.join(by=cast.olga, review=again(review), now=STARTS)
    actions.join(by=cast.olga, review=again(review), now=LATER)
    assert {row.present_since for row in review.participants.filter(person=cast.olga)} == {STARTS}
    assert len(entries("review.joined")) == 1


def test_whoever_sees_the_review_may_come_in(cast: Cast) -> None:
    review = begun(cast)
    for person, role in ((cast.vera, "member"), (cast.mia, "manager")):
        actions.join(by=person, review=review, now=STARTS)
        assert review.participants.get(person=person).role == role
    with refused(NotVisible):
        actions.join(by=cast.sam, review=review, now=STARTS)


def test_the_doors_open_an_hour_before_and_close_with_the_decision(cast: Cast) -> None:
    review = scheduled(cast, starts_at=STARTS + timedelta(hours=2))
    with refused(rule="lifecycle", match="an hour before"):
        actions.join(by=cast.olga, review=review, now=STARTS)
    actions.join(by=cast.olga, review=review, now=STARTS + timedelta(hours=1))
    actions.cancel(by=cast.theo, review=again(review), version=again(review).version, reason="Moved.", now=STARTS)
    with refused(rule="lifecycle", match="over"):
        actions.join(by=cast.pia, review=again(review), now=STARTS)


@time_machine.travel(NOW, tick=False)
def test_a_guest_joins_and_speaks(cast: Cast) -> None:
    review = begun(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    actions.join(by=cast.sam, review=review, now=STARTS)
    actions.take_over(by=cast.sam, review=again(review), version=again(review).version, now=LATER)
    assert again(review).facilitator == cast.sam


# Move


def test_the_facilitator_moves_the_room_and_the_time_is_kept(cast: Cast) -> None:
    review = begun(cast)
    first, second = review.agenda.all()[:2]
    actions.move(by=cast.theo, review=review, version=review.version, to=second, now=STARTS + timedelta(seconds=95))
    review = again(review)
    assert (review.current, review.current_since) == (second, STARTS + timedelta(seconds=95))
    actions.move(by=cast.theo, review=review, version=review.version, to=first, now=STARTS + timedelta(seconds=100))
    review = again(review)
    actions.move(by=cast.theo, review=review, version=review.version, to=None, now=STARTS + timedelta(seconds=110))
    seconds = {p.pk: p.seconds for p in review.agenda.all()}
    assert (seconds[first.pk], seconds[second.pk]) == (105, 5)
    assert (again(review).current, again(review).current_since) == (None, None)


def test_nobody_else_moves_it(cast: Cast) -> None:
    review = begun(cast)
    to = review.agenda.last()
    with refused(rule="led-by-owner", match="Theo Example leads through the agenda"):
        actions.move(by=cast.olga, review=review, version=review.version, to=to, now=LATER)
    with refused(NotVisible):
        actions.move(by=cast.sam, review=review, version=review.version, to=to, now=LATER)
    with refused(NotAllowed):
        actions.move(by=cast.vera, review=review, version=review.version, to=to, now=LATER)
    with refused(rule="in-the-room"):
        actions.move(by=cast.mia, review=review, version=review.version, to=to, now=LATER)


def test_of_two_moves_at_once_one_wins(cast: Cast) -> None:
    review = begun(cast)
    to = review.agenda.last()
    actions.move(by=cast.theo, review=again(review), version=review.version, to=to, now=LATER)
    with refused(Conflict) as _:
        actions.move(by=cast.theo, review=again(review), version=review.version, to=None, now=LATER)


def test_a_verdict_never_collides_with_a_move(cast: Cast) -> None:
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=again(review), now=LATER)
    actions.move(by=cast.theo, review=again(review), version=review.version, to=None, now=LATER)


def test_an_item_of_another_review_is_no_place_to_go(cast: Cast) -> None:
    other = decided(cast).review
    review = begun(cast, starts_at=STARTS + timedelta(hours=2))
    with refused(rule="lifecycle"):
        actions.move(by=cast.theo, review=review, version=review.version, to=other.agenda.first(), now=LATER)


# Pause


def test_the_clock_stands_still_in_a_pause(cast: Cast) -> None:
    review = begun(cast)
    first = review.current
    assert first is not None
    actions.pause(by=cast.olga, review=review, version=review.version, now=STARTS + timedelta(minutes=10))
    paused = again(review)
    assert (paused.status, paused.ran_seconds, paused.seconds_run(STARTS + timedelta(hours=5))) == ("paused", 600, 600)
    with refused(rule="lifecycle", match="paused"):
        actions.move(by=cast.theo, review=paused, version=paused.version, to=None, now=LATER)
    actions.resume(by=cast.pia, review=paused, version=paused.version, now=STARTS + timedelta(hours=5))
    going = again(review)
    assert going.seconds_run(STARTS + timedelta(hours=5, minutes=1)) == 660
    assert AgendaItem.objects.get(pk=first.pk).seconds == 600
    assert [entries("review.paused")[0].actor_name, entries("review.resumed")[0].actor_name] == [
        "Olga Example",
        "Pia Example",
    ]


def test_pausing_twice_resuming_what_runs_and_acting_from_outside_are_refused(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="lifecycle", match="not paused"):
        actions.resume(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="in-the-room"):
        actions.pause(by=cast.mia, review=review, version=review.version, now=LATER)
    with refused(NotVisible):
        actions.pause(by=cast.sam, review=review, version=review.version, now=LATER)
    with refused(Conflict):
        actions.pause(by=cast.theo, review=review, version=review.version - 1, now=LATER)
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        actions.pause(by=cast.theo, review=again(review), version=again(review).version, now=LATER)


# What passed


def test_what_passed_is_acknowledged_by_the_first_who_says_so(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    actions.acknowledge_passed(by=cast.pia, review=again(review), now=LATER + timedelta(minutes=1))
    review = again(review)
    assert (review.passed_acknowledged_by, review.passed_acknowledged_at) == (cast.olga, LATER)
    (entry,) = entries("review.passed_acknowledged")
    assert entry.after == {"items": ["probed"]}


def test_acknowledging_is_for_people_in_a_running_room(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="in-the-room"):
        actions.acknowledge_passed(by=cast.mia, review=review, now=LATER)
    with refused(NotVisible):
        actions.acknowledge_passed(by=cast.sam, review=review, now=LATER)
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="lifecycle"):
        actions.acknowledge_passed(by=cast.olga, review=again(review), now=LATER)


# Raise an item


def test_anybody_present_puts_a_passed_item_on_the_agenda_with_a_word_why(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    actions.join(by=cast.mia, review=review, now=LATER)
    raised = actions.raise_item(by=cast.mia, review=review, item=cast.item("probed"), why=" It lies. ", now=LATER)
    assert (raised.reason, raised.reason_note, raised.raised_by, raised.position) == (
        "disputed",
        "It lies.",
        cast.mia,
        6,
    )
    same = actions.raise_item(by=cast.olga, review=again(review), item=cast.item("probed"), why="", now=LATER)
    assert same.pk == raised.pk
    assert len(entries("review.raised")) == 1


def test_what_broke_during_the_meeting_comes_onto_the_agenda_as_what_it_is(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    review = begun(cast)
    see(assessment, result="fail", now=LATER)
    raised = actions.raise_item(by=cast.theo, review=review, item=cast.item("probed"), why="", now=LATER)
    assert (raised.reason, raised.status_before) == ("unmet", "not_met")


def test_raising_is_for_people_in_a_running_room_and_for_items_of_this_service(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    with refused(NotVisible):
        actions.raise_item(by=cast.sam, review=review, item=cast.item("probed"), why="", now=LATER)
    with refused(NotAllowed):
        actions.raise_item(by=cast.vera, review=review, item=cast.item("probed"), why="", now=LATER)
    with refused(rule="in-the-room"):
        actions.raise_item(by=cast.mia, review=review, item=cast.item("probed"), why="", now=LATER)
    decided(cast, review)
    with refused(rule="frozen"):
        actions.raise_item(by=cast.theo, review=again(review), item=cast.item("probed"), why="", now=LATER)


# Notes


def test_notes_are_compared_and_swapped_on_their_own(cast: Cast) -> None:
    review = begun(cast)
    actions.write_notes(by=cast.olga, review=review, version=1, notes="- ask *platform*", now=LATER)
    with refused(Conflict) as _:
        actions.write_notes(by=cast.pia, review=again(review), version=1, notes="other", now=LATER)
    assert Review.objects.get().notes == "- ask *platform*"
    assert Review.objects.get().version == review.version


def test_notes_are_for_people_in_the_room(cast: Cast) -> None:
    review = begun(cast)
    with refused(NotVisible):
        actions.write_notes(by=cast.sam, review=review, version=1, notes="x", now=LATER)
    with refused(rule="in-the-room"):
        actions.write_notes(by=cast.mia, review=review, version=1, notes="x", now=LATER)
    decided(cast, review)
    with refused(rule="lifecycle"):
        actions.write_notes(by=cast.theo, review=again(review), version=1, notes="x", now=LATER)


@pytest.mark.parametrize("what", ["joined", "said", "noted", "moved"])
def test_every_screen_learns_that_something_changed(cast: Cast, what: str) -> None:
    review = begun(cast)
    before = again(review).pulse
    match what:
        case "joined":
            actions.join(by=cast.mia, review=review, now=LATER)
        case "said":
            actions.acknowledge_passed(by=cast.theo, review=review, now=LATER)
        case "noted":
            actions.write_notes(by=cast.theo, review=review, version=1, notes="x", now=LATER)
        case "moved":
            actions.move(by=cast.theo, review=review, version=review.version, to=None, now=LATER)
    assert again(review).pulse > before


def test_go_live_is_read_again_when_the_meeting_begins(cast: Cast) -> None:
    review = scheduled(cast)
    cast.checkout.go_live_on = day(20)
    cast.checkout.save()
    review = again(review)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    assert again(review).go_live_on == day(20)
