"""The room as people reach it: the page, its fragments, and plain forms where there is no JavaScript."""

import gzip
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.rules import Decision
from reviews import actions
from reviews.models import AgendaItem, Review
from reviews.rules import ParticipantRole
from tests.assessments.small import see, small
from tests.cast import Cast, day, login
from tests.reviews.meetings import (
    EXCUSE,
    LATER,
    WATCHED,
    again,
    begun,
    decided,
    gap_of,
    last_word,
    point,
    say,
    say_all,
    scheduled,
)

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}


def room(review: Review, query: str = "") -> str:
    return f"/reviews/{review.pk}/room/{query}"


def gap(cast: Cast, **fields: object) -> dict[str, object]:
    values = {
        "version": 1,
        "word": "gap",
        "owner": cast.olga.pk,
        "due_on": day(5).isoformat(),
        "plan": "Drill.",
        "note": "",
    }
    return values | fields


# Looking


def test_one_item_fills_the_screen(cast: Cast, client: Client) -> None:
    assessment = small(cast)
    see(assessment, result="fail", reason="Ready answered 500.")
    review = begun(cast)
    page = login(client, cast.theo).get(room(review))
    assert page.context["point"].item.key == "probed"
    for words in (
        "It is so.",
        "Because.",
        "Ready answered 500.",
        "5 hard gates open",
        "1 of 6",
        "This is the first review",
    ):
        assert words in page.text
    assert "0 of 6 said" in page.text


def test_looking_writes_nothing_but_that_they_were_there(cast: Cast, client: Client) -> None:
    review = begun(cast)
    for person in (cast.theo, cast.vera, cast.mia, cast.ada):
        login(client, person).get(room(review))
    assert review.participants.get(person=cast.theo).seen_at == LATER
    before = [list(model._default_manager.order_by("pk").values()) for model in WATCHED]
    for person in (cast.theo, cast.vera, cast.mia, cast.ada):
        login(client, person)
        for query in ("", "?item=end", f"?item={point(review, 'mixed').pk}"):
            assert client.get(room(review, query)).status_code == 200
    assert [list(model._default_manager.order_by("pk").values()) for model in WATCHED] == before


def test_one_may_look_at_another_item_than_the_room_does(cast: Cast, client: Client) -> None:
    review = begun(cast)
    page = login(client, cast.olga).get(room(review, f"?item={point(review, 'mixed').pk}"))
    assert page.context["point"].item.key == "mixed"
    assert "You are looking at something else" in page.text
    assert "Bring the room here" not in page.text
    assert (
        "Bring the room here" in login(client, cast.theo).get(room(review, f"?item={point(review, 'mixed').pk}")).text
    )


@pytest.mark.parametrize("query", ["?item=0", "?item=x", "?item=99999999999999999999", "?since=x&item=", "?item=end"])
def test_an_item_that_is_not_there_is_no_fault(cast: Cast, client: Client, query: str) -> None:
    review = begun(cast)
    assert login(client, cast.theo).get(room(review, query)).status_code == 200


def test_an_unchanged_room_answers_204_for_the_price_of_four_queries(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.olga)
    beat = client.get(room(review)).context["beat"]
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(room(review, f"?since={beat}"), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(queries) <= 5


def test_a_changed_room_answers_with_itself(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.olga)
    beat = client.get(room(review)).context["beat"]
    actions.join(by=cast.mia, review=review, now=LATER)
    answer = client.get(room(review, f"?since={beat}"), headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Mia Example" in answer.text


def test_proof_that_arrives_during_the_meeting_reaches_every_screen(cast: Cast, client: Client) -> None:
    assessment = small(cast)
    review = begun(cast)
    login(client, cast.olga)
    beat = client.get(room(review)).context["beat"]
    see(assessment, now=LATER)
    answer = client.get(room(review, f"?since={beat}"), headers=HTMX)
    assert answer.status_code == 200
    assert "4 hard gates open" in answer.text


def test_the_lobby_waits_for_the_lead(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    page = login(client, cast.theo).get(room(review))
    assert "Begin the meeting" in page.text
    assert 'action="/reviews/' in page.text
    page = login(client, cast.olga).get(room(review))
    assert "Theo Example begins it" in page.text


def test_what_was_said_the_last_time_stands_beside_the_proof(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say_all(cast, review)
    say(review, "probed", cast.theo, owner=cast.pia, note="The mesh hides it.", version=2)
    review = again(review)
    actions.decide(
        by=cast.theo, review=review, version=review.version, decision=Decision.NO_GO, stricter_reason="", now=LATER
    )
    following = begun(cast, starts_at=LATER + timedelta(hours=1))
    page = login(client, cast.theo).get(room(following))
    assert "The mesh hides it." in page.text
    assert "Pia Example was to close it" in page.text


# Without JavaScript: real forms, and a redirect back


def test_a_whole_meeting_is_held_with_plain_forms(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    login(client, cast.theo)
    assert client.post(f"/reviews/{review.pk}/begin/", {"version": review.version}).headers["Location"] == room(review)
    others = {name: login(Client(), getattr(cast, name)) for name in ("olga", "pia")}
    for other in others.values():
        assert other.post(f"/reviews/{review.pk}/join/").headers["Location"] == room(review)
    for agenda_item in AgendaItem.objects.filter(review=review):
        review = again(review)
        client.post(f"/reviews/{review.pk}/move/", {"version": review.version, "to": agenda_item.pk})
        answer = client.post(f"/reviews/{review.pk}/say/{agenda_item.pk}/", gap(cast))
        assert answer.headers["Location"] == room(review)
    others["olga"].post(f"/reviews/{review.pk}/pause/", {"version": again(review).version})
    assert "Paused." in client.get(room(review)).text
    others["pia"].post(f"/reviews/{review.pk}/resume/", {"version": again(review).version})
    take_over = others["olga"].post(f"/reviews/{review.pk}/take-over/", {"version": again(review).version})
    assert (take_over.status_code, "is connected; ask them to hand over" in take_over.text) == (422, True)
    client.post(f"/reviews/{review.pk}/hand-over/", {"version": again(review).version, "to": cast.olga.pk})
    assert others["pia"].post(f"/reviews/{review.pk}/ready/", {"at": again(review).current_id}).status_code == 302
    assert review.participants.get(person=cast.pia).ready_at
    others["pia"].post(f"/reviews/{review.pk}/ready/", {"not": "1"})
    assert not review.participants.get(person=cast.pia).ready_at
    others["olga"].post(f"/reviews/{review.pk}/move/", {"version": again(review).version, "to": "end"})
    page = client.get(room(review))
    assert "Everything is settled" in page.text
    assert client.get(f"/reviews/{review.pk}/decide/").headers["Location"] == room(review, "?item=end")
    answer = client.post(f"/reviews/{review.pk}/decide/", {"version": again(review).version, "decision": "no_go"})
    assert answer.status_code == 422
    assert "it can&#x27;t be taken back" in answer.text
    sure = {"version": again(review).version, "decision": "no_go", "is_sure": "on"}
    answer = client.post(f"/reviews/{review.pk}/decide/", sure)
    assert answer.headers["Location"] == f"/reviews/{review.pk}/packet/"
    assert "No-go" in client.get(answer.headers["Location"]).text


def test_a_word_about_another_item_leads_back_to_that_item(cast: Cast, client: Client) -> None:
    review = begun(cast)
    other = point(review, "mixed")
    answer = login(client, cast.olga).post(f"/reviews/{review.pk}/say/{other.pk}/", gap(cast))
    assert answer.headers["Location"] == room(review, f"?item={other.pk}")


def test_where_one_looked_stays_after_acknowledging(cast: Cast, client: Client) -> None:
    see(small(cast))
    review = begun(cast)
    login(client, cast.olga)
    assert "I looked at what passed" in client.get(room(review)).text
    answer = client.post(f"/reviews/{review.pk}/acknowledge/", {"item": "end"})
    assert answer.headers["Location"] == room(review, "?item=end")
    assert "Acknowledged by Olga Example" in client.get(room(review)).text


def test_a_passed_item_is_put_on_the_agenda(cast: Cast, client: Client) -> None:
    see(small(cast))
    review = begun(cast)
    login(client, cast.olga).post(f"/reviews/{review.pk}/raise/probed/", {"why": "It lies."})
    page = client.get(room(review, f"?item={point(review, 'probed').pk}"))
    assert "It lies." in page.text
    assert "Put on the agenda" in page.text
    assert client.post(f"/reviews/{review.pk}/raise/nothing/").status_code == 404


def test_not_applicable_is_confirmed_by_a_second_person_on_the_page(cast: Cast, client: Client) -> None:
    review = begun(cast)
    queued = point(review, "queued")
    login(client, cast.theo).post(
        f"/reviews/{review.pk}/say/{queued.pk}/", {"version": 1, "word": "not_applicable", "note": EXCUSE}
    )
    assert "You said it; somebody else confirms." in client.get(room(review, f"?item={queued.pk}")).text
    login(client, cast.olga)
    assert "I confirm" in client.get(room(review, f"?item={queued.pk}")).text
    client.post(
        f"/reviews/{review.pk}/confirm/{queued.pk}/",
        {"item": queued.pk, "version": point(review, "queued").item.version},
    )
    assert cast.item("queued").status == "not_applicable"


def test_a_verdict_is_taken_back_with_a_plain_form_and_with_htmx(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.olga)
    for headers, status in (({}, 302), (HTMX, 200)):
        said = say(review, "drilled", cast.theo)
        address = f"/reviews/{review.pk}/take-back/{last_word(review).pk}/"
        assert client.post(address, {"version": said.version - 1}, headers=headers).status_code == 409
        assert client.post(address, {"version": said.version}, headers=headers).status_code == status
        assert point(review, "drilled").word == ""
        assert client.post(address, {"version": said.version}, headers=headers).status_code == 409


def test_notes_are_rendered_as_markdown_that_can_only_be_read(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.olga)
    text = "**Pia** asks\n\n<script>alert(1)</script><a href=x hx-get=/evil>y</a>"
    client.post(f"/reviews/{review.pk}/notes/", {"notes-version": 1, "notes-notes": text})
    page = client.get(room(review)).text
    assert "<strong>Pia</strong> asks" in page
    assert "<script>alert" not in page
    assert '<div class="prose" hx-ignore>' in page


def test_a_lost_race_over_the_notes_shows_theirs_and_keeps_ones_own(cast: Cast, client: Client) -> None:
    review = begun(cast)
    actions.write_notes(by=cast.pia, review=review, version=1, notes="Theirs.", now=LATER)
    answer = login(client, cast.olga).post(f"/reviews/{review.pk}/notes/", {"notes-version": 1, "notes-notes": "Mine."})
    assert answer.status_code == 409
    assert "Theirs." in answer.text
    assert "Mine." in answer.text
    assert 'name="notes-version" value="2"' in answer.text


# With htmx


def test_a_verdict_answers_with_its_place_the_agenda_and_the_decision(cast: Cast, client: Client) -> None:
    review = begun(cast)
    probed = point(review, "probed")
    answer = login(client, cast.theo).post(
        f"/reviews/{review.pk}/say/{probed.pk}/", gap(cast, note="Soon."), headers=HTMX
    )
    assert answer.status_code == 200
    for words in (
        'hx-target="#said"',
        f'hx-target="#entry-{probed.pk}"',
        'hx-target="#standing"',
        "Soon.</p>",
        "Olga Example",
    ):
        assert words in answer.text
    assert "It is so." not in answer.text
    assert gap_of(cast, "probed").owner == cast.olga


def test_what_was_said_stands_there_and_can_be_changed(cast: Cast, client: Client) -> None:
    review = begun(cast)
    say(review, "probed", cast.olga, note="Soon.")
    login(client, cast.theo)
    page = client.get(room(review))
    assert "<p>Soon.</p>" in page.text
    assert 'name="word"' not in page.text
    page = client.get(room(review, f"?item={point(review, 'probed').pk}&change=1"))
    assert 'value="Soon."' in page.text
    assert f'<option value="{cast.olga.pk}" selected>' in page.text


def test_a_verdict_is_cheap(cast: Cast, client: Client) -> None:
    """Figure b2: few queries, constant in everything, at most 5 KB over the wire."""
    cast.assessed()  # the shipped checklist: 34 items
    review = begun(cast)
    login(client, cast.theo)
    first, second = AgendaItem.objects.filter(review=review)[:2]
    client.get(room(review))
    for agenda_item, word, most in ((first, "parked", 16), (second, "gap", 24)):
        values = gap(cast, word=word, item=agenda_item.pk)
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(f"/reviews/{review.pk}/say/{agenda_item.pk}/", values, headers=HTMX)
        assert answer.status_code == 200
        assert len(queries) <= most, (word, len(queries))
        assert len(gzip.compress(answer.content)) < 5 * 1024


def test_the_first_load_is_light(cast: Cast, client: Client) -> None:
    cast.assessed()
    review = begun(cast)
    page = login(client, cast.theo).get(room(review))
    assert len(gzip.compress(page.content)) < 16 * 1024


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"owner": ""}, "Name the person who will close it."),
        ({"due_on": ""}, "Give the day by which it is closed."),
        ({"due_on": "2026-03-19"}, "due before go-live on 19 March 2026"),
        ({"due_on": "soon"}, "Enter a valid date."),
        ({"owner": "999999"}, "not one of the available choices"),
        ({"word": ""}, "Choose what the room says."),
        ({"word": "fine"}, "Choose what the room says."),
        ({"word": "met"}, "Attach proof or run its check"),
        ({"word": "not_applicable", "note": "No."}, "at least 20 characters"),
        ({"version": "x"}, "Enter a whole number"),
    ],
)
def test_a_refused_verdict_says_why_and_keeps_what_was_typed(
    cast: Cast, client: Client, values: dict[str, str], sentence: str
) -> None:
    review = begun(cast)
    probed = point(review, "probed")
    login(client, cast.theo)
    for headers in (HTMX, {}):
        answer = client.post(
            f"/reviews/{review.pk}/say/{probed.pk}/", gap(cast, plan="Written at length.") | values, headers=headers
        )
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Written at length." in answer.text
    assert point(review, "probed").word == ""


def test_a_lost_race_shows_both_and_the_second_try_is_a_choice(cast: Cast, client: Client) -> None:
    review = begun(cast)
    probed = point(review, "probed")
    say(review, "probed", cast.pia, note="Theirs.")
    login(client, cast.theo)
    values = gap(cast, note="Mine.", due_on=day(9).isoformat())
    answer = client.post(f"/reviews/{review.pk}/say/{probed.pk}/", values, headers=HTMX)
    assert answer.status_code == 409
    assert "Pia Example wrote here while you were writing" in answer.text
    assert "Theirs." in answer.text
    assert 'value="Mine."' in answer.text
    assert 'name="version" value="2"' in answer.text
    assert point(review, "probed").said_by == cast.pia
    assert (
        client.post(f"/reviews/{review.pk}/say/{probed.pk}/", values | {"version": 2}, headers=HTMX).status_code == 200
    )
    assert point(review, "probed").note == "Mine."


def test_a_lost_move_is_a_message_and_the_room_stays(cast: Cast, client: Client) -> None:
    review = begun(cast)
    answer = login(client, cast.theo).post(
        f"/reviews/{review.pk}/move/", {"version": review.version - 1, "to": "end"}, headers=HTMX
    )
    assert answer.status_code == 409
    assert 'hx-target="#flash"' in answer.text


def test_moving_answers_with_the_room(cast: Cast, client: Client) -> None:
    review = begun(cast)
    mixed = point(review, "mixed")
    answer = login(client, cast.theo).post(
        f"/reviews/{review.pk}/move/", {"version": review.version, "to": mixed.pk}, headers=HTMX
    )
    assert 'id="room"' in answer.text
    assert again(review).current_id == mixed.pk
    assert client.post(f"/reviews/{review.pk}/move/", {"version": "x", "to": "x"}).status_code == 404


# Who


def test_who_may_not_speak_sees_why(cast: Cast, client: Client) -> None:
    review = begun(cast)
    page = login(client, cast.vera).get(room(review))
    assert "You are looking in." in page.text
    assert "Your role does not let you record a verdict" in page.text
    assert 'name="word"' not in page.text


def test_every_post_refuses_a_stranger_and_a_viewer(cast: Cast, client: Client) -> None:
    review = begun(cast)
    probed = point(review, "probed").pk
    posts = {
        f"say/{probed}/": gap(cast), f"confirm/{probed}/": {}, "raise/probed/": {}, "move/": {"to": "end", "version": 1},
        "pause/": {"version": 1}, "resume/": {"version": 1}, "take-over/": {"version": 1},
        "hand-over/": {"version": 1, "to": cast.olga.pk}, "ready/": {}, "writing/": {}, "acknowledge/": {},
        "notes/": {"notes-version": 1, "notes-notes": "x"}, "decide/": {"version": 1, "decision": "no_go"},
        "begin/": {"version": 1}, "cancel/": {"version": 1, "reason": "x"}, "sign-off/": {"role": "lead", "digest": "0" * 64},
    }  # fmt: skip
    before = [list(model._default_manager.order_by("pk").values()) for model in WATCHED]
    for path, values in posts.items():
        for headers in ({}, HTMX):
            assert (
                login(client, cast.sam).post(f"/reviews/{review.pk}/{path}", values, headers=headers).status_code == 404
            )
            assert (
                login(client, cast.vera).post(f"/reviews/{review.pk}/{path}", values, headers=headers).status_code
                == 403
            )
            assert Client().post(f"/reviews/{review.pk}/{path}", values, headers=headers).status_code == 302
    assert [list(model._default_manager.order_by("pk").values()) for model in WATCHED] == before


def test_a_get_of_a_post_is_refused(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.theo)
    for path in (
        "begin/",
        "join/",
        "move/",
        "pause/",
        "resume/",
        "take-over/",
        "hand-over/",
        "ready/",
        "writing/",
        "acknowledge/",
        "notes/",
        "sign-off/",
    ):
        assert client.get(f"/reviews/{review.pk}/{path}").status_code == 405


def test_an_agenda_item_of_another_review_is_not_found_here(cast: Cast, client: Client) -> None:
    first = decided(cast).review
    review = begun(cast, starts_at=LATER + timedelta(hours=1))
    foreign = first.agenda.first()
    assert foreign is not None
    login(client, cast.theo)
    assert client.post(f"/reviews/{review.pk}/say/{foreign.pk}/", gap(cast)).status_code == 404
    assert client.post(f"/reviews/{review.pk}/confirm/{foreign.pk}/").status_code == 404


@time_machine.travel(LATER, tick=False)
def test_a_guest_takes_part_by_the_link_alone(cast: Cast, client: Client) -> None:
    review = begun(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    login(client, cast.sam)
    assert client.get(room(review)).status_code == 200
    client.post(f"/reviews/{review.pk}/join/")
    probed = point(review, "probed")
    answer = client.post(f"/reviews/{review.pk}/say/{probed.pk}/", gap(cast, owner=cast.sam.pk), headers=HTMX)
    assert answer.status_code == 200
    assert gap_of(cast, "probed").owner == cast.sam
