"""What a curve says: which days are drawn, when the gaps will be closed, what got worse. Pure: no Django, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from statistics import median

WEEKS = 8
"""So many weeks a forecast looks back on."""
ENOUGH_WEEKS = 4
HORIZON = timedelta(days=730)
"""What would take longer is no forecast."""


def thinned(first: date, last: date, most: int) -> list[date]:
    """Every day from `first` to `last`, or every second, third …, at most `most` of them. The last is among them."""
    number = (last - first).days + 1
    if number <= 0:
        return []
    step = ceil(number / most)
    return [last - timedelta(days=back) for back in range(0, number, step)][::-1]


@dataclass(frozen=True, slots=True)
class Forecast:
    """`per_week`: how many more gaps a typical week closes than it opens; None when too little is known. `done_on`: when none is
    left at that pace; None means no forecast, and `reason` says why.
    """

    per_week: float | None
    done_on: date | None
    reason: str = ""


def forecast(gaps: int, weekly: Sequence[int], today: date) -> Forecast:
    """The median of the last weeks' net closure, carried on. `weekly`: closed less opened, of each week that is wholly known.

    The median, because one week of cleaning up, or one import, is no pace.
    """
    if len(weekly) < ENOUGH_WEEKS:
        return Forecast(None, None, f"Fewer than {ENOUGH_WEEKS} whole weeks are known yet.")
    pace = float(median(weekly))
    if not gaps:
        return Forecast(pace, None, "No gap is open.")
    if pace <= 0:
        return Forecast(pace, None, "A typical week opens as many gaps as it closes, or more.")
    left = timedelta(days=ceil(gaps / pace * 7))
    if left > HORIZON:
        return Forecast(pace, None, "At this pace it takes more than two years.")
    return Forecast(pace, today + left)


@dataclass(frozen=True, slots=True)
class Standing:
    """The three numbers by which something gets worse, the weightiest first."""

    hard_open: int = 0
    overdue: int = 0
    gaps: int = 0

    def since(self, before: "Standing") -> tuple[int, int, int]:
        """The rise of each; compared as a whole, so that one more hard gate outweighs any number of gaps."""
        return (self.hard_open - before.hard_open, self.overdue - before.overdue, self.gaps - before.gaps)

    def is_worse_than(self, before: "Standing") -> bool:
        return self.since(before) > (0, 0, 0)
