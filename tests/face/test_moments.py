from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from readiness.face import moments

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "just now"),
        (-59, "just now"),
        (30, "in a moment"),
        (60, "in 1 min"),
        (-60, "1 min ago"),
        (-3599, "59 min ago"),
        (3600, "in 1 h"),
        (-86399, "23 h ago"),
        (86400, "tomorrow"),
        (-86400, "yesterday"),
        (3 * 86400, "in 3 days"),
    ],
)
def test_a_moment_is_said_in_the_fewest_words(seconds: int, said: str) -> None:
    assert moments.relative(NOON + timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "today"),
        (1, "tomorrow"),
        (-1, "yesterday"),
        (2, "in 2 days"),
        (-13, "13 days ago"),
        (14, "in 2 weeks"),
        (-59, "8 weeks ago"),
        (60, "in 2 months"),
        (-365, "12 months ago"),
        (800, "in 2 years"),
    ],
)
def test_a_day_is_said_in_the_fewest_words(days: int, said: str) -> None:
    assert moments.relative_day(TODAY + timedelta(days=days), TODAY) == said


def test_beyond_a_day_the_readers_calendar_counts_and_not_the_hours() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    late = datetime(2026, 3, 10, 23, 30, tzinfo=berlin)
    assert moments.relative(datetime(2026, 3, 12, 0, 15, tzinfo=berlin), late) == "in 2 days"


@pytest.mark.parametrize(
    ("due", "said"),
    [(TODAY, ""), (TODAY + timedelta(days=1), ""), (TODAY - timedelta(days=1), "1 day overdue"),
     (TODAY - timedelta(days=40), "6 weeks overdue")],
)  # fmt: skip
def test_the_due_day_itself_is_not_overdue(due: date, said: str) -> None:
    assert moments.overdue_by(due, TODAY) == said
