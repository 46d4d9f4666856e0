"""What a review cost and what it found: on its page, and summed over the list."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Gap
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from reviews import actions
from reviews.meeting import Meeting
from reviews.models import Packet, Participant, Review
from reviews.worth import Worth, hours_words, lately, worth_of
from tests.assessments.small import see, small
from tests.cast import Cast, day, login
from tests.reviews.meetings import LATER, STARTS, again, begun, decided, proved, say_all, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")


def worth(packet: Packet) -> Worth:
    return worth_of(Meeting.of(again(packet.review), LATER), packet)


def test_the_decision_counts_everybody_who_was_there_once(cast: Cast) -> None:
    review = begun(cast)
    Participant.objects.filter(person=cast.pia).update(seen_at=STARTS + timedelta(minutes=2))
    packet = decided(cast, review)
    assert again(packet.review).person_seconds == (5 + 5 + 2) * 60
    assert worth(packet).hours == "12 person-minutes"


def test_a_review_from_before_it_was_counted_says_so(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    Review.objects.update(person_seconds=None)
    assert worth(packet).hours == "unknown"
    page = login(client, cast.theo).get(f"/reviews/{packet.review_id}/").text
    assert "It was held before this was counted." in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "unknown"), (0, "0 person-minutes"), (60, "1 person-minute"), (3540, "59 person-minutes"),
        (3600, "1 person-hour"), (5040, "1.4 person-hours"), (111600, "31 person-hours"),
    ],
)  # fmt: skip
def test_time_in_words(seconds: int | None, words: str) -> None:
    assert hours_words(seconds) == words


def test_it_found_exceptions_and_gave_them_owners(cast: Cast) -> None:
    found = worth(decided(cast))
    assert (found.talked_about, found.owned, len(found.gates)) == (6, 6, 5)
    assert (found.gates_closed, found.turned) == ([], [])


def test_a_gate_that_is_closed_before_launch_was_worth_it(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail", now=STARTS - timedelta(hours=2))
    packet = decided(cast)
    see(assessment, now=LATER + timedelta(days=1))
    assert [row.item.key for row in worth(packet).gates_closed] == ["probed"]
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=day(0))
    assert worth(packet).gates_closed == []
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=day(1))
    assert len(worth(packet).gates_closed) == 1


def test_what_was_closed_before_the_decision_is_not_counted_as_since(cast: Cast) -> None:
    packet = decided(cast)
    Gap.objects.filter(item__key="probed").update(status="closed", closed_at=STARTS)
    assert worth(packet).gates_closed == []


def test_an_item_that_was_decided_with_another_status_changed_something(cast: Cast) -> None:
    assessment = small(cast)
    review = begun(cast)
    see(assessment, now=LATER)
    say_all(cast, review)
    packet = decided(cast, again(review))
    assert [(row.item.key, status) for row, status in worth(packet).turned] == [("probed", "met")]


def test_the_page_says_what_it_cost_and_found(cast: Cast, client: Client) -> None:
    packet = decided(cast)
    page = login(client, cast.vera).get(f"/reviews/{packet.review_id}/").text
    for words in ("Was it worth it?", "15 person-minutes", "6 exceptions", "5 hard gates", "without the pauses"):
        assert words in page
    review = scheduled(cast, starts_at=LATER + timedelta(days=1))
    assert "Was it worth it?" not in client.get(f"/reviews/{review.pk}/").text


def test_an_empty_agenda_found_nothing(cast: Cast, client: Client) -> None:
    proved(cast)
    review = begun(cast)
    actions.acknowledge_passed(by=cast.olga, review=review, now=LATER)
    packet = decided(cast, again(review), decision=Decision.GO)
    found = worth(packet)
    assert (found.talked_about, found.owned, found.gates) == (0, 0, [])
    assert "Each was decided as it came." in login(client, cast.theo).get(f"/reviews/{packet.review_id}/").text


def test_the_list_sums_the_last_ninety_days_of_what_one_sees(cast: Cast, client: Client) -> None:
    decided(cast)
    page = login(client, cast.theo).get("/reviews/").text
    assert "Last 90 days" in page
    for words in ("1 review<", "15 person-minutes", "5 hard gates"):
        assert words in page
    assert "Last 90 days" not in login(client, cast.sam).get("/reviews/").text
    assert "Last 90 days" not in login(client, cast.theo).get("/reviews/?team=search").text
    assert "as filtered" in client.get("/reviews/?team=payments").text
    assert lately(Review.objects.all(), LATER + timedelta(days=91)).reviews == 0


def test_a_repeated_review_of_a_service_in_production_keeps_nothing_from_launching(cast: Cast) -> None:
    small(cast)
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=day(-30))
    cast.checkout.refresh_from_db()
    packet = decided(cast)
    found = lately(Review.objects.all(), LATER)
    assert (found.reviews, found.gates) == (1, 0)
    assert worth(packet).gates_closed == []


def test_the_sum_takes_two_statements(cast: Cast) -> None:
    decided(cast)
    with CaptureQueriesContext(connection) as queries:
        lately(Review.objects.visible_to(cast.ada), LATER)
    assert len([query for query in queries if "grant" not in query["sql"]]) == 2
