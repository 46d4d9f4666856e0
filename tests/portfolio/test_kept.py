"""What is kept is never older than the history says, and never grows without end."""

import pytest

from readiness.history.actions import TIME, Subject, record
from readiness.portfolio.kept import Kept
from tests.cast import NOW

pytestmark = pytest.mark.django_db


class Counting:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> int:
        self.times += 1
        return self.times


def something_happens() -> None:
    record("gap.closed", Subject("gap", 1, "A gap"), by=TIME, at=NOW)


def test_it_is_counted_once_until_something_is_recorded() -> None:
    kept: Kept[int] = Kept(most=2, seconds=60)
    count = Counting()
    assert [kept.get("a", count), kept.get("a", count)] == [1, 1]
    something_happens()
    assert [kept.get("a", count), kept.get("a", count)] == [2, 2]


def test_it_is_counted_again_after_its_time() -> None:
    kept: Kept[int] = Kept(most=2, seconds=0)
    count = Counting()
    assert [kept.get("a", count), kept.get("a", count)] == [1, 2]


def test_what_was_not_asked_for_longest_goes_first() -> None:
    kept: Kept[int] = Kept(most=2, seconds=60)
    counts = {key: Counting() for key in "abc"}
    for key in "abac":
        kept.get(key, counts[key])
    kept.get("a", counts["a"])
    kept.get("b", counts["b"])
    assert {key: count.times for key, count in counts.items()} == {"a": 1, "b": 2, "c": 1}


def test_a_count_that_fails_keeps_nothing() -> None:
    kept: Kept[int] = Kept(most=2, seconds=60)

    def fail() -> int:
        raise LookupError

    with pytest.raises(LookupError):
        kept.get("a", fail)
    assert kept.get("a", Counting()) == 1
