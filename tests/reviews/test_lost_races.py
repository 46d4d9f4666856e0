"""Whoever comes second sees what the first wrote, and chooses; nothing that was typed is lost."""

import pytest
from django.test import Client

from readiness.accounts.policy import Conflict
from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap
from reviews import actions
from reviews.models import Review
from reviews.rules import Word
from tests.assessments.small import see, small
from tests.cast import Cast, day, login
from tests.reviews.meetings import LATER, again, begun, confirm, entries, gap_of, point, refused, say, take_back

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}


def gap(cast: Cast, **fields: object) -> dict[str, object]:
    values = {
        "version": 1,
        "gap_version": 1,
        "word": "gap",
        "owner": cast.olga.pk,
        "due_on": str(day(5)),
        "plan": "Mine.",
    }
    return values | fields


@pytest.fixture
def review(cast: Cast) -> Review:
    """Of a service whose first item has an open gap."""
    see(small(cast), result="fail")
    return begun(cast)


def plan_elsewhere(cast: Cast, plan: str = "Theirs.") -> Gap:
    there = gap_of(cast, "probed")
    return assessments.plan_gap(
        by=cast.theo, gap=there, version=there.version, owner=cast.theo, due_on=day(3), plan=plan, now=LATER
    )


def test_a_plan_written_on_the_gaps_own_page_meanwhile_is_not_overwritten(
    cast: Cast, client: Client, review: Review
) -> None:
    address = f"/reviews/{review.pk}/say/{point(review, 'probed').pk}/"
    plan_elsewhere(cast)
    answer = login(client, cast.olga).post(address, gap(cast), headers=HTMX)
    assert answer.status_code == 409
    for words in ("changed elsewhere while you were writing", "Theo Example", "“Theirs.”", 'value="Mine."'):
        assert words in answer.text
    assert 'name="gap_version" value="2"' in answer.text
    assert gap_of(cast, "probed").plan == "Theirs."
    assert client.post(address, gap(cast, gap_version=2), headers=HTMX).status_code == 200
    assert gap_of(cast, "probed").plan == "Mine."


def test_the_same_plan_twice_is_no_conflict(cast: Cast, review: Review) -> None:
    plan_elsewhere(cast, "The same.")
    assert say(review, "probed", cast.theo, due_on=day(3), plan="The same.", gap_version=1).word == "gap"


def test_a_word_over_one_that_was_taken_back_says_so(cast: Cast, client: Client, review: Review) -> None:
    say(review, "probed", cast.pia)
    take_back(review, cast.pia)
    address = f"/reviews/{review.pk}/say/{point(review, 'probed').pk}/"
    answer = login(client, cast.olga).post(address, gap(cast, version=2), headers=HTMX)
    assert answer.status_code == 409
    assert "What was said here was taken back while you were writing." in answer.text
    assert 'name="version" value="3"' in answer.text


def test_another_claim_than_the_one_that_was_read_is_not_confirmed(cast: Cast, review: Review) -> None:
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE)
    read = point(review, "queued").item.version
    take_back(review, cast.theo)
    say(review, "queued", cast.theo, Word.NOT_APPLICABLE, note="Quite another reason than before.")
    with refused(Conflict):
        confirm(review, "queued", cast.olga, version=read)
    assert confirm(review, "queued", cast.olga).item.key == "queued"
    assert len(entries("review.confirmed")) == 1


# Notes


def test_notes_of_two_at_once_can_be_kept_both(cast: Cast, client: Client, review: Review) -> None:
    actions.write_notes(by=cast.pia, review=review, version=1, notes="First.\n\nTheirs.", now=LATER)
    address, sent = f"/reviews/{review.pk}/notes/", {"notes-version": 1, "notes-notes": "First.\n\nMine."}
    for headers in (HTMX, {}):
        answer = login(client, cast.olga).post(address, sent, headers=headers)
        assert answer.status_code == 409
        assert answer.text.count("Mine.") == 2, "in the form, and in both together"
        assert "First.\n\nTheirs.\nMine.</textarea>" in answer.text.replace("\r", "")
        assert "Keep theirs" in answer.text
    assert again(review).notes == "First.\n\nTheirs."
    both = {"notes-version": 2, "notes-notes": "First.\n\nTheirs.\nMine."}
    assert client.post(address, both, headers=HTMX).status_code == 200
    assert again(review).notes.endswith("Theirs.\nMine.")


def test_notes_are_read_before_they_are_saved(cast: Cast, client: Client, review: Review) -> None:
    sent = {"notes-notes": "**Pia** asks <script>alert(1)</script>"}
    answer = login(client, cast.olga).post(f"/reviews/{review.pk}/notes/read/", sent, headers=HTMX)
    assert "<strong>Pia</strong> asks &lt;script&gt;" in answer.text
    assert again(review).notes == ""
