"""What a screen shows, painted for a kind of reader: the page and the live stream can't differ."""

import re
from itertools import pairwise

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from reviews import actions
from reviews.live.picture import END, REGIONS, Looked, Shown, Stance, picture_of, put_together, stance_of
from reviews.meeting import Meeting
from reviews.models import Review
from tests.assessments.small import see, small
from tests.cast import Cast, day, login
from tests.reviews.meetings import LATER, again, begun, decided, picture, point, say, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
TOKEN = re.compile(r'<input type="hidden" name="csrfmiddlewaretoken" value="[^"]+">')
KINDS = [("vera", Stance.LOOKING), ("olga", Stance.SPEAKING), ("theo", Stance.LEADING)]


def meeting_of(review: Review) -> Meeting:
    return Meeting.of(again(review), LATER)


def drawn(review: Review, stance: Stance = Stance.SPEAKING, looked: Looked = None) -> dict[str, str]:
    return picture(review.pk, stance, looked, LATER).regions


def changed(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    return {region_id: html for region_id, html in after.items() if before.get(region_id) != html}


def looks(review: Review) -> list[Looked]:
    return [None, END, point(review, "mixed").pk] if again(review).is_live else [None]


@pytest.mark.parametrize(("name", "stance"), KINDS)
def test_the_page_is_made_of_the_pictures_regions(cast: Cast, client: Client, name: str, stance: Stance) -> None:
    see(small(cast))
    review = begun(cast)
    say(review, "mixed", cast.olga, note="Soon.")
    person: User = getattr(cast, name)
    login(client, person)
    client.get(f"/reviews/{review.pk}/room/")  # from here on they are known to be there
    assert stance_of(meeting_of(review), person) is stance
    for looked in looks(review):
        regions = drawn(review, stance, looked)
        page = TOKEN.sub("", client.get(f"/reviews/{review.pk}/room/", {"item": looked} if looked else None).text)
        places = [page.find(put_together(regions, region.id)) for region in REGIONS if not region.within]
        assert -1 not in places, (looked, [r.id for r in REGIONS if not r.within][places.index(-1)])


def test_the_lobby_is_made_of_the_same_regions(cast: Cast, client: Client) -> None:
    review = scheduled(cast)
    page = TOKEN.sub("", login(client, cast.olga).get(f"/reviews/{review.pk}/room/").text)
    regions = drawn(review, Stance.LOOKING)
    assert put_together(regions, "lobby") in page
    assert put_together(regions, "side") in page
    assert 'id="stage" data-region hidden' in page


def test_a_region_is_one_element_with_its_own_id(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    say(review, "mixed", cast.olga)
    for looked in looks(review):
        for region_id, html in drawn(review, Stance.LEADING, looked).items():
            region = next(
                one for one in REGIONS if region_id == one.id or (one.each and region_id.startswith(f"{one.id}-"))
            )
            assert re.match(rf'<{region.tag}\b[^>]* id="{region_id}"', html), (region_id, html[:80])
            assert html.endswith(f"</{region.tag}>"), region_id


@pytest.mark.parametrize("stance", Stance)
def test_every_region_has_a_place_and_every_place_its_region(cast: Cast, stance: Stance) -> None:
    see(small(cast))
    review = begun(cast)
    for looked in looks(review):
        regions = drawn(review, stance, looked)
        slots = {found for html in regions.values() for found in re.findall(r'id="([\w-]+)" data-slot', html)}
        top = {region.id for region in REGIONS if not region.within}
        assert slots | top == set(regions)


def test_a_region_stands_before_its_parts() -> None:
    order = [region.id for region in REGIONS]
    assert len(order) == len(set(order))
    for region in REGIONS:
        if region.within:
            assert order.index(region.within) < order.index(region.id)


def test_fragments_say_nothing_of_time_that_only_passes(cast: Cast) -> None:
    see(small(cast))
    review = begun(cast)
    say(review, "drilled", cast.olga)
    first, later = (
        picture_of(Shown(Meeting.of(again(review), now), Stance.SPEAKING)).regions
        for now in (LATER, LATER.replace(minute=LATER.minute + 7))
    )
    assert changed(first, later).keys() <= {
        "nudge"
    }  # which changes at its steps, and the live process looks out for them


def test_a_verdict_changes_little(cast: Cast) -> None:
    """At most 5 KB for everybody's screen, before any compression."""
    cast.assessed()
    review = begun(cast)
    current = again(review).current
    assert current is not None
    for number, stance in enumerate(Stance):
        before = drawn(review, stance)
        note = f"The replica was slow {number} times."
        say(review, current.item.key, cast.olga, note=note, due_on=day(5 + number))
        delta = changed(before, drawn(review, stance))
        assert {"said", "gap"} <= set(delta)
        size = sum(len(html.encode()) for html in delta.values())
        assert size < 5 * 1024, (stance, size, {region_id: len(html) for region_id, html in delta.items()})


def test_what_is_said_of_another_item_leaves_the_stage_alone(cast: Cast) -> None:
    review = begun(cast)
    before = drawn(review)
    say(review, "mixed", cast.olga)
    delta = changed(before, drawn(review))
    assert f"entry-{point(review, 'mixed').pk}" in delta
    assert not {"stage", "say", "said", "moves", "lead"} & set(delta)


def test_the_beat_follows_every_word(cast: Cast) -> None:
    review = begun(cast)
    beats = [picture(review.pk, Stance.LOOKING, None, LATER).beat]
    say(review, "mixed", cast.olga)
    beats.append(picture(review.pk, Stance.LOOKING, None, LATER).beat)
    actions.join(by=cast.mia, review=again(review), now=LATER)
    beats.append(picture(review.pk, Stance.LOOKING, None, LATER).beat)
    assert all(earlier != later for earlier, later in pairwise(beats))


def test_who_is_not_present_or_may_not_speak_looks_on(cast: Cast) -> None:
    review = begun(cast, present=False)
    meeting = meeting_of(review)
    assert stance_of(meeting, cast.olga) is Stance.LOOKING
    actions.join(by=cast.olga, review=review, now=LATER)
    actions.join(by=cast.vera, review=again(review), now=LATER)
    meeting = meeting_of(review)
    assert stance_of(meeting, cast.olga) is Stance.SPEAKING
    assert stance_of(meeting, cast.vera) is Stance.LOOKING
    assert stance_of(meeting, cast.sam) is Stance.LOOKING


def test_an_ended_review_leads_out_of_the_room(cast: Cast) -> None:
    review = decided(cast).review
    regions = drawn(review)
    assert f'href="/reviews/{review.pk}/packet/"' in regions["over"]
    assert regions["stage"] == '<article id="stage" data-region hidden></article>'


def test_a_picture_costs_as_little_for_thirty_four_items(cast: Cast) -> None:
    cast.assessed()
    review = begun(cast)
    for looked, most in ((None, 16), (END, 18)):
        with CaptureQueriesContext(connection) as queries:
            drawn(review, Stance.LEADING, looked)
        assert len(queries) <= most, (looked, len(queries), [query["sql"][:90] for query in queries])


def test_what_only_others_see_is_hidden_by_a_style_sheet(cast: Cast, client: Client) -> None:
    sheet = login(client, cast.olga).get("/reviews/mine.css")
    assert sheet.headers["Content-Type"].startswith("text/css")
    assert f'[data-for]:not([data-for~="{cast.olga.pk}"])' in sheet.text
    assert f'[data-not-for~="{cast.olga.pk}"]' in sheet.text
