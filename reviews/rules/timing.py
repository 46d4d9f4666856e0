"""Rule *timing*: a review belongs 14–21 days before go-live; sooner or later is possible with a stated reason.

Early enough that what the room finds can still be repaired, late enough that the service under review is the one that will
go live.
"""

from datetime import date, datetime, timedelta

from reviews.rules.words import ReviewStatus

EARLIEST, LATEST = timedelta(days=21), timedelta(days=14)
SATURDAY = 5
DOORS_OPEN = timedelta(hours=1)


def window(go_live_on: date) -> tuple[date, date]:
    """The first and the last day on which a review needs no reason."""
    return go_live_on - EARLIEST, go_live_on - LATEST


def is_in_window(starts_on: date, go_live_on: date) -> bool:
    first, last = window(go_live_on)
    return first <= starts_on <= last


def timing_problem(starts_on: date, go_live_on: date | None, reason: str) -> str | None:
    """What is wrong with the day, in a sentence that says what would satisfy the rule; None when it may be held then.

    `go_live_on` None: the service is in production already, and the review is a repeated one; any day will do.
    """
    if go_live_on is None or is_in_window(starts_on, go_live_on) or reason.strip():
        return None
    first, last = window(go_live_on)
    return (
        f"{distance(starts_on, go_live_on)}; a review belongs 14–21 days before. "
        f"Choose a day from {spelled(first)} to {spelled(last)}, or say why it has to be another one."
    )


def doors_problem(status: str, starts_at: datetime, now: datetime) -> str | None:
    """Why nobody can be marked as present yet, or any more; None when the doors are open."""
    if status in {ReviewStatus.DECIDED, ReviewStatus.CANCELLED}:
        return "This review is over."
    if status == ReviewStatus.SCHEDULED and now < starts_at - DOORS_OPEN:
        return "The room opens an hour before the meeting."
    return None


def distance(starts_on: date, go_live_on: date) -> str:
    """As in "This is 9 days before go-live": with a capital, without a full stop."""
    days = (go_live_on - starts_on).days
    if days == 0:
        return "This is the day of go-live"
    count = "1 day" if abs(days) == 1 else f"{abs(days)} days"
    return f"This is {count} {'before' if days > 0 else 'after'} go-live"


def is_asked_why(starts_on: date, go_live_on: date | None) -> bool:
    """True for a day that takes a reason."""
    return go_live_on is not None and not is_in_window(starts_on, go_live_on)


def weekend(day: date) -> str:
    """As in "That is a Saturday."; empty on a working day."""
    return f"That is a {day:%A}." if day.weekday() >= SATURDAY else ""


def suggested_day(go_live_on: date | None, today: date) -> date:
    """A working day near the middle of the window; when that is over, or there is no go-live day, the next working day."""
    if go_live_on is not None:
        first, last = window(go_live_on)
        middle = go_live_on - timedelta(days=17)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        open_days = [day for day in days if day > today and day.weekday() < SATURDAY]
        if open_days:
            return min(open_days, key=lambda day: (abs((day - middle).days), day))
    return _next_working_day(today)


def _next_working_day(today: date) -> date:
    days = (today + timedelta(days=n) for n in range(1, 8))
    return next(day for day in days if day.weekday() < SATURDAY)


def spelled(day: date) -> str:
    """As in "9 March 2026"; `strftime` knows no day without its zero on every system."""
    return f"{day.day} {day:%B %Y}"
