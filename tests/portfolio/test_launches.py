"""What goes live next, and what stands in its way."""

import pytest

from readiness.assessments.models import Item
from readiness.catalog.models import Service
from readiness.portfolio.launches import NAMED, SHOWN, Launch, launches
from reviews.models import Review
from tests.assessments.small import see, small
from tests.cast import TODAY, Cast, day, service


def of_everything() -> list[Launch]:
    return launches(Service.objects.in_force(), TODAY, Review.objects.live())


def checkout() -> Launch:
    return next(launch for launch in of_everything() if launch.slug == "checkout")


def test_the_next_three_hard_gates_are_named_the_cheapest_first_and_the_rest_counted(cast: Cast) -> None:
    small(cast)
    launch = checkout()
    assert [blocker.key for blocker in launch.blockers] == ["probed", "either", "queued"]
    assert len(launch.blockers) == NAMED
    assert launch.more == 2
    assert launch.blockers[0].step == "Set up the check with the address to call"
    assert (launch.is_blocked, launch.tone, launch.tech_lead, launch.team) == (True, "bad", "Theo Example", "Payments")


def test_what_is_met_waived_new_or_no_longer_asked_for_blocks_nothing(cast: Cast) -> None:
    see(small(cast))  # `probed` is met
    items = Item.objects.filter(assessment__service=cast.checkout)
    items.filter(key="either").update(waived_until=day(1))
    items.filter(key="queued").update(new_until=day(1))
    items.filter(key="mixed").update(retired_at="2026-03-01T00:00Z")
    assert [blocker.key for blocker in checkout().blockers] == ["drilled"]


@pytest.mark.parametrize("column", ["waived_until", "new_until"])
def test_a_waiver_and_newness_end_on_their_day(cast: Cast, column: str) -> None:
    small(cast)
    Item.objects.filter(assessment__service=cast.checkout).exclude(key="probed").delete()
    Item.objects.filter(key="probed").update(**{column: TODAY})
    assert [blocker.key for blocker in checkout().blockers] == ["probed"]


def test_a_service_without_open_gates_or_without_a_checklist_is_listed_too(cast: Cast) -> None:
    assert [(launch.slug, launch.decision, launch.blockers) for launch in of_everything()] == [
        ("checkout", "", ()),
        ("index", "", ()),
    ]


def test_what_is_late_comes_first_and_what_is_launched_or_far_off_does_not_come(cast: Cast) -> None:
    service("late", cast.payments, go_live_on=day(-3))
    service("far", cast.payments, go_live_on=day(61))
    service("live", cast.payments, go_live_on=day(5), launched_on=day(-1))
    service("someday", cast.payments, go_live_on=None)
    found = of_everything()
    assert [launch.slug for launch in found] == ["late", "checkout", "index"]
    assert [launch.is_late for launch in found] == [True, False, False]


def test_only_the_next_few_are_listed(cast: Cast) -> None:
    for number in range(SHOWN + 3):
        service(f"soon-{number}", cast.payments, go_live_on=day(number))
    assert [launch.slug for launch in of_everything()] == [f"soon-{number}" for number in range(SHOWN)]
