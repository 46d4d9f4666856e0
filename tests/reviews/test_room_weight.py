"""What the room weighs: its first load with everything that it names, and what a verdict sends to everybody's screen."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from reviews.live.picture import Stance, partials
from reviews.models import Review
from tests.cast import Cast, day, login
from tests.reviews.meetings import LATER, again, begun, picture, say, say_all

pytestmark = pytest.mark.usefixtures("at_the_meeting")
FIRST_LOAD = 150_000
ONE_VERDICT = 6 * 1024  # with five last words that can be taken back; without them it is below 5 KB


def compressed(content: bytes) -> int:
    """As WhiteNoise and the pages' middleware send it."""
    return len(gzip.compress(content, 6))


def test_the_first_load_fits_its_budget(cast: Cast, client: Client) -> None:
    cast.assessed()  # the shipped checklist: 34 items
    review = begun(cast)
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/room/").content
    named = set(re.findall(rb'(?:href|src)="/static/([^"#]+)', page))
    paths = [Path(str(finders.find(name.decode()))) for name in named]
    names = {path.name for path in paths}
    assert {"inter-latin.woff2", "tabler.min.css", "icons.svg", "room.js", "live.js"} <= names
    assert not {"chart.umd.min.js", "inter-latin-ext.woff2", "big-screen.css"} & names
    weight = sum(compressed(path.read_bytes()) for path in paths) + compressed(page)
    assert weight <= FIRST_LOAD, {path.name: compressed(path.read_bytes()) for path in paths} | {
        "page": compressed(page)
    }


def message(review: Review, stance: Stance, before: dict[str, str]) -> bytes:
    after = picture(review.pk, stance, None, LATER).regions
    return partials({name: html for name, html in after.items() if before.get(name) != html}).encode()


@pytest.mark.parametrize("stance", Stance)
def test_a_verdict_is_a_small_message(cast: Cast, stance: Stance) -> None:
    """Also the last one of many, when every region has something to show; before any compression."""
    cast.assessed()
    review = begun(cast)
    say_all(cast, review)
    current = again(review).current
    assert current is not None
    before = picture(review.pk, stance, None, LATER).regions
    say(review, current.item.key, cast.olga, owner=cast.pia, note="The replica was slow.", due_on=day(9))
    sent = message(review, stance, before)
    assert len(sent) <= ONE_VERDICT, [(len(part), part[:60]) for part in sent.split(b"<hx-partial")]
