"""Alertmanager's time intervals: is one always, or never?

An interval lists times, weekdays, days of the month, months and years; what it doesn't list it doesn't narrow.
https://prometheus.io/docs/alerting/latest/configuration/#time_interval-0
"""

from collections.abc import Mapping
from typing import Any

from readiness.assessments.formats.contract import entries_of, fields_of, text_of

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("", "january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


def is_always(interval: Any) -> bool:
    """A definition that leaves out no minute. Years end, so one that names years is not."""
    fields = {name: value for name, value in fields_of(interval).items() if entries_of(value)}
    return not entries_of(fields.get("years")) and all(
        (
            "times" not in fields or any(map(_is_whole_day, fields["times"])),
            "weekdays" not in fields or _named(fields, "weekdays", WEEKDAYS) >= set(range(7)),
            "months" not in fields or _named(fields, "months", MONTHS) >= set(range(1, 13)),
            "days_of_month" not in fields or any(map(_is_whole_month, fields["days_of_month"])),
        )
    )


def is_never(interval: Any) -> bool:
    """Nothing in it is a definition."""
    return not isinstance(interval, dict)


def _is_whole_day(time: Any) -> bool:
    fields = fields_of(time)
    return text_of(fields.get("start_time")) == "00:00" and text_of(fields.get("end_time")) == "24:00"


def _is_whole_month(days: Any) -> bool:
    return text_of(days).replace(" ", "") in {"1:31", "1:-1", "-31:-1", "-31:31"}


def _named(fields: Mapping[str, Any], name: str, words: tuple[str, ...]) -> set[int]:
    found: set[int] = set()
    for entry in entries_of(fields[name]):
        first, _, last = text_of(entry).lower().partition(":")
        start = _number(first, words)
        end = _number(last, words) if last else start
        if start is not None and end is not None:
            found |= set(range(start, end + 1))
    return found


def _number(text: str, words: tuple[str, ...]) -> int | None:
    text = text.strip()
    if text.isdecimal():
        return min(int(text[:6]), 99)
    return words.index(text) if text in words else None
