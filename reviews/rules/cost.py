"""What a meeting cost: for each person the time from when they joined until a screen of theirs was last heard of, or until the
decision; never more than the meeting ran, as in a pause people do something else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

LEFT_AFTER = timedelta(minutes=1)
"""A screen that was silent for longer before the end belongs to somebody who had left."""


@dataclass(frozen=True, slots=True)
class Stay:
    """`seen_at` None: no screen of theirs was ever heard of (they took part on somebody else's)."""

    joined_at: datetime | None
    seen_at: datetime | None


def seconds_of(stay: Stay, *, started_at: datetime, ended_at: datetime, ran_seconds: int) -> int:
    if stay.joined_at is None:
        return 0
    start, end = max(stay.joined_at, started_at), ended_at
    if stay.seen_at and start < stay.seen_at < ended_at - LEFT_AFTER:
        end = stay.seen_at
    return max(0, min(int((end - start).total_seconds()), ran_seconds))


def person_seconds(stays: Iterable[Stay], *, started_at: datetime, ended_at: datetime, ran_seconds: int) -> int:
    """Of everybody together; one `Stay` for each person."""
    return sum(seconds_of(stay, started_at=started_at, ended_at=ended_at, ran_seconds=ran_seconds) for stay in stays)
