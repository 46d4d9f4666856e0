"""When a check runs next."""

from collections import Counter
from datetime import timedelta

import pytest

from readiness.checks import rules
from tests.cast import NOW

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("every", "in_a_row", "interval"),
    [
        (HOUR, 0, HOUR),
        (HOUR, 2, HOUR),
        (HOUR, 3, 2 * HOUR),
        (HOUR, 5, 8 * HOUR),
        (HOUR, 8, DAY),
        (HOUR, 900, DAY),
        (DAY, 900, DAY),
        (7 * DAY, 3, 7 * DAY),
    ],
)
def test_a_source_that_cannot_be_read_is_asked_less_often_but_once_a_day_at_least(
    every: timedelta, in_a_row: int, interval: timedelta
) -> None:
    assert rules.backed_off(every, in_a_row) == interval


def test_checks_that_are_due_together_drift_apart_within_a_tenth_of_their_interval() -> None:
    due = [rules.next_due(check_id=number, after=NOW, every=HOUR) - NOW for number in range(500)]
    assert min(due) >= HOUR * 0.9
    assert max(due) <= HOUR * 1.1
    assert len(set(due)) > 490


def test_the_run_after_the_first_falls_anywhere_in_the_interval() -> None:
    due = sorted(rules.first_due(check_id=number, after=NOW, every=HOUR) - NOW for number in range(500))
    assert due[0] > timedelta(0)
    assert due[-1] <= HOUR
    assert due[125] < HOUR * 0.4
    assert due[375] > HOUR * 0.6


@pytest.mark.parametrize("every", [HOUR, DAY])
def test_of_ten_thousand_checks_imported_at_once_no_minute_holds_more_than_twice_the_mean(every: timedelta) -> None:
    """Followed from run to run over several intervals, as the scheduler does: each run is planned from the one before."""
    number, rounds = 10_000, 4
    minutes = Counter[int]()
    for check_id in range(number):
        at = rules.first_due(check_id=check_id, after=NOW, every=every)
        for _ in range(rounds):
            at = rules.next_due(check_id=check_id, after=at, every=every)
            minutes[int((at - NOW) / timedelta(minutes=1))] += 1
    # Only where every check has a run to give: after the first interval, before the first of them is done.
    an_interval = int(every / timedelta(minutes=1))
    steady = [minutes[minute] for minute in range(int(an_interval * 2.3), int(an_interval * 3.3))]
    mean = sum(steady) / len(steady)
    assert mean == pytest.approx(number / an_interval, rel=0.1)
    assert max(steady) <= (2 if every == HOUR else 5) * mean  # seven a minute: chance alone makes it thirty some time


def test_after_an_outage_everything_is_due_and_does_not_stay_together() -> None:
    """The scheduler was away for hours; what runs at one moment then comes again over a fifth of the interval."""
    again = [rules.next_due(check_id=check_id, after=NOW, every=DAY) for check_id in range(10_000)]
    minutes = Counter(int((at - NOW) / timedelta(minutes=1)) for at in again)
    assert len(minutes) >= 280
    assert max(minutes.values()) <= 2 * 10_000 / len(minutes)


def test_two_schedulers_come_to_the_same_moment() -> None:
    first, second = (rules.next_due(check_id=7, after=NOW, every=HOUR) for _ in range(2))
    assert first == second


def test_a_broken_attempt_rests_longer_each_time() -> None:
    assert [rules.pause_after(attempts).total_seconds() for attempts in (1, 2, 3)] == [10, 30, 90]
