"""How far away a moment is, in the fewest words. Pure: the caller passes `now`, in the reader's time zone."""

from datetime import date, datetime

from django.utils.dateparse import parse_date

MINUTE, HOUR = 60, 3600
DAYS_SAID_IN_DAYS, DAYS_SAID_IN_WEEKS, DAYS_SAID_IN_MONTHS = 13, 59, 730


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _span(days: int) -> str:
    """The words for a whole number of days, always positive."""
    if days <= DAYS_SAID_IN_DAYS:
        return _count(days, "day")
    if days <= DAYS_SAID_IN_WEEKS:
        return _count(round(days / 7), "week")
    if days <= DAYS_SAID_IN_MONTHS:
        return _count(round(days / 30.44), "month")
    return _count(round(days / 365.25), "year")


def day_of(written: str) -> date | None:
    """As an address or a form says it, such as 2026-03-31; None for what is no day, the 31st of February included."""
    try:
        return parse_date(written)
    except ValueError:
        return None


def relative_day(then: date, today: date) -> str:
    """Say "today"", "tomorrow", "in 3 days", "2 weeks ago"."""
    days = (then - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return near[days]
    return f"in {_span(days)}" if days > 0 else f"{_span(-days)} ago"


def relative(then: datetime, now: datetime) -> str:
    """Both aware and in the reader's zone. Within a day in minutes or hours, beyond it in calendar days."""
    seconds = (then - now).total_seconds()
    distance = abs(seconds)
    if distance < MINUTE:
        return "just now" if seconds <= 0 else "in a moment"
    if distance < HOUR:
        words = f"{int(distance // MINUTE)} min"
    elif distance < 24 * HOUR:
        words = f"{int(distance // HOUR)} h"
    else:
        return relative_day(then.date(), now.date())
    return f"in {words}" if seconds > 0 else f"{words} ago"


def overdue_by(due: date, today: date) -> str:
    """Say "3 days overdue"; the day itself is not overdue and answers ""."""
    return f"{_span((today - due).days)} overdue" if due < today else ""
