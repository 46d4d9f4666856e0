"""Rule *one-mail* and the escalation, case by case."""

from datetime import UTC, date, datetime

import pytest

from readiness.reminders.rules import OpenGap, Why, Wishes, local_day_due, why

OWNER, LEAD, MANAGER, STRANGER = 1, 2, 3, 4
TODAY = date(2026, 3, 10)


def gap(due_on: date, *, owner: int | None = OWNER) -> OpenGap:
    return OpenGap(1, "Runbooks", True, due_on, "Checkout", owner, "Olga", LEAD, (MANAGER,))


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
    assert local_day_due(Wishes(zone), utc) == expected


def test_weekends_are_quiet_unless_the_person_wants_otherwise() -> None:
    saturday = datetime(2026, 3, 14, 12, tzinfo=UTC)
    assert local_day_due(Wishes("UTC"), saturday) is None
    assert local_day_due(Wishes("UTC", has_quiet_weekends=False), saturday) == date(2026, 3, 14)


def test_nothing_is_due_for_who_wants_none() -> None:
    assert local_day_due(Wishes("UTC", wants_digest=False), datetime(2026, 3, 10, 12, tzinfo=UTC)) is None
