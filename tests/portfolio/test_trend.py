"""The curve: whose services it adds up, which days it shows, where it is going, and what it costs."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.catalog.models import Service
from readiness.portfolio.daily.sums import add_up
from readiness.portfolio.models import DailyFact
from readiness.portfolio.selection import Selection
from readiness.portfolio.trend import MOST, Trend, trend
from readiness.portfolio.worse import getting_worse
from tests.cast import TODAY, Cast, day, give

MONTHS = 200


def recorded(service: Service, on: date, **numbers: Any) -> DailyFact:
    values = {"decision": "no_go", "applicable": 30, "met": 20, "by_machine": 10, "open": 10} | numbers
    return DailyFact.objects.create(service=service, day=on, **values)


@pytest.fixture
def known(cast: Cast) -> Cast:
    """Two hundred days of two services: `checkout` closes two gaps a week, `index` of the other team stands still."""
    for back in range(MONTHS):
        gaps = 20 + back // 7 * 2
        closed = 2 if back % 7 == 3 else 0
        recorded(cast.checkout, day(-back), gaps=gaps, closed=closed, hard_open=3, overdue=1)
        recorded(cast.index, day(-back), gaps=5, decision="go")
    add_up([day(-back) for back in range(MONTHS)])
    return cast


def seen(user: User, query: str = "", first: int = -30, last: int = 0) -> Trend:
    user.forget_grants()
    return trend(user, Selection.of(QueryDict(query), TODAY), day(first), day(last))


def test_an_administrator_sees_all_and_a_manager_their_teams(known: Cast) -> None:
    for user, services, gaps in ((known.ada, 2, 25), (known.mia, 1, 20), (known.sam, 1, 5)):
        latest = seen(user).latest
        assert latest
        assert (latest.day, latest.services, latest.gaps) == (TODAY, services, gaps)


def test_whoever_is_named_by_a_service_of_another_team_sees_both(known: Cast) -> None:
    Service.objects.filter(pk=known.index.pk).update(on_call=known.mia)
    latest = seen(known.mia).latest
    assert latest
    assert (latest.services, latest.gaps, latest.go, latest.no_go) == (2, 25, 1, 1)


def test_whoever_sees_nothing_has_no_points(known: Cast) -> None:
    known.eve.grants.all().delete()
    assert seen(known.eve).points == ()


@pytest.mark.parametrize(
    ("query", "services"),
    [("team=search", 1), ("tier=1", 1), ("tier=4", 0), ("q=Check", 1), ("trait=worker", 2), ("decision=none", 2),
     ("team=payments&q=index", 0), ("go_live=30", 2)],
)  # fmt: skip
def test_filters_of_the_portfolio_are_those_of_the_curve(known: Cast, query: str, services: int) -> None:
    latest = seen(known.ada, query).latest
    assert (latest.services if latest else 0) == services


def test_facts_and_sums_say_the_same(known: Cast) -> None:
    of_sums, of_facts = seen(known.ada, "team=payments"), seen(known.ada, "q=checkout")
    assert of_facts.points == of_sums.points
    assert of_facts.weeks == of_sums.weeks


def test_a_long_range_is_thinned_and_ends_on_its_last_day(known: Cast) -> None:
    found = seen(known.ada, first=-1000)
    assert len(found.points) <= MOST
    assert (found.points[-1].day, found.first_known, found.last_known) == (TODAY, day(1 - MONTHS), TODAY)
    assert found.points[0].day <= day(2 - MONTHS)


def test_a_day_that_nobody_recorded_has_no_point(known: Cast) -> None:
    DailyFact.objects.filter(day=day(-3)).delete()
    add_up([day(-3)])
    assert [point.day for point in seen(known.ada, first=-4).points] == [day(-4), day(-2), day(-1), TODAY]


def test_nothing_recorded_is_said_and_no_error(cast: Cast) -> None:
    found = seen(cast.ada)
    assert (found.points, found.latest, found.burn_down) == ((), None, [])
    assert found.forecast.reason == "Nothing was recorded yet."


def test_what_history_can_not_tell_is_none_and_not_zero(known: Cast) -> None:
    DailyFact.objects.filter(day=day(-1), service=known.index).update(by_machine=None)
    add_up([day(-1)])
    before, yesterday, today = seen(known.ada, first=-2).points
    assert (before.by_machine, yesterday.by_machine, today.by_machine) == (20, None, 20)
    assert (yesterday.machine_percent, today.machine_percent, today.met_percent) == (None, 33, 67)


def test_the_gaps_are_closed_when_the_pace_says_so(known: Cast) -> None:
    found = seen(known.mia)
    assert [week.net for week in found.weeks] == [2] * 8
    assert found.forecast.done_on == TODAY + timedelta(weeks=10)
    assert found.burn_down == [(TODAY, 20), (TODAY + timedelta(weeks=10), 0)]


def test_the_forecast_looks_at_the_same_weeks_whatever_range_is_shown(known: Cast) -> None:
    past = seen(known.mia, first=-150, last=-100)
    assert past.points[-1].day == day(-100)
    assert past.forecast == seen(known.mia).forecast


def test_a_team_that_closes_nothing_has_no_forecast(known: Cast) -> None:
    found = seen(known.sam)
    assert found.forecast.done_on is None
    assert "opens as many" in found.forecast.reason


@pytest.mark.parametrize(("name", "query", "most"), [("ada", "", 3), ("mia", "", 5), ("ada", "q=e", 3)])
def test_it_costs_the_same_for_a_week_as_for_half_a_year(known: Cast, name: str, query: str, most: int) -> None:
    numbers = []
    for first in (-7, -180):
        with CaptureQueriesContext(connection) as captured:
            seen(getattr(known, name), query, first)
        numbers.append(len([one for one in captured if "accounts_grant" not in one["sql"][:80]]))
    assert numbers[0] == numbers[1] <= most


# Where it gets worse


def change(service: Service, on: date, **numbers: int) -> None:
    DailyFact.objects.filter(service=service, day=on).update(**numbers)
    add_up([on])


def test_teams_and_services_that_got_worse_stand_first_the_worst(known: Cast) -> None:
    change(known.checkout, TODAY, overdue=4)
    change(known.index, TODAY, hard_open=2, decision="no_go")  # type: ignore[arg-type]
    found = getting_worse(known.ada, Selection.of(QueryDict(), TODAY))
    assert (found.since, found.until) == (day(-28), TODAY)
    assert [one.slug for one in found.teams] == ["search", "payments"]
    assert [one.slug for one in found.services] == ["index", "checkout"]
    index, checkout = found.services
    assert (index.words, index.is_decision_worse, index.team) == ("2 more hard gates open", True, "Search")
    assert (checkout.words, checkout.is_decision_worse) == ("3 more gaps overdue", False)


def test_what_got_better_is_not_named(known: Cast) -> None:
    change(known.checkout, TODAY, hard_open=1, overdue=9)
    found = getting_worse(known.ada, Selection.of(QueryDict(), TODAY))
    assert (found.teams, found.services) == ((), ())


def test_nobody_is_told_of_what_they_may_not_see(known: Cast) -> None:
    change(known.index, TODAY, hard_open=2)
    assert getting_worse(known.mia, Selection.of(QueryDict(), TODAY)).services == ()
    give(known.mia, Role.EXTERNAL, service=known.index)
    found = getting_worse(known.mia, Selection.of(QueryDict(), TODAY))
    assert [one.slug for one in found.services] == ["index"]
    assert [one.slug for one in found.teams] == ["search"]


def test_one_day_alone_is_compared_with_nothing(cast: Cast) -> None:
    recorded(cast.checkout, TODAY)
    add_up([TODAY])
    found = getting_worse(cast.ada, Selection.of(QueryDict(), TODAY))
    assert (found.since, found.services, found.teams) == (None, (), ())


def test_a_service_that_is_new_got_nothing_worse(known: Cast) -> None:
    DailyFact.objects.filter(service=known.index, day__lt=day(-10)).delete()
    add_up([day(-28)])
    assert getting_worse(known.ada, Selection.of(QueryDict(), TODAY)).services == ()
