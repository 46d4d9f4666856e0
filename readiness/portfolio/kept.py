"""What takes long to count, kept in this process until something is recorded.

Every change writes history in its own transaction, so the newest entry says whether anything changed since. Two processes on
PostgreSQL may commit in another order than they got their numbers; what is kept is therefore never older than half a minute.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime

from readiness.history.models import Entry

type Stamp = tuple[int, datetime] | None


class Unasked:
    """Nobody has asked yet for the last change; None is an answer."""


UNASKED = Unasked()


def last_change() -> Stamp:
    """The newest entry of the history, by number and by the database's own clock. None before the first."""
    newest: Stamp = Entry.objects.newest_first().values_list("id", "written_at").first()
    return newest


class Kept[T]:
    """At most `most` answers, each for `seconds` at most; the one not asked for longest goes first. One query, unless it is given
    what `last_change` answered.
    """

    def __init__(self, *, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._answers: OrderedDict[Hashable, tuple[Stamp, float, T]] = OrderedDict()

    def knows(self, key: Hashable, since: Stamp) -> bool:
        """Whether `get` would answer without counting. No query."""
        kept = self._answers.get(key)
        return kept is not None and kept[0] == since and time.monotonic() - kept[1] <= self._seconds

    def get(self, key: Hashable, count: Callable[[], T], *, since: Stamp | Unasked = UNASKED) -> T:
        stamp, now = last_change() if isinstance(since, Unasked) else since, time.monotonic()
        kept = self._answers.pop(key, None)
        if kept is None or kept[0] != stamp or now - kept[1] > self._seconds:
            kept = (stamp, now, count())
        self._answers[key] = kept
        while len(self._answers) > self._most:
            self._answers.popitem(last=False)
        return kept[2]
