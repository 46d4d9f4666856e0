"""A blind vote: who opens, casts and reveals it, and that nothing tells who voted what before the reveal."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.policy import NotAllowed, NotVisible
from readiness.history.models import Entry
from reviews import actions
from reviews.live.picture import Stance
from reviews.models import Ballot, Review, Vote
from reviews.rules import VoteChoice
from tests.cast import Cast, login
from tests.reviews.meetings import LATER, again, begun, decided, entries, picture, point, refused

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}
QUESTION = "Is “Drilled” good enough to go live?"
WHY = "The replica was never promoted."


def asked(cast: Cast, review: Review, by: User | None = None, question: str = QUESTION) -> Ballot:
    actions.open_ballot(by=by or cast.olga, agenda_item=point(review, "drilled"), question=question, now=LATER)
    return Ballot.objects.select_related("agenda_item__review__service", "agenda_item__item").latest("pk")


def vote(by: User, ballot: Ballot, choice: VoteChoice = VoteChoice.NO, why: str = WHY) -> Vote:
    return actions.cast_vote(by=by, ballot=ballot, choice=choice, why=why, now=LATER)


def reveal(by: User, ballot: Ballot) -> Ballot:
    return actions.reveal_ballot(by=by, ballot=ballot, now=LATER)


# Opening


def test_who_may_speak_asks_for_a_vote(cast: Cast) -> None:
    review = begun(cast)
    pulse = review.pulse
    ballot = asked(cast, review)
    assert (ballot.question, ballot.opened_by, ballot.is_open) == (QUESTION, cast.olga, True)
    assert again(review).pulse == pulse + 1
    (entry,) = entries("review.ballot_opened")
    assert entry.after == {"item": "drilled", "question": QUESTION}


def test_asking_takes_the_right_to_speak_presence_a_question_and_a_meeting(cast: Cast) -> None:
    review = begun(cast)
    with refused(NotVisible):
        asked(cast, review, by=cast.sam)
    with refused(NotAllowed):
        asked(cast, review, by=cast.vera)
    with refused(rule="in-the-room"):
        asked(cast, review, by=cast.mia)
    with refused(rule="lifecycle", match="what the room votes on"):
        asked(cast, review, question=" ")
    actions.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    with refused(rule="lifecycle", match="paused"):
        asked(cast, review)


def test_an_item_has_one_open_vote_at_a_time(cast: Cast) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    with refused(rule="lifecycle", match="Olga Example asked for a vote on this item already"):
        asked(cast, review, by=cast.pia)
    reveal(cast.pia, ballot)
    assert asked(cast, again(review), by=cast.pia).pk != ballot.pk


# Casting


def test_a_vote_is_changed_until_the_reveal_and_counts_once(cast: Cast) -> None:
    ballot = asked(cast, begun(cast))
    vote(cast.pia, ballot)
    vote(cast.pia, ballot, VoteChoice.UNSURE, "  Ask the   team. ")
    assert [(v.person, v.choice, v.why) for v in Vote.objects.all()] == [(cast.pia, "unsure", "Ask the team.")]


def test_whoever_is_present_and_may_comment_votes_without_recording_verdicts(cast: Cast) -> None:
    review = begun(cast)
    actions.join(by=cast.ada, review=again(review), now=LATER)
    ballot = asked(cast, again(review))
    vote(cast.ada, ballot)
    with refused(NotAllowed):
        reveal(cast.ada, ballot)


def test_voting_takes_a_right_presence_and_an_open_vote(cast: Cast) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    with refused(NotVisible):
        vote(cast.sam, ballot)
    with refused(NotAllowed):
        vote(cast.vera, ballot)
    with refused(rule="in-the-room"):
        vote(cast.mia, ballot)
    reveal(cast.theo, ballot)
    with refused(rule="lifecycle", match="revealed already"):
        vote(cast.pia, ballot)


def test_who_votes_while_somebody_reveals_is_told(cast: Cast) -> None:
    ballot = asked(cast, begun(cast))
    seen = Ballot.objects.select_related("agenda_item__review__service", "agenda_item__item").get(pk=ballot.pk)
    reveal(cast.theo, ballot)
    assert seen.is_open
    with refused(rule="lifecycle", match="revealed already"):
        vote(cast.pia, seen)
    with refused(rule="lifecycle", match="revealed already"):
        reveal(cast.olga, seen)


# Blind


def test_the_history_tells_nothing_before_the_reveal_and_all_of_it_then(cast: Cast) -> None:
    ballot = asked(cast, begun(cast))
    before = Entry.objects.count()
    vote(cast.pia, ballot)
    vote(cast.olga, ballot, VoteChoice.YES, "")
    assert Entry.objects.count() == before
    reveal(cast.theo, ballot)
    (entry,) = entries("review.ballot_revealed")
    assert entry.after["votes"] == ["Olga Example: good enough", f"Pia Example: not good enough, {WHY}"]


def test_no_screen_no_page_and_no_stream_tells_before_the_reveal(cast: Cast, client: Client) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    vote(cast.pia, ballot, why="Xylophone.")
    room, page = f"/reviews/{review.pk}/room/?item={ballot.agenda_item_id}", f"/reviews/{review.pk}/ballot/{ballot.pk}/"
    for person in (cast.theo, cast.olga, cast.vera):
        login(client, person)
        for path in (room, page, f"{page}mine/", f"/reviews/{review.pk}/", "/history/"):
            text = client.get(path).text
            assert "Xylophone" not in text, path
            assert "checked" not in text.split("vote-choices")[-1], path
    for stance in Stance:
        drawn = picture(review.pk, stance, ballot.agenda_item_id, LATER)
        assert "Xylophone" not in "".join(drawn.regions.values())
        assert "Pia" not in drawn.regions["ballot"]
        assert "1 of 3 voted" in drawn.regions["ballot"]
    own = login(client, cast.pia).get(f"{page}mine/")
    assert "Xylophone" in own.text
    assert "no-store" in own.headers["Cache-Control"]


def test_the_reveal_shows_everybodys_answer_with_names_and_words(cast: Cast, client: Client) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    vote(cast.pia, ballot)
    vote(cast.olga, ballot, VoteChoice.YES, "")
    login(client, cast.theo).post(f"/reviews/{review.pk}/ballot/{ballot.pk}/reveal/")
    for path in (f"room/?item={ballot.agenda_item_id}", f"ballot/{ballot.pk}/"):
        text = client.get(f"/reviews/{review.pk}/{path}").text
        assert WHY in text
        assert "Pia Example" in text.split('class="answers"')[1]
        assert "Ask for another vote" in text or "ballot/" in path
    assert decided(cast, again(review)).body.count(WHY) == 1  # it stays in the packet, and in nothing else


# The pages


def test_a_vote_by_touch_answers_with_ones_own_and_the_count(cast: Cast, client: Client) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    address = f"/reviews/{review.pk}/ballot/{ballot.pk}/vote/"
    fragment = login(client, cast.pia).post(address, {"choice": "no", "why": WHY}, headers=HTMX)
    assert fragment.status_code == 200
    assert "You said: not good enough" in fragment.text
    assert "1 of 3 voted" in fragment.text
    wrong = client.post(address, {"choice": "perhaps", "why": "Hm."}, headers=HTMX)
    assert wrong.status_code == 422
    assert "Hm." in wrong.text
    reveal(cast.theo, ballot)
    late = client.post(address, {"choice": "yes", "why": ""}, headers=HTMX)
    assert late.status_code == 422


def test_without_javascript_there_is_a_page_to_vote_on(cast: Cast, client: Client) -> None:
    review = begun(cast)
    login(client, cast.olga)
    item = point(review, "drilled")
    assert client.post(f"/reviews/{review.pk}/vote-on/{item.pk}/", {"question": QUESTION}).status_code == 302
    ballot = Ballot.objects.get()
    page = f"/reviews/{review.pk}/ballot/{ballot.pk}/"
    assert page in client.get(f"/reviews/{review.pk}/room/?item={item.pk}").text
    assert client.post(f"{page}vote/", {"choice": "yes", "why": WHY}).headers["Location"] == page
    assert WHY in client.get(page).text
    assert client.post(f"{page}vote/", {"choice": "", "why": "Kept."}).status_code == 422


def test_who_is_not_present_is_told_how_to_vote(cast: Cast, client: Client) -> None:
    review = begun(cast)
    ballot = asked(cast, review)
    page = f"/reviews/{review.pk}/ballot/{ballot.pk}/"
    assert "Mark yourself present" in login(client, cast.mia).get(page).text
    assert "does not let you comment" in (text := login(client, cast.vera).get(page).text) or "comment" in text
    assert login(client, cast.sam).get(page).status_code == 404


def test_a_room_without_a_vote_asks_one_question_more_of_the_database(cast: Cast) -> None:
    review = begun(cast)
    item = point(review, "drilled").pk
    with CaptureQueriesContext(connection) as without:
        picture(review.pk, Stance.SPEAKING, item, LATER)
    ballot = asked(cast, review)
    for person in (cast.theo, cast.olga, cast.pia):
        vote(person, ballot)
    with CaptureQueriesContext(connection) as blind:
        picture(review.pk, Stance.SPEAKING, item, LATER)
    reveal(cast.theo, ballot)
    with CaptureQueriesContext(connection) as open_to_all:
        picture(review.pk, Stance.SPEAKING, item, LATER)
    assert len(blind) == len(without)
    assert len(open_to_all) == len(without) + 1
