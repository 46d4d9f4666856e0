"""Which days a calendar's rule names, at a cost that depends on the days asked for and never on the rule.

dateutil, which the calendar library uses, walks from the event's first day, and for a rule that names no day at all to
the year 9999; a feed with a few such events would hold a worker up for minutes. Here each day of the span is asked whether
the rule names it. What on-call calendars don't use (every second, minute or hour; weeks or days of the year; positions in
a set) is refused with a sentence.

https://www.rfc-editor.org/rfc/rfc5545#section-3.3.10
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from recurring_ical_events import CalendarQuery
from recurring_ical_events.adapters.event import EventAdapter
from recurring_ical_events.selection.name import ComponentsWithName
from recurring_ical_events.series import Series

from readiness.checks.types.contract import UnreadableError, shortened

MOST_DAYS = 1200
"""How many days one rule is asked about: the span and the longest shift."""
MOST_COUNTED_DAYS = 4000
"""A rule that ends after a number of times is counted from its first day, for at most these."""
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BY_DAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
KNOWN = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE of an event that starts at `start`. `until` is what the library makes of UNTIL and holds it to."""

    string: str
    start: datetime
    until: Any
    parts: dict[str, str]

    def between(self, after: datetime, before: datetime, **_: object) -> Iterator[datetime]:
        """The starts from `after` to `before`, ends included."""
        first, last = max(after.date(), self.start.date()), before.date()
        if (last - first).days > MOST_DAYS:
            raise UnreadableError("An event that repeats lasts longer than a year, which is no shift.")
        names = self._test()
        days = self._counted(names, last) if "COUNT" in self.parts else _days(first, last)
        for day in days:
            moment = datetime.combine(day, self.start.timetz())
            if names(day) and after <= moment <= before:
                yield moment

    def _counted(self, names: Callable[[date], bool], last: date) -> Iterator[date]:
        """The days from the first on that the rule names, until it has named as many as it may."""
        left = _number(self.parts["COUNT"], self.string)
        if left > 0 and (last - self.start.date()).days > MOST_COUNTED_DAYS:
            raise UnreadableError(
                f"“{shortened(self.string, 80)}” has been counting for too long; give it an end date."
            )
        for day in _days(self.start.date(), last):
            if left <= 0:
                return
            if names(day):
                left -= 1
                yield day

    def _test(self) -> Callable[[date], bool]:
        parts, start = self.parts, self.start.date()
        interval = _number(parts.get("INTERVAL", "1"), self.string)
        months = _numbers(parts.get("BYMONTH", ""), self.string)
        month_days = _numbers(parts.get("BYMONTHDAY", ""), self.string)
        weekdays = _weekdays(parts.get("BYDAY", ""), self.string)
        frequency = parts["FREQ"]
        steps = _STEPS[frequency]
        first_weekday = WEEKDAYS.index(parts.get("WKST", "MO")) if parts.get("WKST", "MO") in WEEKDAYS else 0

        def names(day: date) -> bool:
            return (
                steps(start, day, first_weekday) % max(1, interval) == 0
                and (not months or day.month in months)
                and (not month_days or bool(month_days & {day.day, day.day - 1 - monthrange(day.year, day.month)[1]}))
                and (
                    not weekdays or any(_is(day, *one, yearly=frequency == "YEARLY" and not months) for one in weekdays)
                )
                and (bool(weekdays or month_days) or _is_like(frequency, start, day, has_months=bool(months)))
            )

        return names


def _steps_of_days(start: date, day: date, _: int) -> int:
    return (day - start).days


def _steps_of_weeks(start: date, day: date, first_weekday: int) -> int:
    def begin(one: date) -> date:
        return one - timedelta(days=min((one.weekday() - first_weekday) % 7, (one - date.min).days))

    return (begin(day) - begin(start)).days // 7


def _steps_of_months(start: date, day: date, _: int) -> int:
    return (day.year - start.year) * 12 + day.month - start.month


def _steps_of_years(start: date, day: date, _: int) -> int:
    return day.year - start.year


_STEPS: dict[str, Callable[[date, date, int], int]] = {
    "DAILY": _steps_of_days,
    "WEEKLY": _steps_of_weeks,
    "MONTHLY": _steps_of_months,
    "YEARLY": _steps_of_years,
}


def _is_like(frequency: str, start: date, day: date, *, has_months: bool) -> bool:
    """Where nothing names the day, it is the first one's: its weekday, its day of the month, its day of the year."""
    match frequency:
        case "DAILY":
            return True
        case "WEEKLY":
            return day.weekday() == start.weekday()
        case "MONTHLY":
            return day.day == start.day
        case _:
            return day.day == start.day and (has_months or day.month == start.month)


def _is(day: date, ordinal: int, weekday: int, *, yearly: bool) -> bool:
    """`ordinal`: the how manieth of the month (or year), counted from its end when negative; 0 for each."""
    if day.weekday() != weekday:
        return False
    if not ordinal:
        return True
    length = 366 if (yearly and day.year % 4 == 0 and (day.year % 100 or day.year % 400 == 0)) else 365
    place, size = (day.timetuple().tm_yday, length) if yearly else (day.day, monthrange(day.year, day.month)[1])
    return ordinal == (place - 1) // 7 + 1 if ordinal > 0 else ordinal == -((size - place) // 7 + 1)


def _days(first: date, last: date) -> Iterator[date]:
    for place in range((last - first).days + 1):
        yield first + timedelta(days=place)


def read_rule(text: str) -> dict[str, str]:
    """`FREQ=WEEKLY;BYDAY=MO` → its parts. Raises UnreadableError for what can't be told or isn't read here."""
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
    if parts.get("FREQ") not in _STEPS:
        raise UnreadableError(f"“{shortened(text, 80)}” repeats more often than daily, which is no shift.")
    if strange := sorted(parts.keys() - KNOWN):
        raise UnreadableError(f"“{shortened(text, 80)}” is not understood: {shortened(strange[0], 20)}.")
    return parts


def _number(text: str, rule: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,5}", text):
        raise UnreadableError(f"“{shortened(rule, 80)}” is not understood: “{shortened(text, 20)}” is no number.")
    return int(text)


def _numbers(text: str, rule: str) -> set[int]:
    return {_number(one, rule) for one in text.split(",")[:400]} if text else set()


def _weekdays(text: str, rule: str) -> list[tuple[int, int]]:
    found = [BY_DAY.fullmatch(one) for one in text.split(",")[:400]] if text else []
    if not all(found):
        raise UnreadableError(f"“{shortened(rule, 80)}” is not understood: “{shortened(text, 20)}” are no weekdays.")
    return [(int(one[1] or 0), WEEKDAYS.index(one[2])) for one in found if one]


class _BoundedSeries(Series):  # type: ignore[misc]  # the library has no types
    """The library's events, with RDATE, EXDATE and RECURRENCE-ID; only the rules are read here."""

    class RecurrenceRules(Series.RecurrenceRules):  # type: ignore[misc]
        def rrulestr(self, rule_string: str) -> Any:
            found = Rule(rule_string, self.start, None, read_rule(rule_string))
            return Rule(rule_string, self.start, self._get_rrule_until(found), found.parts)


def events_of(calendar: Any) -> CalendarQuery:
    """`recurring_ical_events.of`, with rules at a bounded cost. Raises UnreadableError for a rule that isn't read."""
    return CalendarQuery(calendar, components=[ComponentsWithName("VEVENT", EventAdapter, series=_BoundedSeries)])
