"""The first page of the day: mine, in the order in which it matters, at the same cost however much it is."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.assessments.models import Gap, GapStatus, Item
from readiness.catalog.models import Lifecycle, Service
from readiness.portfolio.my_work import GAPS_SHOWN, SERVICES_SHOWN, STEPS, my_gaps, my_reviews, my_services
from reviews import actions as reviews
from tests.assessments.small import see, small
from tests.cast import NOW, TODAY, Cast, day, login, published, service
from tests.portfolio.many import many_services
from tests.reviews.meetings import again, begun, scheduled

pytestmark = pytest.mark.usefixtures("monday")


def page(client: Client, user: User) -> str:
    response = login(client, user).get("/")
    assert response.status_code == 200
    return response.content.decode()


def gaps_due(cast: Cast, *offsets: int | None) -> list[Gap]:
    """Olga's gaps of `checkout`, each due so many days from today."""
    assessment = cast.assessed(version=published())
    items = list(Item.objects.filter(assessment=assessment)[: len(offsets)])
    return [
        Gap.objects.create(
            item=item, service=cast.checkout, gate=item.gate, owner=cast.olga, opened_at=NOW,
            due_on=None if offset is None else day(offset),
        )
        for item, offset in zip(items, offsets, strict=True)
    ]  # fmt: skip


def test_gaps_are_grouped_by_when_they_are_due(cast: Cast) -> None:
    gaps_due(cast, 0, -1, 7, 8, None, -5)
    mine = my_gaps(cast.olga, TODAY)
    assert [(group.label, [gap.due_on for gap in group.gaps]) for group in mine.groups] == [
        ("Overdue", [day(-5), day(-1)]),
        ("In the next 7 days", [day(0), day(7)]),
        ("Later", [day(8)]),
        ("Without a date", [None]),
    ]
    assert (mine.number, mine.overdue) == (6, 2)


def test_a_long_group_shows_its_first_and_counts_them_all(cast: Cast) -> None:
    gaps_due(cast, *range(-GAPS_SHOWN - 2, 0), 3)
    overdue, soon = my_gaps(cast.olga, TODAY).groups
    assert (len(overdue.gaps), overdue.number, overdue.more) == (GAPS_SHOWN, GAPS_SHOWN + 2, 2)
    assert (len(soon.gaps), soon.number, soon.more) == (1, 1, 0)


def test_closed_gaps_gaps_of_others_and_gaps_i_may_no_longer_see_are_not_mine(cast: Cast) -> None:
    closed, other, unseen = gaps_due(cast, 1, 2, 3)
    Gap.objects.filter(pk=closed.pk).update(status=GapStatus.CLOSED, closed_at=NOW)
    Gap.objects.filter(pk=other.pk).update(owner=cast.theo)
    Gap.objects.filter(pk=unseen.pk).update(owner=cast.sam)
    assert my_gaps(cast.olga, TODAY).number == my_gaps(cast.sam, TODAY).number == 0


def test_my_services_are_those_that_name_me_the_next_to_go_live_first(cast: Cast) -> None:
    service("far", cast.search, on_call=cast.olga, go_live_on=day(90))
    service("soon", cast.search, platform_owner=cast.olga, go_live_on=day(2))
    service("live", cast.search, tech_lead=cast.olga, go_live_on=day(1), launched_on=day(-1))
    service("gone", cast.search, tech_lead=cast.olga, lifecycle=Lifecycle.RETIRED)
    assert [mine.service.slug for mine in my_services(cast.olga, TODAY).shown] == ["soon", "checkout", "far", "live"]


def test_what_is_next_for_a_service_is_its_hard_gates_the_cheapest_first(cast: Cast) -> None:
    assessment = small(cast)
    (mine,) = my_services(cast.theo, TODAY).shown
    assert [step.key for step in mine.steps] == ["probed", "either", "queued"]
    assert len(mine.steps) == STEPS
    assert mine.is_blocked
    see(assessment)
    Item.objects.filter(key="either").update(waived_until=day(1))
    (mine,) = my_services(cast.theo, TODAY).shown
    assert [step.key for step in mine.steps] == ["queued", "drilled", "mixed"]


def test_a_service_that_is_not_measured_is_shown_as_such(client: Client, cast: Cast) -> None:
    assert "Not measured yet" in page(client, cast.theo)


def test_more_services_than_fit_are_a_link(client: Client, cast: Cast) -> None:
    for number in range(SERVICES_SHOWN):
        service(f"one-{number}", cast.payments, tech_lead=cast.theo)
    mine = my_services(cast.theo, TODAY)
    assert (len(mine.shown), mine.has_more) == (SERVICES_SHOWN, True)
    assert "/services/?mine=1" in page(client, cast.theo)


def test_the_running_review_is_apart_and_the_others_are_by_time(cast: Cast) -> None:
    review = begun(cast)
    mine = my_reviews(cast.olga, TODAY)
    assert (mine.running, mine.upcoming) == (again(review), [])
    assert my_reviews(cast.rob, TODAY).running is None


def test_a_cancelled_review_is_nobodys(cast: Cast) -> None:
    review = scheduled(cast)
    assert my_reviews(cast.pia, TODAY).upcoming == [review]
    reviews.cancel(by=cast.theo, review=review, version=review.version, reason="Not this month.", now=NOW)
    assert my_reviews(cast.pia, TODAY).upcoming == []


def test_the_room_is_one_click_away_while_the_review_runs(client: Client, cast: Cast) -> None:
    review = begun(cast)
    html = page(client, cast.olga)
    assert "Join the room" in html
    assert f'href="/reviews/{review.pk}/room/"' in html


def test_a_manager_sees_the_next_launches_of_their_teams(client: Client, cast: Cast) -> None:
    small(cast)
    html = page(client, cast.mia)
    assert "Next go-lives in your teams" in html
    assert "/services/checkout/items/probed/" in html
    assert "/services/index/" not in html
    assert "Next go-lives" not in page(client, cast.theo)


def test_nothing_of_other_teams_is_said_to_a_stranger(client: Client, cast: Cast) -> None:
    gaps_due(cast, -1)
    scheduled(cast)
    html = page(client, cast.sam)
    assert "Checkout" not in html
    assert "Index" in html


def test_somebody_new_is_told_what_to_do_first_by_their_role(client: Client, cast: Cast) -> None:
    Service.objects.all().delete()
    admin = page(client, cast.ada)
    assert "Welcome, Ada" in admin
    assert "Import a catalog" in admin
    assert "Invite the people" in admin
    viewer = page(client, cast.vera)
    assert "Ask your manager or an administrator" in viewer
    assert "Import a catalog" not in viewer


def test_nothing_to_do_says_so_and_where_to_look(client: Client, cast: Cast) -> None:
    html = page(client, cast.vera)
    assert "Nothing waits for you" in html
    assert "Look at the portfolio" in html


@pytest.mark.parametrize("name", ["theo", "mia"])
def test_the_page_costs_the_same_with_five_of_everything_and_with_fifty(client: Client, cast: Cast, name: str) -> None:
    user = getattr(cast, name)
    version = published()
    many_services(5, teams=[cast.payments], people=[user, cast.olga], version=version, now=NOW)
    _awaits(cast)
    login(client, user)
    client.get("/services/")  # warms what a process reads once
    few = _queries(client)
    many_services(45, teams=[cast.payments], people=[user, cast.olga], version=version, now=NOW)
    _awaits(cast)
    assert few == _queries(client) <= 16


def _awaits(cast: Cast) -> None:
    """Every third gap waits for verification, some by others: each of the lists has rows."""
    gaps = Gap.objects.order_by("pk").values_list("pk", flat=True)
    values = {"status": GapStatus.AWAITING, "proposed_by": cast.pia, "proposed_at": NOW}
    Gap.objects.filter(pk__in=list(gaps[::3])).update(**values)


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    return len(captured)
