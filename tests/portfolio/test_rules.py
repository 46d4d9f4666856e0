"""Which days a curve shows, what a forecast says, what is worse than what."""

from datetime import date, timedelta
from itertools import pairwise

import pytest

from readiness.portfolio.rules import Standing, forecast, thinned

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("days", "most", "number", "step"), [(1, 120, 1, 0), (120, 120, 120, 1), (121, 120, 61, 2), (731, 120, 105, 7)]
)
def test_so_many_days_and_the_last_among_them(days: int, most: int, number: int, step: int) -> None:
    found = thinned(DAY - timedelta(days=days - 1), DAY, most)
    assert (len(found), found[-1]) == (number, DAY)
    assert {later - earlier for earlier, later in pairwise(found)} <= {timedelta(days=step)}


def test_no_days_between_a_later_and_an_earlier_one() -> None:
    assert thinned(DAY, DAY - timedelta(days=1), 120) == []


@pytest.mark.parametrize(
    ("gaps", "weekly", "days"),
    [
        (20, [2, 2, 2, 2, 2, 2, 2, 2], 70),
        (20, [2, 2, 2, 90], 70),  # one great clean-up is no pace
        (7, [1, 2, 1, 2], 33),
    ],
)
def test_the_pace_of_a_typical_week_is_carried_on(gaps: int, weekly: list[int], days: int) -> None:
    assert forecast(gaps, weekly, DAY).done_on == DAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("gaps", "weekly", "reason"),
    [
        (20, [3, 3, 3], "Fewer than 4 whole weeks"),
        (20, [0, 0, 5, 0], "opens as many gaps as it closes"),
        (20, [-2, -2, 5, 1], "opens as many gaps as it closes"),
        (0, [1, 1, 1, 1], "No gap is open"),
        (500, [1, 1, 1, 1], "more than two years"),
    ],
)
def test_without_a_pace_there_is_no_forecast_and_a_reason(gaps: int, weekly: list[int], reason: str) -> None:
    found = forecast(gaps, weekly, DAY)
    assert found.done_on is None
    assert reason in found.reason


@pytest.mark.parametrize(
    ("now", "is_worse"),
    [
        (Standing(2, 0, 0), True),
        (Standing(1, 2, 0), True),
        (Standing(1, 1, 6), True),
        (Standing(1, 1, 5), False),
        (Standing(0, 9, 99), False),  # one hard gate less outweighs the rest
        (Standing(1, 0, 99), False),
    ],
)
def test_a_hard_gate_weighs_more_than_what_is_overdue_and_that_more_than_a_gap(
    now: Standing, *, is_worse: bool
) -> None:
    assert now.is_worse_than(Standing(1, 1, 5)) is is_worse
