"""The days that an insight looks back on. They stand in the address like the filters do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from readiness.face.moments import day_of

CUSTOM = "custom"
FIRST = "quarter"
LENGTHS: Mapping[str, tuple[str, timedelta]] = {
    "4w": ("4 weeks", timedelta(weeks=4)),
    "quarter": ("A quarter", timedelta(weeks=13)),
    "year": ("A year", timedelta(days=365)),
}
CHOICES: Mapping[str, str] = {key: words for key, (words, _) in LENGTHS.items()} | {CUSTOM: "Other days …"}


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` to `last`, both included. `problem`: what is wrong with the days asked for; a quarter is shown then."""

    key: str
    first: date
    last: date
    problem: str = ""

    @classmethod
    def of(cls, query: QueryDict, today: date) -> "Period":
        """An unknown word is the usual one: an old link still shows something."""
        key = query.get("range", FIRST)
        if key == CUSTOM:
            return _custom(query, today)
        return _up_to(today, key if key in LENGTHS else FIRST)

    @property
    def is_custom(self) -> bool:
        return self.key == CUSTOM

    @property
    def length(self) -> timedelta:
        return self.last - self.first


def _up_to(today: date, key: str) -> Period:
    return Period(key, today - LENGTHS[key][1], today)


def _custom(query: QueryDict, today: date) -> Period:
    usual = _up_to(today, FIRST)
    if not query.get("from") and not query.get("to"):
        return Period(CUSTOM, usual.first, usual.last)
    first, last = day_of(query.get("from", "")), day_of(query.get("to", "") or today.isoformat())
    if first is None or last is None:
        return Period(
            CUSTOM, usual.first, usual.last, "Give the first day as 2026-03-31, and the last one too or none."
        )
    if first > min(last, today):
        return Period(
            CUSTOM, usual.first, usual.last, "The first day has to come before the last, and not after today."
        )
    return Period(CUSTOM, first, min(last, today))
