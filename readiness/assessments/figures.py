"""What a machine measured, for people: `latency_ms: 12` reads "Latency: 12 ms". Units stand in the names, at either end."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

UNITS = {
    "ms": "ms",
    "s": "s",
    "seconds": "s",
    "percent": "%",
    "days": "days",
    "hours": "h",
    "minutes": "min",
    "min": "min",
    "bytes": "bytes",
    "mib": "MiB",
    "rps": "requests/s",
}
SHARES = frozenset({"rate", "share", "ratio"})
"""A number from 0 to 1 under such a name is said in percent."""
SPELLED = {
    **{name: name for name in ("p50", "p95", "p99")},
    **{name: name.upper() for name in ("tls", "url", "http", "cpu", "dns", "id", "json", "sql")},
    "rps": "load",
    "max": "most",
    "min": "least",
}
LENGTH_OF_A_DATE = len("2026-12-01")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d")
LONG_S = 120
"""From here on seconds are said in minutes too."""
KIB = 1024


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str


def figures_in_words(figures: Mapping[str, Any]) -> list[Figure]:
    """Those that have a value."""
    return [figure_in_words(name, value) for name, value in figures.items() if has_value(value)]


def figure_in_words(name: str, value: Any) -> Figure:
    return Figure(name_in_words(name), value_in_words(name, value))


def has_value(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def name_in_words(name: str) -> str:
    """`seconds_to_end` → `To end`; `days_left` → `Left`; a name that is nothing but a unit is spelled out."""
    words = name.split("_")
    place = _unit_place(words)
    kept = [word for index, word in enumerate(words) if index != place]
    said = " ".join(SPELLED.get(word, word) for word in kept).strip()
    return said if re.match(r"p\d", said) else said[:1].upper() + said[1:]


def value_in_words(name: str, value: Any) -> str:
    """With the unit that the name says: `1,204 ms`, `15 min 5 s`, `0.4 %`."""
    words = name.split("_")
    place = _unit_place(words)
    unit = "rps" if words[-1] == "rps" else words[place] if place is not None else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return _value(value)
    if unit in {"s", "seconds"} and value >= LONG_S:
        return _long(value)
    if unit == "bytes" and value >= KIB:
        return _size(value)
    if not unit and words[-1] in SHARES and 0 <= value <= 1:
        return f"{_value(value * 100)}\u202f%"
    if unit == "percent":
        return f"{_value(value)}\u202f%"
    word = UNITS.get(unit, "")
    return f"{_value(value)}\u00a0{'day' if (word, value) == ('days', 1) else word}" if word else _value(value)


def _unit_place(words: list[str]) -> int | None:
    """Where the unit stands that is left out of the name: at the end (`live_ms`) or the beginning (`days_left`)."""
    if len(words) < 2:
        return None
    if words[-1] in UNITS and words[-1] != "rps":
        return len(words) - 1
    return 0 if words[0] in {"days", "hours", "minutes", "seconds", "bytes"} else None


def _long(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (rest if not hours else 0, "s")]
    return " ".join(f"{number}\u00a0{unit}" for number, unit in parts if number)


def _size(value: float) -> str:
    power = min(3, int(math.log(value, KIB)))
    return f"{_value(value / KIB**power)}\u00a0{('KiB', 'MiB', 'GiB')[power - 1]}"


def _moment(text: str) -> str:
    """`2026-12-01T09:00Z` → `1 Dec 2026, 09:00 UTC`; what is no moment stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    day = f"{at.day} {at:%b %Y}"
    return f"{day}, {at.astimezone(UTC):%H:%M} UTC" if at.tzinfo else day if len(text) == LENGTH_OF_A_DATE else text


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
        case list() | tuple():
            return ", ".join(_value(part) for part in value)
        case dict():
            return ", ".join(f"{name}: {_value(part)}" for name, part in value.items())
        case str() if _MOMENT.match(value):
            return _moment(value)
        case _:
            return str(value)
