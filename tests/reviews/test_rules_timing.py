from datetime import date, timedelta

import pytest

from reviews.rules import suggested_day, timing_problem, window

GO_LIVE = date(2026, 3, 20)


@pytest.mark.parametrize(("days_before", "is_fine"), [(22, False), (21, True), (17, True), (14, True), (13, False)])
def test_a_review_belongs_14_to_21_days_before_go_live(days_before: int, is_fine: bool) -> None:
    assert (timing_problem(GO_LIVE - timedelta(days=days_before), GO_LIVE, "") is None) == is_fine


@pytest.mark.parametrize("days_before", [0, 3, 60, -5])
def test_any_other_day_is_possible_with_a_stated_reason(days_before: int) -> None:
    starts_on = GO_LIVE - timedelta(days=days_before)
    assert timing_problem(starts_on, GO_LIVE, "   ") is not None
    assert timing_problem(starts_on, GO_LIVE, "The on-call rota is away until then.") is None


def test_the_refusal_says_how_far_it_is_and_which_days_would_do() -> None:
    problem = timing_problem(GO_LIVE - timedelta(days=9), GO_LIVE, "")
    assert problem == (
        "This is 9 days before go-live; a review belongs 14–21 days before. "
        "Choose a day from 27 February 2026 to 6 March 2026, or say why it has to be another one."
    )
    assert "1 day after go-live" in str(timing_problem(GO_LIVE + timedelta(days=1), GO_LIVE, ""))
    assert "the day of go-live" in str(timing_problem(GO_LIVE, GO_LIVE, ""))


def test_a_service_in_production_may_be_reviewed_any_day() -> None:
    assert timing_problem(GO_LIVE, None, "") is None


@pytest.mark.parametrize("days_to_go_live", range(15, 60))
def test_the_suggested_day_is_a_working_day_in_the_window_while_one_is_left(days_to_go_live: int) -> None:
    today = GO_LIVE - timedelta(days=days_to_go_live)
    first, last = window(GO_LIVE)
    day = suggested_day(GO_LIVE, today)
    assert day > today
    assert day.weekday() < 5
    if any(first + timedelta(days=n) > today and (first + timedelta(days=n)).weekday() < 5 for n in range(8)):
        assert first <= day <= last


@pytest.mark.parametrize("go_live_on", [None, date(2026, 3, 9)])
def test_without_a_window_ahead_the_next_working_day_is_suggested(go_live_on: date | None) -> None:
    friday = date(2026, 3, 6)
    assert suggested_day(go_live_on, friday) == date(2026, 3, 9)
