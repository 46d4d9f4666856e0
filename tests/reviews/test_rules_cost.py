"""People × the minutes that each was there."""

from datetime import datetime, timedelta

import pytest

from reviews.rules import Stay, person_seconds
from tests.cast import NOW

END = NOW + timedelta(minutes=30)


def at(minutes: float | None) -> datetime | None:
    return None if minutes is None else NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("joined", "seen", "ran", "minutes"),
    [
        (0, None, 30, 30),  # nobody heard of a screen of theirs: there until the end
        (0, 30, 30, 30),
        (-20, 30, 30, 30),  # early in the lobby is no meeting
        (10, 30, 30, 20),
        (0, 12, 30, 12),  # left early
        (0, 29.5, 30, 30),  # a screen speaks now and then: half a minute is no leaving
        (0, 45, 30, 30),  # still reads the packet
        (0, 30, 20, 20),  # ten minutes of pause
        (10, 5, 30, 20),  # seen before they were marked present
        (None, 30, 30, 0),  # was not there
    ],
)
def test_each_counts_for_the_time_that_they_were_there(
    joined: float | None, seen: float | None, ran: int, minutes: int
) -> None:
    stay = Stay(at(joined), at(seen))
    assert person_seconds([stay], started_at=NOW, ended_at=END, ran_seconds=ran * 60) == minutes * 60


def test_everybody_is_added_up() -> None:
    stays = [Stay(NOW, END), Stay(at(15), None), Stay(None, None)]
    assert person_seconds(stays, started_at=NOW, ended_at=END, ran_seconds=1800) == 45 * 60
