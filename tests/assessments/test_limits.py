"""Limits as people write them."""

from datetime import timedelta

import pytest

from readiness.assessments.rules.limits import Limit, parse_limit


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ("> 1 %", Limit(">", 1, "%", 0.01)),
        (">1%", Limit(">", 1, "%", 0.01)),
        ("≥ 300 ms", Limit(">=", 300, "ms", 0.001)),
        ("p99 above 800ms", Limit(">", 800, "ms", 0.001)),
        ("below 91% for 10 minutes", Limit("<", 91, "%", 0.01, minutes(10))),
        ("more than 30 s for a minute", Limit(">", 30, "s", 1, minutes(1))),
        ("exceeds 2 GiB for at least 90 s", Limit(">", 2, "GiB", 2**30, minutes(1.5))),
        ("> 1,000 requests", Limit(">", 1000, "requests")),
        ("> 1\u202f000 requests", Limit(">", 1000, "requests")),
        ("below 0,5 %", Limit("<", 0.5, "%", 0.01)),
        ("not above 1 %", Limit("<=", 1, "%", 0.01)),
        ("at most 5 restarts", Limit("<=", 5, "restarts")),
        ("no less than 200 orders per minute", Limit(">=", 200, "orders per minute")),
        ("above 6% of a shift", Limit(">", 6, "%", 0.01)),
        ("Above 1.5 s.", Limit(">", 1.5, "s")),
        ("≥ 2", Limit(">=", 2)),
        ("< -1", Limit("<", -1)),
        ("> 1e-3", Limit(">", 0.001)),
    ],
)
def test_a_comparison_with_a_number_is_understood(written: str, limit: Limit) -> None:
    assert parse_limit(written) == limit


@pytest.mark.parametrize(
    "written",
    [
        "", "one", "1 %", "1,000", "within 3% of the plug-in's curve", "as many as last week, by postcode", "above usual",
        "above 3 times the usual", "below 80% of last week", "> 1 % or > 5 %", "never above 1 %", "above 1.2.3",
        "above 800 ms at p99", "three, for a whole day", "> 1 % for five minutes", "above " + "9" * 200,
    ],
)  # fmt: skip
def test_what_is_no_number_is_for_people_to_judge(written: str) -> None:
    assert parse_limit(written) is None


@pytest.mark.parametrize(
    ("limit", "value", "holds"),
    [
        (Limit(">", 1), 1, False), (Limit(">", 1), 1.1, True), (Limit(">=", 1), 1, True), (Limit("<", 1), 1, False),
        (Limit("<=", 1), 1, True),
    ],
)  # fmt: skip
def test_it_holds_as_it_says(limit: Limit, value: float, holds: bool) -> None:
    assert limit.holds(value) is holds


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [
        ("%", 0.8437, "0.84\u202f%"), ("ms", 812.4, "812 ms"), ("s", 12.34, "12.3 s"), ("", 3.0, "3"), ("", 0.00123, "0.0012"),
        ("", 1234567.0, "1.23e+06"), ("", 0.0, "0"),
    ],
)  # fmt: skip
def test_a_value_is_said_with_as_many_digits_as_anybody_reads(unit: str, value: float, said: str) -> None:
    assert Limit(">", 1, unit).said(value) == said
