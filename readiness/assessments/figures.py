"""What a machine measured, for people: `latency_ms: 12` reads "Latency: 12 ms". Units stand in the names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNITS = {
    "ms": "ms",
    "s": "s",
    "percent": "%",
    "days": "days",
    "hours": "h",
    "minutes": "min",
    "bytes": "bytes",
    "mib": "MiB",
}
SPELLED = {
    **{name: name for name in ("p50", "p95", "p99")},
    **{name: name.upper() for name in ("tls", "url", "http", "cpu")},
    "rps": "requests per second",
}


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: str


def figures_in_words(figures: Mapping[str, Any]) -> list[Figure]:
    """Those that have a value."""
    return [_figure(name, value) for name, value in figures.items() if value is not None and value != ""]


def _figure(name: str, value: Any) -> Figure:
    *words, last = name.split("_")
    unit = UNITS.get(last, "") if words else ""
    shown = [SPELLED.get(word, word) for word in (words if unit else [*words, last])]
    said = " ".join(shown)
    return Figure(said[:1].upper() + said[1:], f"{_value(value)} {unit}".strip())


def _value(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}".replace(",", "\u202f")
        case float():
            return f"{value:,.0f}".replace(",", "\u202f") if abs(value) >= 1000 else f"{value:.3g}"
        case list() | tuple():
            return ", ".join(_value(part) for part in value)
        case _:
            return str(value)
