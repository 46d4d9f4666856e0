"""Rule *one-mail* and the escalation, case by case."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from readiness.mail.rules import Rhythm
from readiness.reminders.lines import KINDS, enumerated
from readiness.reminders.rules import (
    OpenGap,
    Why,
    Wishes,
    goes_out_at,
    is_over,
    is_worth_a_mail,
    lets_through,
    local_day_due,
    second_pair,
    tells_of_end,
    why,
)

OWNER, LEAD, MANAGER, STRANGER = 1, 2, 3, 4
TODAY = date(2026, 3, 10)


def gap(due_on: date | None, *, owner: int | None = OWNER) -> OpenGap:
    return OpenGap(1, "Runbooks", True, due_on, 1, owner, "Olga", LEAD, (MANAGER,))


def wishes(zone: str = "UTC", rhythm: Rhythm = Rhythm.WEEKDAYS, hour: int = 8, weekly_on: int = 0) -> Wishes:
    return Wishes(ZoneInfo(zone), rhythm, hour, weekly_on)


@pytest.mark.parametrize(
    ("due_on", "person", "expected"),
    [
        (date(2026, 3, 9), OWNER, Why.OVERDUE),
        (date(2026, 3, 10), OWNER, Why.SOON),
        (date(2026, 3, 17), OWNER, Why.SOON),
        (date(2026, 3, 18), OWNER, None),
        (date(2026, 3, 8), LEAD, None),
        (date(2026, 3, 7), LEAD, Why.LEAD),
        (date(2026, 3, 4), MANAGER, None),
        (date(2026, 3, 3), MANAGER, Why.MANAGER),
        (date(2026, 3, 3), LEAD, Why.LEAD),
        (date(2026, 1, 1), STRANGER, None),
    ],
)
def test_who_hears_of_which_gap(due_on: date, person: int, expected: Why | None) -> None:
    assert why(gap(due_on), person, TODAY) == expected


def test_a_lead_who_owns_the_gap_hears_of_it_once_as_the_owner() -> None:
    assert why(gap(date(2026, 3, 1), owner=LEAD), LEAD, TODAY) is Why.OVERDUE


def test_a_gap_without_an_owner_still_reaches_the_lead() -> None:
    assert why(gap(date(2026, 3, 1), owner=None), LEAD, TODAY) is Why.LEAD


@pytest.mark.parametrize(
    ("zone", "utc", "expected"),
    [
        ("UTC", datetime(2026, 3, 10, 7, 59, tzinfo=UTC), None),
        ("UTC", datetime(2026, 3, 10, 8, 0, tzinfo=UTC), TODAY),
        ("Asia/Tokyo", datetime(2026, 3, 9, 23, 0, tzinfo=UTC), TODAY),
        ("America/Los_Angeles", datetime(2026, 3, 10, 14, 59, tzinfo=UTC), None),
        ("America/Los_Angeles", datetime(2026, 3, 10, 15, 0, tzinfo=UTC), TODAY),
        ("Pacific/Kiritimati", datetime(2026, 3, 9, 18, 0, tzinfo=UTC), TODAY),
    ],
)
def test_the_digest_is_due_from_the_persons_own_morning_on(zone: str, utc: datetime, expected: date | None) -> None:
    assert local_day_due(wishes(zone), utc) == expected


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [
        (Rhythm.DAILY, [9, 10, 11, 12, 13, 14, 15]),
        (Rhythm.WEEKDAYS, [9, 10, 11, 12, 13]),
        (Rhythm.WEEKLY, [12]),
        (Rhythm.OFF, [9, 10, 11, 12, 13]),
    ],
)
def test_each_rhythm_has_its_days(rhythm: Rhythm, days: list[int]) -> None:
    week = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in range(9, 16)]
    assert [local_day_due(wishes(rhythm=rhythm, weekly_on=3), noon) for noon in week] == [
        noon.date() if noon.day in days else None for noon in week
    ]


@pytest.mark.parametrize(
    ("zone", "hour", "day", "moment"),
    [
        # The clocks go from 2:00 to 3:00: at 2:00 there is 3:00.
        ("Europe/Berlin", 2, date(2026, 3, 29), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("America/New_York", 2, date(2026, 3, 8), datetime(2026, 3, 8, 7, tzinfo=UTC)),
        # By half an hour: there is 2:30.
        ("Australia/Lord_Howe", 2, date(2026, 10, 4), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)),
        # From 0:00 to 1:00.
        ("Africa/Cairo", 0, date(2026, 4, 24), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        # From 23:00 to 0:00: the next hour that there is belongs to Sunday.
        ("America/Nuuk", 23, date(2026, 3, 28), datetime(2026, 3, 29, 1, tzinfo=UTC)),
        # Twice 2:00, twice 1:00: the first of the two.
        ("Europe/Berlin", 2, date(2026, 10, 25), datetime(2026, 10, 25, 0, tzinfo=UTC)),
        ("America/New_York", 1, date(2026, 11, 1), datetime(2026, 11, 1, 5, tzinfo=UTC)),
    ],
)
def test_when_the_clocks_change_the_digest_is_due_once_and_at_the_next_hour_that_there_is(
    zone: str, hour: int, day: date, moment: datetime
) -> None:
    wants = wishes(zone, Rhythm.DAILY, hour)
    assert goes_out_at(wants, day) == moment
    assert local_day_due(wants, moment - timedelta(seconds=1)) != day
    quarters = [local_day_due(wants, moment + timedelta(minutes=15 * count)) for count in range(4)]
    assert quarters == [day] * 4
    assert not is_over(wants, day, moment + timedelta(hours=1))


def test_a_digest_of_the_late_evening_may_arrive_after_midnight_and_one_of_the_morning_may_not() -> None:
    half_past_midnight = datetime(2026, 3, 11, 0, 30, tzinfo=UTC)
    assert not is_over(wishes(hour=23), TODAY, half_past_midnight)
    assert is_over(wishes(hour=23), TODAY, half_past_midnight + timedelta(minutes=30))
    assert is_over(wishes(hour=8), TODAY, half_past_midnight)


def test_what_waits_for_a_second_person_comes_before_what_was_escalated_to_them() -> None:
    proposed = replace(gap(date(2026, 3, 1)), is_proposed=True, verifier_ids=(LEAD,))
    assert why(proposed, LEAD, TODAY) is Why.VERIFY
    assert why(proposed, OWNER, TODAY) is Why.OVERDUE


@pytest.mark.parametrize(
    ("due_on", "again_on", "expected"),
    [
        (date(2026, 3, 9), date(2026, 3, 9), Why.OVERDUE),
        (date(2026, 3, 12), date(2026, 3, 4), Why.AGAIN),
        (date(2026, 3, 12), date(2026, 3, 3), Why.SOON),
        (date(2026, 4, 12), date(2026, 3, 3), None),
        (None, date(2026, 1, 3), Why.AGAIN),
        (None, None, None),
    ],
)
def test_how_long_a_gap_counts_as_open_again(due_on: date | None, again_on: date | None, expected: Why | None) -> None:
    assert why(replace(gap(due_on), again_on=again_on, times=1), OWNER, TODAY) is expected


def test_the_second_pair_is_somebody_named_else_a_manager() -> None:
    assert second_pair((LEAD, None, OWNER, LEAD), (MANAGER,), but={OWNER}) == (LEAD,)
    assert second_pair((OWNER, None), (MANAGER, OWNER), but={OWNER}) == (MANAGER,)


@pytest.mark.parametrize(
    ("day", "late", "expected"),
    [
        (date(2026, 3, 10), [(Why.LEAD, 3)], True),
        (date(2026, 3, 10), [(Why.LEAD, 4)], False),
        (date(2026, 3, 10), [(Why.LEAD, 4), (Why.MANAGER, 7)], True),
        (date(2026, 3, 9), [(Why.LEAD, 30)], True),
        (date(2026, 3, 9), [], False),
    ],
)
def test_off_lets_through_what_has_just_been_escalated(day: date, late: list[tuple[Why, int]], expected: bool) -> None:
    assert lets_through(day, late) is expected


@pytest.mark.parametrize(
    ("rhythm", "day", "reasons", "expected"),
    [
        (Rhythm.DAILY, TODAY, [Why.READ, Why.SOON], True),
        (Rhythm.DAILY, TODAY, [Why.READ, Why.REVIEW], False),
        (Rhythm.DAILY, date(2026, 3, 9), [Why.READ], True),
        (Rhythm.WEEKLY, TODAY, [Why.REVIEW], True),
        (Rhythm.WEEKLY, TODAY, [], False),
    ],
)
def test_what_has_time_is_worth_a_mail_once_a_week(
    rhythm: Rhythm, day: date, reasons: list[Why], expected: bool
) -> None:
    assert is_worth_a_mail(wishes(rhythm=rhythm), day, reasons) is expected


def test_every_reason_stands_in_one_section() -> None:
    assert sorted(why for kind in KINDS for why in kind.whys) == sorted(Why)


@pytest.mark.parametrize(("parts", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_parts_are_enumerated_as_people_do(parts: list[str], said: str) -> None:
    assert enumerated(parts) == said


@pytest.mark.parametrize(
    ("rhythm", "day", "left", "told"),
    [
        (Rhythm.DAILY, TODAY, 31, False),
        (Rhythm.DAILY, TODAY, 30, True),
        (Rhythm.DAILY, TODAY, 29, False),
        (Rhythm.DAILY, TODAY, 8, False),
        (Rhythm.DAILY, TODAY, 7, True),
        (Rhythm.DAILY, TODAY, 1, True),
        (Rhythm.DAILY, TODAY, 0, False),
        (Rhythm.WEEKDAYS, date(2026, 3, 9), 30, True),
        (Rhythm.WEEKDAYS, date(2026, 3, 9), 28, True),  # a month was on Saturday
        (Rhythm.WEEKDAYS, date(2026, 3, 9), 27, False),
        (Rhythm.WEEKLY, date(2026, 3, 9), 24, True),
        (Rhythm.WEEKLY, date(2026, 3, 9), 23, False),
    ],
)
def test_that_something_ends_is_said_once_a_month_before_and_in_the_last_week(
    rhythm: Rhythm, day: date, left: int, told: bool
) -> None:
    assert tells_of_end(wishes(rhythm=rhythm), day, day + timedelta(days=left)) is told
