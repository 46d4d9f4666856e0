"""What screens tell: there, lost, ready, writing."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from reviews import actions
from reviews.company import Attendant, Company, verdict_on
from reviews.meeting import Meeting
from reviews.models import Participant, Review
from reviews.rules import HEARD_EVERY, ParticipantRole, Presence
from tests.cast import NOW, Cast
from tests.reviews.meetings import LATER, STARTS, again, begun, decided, point, refused, scheduled


def company(review: Review, now: datetime) -> Company:
    return Meeting.of(again(review), now).company


def seen(review: Review, person: User, now: datetime) -> Attendant:
    attendant = company(review, now).of(person.pk)
    assert attendant is not None
    return attendant


def after(seconds: float) -> datetime:
    return STARTS + timedelta(seconds=seconds)


def hear(review: Review, *people: User, now: datetime) -> None:
    for person in people:
        actions.heard_from(by=person, review_id=review.pk, now=now)


# There


def test_whose_screen_is_silent_is_lost_and_still_took_part(cast: Cast) -> None:
    review = begun(cast)
    assert seen(review, cast.olga, after(7)).is_here
    hear(review, cast.theo, now=after(20))
    olga = seen(review, cast.olga, after(20))
    assert (olga.presence, olga.silent_seconds, olga.seat.is_present) == (Presence.LOST, 20, True)
    assert [one.person for one in company(review, after(20)).lost] == [cast.olga, cast.pia]
    assert company(review, after(20)).here == 1


def test_with_the_first_sign_they_are_back_and_every_screen_learns_of_it(cast: Cast) -> None:
    review = begun(cast)
    before = again(review).pulse
    hear(review, cast.olga, now=after(20))
    assert seen(review, cast.olga, after(20)).is_here
    assert again(review).pulse == before + 1
    hear(review, cast.olga, now=after(23))
    assert again(review).pulse == before + 1


def test_signs_are_written_down_every_few_seconds_and_not_more_often(cast: Cast) -> None:
    review = begun(cast)
    hear(review, cast.olga, now=after(3))
    with CaptureQueriesContext(connection) as queries:
        hear(review, cast.olga, now=after(4))
    assert len(queries) == 1
    assert {row.seen_at for row in review.participants.filter(person=cast.olga)} == {after(3)}
    hear(review, cast.olga, now=after(3) + HEARD_EVERY)
    assert review.participants.get(person=cast.olga).seen_at == after(3) + HEARD_EVERY


def test_a_sign_counts_for_every_role_of_a_person(cast: Cast) -> None:
    review = scheduled(cast)
    actions.add_participant(by=cast.theo, review=review, person=cast.olga, role=ParticipantRole.PLATFORM, now=NOW)
    hear(review, cast.olga, now=STARTS)
    assert {row.seen_at for row in review.participants.filter(person=cast.olga)} == {STARTS}
    assert seen(review, cast.olga, STARTS).presence is Presence.LOOKING


def test_whoever_is_not_of_the_review_and_whoever_comes_too_late_leaves_no_trace(cast: Cast) -> None:
    review = begun(cast)
    hear(review, cast.sam, cast.vera, now=LATER)
    decided(cast, review)
    with_traces = list(Participant.objects.values())
    hear(review, cast.olga, now=LATER)
    assert list(Participant.objects.values()) == with_traces


# A live process tells for all its screens


def test_a_live_process_tells_of_all_its_screens_at_once(cast: Cast) -> None:
    review = begun(cast)
    screens = {review.pk: {cast.theo.pk, cast.olga.pk, cast.sam.pk}}
    with CaptureQueriesContext(connection) as queries:
        assert actions.heard_from_screens(screens, since=after(2), now=after(4)) == set()
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 3
    assert seen(review, cast.theo, after(9)).is_here
    assert seen(review, cast.pia, after(9)).is_lost


def test_a_sign_never_goes_back_in_time(cast: Cast) -> None:
    review = begun(cast)
    hear(review, cast.olga, now=after(10))
    actions.heard_from_screens({review.pk: {cast.olga.pk}}, since=after(9), now=after(11))
    assert review.participants.get(person=cast.olga).seen_at == after(10)


def test_whoever_is_lost_can_be_followed_within_ten_seconds(cast: Cast) -> None:
    """However the sign, the writing down and the loss fall together."""
    review = begun(cast)
    hear(review, cast.theo, now=after(24))
    last_sign, told = after(30.01), set[int]()  # and not a moment later the power fails
    others = {cast.olga.pk, cast.pia.pk}
    now = after(24)
    while not seen(review, cast.theo, now).is_lost:
        since, now = now, now + HEARD_EVERY
        people = others | ({cast.theo.pk} if since <= last_sign else set())
        told = actions.heard_from_screens({review.pk: people}, since=since, now=now)
    assert review.pk in told
    assert now - last_sign <= timedelta(seconds=10)
    actions.take_over(by=cast.olga, review=again(review), version=again(review).version, now=now)


def test_it_raises_the_pulse_when_somebody_falls_silent_and_when_they_come_back(cast: Cast) -> None:
    review = begun(cast)
    both, one = {cast.theo.pk, cast.olga.pk, cast.pia.pk}, {cast.theo.pk, cast.olga.pk}
    told = []
    for second in range(2, 24, 2):
        screens = {review.pk: both if second in {2, 16, 18, 20, 22} else one}
        if actions.heard_from_screens(screens, since=after(second - 2), now=after(second)):
            told.append(second)
    assert told == [8, 16]


def test_the_facilitators_silence_is_told_before_they_count_as_lost(cast: Cast) -> None:
    review = begun(cast)
    others = {review.pk: {cast.olga.pk, cast.pia.pk}}
    told = [
        second
        for second in range(2, 14, 2)
        if actions.heard_from_screens(others, since=after(second - 2), now=after(second))
    ]
    assert told == [6, 8]
    assert seen(review, cast.theo, after(6)).lost_at == after(8)


def test_the_clocks_nudge_reaches_every_screen_by_itself(cast: Cast) -> None:
    review = begun(cast)
    everybody = {review.pk: {cast.theo.pk, cast.olga.pk, cast.pia.pk}}
    for now, is_told in ((299, False), (301, True), (303, False)):
        hear(review, cast.theo, cast.olga, cast.pia, now=after(now - 2))
        told = actions.heard_from_screens(everybody, since=after(now - 2), now=after(now))
        assert bool(told) is is_told
    assert "5 minutes on this one" in Meeting.of(again(review), after(301)).nudge


def test_a_review_that_is_over_is_not_written_to(cast: Cast) -> None:
    review = decided(cast).review
    before = list(Participant.objects.values())
    assert actions.heard_from_screens({review.pk: {cast.theo.pk}}, since=LATER, now=LATER) == set()
    assert list(Participant.objects.values()) == before


# Ready


def test_ready_people_are_counted_and_a_move_begins_anew(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.rob, review=review, now=STARTS)
    assert (company(review, STARTS).ready, len(company(review, STARTS).waited_for)) == (0, 2)
    actions.mark_ready(by=cast.olga, review=again(review), at=review.current_id, now=after(1))
    assert seen(review, cast.olga, after(2)).is_ready
    assert not company(review, after(2)).is_everybody_ready
    actions.mark_ready(by=cast.pia, review=again(review), at=review.current_id, now=after(2))
    assert company(review, after(3)).is_everybody_ready
    actions.move(by=cast.theo, review=again(review), version=again(review).version, to=None, now=after(4))
    assert company(review, after(4)).ready == 0


def test_ready_can_be_taken_back_and_twice_is_once(cast: Cast) -> None:
    review = begun(cast)
    for _ in range(2):
        actions.mark_ready(by=cast.olga, review=again(review), at=review.current_id, now=LATER)
    assert again(review).pulse == review.pulse + 1
    for _ in range(2):
        actions.unmark_ready(by=cast.olga, review=again(review), now=LATER)
    assert again(review).pulse == review.pulse + 2
    assert not seen(review, cast.olga, LATER).is_ready


def test_nobody_is_ready_with_what_they_have_not_seen(cast: Cast) -> None:
    review = begun(cast)
    stale, seen_by_olga = again(review), review.current_id
    actions.move(by=cast.theo, review=review, version=review.version, to=review.agenda.last(), now=LATER)
    with refused(Conflict, match="The room has gone on to “Written”"):
        actions.mark_ready(by=cast.olga, review=stale, at=seen_by_olga, now=LATER)
    actions.move(by=cast.theo, review=again(review), version=again(review).version, to=None, now=LATER)
    with refused(Conflict, match="the end of the agenda"):
        actions.mark_ready(by=cast.olga, review=again(review), at=seen_by_olga, now=LATER)
    actions.mark_ready(by=cast.olga, review=again(review), at=None, now=LATER)
    assert seen(review, cast.olga, LATER).is_ready


def test_ready_is_for_those_in_the_room_who_speak_while_it_runs(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    for person, kind in ((cast.sam, NotVisible), (cast.vera, NotAllowed)):
        with refused(kind):
            actions.mark_ready(by=person, review=again(review), at=review.current_id, now=LATER)
        with refused(kind):
            actions.unmark_ready(by=person, review=again(review), now=LATER)
    with refused(rule="in-the-room"):
        actions.mark_ready(by=cast.mia, review=again(review), at=review.current_id, now=LATER)
    with refused(rule="in-the-room"):
        actions.unmark_ready(by=cast.mia, review=again(review), now=LATER)
    actions.pause(by=cast.theo, review=again(review), version=again(review).version, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        actions.mark_ready(by=cast.olga, review=again(review), at=review.current_id, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        actions.unmark_ready(by=cast.olga, review=again(review), now=LATER)


# Writing


def test_everybody_sees_who_is_writing_where(cast: Cast) -> None:
    review = begun(cast)
    drilled = point(review, "drilled")
    before = again(review).pulse
    for second in (0, 3, 6):
        actions.write_in(by=cast.olga, review=review, place=verdict_on(drilled.pk), now=after(second))
    assert again(review).pulse == before + 1
    assert seen(review, cast.olga, after(7)).writes == "a verdict on Drilled"
    assert [one.person for one in company(review, after(7)).writers_of(drilled)] == [cast.olga]
    assert company(review, after(7)).writers_of(point(review, "mixed")) == []
    actions.write_in(by=cast.olga, review=review, place="notes", now=after(8))
    assert [one.person for one in company(review, after(9)).writers_of_notes] == [cast.olga]
    actions.write_in(by=cast.olga, review=review, place="", now=after(10))
    assert seen(review, cast.olga, after(10)).writes == ""
    assert again(review).pulse == before + 3


def test_who_stops_without_a_word_has_stopped_after_six_seconds(cast: Cast) -> None:
    review = begun(cast)
    actions.write_in(by=cast.olga, review=review, place="notes", now=after(0))
    everybody = {review.pk: {cast.theo.pk, cast.olga.pk, cast.pia.pk}}
    told = [
        second
        for second in range(2, 12, 2)
        if actions.heard_from_screens(everybody, since=after(second - 2), now=after(second))
    ]
    assert told == [6]


def test_writing_is_for_those_in_the_room_who_may(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    place = verdict_on(point(review, "drilled").pk)
    with refused(NotVisible):
        actions.write_in(by=cast.sam, review=review, place=place, now=LATER)
    with refused(NotAllowed):
        actions.write_in(by=cast.vera, review=review, place=place, now=LATER)
    with refused(rule="in-the-room"):
        actions.write_in(by=cast.mia, review=review, place=place, now=LATER)
    decided(cast, review)
    with refused(rule="lifecycle"):
        actions.write_in(by=cast.theo, review=again(review), place=place, now=LATER)


@pytest.mark.parametrize("place", ["verdict:0", "verdict:", "verdict:x", "verdict:99999999999999999999", "plan"])
def test_writing_happens_in_a_form_of_this_meeting(cast: Cast, place: str) -> None:
    review = begun(cast)
    with refused(rule="lifecycle", match="no such form"):
        actions.write_in(by=cast.olga, review=review, place=place, now=LATER)


def test_a_form_of_another_meeting_is_no_place_of_this_one(cast: Cast) -> None:
    other = decided(cast).review
    review = begun(cast, starts_at=STARTS + timedelta(hours=2))
    with refused(rule="lifecycle", match="no such form"):
        actions.write_in(by=cast.olga, review=review, place=verdict_on(point(other, "drilled").pk), now=LATER)


# Missing


def test_the_lobby_knows_whom_it_waits_for(cast: Cast) -> None:
    cast.checkout.platform_owner = None
    cast.checkout.save()
    review = scheduled(cast)
    assert company(review, STARTS).missing == [
        "Tech lead: Theo Example is not here.",
        "On-call: Olga Example is not here.",
        "Platform: nobody is invited.",
    ]
    actions.join(by=cast.olga, review=review, now=STARTS)
    assert len(company(review, STARTS).missing) == 2
