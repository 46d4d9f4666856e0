"""A bound in seconds says something about the code only as far as the machine is the one it was written on. Rented processors are
shared: the same loop takes two to four times as long from one hour to the next.
"""

import time

STEPS, SECONDS_THEN = 1_000_000, 0.06
"""The loop below, where the bounds were written: two quiet cores."""


def slower() -> float:
    """How many times slower this processor is just now; 1 where it is as fast or faster. Costs a tenth of a second."""
    begun, total = time.process_time(), 0
    for step in range(STEPS):
        total += step
    return max(1.0, (time.process_time() - begun) / SECONDS_THEN)
