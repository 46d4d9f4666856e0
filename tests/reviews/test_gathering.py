"""While a moment is chosen: the reason that it takes, what time it is for the others, and what else they have then."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from readiness.accounts.models import User
from readiness.assessments.actions import start
from reviews import actions
from reviews.models import AgendaItem, Review
from reviews.rules import clocks, is_asked_why, weekend
from tests.assessments.small import small
from tests.cast import NOW, Cast, day, login, service
from tests.reviews.meetings import STARTS, again, begun, decided, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
HTMX = {"HX-Request": "true"}
TEN = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
"""In Berlin; half past two in Kolkata."""
HALF_AN_HOUR = timedelta(minutes=30)
ASKS = "/services/checkout/reviews/schedule/"


def said(*people: tuple[str, str], starts_at: datetime = TEN) -> list[str]:
    zones = [(name, ZoneInfo(zone)) for name, zone in people]
    found = clocks(starts_at, starts_at + HALF_AN_HOUR, ZoneInfo("Europe/Berlin"), zones)
    return [f"{clock.says} for {clock.name} in {clock.place}{'!' * clock.is_odd}" for clock in found]


def test_who_lives_at_another_time_reads_another_clock() -> None:
    assert said(("Pia", "Asia/Kolkata"), ("Olga", "Europe/Rome")) == ["13:30 for Pia in Kolkata"] or said() == []
    assert said(("Pia", "Asia/Kolkata")) == ["14:30 for Pia in Kolkata"]
    assert said(("Ann", "America/New_York"), ("Bob", "America/New_York")) == ["04:00 for Ann and Bob in New York!"]


def test_another_day_is_named() -> None:
    late = datetime(2026, 3, 4, 20, 0, tzinfo=UTC)
    assert said(("Kei", "Asia/Tokyo"), starts_at=late) == ["05:00 on Thursday for Kei in Tokyo!"]


def test_a_weekend_is_named_and_outside_the_window_a_reason_is_asked() -> None:
    assert weekend(day(5)) == "That is a Saturday."
    assert weekend(day(0)) == ""
    assert [is_asked_why(day(n), day(17)) for n in (0, 3, 4)] == [False, False, True]
    assert not is_asked_why(day(40), None)


def plan(client: Client, **fields: str) -> str:
    values = {"day": day(1).isoformat(), "at": "10:30", "minutes": "30"} | fields
    return client.get(ASKS, values, headers=HTMX).text


def test_the_reason_is_asked_for_only_outside_the_window(cast: Cast, client: Client) -> None:
    small(cast)
    login(client, cast.theo)
    assert "timing_reason" not in client.get(ASKS).text.replace("[name=timing_reason]", "")
    assert "timing_reason" not in plan(client)
    outside = plan(client, day=day(10).isoformat(), timing_reason="The rota starts then.")
    assert 'name="timing_reason"' in outside
    assert "The rota starts then." in outside
    assert "the reason is stated below" in outside
    refused = client.post(ASKS, {"day": day(10).isoformat(), "at": "10:30", "minutes": "30"})
    assert refused.status_code == 422
    assert 'name="timing_reason"' in refused.text


def test_the_form_says_what_time_it_is_for_the_others(cast: Cast, client: Client) -> None:
    small(cast)
    User.objects.filter(pk=cast.pia.pk).update(time_zone="Asia/Kolkata")
    User.objects.filter(pk=cast.sam.pk).update(time_zone="America/New_York")
    login(client, cast.theo)
    assert "10:30 for you" in plan(client)
    assert "16:00 for Pia in Kolkata" in plan(client)
    assert "05:30 for Sam in New York (an odd hour)" in plan(client, outside=str(cast.sam.pk))
    assert "That is a Saturday." in plan(client, day=day(5).isoformat())
    review = scheduled(cast, starts_at=STARTS + timedelta(days=1))
    assert "16:00 for Pia in Kolkata" in client.get(f"/reviews/{review.pk}/").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "soon"},
        {"day": "2026-02-31"},
        {"at": "noon"},
        {"at": "25:99"},
        {"minutes": "x"},
        {"outside": "me"},
    ],
)
def test_what_is_half_typed_is_no_fault(cast: Cast, client: Client, wrong: dict[str, str]) -> None:
    small(cast)
    login(client, cast.theo)
    assert 'id="plan"' in plan(client, **wrong)


def elsewhere(cast: Cast, starts_at: datetime, minutes: int = 30) -> Review:
    """Pia is in a review of another team as well."""
    cast.index.on_call, cast.index.platform_owner = cast.rob, cast.pia
    cast.index.save()
    start(service=cast.index, by=cast.sam, now=NOW)
    return actions.schedule(
        by=cast.sam, service=cast.index, starts_at=starts_at, minutes=minutes, place="", timing_reason="", participants=[],
        now=NOW,
    )  # fmt: skip


def test_who_has_another_review_at_that_time_is_named(cast: Cast, client: Client) -> None:
    small(cast)
    elsewhere(cast, STARTS + timedelta(days=1, minutes=15))
    login(client, cast.theo)
    assert "Pia Example is in another review at 10:45." in plan(client)  # of a service that Theo may not know of
    assert "Index" not in plan(client)
    assert "Pia Example" not in plan(client, at="10:00", minutes="45")
    assert "Pia Example is in" in plan(client, at="11:00")
    assert "Pia Example is in" not in plan(client, at="11:15")
    assert "Pia Example is in" not in plan(client, day=day(2).isoformat())


def test_a_review_that_the_reader_sees_is_named(cast: Cast, client: Client) -> None:
    small(cast)
    other = service("ledger", cast.payments, tech_lead=cast.theo, on_call=cast.olga, platform_owner=cast.rob)
    start(service=other, by=cast.theo, now=NOW)
    actions.schedule(
        by=cast.theo, service=other, starts_at=STARTS + timedelta(days=1), minutes=30, place="", timing_reason="",
        participants=[], now=NOW,
    )  # fmt: skip
    login(client, cast.theo)
    text = plan(client)
    assert "review of Ledger" in text
    assert "You are in" in text
    assert "Olga Example is in" in text


def test_moving_a_review_does_not_clash_with_itself(cast: Cast, client: Client) -> None:
    review = scheduled(cast, starts_at=STARTS + timedelta(days=1))
    page = login(client, cast.theo).get(f"/reviews/{review.pk}/reschedule/")
    assert page.context["gathering"].clashes == []


def test_the_form_says_how_long_it_will_take(cast: Cast, client: Client) -> None:
    small(cast)
    login(client, cast.theo)
    page = client.get(ASKS)
    assert (
        "About 17 minutes, at 2 minutes an item, as there is no past review to go by: 20 minutes will do." in page.text
    )
    decided(cast, begun(cast))
    AgendaItem.objects.update(seconds=240)
    page = client.get(ASKS)
    assert "About 29 minutes, from the last review: 30 minutes will do." in page.text
    assert page.context["form"]["minutes"].value() == 30


def test_the_room_shares_its_time_by_what_things_take(cast: Cast) -> None:
    decided(cast, begun(cast))
    AgendaItem.objects.filter(item__key="probed").update(seconds=300)
    AgendaItem.objects.exclude(item__key="probed").update(seconds=60)
    review = scheduled(cast, starts_at=STARTS + timedelta(days=1))
    actions.begin(by=cast.theo, review=review, version=review.version, now=STARTS + timedelta(days=1))
    expected = dict(again(review).agenda.values_list("item__key", "expected_seconds"))
    assert expected["probed"] == 300
    assert expected["drilled"] == 60
