"""Waiting for what another process does: as short as possible, with an end."""

import time
from collections.abc import Callable
from datetime import timedelta


def eventually[T](look: Callable[[], T], *, within: timedelta = timedelta(seconds=10), what: str = "") -> T:
    """The first truthy answer of `look`; AssertionError when there is none in time."""
    deadline = time.monotonic() + within.total_seconds()
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not within {within}: {what or look}"
        time.sleep(0.02)
    return answer
