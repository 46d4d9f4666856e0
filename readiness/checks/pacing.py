"""How long a check may take. One host is called eight times at once at most, so two hundred calls to a host that is
silent would take minutes, and hold up everybody who shares the batch.
"""

import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import batched

from readiness.assessments.outcome import Outcome, unknown
from readiness.egress import Response, Steps

LONGEST_CHECK = timedelta(seconds=150)
"""Ninety ports that swallow packets, eight at a time, five seconds each, take one minute: long enough for every
honest check.
"""
AT_ONCE = 16
"""Calls that go out together; between them a check looks at the clock."""


class NotStartedError(Exception):
    """The batch's time was up before this check's turn came."""


class PutOffError(NotStartedError):
    """The source that it asks was found down on the way; it waits until that answers again."""


def paced(steps: Steps[Outcome], *, start_before: float, longest: timedelta = LONGEST_CHECK) -> Steps[Outcome]:
    """The same check, with an end. `start_before`: a moment of `time.monotonic()`; raises NotStartedError after it."""
    if time.monotonic() > start_before:
        steps.close()
        raise NotStartedError
    ends = time.monotonic() + longest.total_seconds()
    answers: Sequence[Response] | None = None
    while True:
        try:
            requests = next(steps) if answers is None else steps.send(answers)
        except StopIteration as stop:
            outcome: Outcome = stop.value
            return outcome
        collected: list[Response] = []
        for some in batched(requests, AT_ONCE):
            if time.monotonic() > ends:
                steps.close()
                return _too_long(longest, len(requests))
            collected += yield some
        answers = collected


def _too_long(longest: timedelta, calls: int) -> Outcome:
    seconds = int(longest.total_seconds())
    return unknown(
        f"It was not done after {seconds} seconds and was stopped; what it calls is too slow.", {"calls": calls}
    )
