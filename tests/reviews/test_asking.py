"""Before the meeting: "I want to talk about this", "I read it"."""

from datetime import timedelta

import pytest
from django.test import Client

from readiness.accounts.policy import NotAllowed, NotVisible
from reviews import actions
from reviews.models import Review, TalkRequest
from reviews.rules import ParticipantRole
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, login
from tests.reviews.meetings import LATER, STARTS, again, begun, decided, entries, point, refused, scheduled

HTMX = {"HX-Request": "true"}
WHY = "It answers, but from a cache."


def ready(cast: Cast) -> Review:
    """`probed` is met by a machine, everything else is open."""
    see(small(cast))
    return scheduled(cast)


def asked(cast: Cast, review: Review, key: str = "probed", why: str = WHY) -> TalkRequest:
    return actions.ask_to_talk(by=cast.olga, review=again(review), item=cast.item(key), why=why, now=NOW)


def test_what_passed_comes_onto_the_agenda_when_somebody_wants_to_talk_about_it(cast: Cast) -> None:
    review = ready(cast)
    asked(cast, review)
    actions.ask_to_talk(by=cast.pia, review=again(review), item=cast.item("probed"), why="From which zone?", now=NOW)
    review = again(review)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    assert point(review, "probed").reason == "disputed"
    hard = [row.item.key for row in review.agenda.select_related("item") if row.item.is_hard]
    assert hard[-1] == "probed"  # among the hard gates, after those that are open, before the tracked ones
    assert [(entry.actor_name, entry.reason) for entry in entries("review.talk_asked")] == [
        ("Olga Example", WHY),
        ("Pia Example", "From which zone?"),
    ]


def test_an_open_item_keeps_its_own_reason(cast: Cast) -> None:
    review = ready(cast)
    asked(cast, review, "drilled")
    review = again(review)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    assert point(review, "drilled").reason == "unknown"


def test_said_again_it_replaces_the_first_word(cast: Cast) -> None:
    review = ready(cast)
    asked(cast, review)
    asked(cast, review)
    pulse = again(review).pulse
    asked(cast, review, why="I looked again: it does not.")
    assert TalkRequest.objects.get().why == "I looked again: it does not."
    assert again(review).pulse == pulse + 1
    assert len(entries("review.talk_asked")) == 2


def test_it_takes_a_word_an_invitation_and_a_meeting_that_has_not_begun(cast: Cast) -> None:
    review = ready(cast)
    item = cast.item("probed")
    for person, kind in ((cast.sam, NotVisible), (cast.vera, NotAllowed)):
        with refused(kind):
            actions.ask_to_talk(by=person, review=review, item=item, why=WHY, now=NOW)
    with refused(rule="in-the-room", match="Only who was invited"):
        actions.ask_to_talk(by=cast.rob, review=review, item=item, why=WHY, now=NOW)
    with refused(rule="lifecycle", match="a word why"):
        actions.ask_to_talk(by=cast.olga, review=review, item=item, why="  ", now=NOW)
    begun_review = begun_from(cast, review)
    with refused(rule="lifecycle", match="put the item on the agenda in the room"):
        actions.ask_to_talk(by=cast.olga, review=begun_review, item=item, why=WHY, now=LATER)


def begun_from(cast: Cast, review: Review) -> Review:
    review = again(review)
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS)
    return again(review)


def test_who_begins_meanwhile_wins(cast: Cast) -> None:
    review = ready(cast)
    seen = again(review)
    begun_from(cast, review)
    with refused(rule="lifecycle"):
        actions.ask_to_talk(by=cast.olga, review=seen, item=cast.item("probed"), why=WHY, now=LATER)


def test_its_author_takes_it_back_and_nobody_else(cast: Cast) -> None:
    review = ready(cast)
    wish = asked(cast, review)
    with refused(rule="lifecycle", match="Olga Example asked for it"):
        actions.withdraw_talk_request(by=cast.pia, talk_request=wish, now=NOW)
    with refused(NotVisible):
        actions.withdraw_talk_request(by=cast.sam, talk_request=wish, now=NOW)
    with refused(NotAllowed):
        actions.withdraw_talk_request(by=cast.vera, talk_request=wish, now=NOW)
    actions.withdraw_talk_request(by=cast.olga, talk_request=wish, now=NOW)
    assert not TalkRequest.objects.exists()
    (entry,) = entries("review.talk_withdrawn")
    assert entry.before == {"item": "probed", "why": WHY}


def test_on_the_agenda_it_is_not_taken_back(cast: Cast) -> None:
    review = ready(cast)
    wish = asked(cast, review)
    wish.review = begun_from(cast, review)
    with refused(rule="lifecycle", match="has begun"):
        actions.withdraw_talk_request(by=cast.olga, talk_request=wish, now=LATER)


def test_in_the_room_everybodys_words_are_kept(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    first = actions.raise_item(by=cast.olga, review=review, item=cast.item("probed"), why=WHY, now=LATER)
    second = actions.raise_item(by=cast.pia, review=again(review), item=cast.item("probed"), why="Me too.", now=LATER)
    assert first == second
    assert [row.why for row in TalkRequest.objects.all()] == [WHY, "Me too."]


def test_what_was_asked_outlives_a_move_and_a_cancellation(cast: Cast) -> None:
    review = ready(cast)
    asked(cast, review)
    review = again(review)
    actions.reschedule(
        by=cast.theo, review=review, version=review.version, starts_at=STARTS + timedelta(days=1), minutes=30, place="",
        timing_reason="", now=NOW,
    )  # fmt: skip
    assert review.talk_requests.count() == 1
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Nobody can come.", now=NOW)
    following = scheduled(cast, starts_at=STARTS + timedelta(days=2))
    assert [(row.person, row.why) for row in following.talk_requests.all()] == [(cast.olga, WHY)]


def test_after_a_decision_nothing_is_carried_on(cast: Cast) -> None:
    review = ready(cast)
    asked(cast, review)
    decided(cast, begun_with_people(cast, review))
    following = scheduled(cast, starts_at=STARTS + timedelta(days=2))
    assert not following.talk_requests.exists()


def begun_with_people(cast: Cast, review: Review) -> Review:
    review = begun_from(cast, review)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=again(review), now=STARTS)
    return again(review)


# Read


def test_who_was_invited_says_that_they_read_it(cast: Cast) -> None:
    review = ready(cast)
    with refused(NotVisible):
        actions.mark_read(by=cast.sam, review=review, now=NOW)
    with refused(rule="in-the-room"):
        actions.mark_read(by=cast.vera, review=review, now=NOW)
    actions.mark_read(by=cast.olga, review=review, now=NOW)
    actions.mark_read(by=cast.olga, review=again(review), now=LATER)
    assert review.participants.get(person=cast.olga).read_at == NOW
    assert len(entries("review.read")) == 1


def test_nothing_is_read_before_a_review_that_is_over(cast: Cast) -> None:
    review = again(decided(cast).review)
    with refused(rule="lifecycle"):
        actions.mark_read(by=cast.olga, review=review, now=LATER)


# The page


@pytest.mark.usefixtures("at_the_meeting")
def test_everybody_reads_who_wants_to_talk_and_why(cast: Cast, client: Client) -> None:
    review = ready(cast)
    login(client, cast.olga)
    address = f"/reviews/{review.pk}/talk/probed/"
    assert client.post(address, {"why": WHY}).headers["Location"] == f"/reviews/{review.pk}/pre-read/#talk-probed"
    page = login(client, cast.pia).get(f"/reviews/{review.pk}/pre-read/")
    assert WHY in page.text
    assert "Take mine back" not in page.text
    assert WHY in client.get(f"/reviews/{review.pk}/").text
    assert "Take mine back" in login(client, cast.olga).get(f"/reviews/{review.pk}/pre-read/").text
    assert "I want to talk about this" not in login(client, cast.vera).get(f"/reviews/{review.pk}/pre-read/").text


@pytest.mark.usefixtures("at_the_meeting")
def test_a_refusal_keeps_what_was_typed_at_its_place(cast: Cast, client: Client) -> None:
    review = ready(cast)
    login(client, cast.olga)
    address = f"/reviews/{review.pk}/talk/probed/"
    fragment = client.post(address, {"why": " "}, headers=HTMX)
    assert (fragment.status_code, "<html" in fragment.text) == (422, False)
    assert "Say in a word why" in fragment.text
    page = client.post(address, {"why": " "})
    assert page.status_code == 422
    assert "Say in a word why" in page.text
    wish = asked(cast, review)
    answer = client.post(f"/reviews/{review.pk}/talk/{wish.pk}/withdraw/", headers=HTMX)
    assert 'id="talk-probed"' in answer.text
    assert WHY not in answer.text


@pytest.mark.usefixtures("at_the_meeting")
def test_the_lead_sees_who_has_read(cast: Cast, client: Client) -> None:
    review = ready(cast)
    login(client, cast.olga).post(f"/reviews/{review.pk}/pre-read/read/")
    assert "1 of 3 read this" in login(client, cast.theo).get(f"/reviews/{review.pk}/pre-read/").text
    assert "Unread" in client.get(f"/reviews/{review.pk}/").text
    assert "1 of 3 read the pre-read" in client.get(f"/reviews/{review.pk}/room/").text


@pytest.mark.usefixtures("at_the_meeting")
def test_too_early_a_meeting_is_moved_with_one_click(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    pages = [client.get(f"/reviews/{review.pk}/{path}") for path in ("", "pre-read/", "room/")]
    for page in pages:
        assert "6 of 6 items still lack any proof" in page.text
        assert "Move to Monday 9 March, 10:30" in page.text
    plan = pages[0].context["postpone"]
    values = {
        "version": review.version,
        "day": f"{plan.starts_at:%Y-%m-%d}",
        "at": f"{plan.starts_at:%H:%M}",
        "minutes": review.minutes,
        "place": review.place,
        "timing_reason": plan.reason,
    }
    assert client.post(f"/reviews/{review.pk}/reschedule/", values).status_code == 302
    moved = again(review)
    assert moved.starts_at == STARTS + timedelta(days=7)
    assert moved.timing_reason == "Moved from 2 March 2026: 6 items still lacked any proof."
    assert "Move to" not in login(client, cast.olga).get(f"/reviews/{review.pk}/").text


@pytest.mark.usefixtures("at_the_meeting")
def test_an_outside_engineer_asks_as_well(cast: Cast) -> None:
    see(small(cast))
    review = scheduled(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    cast.sam.forget_grants()
    actions.ask_to_talk(by=cast.sam, review=review, item=cast.item("probed"), why=WHY, now=NOW)
    assert TalkRequest.objects.get().person == cast.sam
