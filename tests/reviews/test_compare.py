"""Two reviews of a service side by side, from their packets."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import Grant
from readiness.accounts.rules import Role
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.comparison import Comparison, side_of
from reviews.models import AgendaItem, Packet
from reviews.rules import Word
from tests.assessments.small import see
from tests.cast import Cast, give, login
from tests.reviews.meetings import LATER, again, decided, say, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
AGAIN = LATER + timedelta(days=7)


def decided_again(cast: Cast, at: datetime = AGAIN) -> Packet:
    """The same people a week later; what is open gets a gap."""
    review = scheduled(cast, starts_at=at, timing_reason="The probe was mended.")
    actions.begin(by=cast.theo, review=review, version=review.version, now=at)
    for person in (cast.olga, cast.pia):
        actions.join(by=person, review=again(review), now=at)
    for row in AgendaItem.objects.filter(review=review).select_related("item"):
        word = Word.GAP if row.item.is_open else Word.MET
        say(again(review), row.item.key, cast.theo, word, now=at, due_on=(at + timedelta(days=3)).date())
    if again(review).passed_acknowledged_at is None:
        actions.acknowledge_passed(by=cast.olga, review=again(review), now=at)
    review = again(review)
    return actions.decide(
        by=cast.theo, review=review, version=review.version, decision=Decision.NO_GO, stricter_reason="",
        now=at + timedelta(minutes=10),
    )  # fmt: skip


@pytest.fixture
def pair(cast: Cast) -> tuple[Packet, Packet]:
    """First everything is open; then the probe passes."""
    old = decided(cast)
    assessment = Assessment.objects.get(service=cast.checkout)
    see(assessment, now=AGAIN - timedelta(hours=1))
    return old, decided_again(cast)


def compared(pair: tuple[Packet, Packet]) -> Comparison:
    return Comparison(side_of(pair[0]), side_of(pair[1]))


def test_items_that_changed_status_stand_under_their_heading(pair: tuple[Packet, Packet]) -> None:
    page = compared(pair)
    assert [(name, [(turn.key, turn.old, turn.new) for turn in turns]) for name, turns in page.turned] == [
        ("Reliability", [("probed", "unknown", "met")])
    ]
    assert (page.number_turned, len(page.same)) == (1, 5)


def test_gaps_are_opened_closed_or_still_open(pair: tuple[Packet, Packet]) -> None:
    page = compared(pair)
    assert [(word, [gap.key for gap in gaps]) for word, gaps in page.gap_groups] == [
        ("Still open", ["drilled", "mixed", "either", "queued", "written"]),
        ("Closed between", ["probed"]),
    ]
    back = compared((pair[1], pair[0]))
    assert [gap.key for gap in back.opened] == ["probed"]
    assert back.opened[0].owner == "Theo Example"


def test_people_are_named_once(pair: tuple[Packet, Packet]) -> None:
    assert compared(pair).people == [
        ("Olga Example", ["on_call"], ["on_call"]),
        ("Pia Example", ["platform"], ["platform"]),
        ("Theo Example", ["lead"], ["lead"]),
    ]


# The page


def test_the_last_is_compared_with_the_one_before_and_the_address_holds_the_choice(
    cast: Cast, client: Client, pair: tuple[Packet, Packet]
) -> None:
    old, new = (packet.review_id for packet in pair)
    page = login(client, cast.vera).get("/services/checkout/reviews/compare/")
    assert (page.context["a"], page.context["b"]) == (old, new)
    page = client.get(f"/services/checkout/reviews/compare/?a={new}&b={old}")
    assert (page.context["a"], page.context["b"]) == (new, old)
    assert "Items that changed status" in page.text
    for nonsense in ("?a=999999&b=x", "?a=-1", f"?b={old}"):
        assert client.get(f"/services/checkout/reviews/compare/{nonsense}").status_code == 200


def test_the_reviews_page_leads_there(cast: Cast, client: Client, pair: tuple[Packet, Packet]) -> None:
    old, new = (packet.review_id for packet in pair)
    link = f"/services/checkout/reviews/compare/?a={old}&amp;b={new}"
    assert link in login(client, cast.theo).get(f"/reviews/{new}/").text
    assert "Compare with the one before" not in client.get(f"/reviews/{old}/").text


def test_one_review_alone_compares_with_nothing(cast: Cast, client: Client) -> None:
    decided(cast)
    assert "There are no two to compare" in login(client, cast.theo).get("/services/checkout/reviews/compare/").text


def test_a_guest_of_one_review_compares_nothing_and_a_stranger_finds_no_page(
    cast: Cast, client: Client, pair: tuple[Packet, Packet]
) -> None:
    Grant.objects.filter(user=cast.eve).delete()
    give(cast.eve, Role.EXTERNAL, service=cast.checkout, review_id=pair[1].review_id)
    assert "There are no two" in login(client, cast.eve).get("/services/checkout/reviews/compare/").text
    assert "Compare with the one before" not in client.get(f"/reviews/{pair[1].review_id}/").text
    assert login(client, cast.sam).get("/services/checkout/reviews/compare/").status_code == 404


def test_it_costs_the_same_whatever_was_reviewed(cast: Cast, client: Client, pair: tuple[Packet, Packet]) -> None:
    login(client, cast.theo)
    client.get("/services/checkout/reviews/compare/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/services/checkout/reviews/compare/")
    assert len(queries) <= 12
