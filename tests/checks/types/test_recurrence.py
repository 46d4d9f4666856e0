"""Rules are read as dateutil reads them, where dateutil comes to an end."""

from datetime import UTC, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings, strategies as some

from readiness.checks.types._recurrence import WEEKDAYS, Rule, read_rule
from readiness.checks.types.contract import UnreadableError

START = datetime(2024, 1, 31, 9, 30, tzinfo=UTC)
WEEKDAY = some.lists(some.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(",".join)
NTH = some.builds("{}{}".format, some.sampled_from([1, 2, 5, -1, -2]), some.sampled_from(WEEKDAYS))
MONTH_DAY = some.sampled_from(["1", "15", "31", "-1", "1,-1", "28,29,30"])
MONTH = some.sampled_from(["2", "1,7", "12"])


def written(frequency: str, parts: dict[str, str]) -> str:
    return ";".join([f"FREQ={frequency}", *(f"{name}={value}" for name, value in parts.items())])


RULE = some.one_of(
    some.builds(
        written,
        some.just("DAILY"),
        some.fixed_dictionaries({}, optional={"BYDAY": WEEKDAY, "BYMONTH": MONTH, "BYMONTHDAY": MONTH_DAY}),
    ),
    some.builds(
        written,
        some.just("WEEKLY"),
        some.fixed_dictionaries({}, optional={"BYDAY": WEEKDAY, "WKST": some.sampled_from(["MO", "SU", "WE"])}),
    ),
    some.builds(
        written,
        some.just("MONTHLY"),
        some.fixed_dictionaries({}, optional={"BYDAY": WEEKDAY | NTH, "BYMONTHDAY": MONTH_DAY, "BYMONTH": MONTH}),
    ),
    some.builds(
        written,
        some.just("YEARLY"),
        some.fixed_dictionaries({"BYMONTH": MONTH}, optional={"BYDAY": WEEKDAY | NTH, "BYMONTHDAY": MONTH_DAY})
        | some.fixed_dictionaries({}, optional={"BYDAY": NTH}),
    ),
)


@settings(max_examples=300, deadline=None)
@given(
    RULE,
    some.integers(1, 5),
    some.none() | some.integers(1, 30),
    some.integers(0, 900),
    some.integers(0, 500),
)
def test_a_rule_names_the_days_that_dateutil_names(
    rule: str, interval: int, times: int | None, first: int, length: int
) -> None:
    text = f"{rule};INTERVAL={interval}" + (f";COUNT={times}" if times else "")
    since, until = START + timedelta(days=first), START + timedelta(days=first + length)
    wanted = rrulestr(text + ("" if times else ";UNTIL=20300101T000000Z"), dtstart=START).between(
        since, until, inc=True
    )
    assert list(Rule(text, START, None, read_rule(text)).between(since, until)) == wanted


@pytest.mark.parametrize(
    "text", ["FREQ=SECONDLY", "", "FREQ=DAILY;BYSETPOS=1", "FREQ=WEEKLY;INTERVAL=x", "FREQ=DAILY;BYDAY=XX"]
)
def test_what_is_not_read_is_said(text: str) -> None:
    with pytest.raises(UnreadableError):
        list(Rule(text, START, None, read_rule(text)).between(START, START + timedelta(days=9)))
