"""A bound in seconds says something about the code only as far as the machine is the one it was written on. Rented processors are
shared: the same loop was seen to take 0.06 s and 0.10 s on the same machine within a minute, with nothing else to do.
"""

import time

STEPS, SECONDS_THEN = 1_000_000, 0.06
"""The loop below, at its quickest (Python 3.13)."""


def slower() -> float:
    """How many times slower this processor is just now; 1 where it is as fast or faster. Costs a tenth of a second."""
    begun, total = time.process_time(), 0
    for step in range(STEPS):
        total += step
    return max(1.0, (time.process_time() - begun) / SECONDS_THEN)
