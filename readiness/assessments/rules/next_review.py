"""When the next review is due, and why: a year after the decision; or within two weeks, when it was a no-go, or what was decided
no longer speaks of the service as it is: its tier was raised, or a hard gate stopped being met after launch.
"""

from dataclasses import dataclass
from datetime import date, timedelta

YEAR = timedelta(days=365)
AT_ONCE = timedelta(days=14)
REVIEW_SOON = timedelta(days=30)
"""So long before, the lead is reminded."""


@dataclass(frozen=True, slots=True)
class SinceDecision:
    """`decided_for`: the tier that the decision was made for, None where it was not written down. `raised_on`: since when it
    is more critical than that. `fell_on`: when the first hard gate stopped being met after launch, `fell` is its title.
    """

    decided_on: date
    decided_for: int | None
    tier: int
    raised_on: date | None = None
    fell_on: date | None = None
    fell: str = ""
    was_no_go: bool = False


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """`reason` is a sentence that follows the day."""

    due_on: date
    reason: str

    def is_overdue(self, today: date) -> bool:
        return self.due_on < today

    def is_soon(self, today: date) -> bool:
        return self.due_on - today <= REVIEW_SOON


def is_raised(tier: int, decided_for: int | None) -> bool:
    """1 is critical, 4 the least: a smaller number is a higher tier."""
    return decided_for is not None and tier < decided_for


def next_review(since: SinceDecision) -> ReviewDue:
    """The earliest of what calls for one; with the same day, what is more than the passing of time."""
    calls = []
    if since.fell_on:
        reason = f"“{since.fell}” stopped being met on {_spelled(since.fell_on)}, after launch."
        calls.append(ReviewDue(since.fell_on + AT_ONCE, reason))
    if since.raised_on and is_raised(since.tier, since.decided_for):
        reason = f"The tier was raised from {since.decided_for} to {since.tier} on {_spelled(since.raised_on)}."
        calls.append(ReviewDue(since.raised_on + AT_ONCE, reason))
    if since.was_no_go:
        reason = f"The review of {_spelled(since.decided_on)} was a no-go: what stood open needs another one."
        calls.append(ReviewDue(since.decided_on + AT_ONCE, reason))
    year = ReviewDue(since.decided_on + YEAR, f"A year after the decision of {_spelled(since.decided_on)}.")
    return min([*calls, year], key=lambda due: due.due_on)


def _spelled(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
