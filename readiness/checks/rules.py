"""When a check runs next. Pure; no Django.

The moments are spread: checks that were planned together drift apart, so that ten thousand of them never start at
once. The spread is computed and not drawn, so that two schedulers come to the same moment.
"""

from datetime import datetime, timedelta
from zlib import crc32

MOST_ATTEMPTS = 3
"""As many attempts that ended without a word, and a run is put aside where people can see it."""
BATCH_BY_ATTEMPTS = {0: 100, 1: 10, 2: 1}
"""How many runs may share a batch, by what they cost so far. One that takes its worker down takes fewer others with
it each time, and the third time it is alone, so that only the guilty one is quarantined.
"""

DOWN_AFTER = 3
"""As many checks in a row that a source did not answer, and the others wait until it does."""
SHORTEST_REST, LONGEST_REST = timedelta(minutes=1), timedelta(minutes=30)
PATIENT_AFTER = 3
LONGEST_BACK_OFF = timedelta(days=1)
SPREAD = 0.1


def next_due(*, check_id: int, after: datetime, every: timedelta, unknown_in_a_row: int = 0) -> datetime:
    """`after` plus the check's interval, ± 10 %. A source that can't be read is asked less and less often, once a day
    at least.
    """
    interval = backed_off(every, unknown_in_a_row)
    return after + interval * (1 - SPREAD + 2 * SPREAD * chance(check_id, after))


def first_due(*, check_id: int, after: datetime, every: timedelta) -> datetime:
    """The run after the first falls anywhere in the interval: a thousand imported services don't keep in step."""
    return after + every * (SPREAD + (1 - SPREAD) * chance(check_id, after))


def backed_off(every: timedelta, unknown_in_a_row: int) -> timedelta:
    doublings = min(max(0, unknown_in_a_row - PATIENT_AFTER + 1), 10)
    wanted: timedelta = every * 2**doublings
    return min(wanted, max(every, LONGEST_BACK_OFF))


def pause_after(attempts: int) -> timedelta:
    """How long a run rests after an attempt that broke."""
    return timedelta(seconds=10 * 3 ** max(0, attempts - 1))


def source_pause(tries: int) -> timedelta:
    """How long a source that does not answer is left in peace, after it was tried in vain so often."""
    wanted: timedelta = SHORTEST_REST * 2 ** min(max(0, tries - 1), 10)
    return min(wanted, LONGEST_REST)


def chance(check_id: int, moment: datetime) -> float:
    """From 0 up to 1, the same for the same check and moment."""
    return crc32(f"{check_id} {moment.timestamp()}".encode()) / 2**32
