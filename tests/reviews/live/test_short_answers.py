"""Who follows the stream is answered with what they wait for; who does not, or whom the room has left, with all that changed."""

import re

import pytest
from django.test import Client

from reviews.models import Review
from reviews.rules import Word
from tests.cast import Cast, login
from tests.reviews.meetings import EXCUSE, begun, point

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}
FOLLOWS = HTMX | {"Readiness-Live": "1"}


def told(client: Client, review: Review, key: str, headers: dict[str, str], **fields: object) -> set[str]:
    """The regions of the answer."""
    said = {"version": 1, "word": Word.PARKED, "note": "Not today."} | fields
    answer = client.post(f"/reviews/{review.pk}/say/{point(review, key).pk}/", said, headers=headers)
    assert answer.status_code == 200
    return set(re.findall(r'hx-target="#([\w-]+)"', answer.text))


def test_a_screen_with_a_stream_is_told_what_its_person_waits_for(cast: Cast, client: Client) -> None:
    review = begun(cast)
    assert told(login(client, cast.theo), review, "probed", FOLLOWS) == {"said", "say"}


def test_a_screen_without_one_is_told_all_that_changed(cast: Cast, client: Client) -> None:
    review = begun(cast)
    assert told(login(client, cast.theo), review, "probed", HTMX) >= {"said", "say", "standing", "last-words"}


def test_a_claim_that_it_does_not_apply_changes_more(cast: Cast, client: Client) -> None:
    review = begun(cast)
    told_of_it = told(login(client, cast.theo), review, "probed", FOLLOWS, word=Word.NOT_APPLICABLE, note=EXCUSE)
    assert told_of_it >= {"said", "say", "standing"}


def test_whom_the_room_left_while_they_wrote_follows_it_again(cast: Cast, client: Client) -> None:
    review = begun(cast)
    assert "room" in told(login(client, cast.theo), review, "written", FOLLOWS)


def test_who_looks_elsewhere_stays_there(cast: Cast, client: Client) -> None:
    review = begun(cast)
    here = point(review, "written").pk
    assert told(login(client, cast.theo), review, "written", FOLLOWS, item=here) == {"said", "say"}
