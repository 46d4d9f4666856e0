"""How often one caller may do what costs us something. Counted in the shared cache, so that all web processes count together.

A fixed window: cheap, and a caller who is refused is told exactly when to go on. While the cache is down nobody is counted; the
limit spares the machine, it guards no secret.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache

from readiness.accounts.policy import Refused


@dataclass(frozen=True, slots=True)
class Limit:
    """`most` times in each `window`."""

    name: str
    most: int
    window: timedelta


UPLOADS = Limit("uploads", 120, timedelta(minutes=10))
"""Of one token, or one person."""


class TooMany(Refused):
    """429. `retry_after`: seconds until it may be tried again."""

    def __init__(self, sentence: str, retry_after: int) -> None:
        super().__init__("slow-down", sentence)
        self.retry_after = retry_after


def spend(limit: Limit, who: str, now: datetime) -> None:
    """Counts one. Raises TooMany when there were too many in this window."""
    seconds = int(limit.window.total_seconds())
    number, passed = divmod(int(now.timestamp()), seconds)
    if counted(f"limit:{limit.name}:{who}:{number}", seconds) > limit.most:
        minutes = "a minute" if seconds == 60 else f"{seconds // 60} minutes"
        raise TooMany(f"At most {limit.most} {limit.name} in {minutes}; go on a little later.", seconds - passed)


def counted(key: str, seconds: int) -> int:
    """How often this key was counted, this time included."""
    times: Any = 1
    with suppress(Exception):  # whatever the client of whichever cache raises when it can't be reached
        if not cache.add(key, 1, seconds):
            times = cache.incr(key)
    return int(times)
