"""The parking lot: what came up, does not belong here, and must not be lost."""

import pytest
from django.test import Client

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible
from reviews import actions
from reviews.models import ParkedTopic, Review
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, login
from tests.reviews.meetings import LATER, again, begun, decided, entries, refused, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}
TEXT = "Who pays for the second region?"


def parked(cast: Cast, review: Review, by: User | None = None, text: str = TEXT) -> ParkedTopic:
    return actions.park_topic(by=by or cast.pia, review=review, text=text, about=review.current, now=LATER)


def test_a_topic_is_kept_with_the_item_that_the_room_was_on(cast: Cast) -> None:
    review = begun(cast)
    topic = parked(cast, review)
    assert (topic.about, topic.parked_by, topic.text) == (review.current, cast.pia, TEXT)
    assert again(review).pulse == review.pulse
    assert entries("review.parked")[0].after == {"topic": TEXT}


def test_it_is_settled_and_parked_again(cast: Cast) -> None:
    review = begun(cast)
    topic = parked(cast, review)
    actions.settle_topic(by=cast.olga, topic=topic, now=LATER)
    with refused(Conflict, match="Olga Example settled it already"):
        actions.settle_topic(by=cast.theo, topic=topic, now=LATER)
    actions.reopen_topic(by=cast.theo, topic=topic, now=LATER)
    with refused(Conflict, match="already"):
        actions.reopen_topic(by=cast.theo, topic=topic, now=LATER)
    assert (topic.settled_by, topic.settled_at) == (None, None)
    assert len(entries("review.topic_settled")) == len(entries("review.topic_reopened")) == 1


def test_parking_takes_a_right_presence_words_and_a_live_meeting(cast: Cast) -> None:
    waiting = scheduled(cast)
    with refused(rule="in-the-room"):
        parked(cast, waiting)
    actions.begin(by=cast.theo, review=waiting, version=waiting.version, now=LATER)
    review = again(waiting)
    with refused(NotVisible):
        parked(cast, review, by=cast.sam)
    with refused(NotAllowed):
        parked(cast, review, by=cast.vera)
    with refused(rule="in-the-room"):
        parked(cast, review, by=cast.mia)
    with refused(rule="lifecycle", match="what is parked"):
        parked(cast, review, by=cast.theo, text="  ")


def test_also_in_a_pause_but_not_after_the_decision(cast: Cast) -> None:
    review = begun(cast)
    review = again(actions.pause(by=cast.theo, review=review, version=review.version, now=LATER))
    topic = parked(cast, review)
    review = again(actions.resume(by=cast.theo, review=review, version=review.version, now=LATER))
    packet = decided(cast, review)
    assert TEXT in packet.body
    with refused(rule="frozen"):
        parked(cast, again(review))
    topic.review = again(review)
    with refused(rule="frozen"):
        actions.settle_topic(by=cast.olga, topic=topic, now=LATER)
    with refused(rule="frozen"):
        actions.reopen_topic(by=cast.olga, topic=topic, now=LATER)


def test_it_is_parked_and_settled_on_the_page(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.pia)
    fragment = client.post(f"/reviews/{review.pk}/park/", {"text": TEXT}, headers=HTMX)
    assert TEXT in fragment.text
    assert 'hx-target="#park"' in fragment.text
    assert client.post(f"/reviews/{review.pk}/park/", {"text": "And who moves it?"}).status_code == 302
    topic = ParkedTopic.objects.get(text=TEXT)
    page = login(client, cast.olga).get(f"/reviews/{review.pk}/room/?item=end")
    assert TEXT in page.text
    assert client.post(f"/reviews/{review.pk}/park/{topic.pk}/settle/").status_code == 302
    assert "settled by Olga Example" in client.get(f"/reviews/{review.pk}/room/").text
    assert client.post(f"/reviews/{review.pk}/park/{topic.pk}/reopen/", headers=HTMX).status_code == 200
    topic.refresh_from_db()
    assert topic.settled_at is None


def test_a_refusal_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.pia)
    wrong = client.post(f"/reviews/{review.pk}/park/", {"text": " "}, headers=HTMX)
    assert wrong.status_code == 422
    assert "Say what is parked." in wrong.text
    assert client.post(f"/reviews/{review.pk}/park/", {"text": " "}).status_code == 422
    assert "topic-text" not in login(client, cast.vera).get(f"/reviews/{review.pk}/room/").text


# A look at what passed


def test_what_passed_is_opened_with_its_proof_before_it_is_acknowledged(cast: Cast, client: Client) -> None:
    see(small(cast), reason="Both endpoints answered.")
    review = begun(cast)
    login(client, cast.olga)
    assert f"/reviews/{review.pk}/look/probed/" in client.get(f"/reviews/{review.pk}/room/").text
    page = client.get(f"/reviews/{review.pk}/look/probed/")
    assert "Both endpoints answered." in page.text
    assert "Put on the agenda" in page.text
    assert "<html" not in client.get(f"/reviews/{review.pk}/look/probed/", headers=HTMX).text
    assert "Put on the agenda" not in login(client, cast.vera).get(f"/reviews/{review.pk}/look/probed/").text
    assert client.get(f"/reviews/{review.pk}/look/nothing/").status_code == 404


def test_what_passes_or_breaks_after_the_acknowledgement_is_since_then(cast: Cast, client: Client) -> None:
    assessment = small(cast)
    see(assessment)
    see(assessment, "queued", criterion="shown", how="artifact", kind="junit", strength="uploaded")
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=NOW)
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/room/")
    assert "since then" not in page.text
    see(assessment, "queued", "fail", criterion="shown", how="artifact", kind="junit", strength="uploaded", now=LATER)
    page = client.get(f"/reviews/{review.pk}/room/")
    assert "since what passed was acknowledged" in page.text
    see(assessment, "queued", criterion="shown", how="artifact", kind="junit", strength="uploaded", now=LATER)
    page = client.get(f"/reviews/{review.pk}/room/")
    assert "1 passed since then" in page.text
    assert "Only since what passed" in client.get(f"/reviews/{review.pk}/look/queued/").text
