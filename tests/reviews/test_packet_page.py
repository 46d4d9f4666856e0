"""The packet as a page, as a file, as minutes: frozen, and as the draft that it is before."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.actions import refresh
from reviews import actions
from reviews.models import Ballot, ParkedTopic, Review, Vote
from reviews.rules import ParticipantRole, VoteChoice
from tests.assessments.small import see
from tests.cast import Cast, day, login
from tests.reviews.meetings import LATER, again, begun, decided, point, say, say_all, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}

# The packet


def test_the_packet_is_read_from_the_frozen_text(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    cast.checkout.name = "Renamed"
    cast.checkout.save()
    see(packet.review.assessment, now=LATER)
    refresh(assessment=packet.review.assessment, now=LATER)
    page = login(client, cast.vera).get(f"/reviews/{packet.review_id}/packet/")
    assert packet.digest in page.text
    assert "<h1>Checkout</h1>" in page.text
    assert "Drilled" in page.text


def test_who_reads_the_draft_has_not_left_the_room(cast: Cast, client: Client) -> None:
    review = begun(cast)
    row = review.participants.get(person=cast.olga)
    row.seen_at = LATER - timedelta(minutes=1)
    row.save()
    login(client, cast.olga).get(f"/reviews/{review.pk}/packet/")
    row.refresh_from_db()
    assert row.seen_at is not None
    assert row.seen_at >= LATER


def test_the_file_is_what_verify_accepts_and_the_same_each_time(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    login(client, cast.theo)
    first = client.get(f"/reviews/{packet.review_id}/packet.json")
    assert first.headers["Content-Disposition"] == 'attachment; filename="review-checkout-2026-03-02.json"'
    assert json.loads(first.content)["digest"] == packet.digest
    assert client.get(f"/reviews/{packet.review_id}/packet.json").content == first.content


def test_the_minutes_are_markdown(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    text = login(client, cast.theo).get(f"/reviews/{packet.review_id}/minutes.md").text
    assert text.startswith("# No-go: readiness review of Checkout")
    assert "- **Drilled** (hard gate): gap. Theo Example by 2026-03-07: Run the drill" in text
    assert "| Drilled | hard | unknown | No proof yet. |" in text
    assert packet.digest in text
    assert "&" not in text


def test_whoever_took_part_takes_the_packet_home(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    login(client, cast.olga)
    assert "Markdown" in client.get(f"/reviews/{packet.review_id}/packet/").text
    for path in ("packet.json", "minutes.md"):
        assert client.get(f"/reviews/{packet.review_id}/{path}").status_code == 200
    assert "Markdown" not in login(client, cast.vera).get(f"/reviews/{packet.review_id}/packet/").text


def test_exports_are_for_those_who_may(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    for path in ("packet.json", "minutes.md"):
        assert login(client, cast.vera).get(f"/reviews/{packet.review_id}/{path}").status_code == 403
        assert login(client, cast.sam).get(f"/reviews/{packet.review_id}/{path}").status_code == 404
        assert login(client, cast.mia).get(f"/reviews/{packet.review_id}/{path}").status_code == 200


def test_there_is_no_packet_before_the_decision(cast: Cast, client: Client) -> None:
    review = begun(cast)
    for path in ("packet.json", "minutes.md"):
        assert login(client, cast.theo).get(f"/reviews/{review.pk}/{path}").status_code == 404


def test_people_sign_and_acknowledge_on_the_packets_page(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    url = f"/reviews/{packet.review_id}/packet/"
    login(client, cast.olga)
    assert "Sign this packet" in client.get(url).text
    client.post(
        f"/reviews/{packet.review_id}/sign-off/", {"role": "on_call", "digest": packet.digest, "comment": "Fine by me."}
    )
    client.post(f"/reviews/{packet.review_id}/acknowledge-output/")
    page = client.get(url).text
    assert "“Fine by me.”" in page
    assert "Sign this packet" not in page
    assert "I have read it" not in page
    assert "Pia Example, platform: not signed yet" in page
    review_page = client.get(f"/reviews/{packet.review_id}/").text
    assert "Read it" in review_page


def test_signing_something_else_is_refused(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    login(client, cast.olga)
    path = f"/reviews/{packet.review_id}/sign-off/"
    assert client.post(path, {"role": "on_call", "digest": "0" * 64}).status_code == 422
    assert client.post(path, {"role": "king", "digest": packet.digest}).status_code == 404
    assert not packet.review.sign_offs.exists()


def test_the_packet_page_costs_the_same_for_thirty_four_items(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    login(client, cast.theo)
    with CaptureQueriesContext(connection) as queries:
        client.get(f"/reviews/{packet.review_id}/packet/")
    assert len(queries) <= 9


def test_the_packet_shows_votes_what_is_parked_and_how_long_it_took(cast: Cast, client: Client) -> None:
    review = begun(cast)
    for question, revealed_at in (("Good enough to go live?", LATER), ("Is it blue?", None)):
        ballot = Ballot.objects.create(
            agenda_item=point(review, "probed"), question=question, opened_by=cast.theo, opened_at=LATER,
            revealed_by=cast.theo if revealed_at else None, revealed_at=revealed_at,
        )  # fmt: skip
        for person, choice in ((cast.olga, VoteChoice.NO), (cast.pia, VoteChoice.YES), (cast.theo, VoteChoice.YES)):
            Vote.objects.create(ballot=ballot, person=person, choice=choice, why="Hm.", cast_at=LATER)
    ParkedTopic.objects.create(review=review, text="Who owns the queue?", parked_by=cast.pia, parked_at=LATER)
    actions.take_over(by=cast.pia, review=again(review), version=again(review).version, now=LATER)
    packet = decided(cast, again(review))
    frozen = json.loads(packet.body)
    assert (frozen["frozen"]["take_overs"], frozen["frozen"]["pauses"]) == (1, 0)
    probed = next(row for row in frozen["agenda"] if row["item"] == "probed")
    assert [(vote["person"]["name"], vote["choice"]) for vote in probed["ballots"][0]["votes"]] == [
        ("Olga Example", "no"), ("Pia Example", "yes"), ("Theo Example", "yes"),
    ]  # fmt: skip
    page = login(client, cast.theo).get(f"/reviews/{packet.review_id}/packet/").text
    assert "Vote, “Good enough to go live?”: 2 good enough, 1 not good enough." in page
    assert "Is it blue?" not in packet.body
    assert "Who owns the queue?" in page
    minutes = client.get(f"/reviews/{packet.review_id}/minutes.md").text
    assert "Vote, “Good enough to go live?”: 2 good enough, 1 not good enough" in minutes
    assert "- Who owns the queue? (Pia Example)" in minutes
    assert "take-overs: 1" in minutes


# The draft


def the_draft(review: Review) -> str:
    return f"/reviews/{review.pk}/packet/"


def digest_in(page: str) -> str:
    return page.partition('name="digest" value="')[2][:64]


def settled(cast: Cast) -> Review:
    review = begun(cast)
    say_all(cast, review)
    return again(review)


def test_there_is_no_draft_before_the_meeting_and_of_a_cancelled_one(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    assert client.get(the_draft(review)).status_code == 404
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Moved.", now=LATER)
    assert client.get(the_draft(review)).status_code == 404


def test_the_draft_shows_what_would_be_frozen_and_what_is_missing(cast: Cast, client: Client) -> None:
    review = begun(cast)
    page = login(client, cast.olga).get(the_draft(review)).text
    assert "This is what will be frozen, as it stands now." in page
    assert "It can be signed when nothing is missing any more: “Probed” has not been talked about." in page
    assert "Sign this draft" not in page
    assert "Not said yet" in page
    assert "Decided by" not in page
    assert "JSON" not in page


def test_a_draft_is_signed_on_its_page_and_stays_signed_when_it_is_frozen(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.olga)
    said = {"role": "on_call", "digest": digest_in(client.get(the_draft(review)).text), "comment": "Fine by me."}
    assert client.post(f"/reviews/{review.pk}/sign-off/", said).status_code == 302
    page = client.get(the_draft(review)).text
    assert "“Fine by me.”" in page
    assert "Sign this draft" not in page
    review = again(review)
    login(client, cast.theo).post(
        f"/reviews/{review.pk}/decide/", {"version": review.version, "decision": "no_go", "is_sure": "on"}
    )
    page = login(client, cast.olga).get(the_draft(review)).text
    assert "“Fine by me.”" in page
    assert "(the draft)" in page
    assert "Sign this packet" not in page


def test_a_stale_sign_off_is_shown_to_everybody_with_what_changed(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.olga)
    digest = digest_in(client.get(the_draft(review)).text)
    client.post(f"/reviews/{review.pk}/sign-off/", {"role": "on_call", "digest": digest, "comment": ""})
    say(review, "probed", cast.pia, due_on=day(3), now=LATER + timedelta(minutes=1))
    for reader in (cast.vera, cast.olga):
        page = login(client, reader).get(the_draft(review)).text
        assert "signed a draft at" in page
        assert "Changed since: what the room said of “Probed” (Pia Example)." in page
    assert "Sign again as on-call" in client.get(the_draft(review)).text


def test_what_changed_while_it_was_read_comes_back_with_what_was_typed(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.olga)
    digest = digest_in(client.get(the_draft(review)).text)
    say(review, "probed", cast.pia, due_on=day(3))
    answer = client.post(f"/reviews/{review.pk}/sign-off/", {"role": "on_call", "digest": digest, "comment": "Fine."})
    assert answer.status_code == 422
    assert "The draft changed while you were reading it" in answer.text
    assert 'value="Fine."' in answer.text
    assert digest_in(answer.text) not in {"", digest}
    assert not review.sign_offs.exists()


def test_an_open_draft_hears_that_it_changed_and_that_it_was_frozen(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.olga)
    since = {"since": digest_in(client.get(the_draft(review)).text)}
    assert client.get(the_draft(review), since, headers=HTMX).status_code == 204
    say(review, "probed", cast.pia, due_on=day(3))
    assert "The draft changed" in client.get(the_draft(review), since, headers=HTMX).text
    decided(cast, again(review))
    assert "It is decided." in client.get(the_draft(review), since, headers=HTMX).text


def test_who_was_not_there_is_refused_politely(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.mia)
    page = client.get(the_draft(review)).text
    assert "Sign this draft" not in page
    answer = client.post(f"/reviews/{review.pk}/sign-off/", {"role": "manager", "digest": "0" * 64, "comment": ""})
    assert answer.status_code == 422
    assert "You did not take part as engineering manager" in answer.text


def test_a_draft_costs_the_same_however_much_is_on_it(cast: Cast, client: Client) -> None:
    review = settled(cast)
    login(client, cast.olga)
    with CaptureQueriesContext(connection) as queries:
        client.get(the_draft(review))
    assert len(queries) <= 26  # of these six for the sign that its reader is there


# Who has read it


def test_the_lead_sees_who_has_read_it_and_reminds_the_others_once(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    url = f"/reviews/{packet.review_id}/packet/"
    page = login(client, cast.theo).get(url).text
    assert "a reminder can go out from 3 March" in page
    assert "Have you read it?" in page
    assert "Remind" not in login(client, cast.olga).get(url).text
    with time_machine.travel(LATER + timedelta(days=1, minutes=1), tick=False):
        login(client, cast.theo)
        answer = client.post(f"/reviews/{packet.review_id}/remind/", follow=True)
        assert "A reminder goes to 2 people." in answer.text
        assert "They were reminded already" in answer.text
        assert "They were reminded already" in client.post(f"/reviews/{packet.review_id}/remind/", follow=True).text
    assert login(client, cast.olga).post(f"/reviews/{packet.review_id}/remind/").status_code == 403


def test_the_list_and_the_reviews_page_say_who_signed_and_who_has_read_it(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    review = again(packet.review)
    actions.sign_off(
        by=cast.olga, review=review, role=ParticipantRole.ON_CALL, digest=packet.digest, comment="", now=LATER
    )
    actions.acknowledge_output(by=cast.pia, review=review, now=LATER)
    login(client, cast.theo)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/reviews/?state=decided").text
    assert "1 of 3 signed, 1 of 3 have read what came out" in page
    assert len(queries) <= 16
    page = client.get(f"/reviews/{review.pk}/").text
    assert page.count("Has not read it") == 2
    assert "Remind whoever has not read it" in page
    assert "Remind whoever has not read it" not in login(client, cast.olga).get(f"/reviews/{review.pk}/").text
