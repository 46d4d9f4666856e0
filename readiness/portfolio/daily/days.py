"""Days of the house: from midnight to midnight in the installation's time zone (setting TIME_ZONE)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.utils import timezone


def bounds(day: date) -> tuple[datetime, datetime]:
    """The moment at which it begins, and the one at which the next does: 23 or 25 hours later when the clocks change."""
    zone = timezone.get_default_timezone()
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def each_day(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
