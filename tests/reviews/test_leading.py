"""Who leads through the agenda: handed over, taken over, never two and never nobody for long."""

from datetime import datetime, timedelta

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from reviews import actions
from reviews.models import Review
from tests.cast import Cast
from tests.reviews.meetings import LATER, STARTS, again, begun, decided, entries, refused, scheduled

LOST = STARTS + timedelta(seconds=8)


def still_here(cast: Cast, review: Review, now: datetime = LATER) -> Review:
    """Everybody's screens are heard of."""
    people = (cast.theo, cast.olga, cast.pia, cast.rob, cast.vera, cast.mia)
    actions.heard_from_screens({review.pk: {person.pk for person in people}}, since=now, now=now)
    return again(review)


# Take over


def test_within_eight_seconds_of_a_lost_connection_somebody_else_leads(cast: Cast) -> None:
    review = begun(cast)
    with refused(
        rule="led-by-owner", match="leads through the agenda and is connected; ask them to hand over, or wait"
    ):
        actions.take_over(by=cast.olga, review=review, version=review.version, now=LOST - timedelta(seconds=1))
    actions.take_over(by=cast.olga, review=review, version=review.version, now=LOST)
    review = again(review)
    assert (review.facilitator, review.facilitator_before, review.facilitator_since) == (cast.olga, cast.theo, LOST)
    (entry,) = entries("review.taken_over")
    assert (entry.before, entry.after) == ({"facilitator": "Theo Example"}, {"facilitator": "Olga Example"})


def test_who_comes_back_takes_part_like_everybody(cast: Cast) -> None:
    review = begun(cast)
    actions.hand_over(by=cast.theo, review=review, version=review.version, to=cast.olga, now=STARTS)
    review = again(review)
    actions.take_over(by=cast.pia, review=review, version=review.version, now=LOST)
    review = still_here(cast, review, LATER)
    with refused(rule="led-by-owner", match="Pia Example leads through"):
        actions.move(by=cast.olga, review=review, version=review.version, to=None, now=LATER)
    with refused(rule="led-by-owner", match="Pia Example leads through the agenda and is connected"):
        actions.take_over(by=cast.olga, review=review, version=review.version, now=LATER)


def test_the_services_tech_lead_takes_the_lead_back_at_any_time(cast: Cast) -> None:
    review = begun(cast)
    actions.hand_over(by=cast.theo, review=review, version=review.version, to=cast.olga, now=STARTS)
    review = still_here(cast, review)
    actions.take_over(by=cast.theo, review=review, version=review.version, now=LATER)
    assert again(review).facilitator == cast.theo


def test_who_leads_already_has_nothing_to_take_over(cast: Cast) -> None:
    review = begun(cast)
    with refused(rule="led-by-owner", match="already"):
        actions.take_over(by=cast.theo, review=review, version=review.version, now=LATER)


def test_who_only_looks_and_who_is_not_there_cannot_take_over(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    for person, kind in ((cast.vera, NotAllowed), (cast.sam, NotVisible)):
        with refused(kind):
            actions.take_over(by=person, review=review, version=review.version, now=LATER)
    with refused(rule="in-the-room"):
        actions.take_over(by=cast.mia, review=review, version=review.version, now=LATER)


def test_of_two_who_take_over_the_second_is_told_who_was_first(cast: Cast) -> None:
    review = begun(cast)
    stale = again(review)
    actions.take_over(by=cast.olga, review=review, version=review.version, now=LATER)
    with refused(Conflict, match="Olga Example took the lead a moment before you"):
        actions.take_over(by=cast.pia, review=stale, version=stale.version, now=LATER)
    with refused(Conflict, match="Somebody else moved the meeting"):
        actions.take_over(by=cast.theo, review=again(review), version=review.version - 1, now=LATER)


def test_a_paused_meeting_can_be_taken_over(cast: Cast) -> None:
    review = begun(cast)
    actions.pause(by=cast.olga, review=review, version=review.version, now=LATER)
    review = again(review)
    actions.take_over(by=cast.olga, review=review, version=review.version, now=LATER)
    assert again(review).facilitator == cast.olga


def test_a_meeting_that_has_not_begun_or_is_over_has_nobody_to_take_over_from(cast: Cast) -> None:
    review = scheduled(cast)
    actions.join(by=cast.olga, review=review, now=STARTS)
    with refused(rule="lifecycle"):
        actions.take_over(by=cast.olga, review=again(review), version=again(review).version, now=STARTS)
    with refused(rule="lifecycle"):
        actions.hand_over(by=cast.olga, review=again(review), version=again(review).version, to=cast.theo, now=STARTS)
    actions.begin(by=cast.theo, review=again(review), version=again(review).version, now=STARTS)
    actions.join(by=cast.pia, review=again(review), now=STARTS)
    decided(cast, again(review))
    with refused(rule="lifecycle"):
        actions.take_over(by=cast.olga, review=again(review), version=again(review).version, now=LATER)


# Hand over


def test_the_facilitator_hands_over_to_somebody_who_is_here(cast: Cast) -> None:
    review = still_here(cast, begun(cast))
    actions.hand_over(by=cast.theo, review=review, version=review.version, to=cast.pia, now=LATER)
    review = again(review)
    assert (review.facilitator, review.facilitator_before) == (cast.pia, cast.theo)
    assert entries("review.handed_over")[0].after == {"facilitator": "Pia Example"}
    actions.move(by=cast.pia, review=review, version=review.version, to=None, now=LATER)


def test_nobody_else_hands_over(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    review = still_here(cast, review)
    with refused(rule="led-by-owner", match="Theo Example leads through"):
        actions.hand_over(by=cast.olga, review=review, version=review.version, to=cast.olga, now=LATER)
    for person, kind in ((cast.vera, NotAllowed), (cast.sam, NotVisible)):
        with refused(kind):
            actions.hand_over(by=person, review=review, version=review.version, to=cast.olga, now=LATER)
    with refused(rule="in-the-room"):
        actions.hand_over(by=cast.mia, review=review, version=review.version, to=cast.olga, now=LATER)


def test_the_lead_goes_to_nobody_who_looks_on_is_lost_or_is_not_there(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.vera, review=review, now=LATER)
    actions.heard_from(by=cast.theo, review_id=review.pk, now=LATER)
    review = again(review)
    for to, sentence in (
        (cast.vera, "Vera Example only looks on"),
        (cast.olga, "The connection of Olga Example is lost"),
        (cast.mia, "Mia Example is not marked present"),
        (cast.sam, "Sam Example only looks on"),
        (cast.theo, "You lead through the agenda already"),
    ):
        with refused(rule="led-by-owner", match=sentence):
            actions.hand_over(by=cast.theo, review=review, version=review.version, to=to, now=LATER)


def test_a_hand_over_that_saw_another_room_is_lost(cast: Cast) -> None:
    review = still_here(cast, begun(cast))
    actions.move(by=cast.theo, review=again(review), version=review.version, to=None, now=LATER)
    with refused(Conflict, match="Somebody else moved the meeting"):
        actions.hand_over(by=cast.theo, review=again(review), version=review.version, to=cast.olga, now=LATER)


@pytest.mark.parametrize("person", ["olga", "pia"])
def test_whoever_has_the_lead_can_give_it_on(cast: Cast, person: str) -> None:
    review = still_here(cast, begun(cast))
    heir = getattr(cast, person)
    actions.hand_over(by=cast.theo, review=review, version=review.version, to=heir, now=LATER)
    review = again(review)
    actions.hand_over(by=heir, review=review, version=review.version, to=cast.theo, now=LATER)
    assert again(review).facilitator == cast.theo
