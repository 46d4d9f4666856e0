from itertools import pairwise
from typing import Any

import pytest

from reviews.rules import Hand, nudge
from reviews.rules.clock import minutes

HALF_AN_HOUR = 30 * 60


def hand(**values: Any) -> Hand:
    """Thirteen minutes into half an hour; one minute on an item that may take three; four more are left."""
    usual = {"given": HALF_AN_HOUR, "run": 13 * 60, "spent": 60, "share": 180, "left": 4, "is_said": False}
    return Hand(**usual | values)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, ""),
        ({"spent": 179}, ""),
        ({"spent": 180}, "3 minutes on this one; 4 items are left in 17 minutes: park it, or decide."),
        ({"spent": 180, "left": 1}, "3 minutes on this one; 1 item is left in 17 minutes: park it, or decide."),
        ({"spent": 180, "left": 0}, "3 minutes on this one, and it is the last: park it, or decide."),
        ({"spent": 400, "run": 800}, "6 minutes on this one; 4 items are left in 17 minutes: park it, or decide."),
        (
            {"spent": 200, "is_said": True},
            "3 minutes on this one; 4 items are left in 17 minutes: it has its word, so go on.",
        ),
        ({"spent": 90, "share": 90}, "1½ minutes on this one; 4 items are left in 17 minutes: park it, or decide."),
        ({"share": 0, "spent": 0}, ""),
        ({"run": 1499}, ""),
        (
            {"run": 1500},
            "The last 5 minutes have begun: park what can wait, or pause and go on another time; 5 items have no word yet.",
        ),
        (
            {"run": 1799, "left": 0},
            "The last 5 minutes have begun: park what can wait, or pause and go on another time; 1 item has no word yet.",
        ),
        (
            {"run": 1500, "left": 0, "is_said": True},
            "The last 5 minutes have begun: every item has its word, so decide.",
        ),
        (
            {"run": 1500, "left": 0, "share": 0, "spent": 0},
            "The last 5 minutes have begun: every item has its word, so decide.",
        ),
        (
            {"given": 600, "run": 480, "left": 0, "is_said": True},
            "The last 2 minutes have begun: every item has its word, so decide.",
        ),
        (
            {"run": 1800, "left": 0, "is_said": True},
            "The meeting is over its 30 minutes: every item has its word, so decide.",
        ),
        (
            {"run": 2150, "left": 0, "is_said": True},
            "The meeting is over its 30 minutes by 5 minutes: every item has its word, so decide.",
        ),
    ],
)  # fmt: skip
def test_the_clock_says_one_sentence_and_mostly_none(values: dict[str, Any], sentence: str) -> None:
    assert nudge(hand(**values)) == sentence


def test_a_sentence_stands_until_the_next_step() -> None:
    """A voice that counts every second is noise."""
    said = [nudge(hand(spent=60 + second, run=780 + second)) for second in range(HALF_AN_HOUR)]
    assert sum(now != before for before, now in pairwise(said)) == 8


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "30 seconds"), (50, "1 minute"), (80, "1½ minutes"), (110, "2 minutes"), (179, "3 minutes"), (3600, "60 minutes")],
)  # fmt: skip
def test_minutes_are_whole_for_people(seconds: int, words: str) -> None:
    assert minutes(seconds) == words
