"""One thing comes first: people in a room, then what is late, then whoever waits, then what is ahead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments import actions
from readiness.assessments.models import Gap, Item
from readiness.portfolio.focus import Focus, beginnings, focus
from readiness.portfolio.my_work import my_gaps, my_reviews, my_services
from readiness.portfolio.waiting import waiting_for
from reviews import actions as reviews
from tests.assessments.small import attested, small
from tests.cast import NOW, TODAY, Cast, day
from tests.reviews.meetings import LATER, STARTS, again, begun, scheduled


def first(user: User) -> Focus | None:
    return focus(
        reviews=my_reviews(user, TODAY),
        gaps=my_gaps(user, TODAY),
        waiting=waiting_for(user),
        services=my_services(user, TODAY).shown,
        now=NOW,
        today=TODAY,
    )


def gap(cast: Cast, key: str, due_in: int) -> Gap:
    opened = actions.open_gap(by=cast.theo, item=cast.item(key), because="Not yet.", now=NOW)
    Gap.objects.filter(pk=opened.pk).update(owner=cast.olga, due_on=day(due_in))
    return opened


def test_a_running_review_comes_before_everything(cast: Cast) -> None:
    review = begun(cast)
    gap(cast, "drilled", -3)
    found = first(cast.olga)
    assert found is not None
    assert (found.label, found.action) == ("This review is running now", "Join the room")
    assert found.url == f"/reviews/{review.pk}/room/"
    reviews.pause(by=cast.theo, review=review, version=review.version, now=LATER)
    paused = first(cast.olga)
    assert paused is not None
    assert paused.label == "This review is paused"


def test_then_the_gap_that_is_overdue_longest(cast: Cast) -> None:
    small(cast)
    attested(cast, is_confirmed=False)
    gap(cast, "either", -2)
    late = gap(cast, "drilled", -3)
    found = first(cast.olga)
    assert found is not None
    assert (found.tone, found.label, found.url) == ("bad", "3 days overdue", late.get_absolute_url())
    assert found.note == "Checkout · and 1 more overdue"


def test_then_whoever_waits(cast: Cast) -> None:
    small(cast)
    attested(cast, is_confirmed=False)
    found = first(cast.pia)
    assert found is not None
    assert (found.label, found.action, found.url) == (
        "Somebody waits for you",
        "Witness",
        "/services/checkout/items/drilled/",
    )


def test_then_the_review_of_today_or_tomorrow_in_the_readers_zone(cast: Cast) -> None:
    review = scheduled(cast)
    with timezone.override("Asia/Tokyo"):
        found = first(cast.olga)
    assert found is not None
    assert found.label == "Review today at 19:30"
    assert found.url == f"/reviews/{review.pk}/pre-read/"


def test_then_the_cheapest_hard_gate_of_the_service_that_goes_live_first(cast: Cast) -> None:
    scheduled(cast, starts_at=STARTS + timedelta(days=3), timing_reason="Sooner is not possible.")
    found = first(cast.theo)
    assert found is not None
    assert (found.label, found.url) == ("Next for Checkout", "/services/checkout/items/probed/")
    assert found.note == "Set up the check with the address to call · goes live in 2 weeks"


def test_then_a_gap_that_is_due_some_day(cast: Cast) -> None:
    small(cast)
    mine = gap(cast, "drilled", 5)
    Gap.objects.filter(pk=mine.pk).update(owner=cast.rob)
    found = first(cast.rob)
    assert found is not None
    assert (found.label, found.note) == ("Due in 5 days", "Checkout")


@pytest.mark.parametrize("name", ["vera", "sam", "ada", "mia"])
def test_otherwise_nothing(cast: Cast, name: str) -> None:
    small(cast)
    assert first(getattr(cast, name)) is None


def test_a_waived_gate_is_not_the_next_step(cast: Cast) -> None:
    small(cast)
    Item.objects.filter(key="probed").update(waived_until=day(3))
    found = first(cast.theo)
    assert found is not None
    assert found.url == "/services/checkout/items/either/"


def test_a_review_that_is_over_is_no_longer_ahead(cast: Cast) -> None:
    review = scheduled(cast)
    reviews.cancel(by=cast.theo, review=again(review), version=review.version, reason="Not now, later.", now=NOW)
    found = first(cast.olga)
    assert found is not None
    assert found.label == "Next for Checkout"


def test_where_to_begin_follows_what_a_role_may_do() -> None:
    nobody = {"may_register": False, "may_invite": False, "may_publish": False, "sees_services": False}
    assert list(beginnings(**nobody)) == []
    titles = [one.title for one in beginnings(**nobody | {"may_register": True, "may_invite": True})]
    assert titles == ["Bring in your services", "Register a service", "Invite the people"]
    assert [one.title for one in beginnings(**nobody | {"sees_services": True})] == ["Look at the portfolio"]
