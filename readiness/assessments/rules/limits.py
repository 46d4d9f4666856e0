"""The limit of a launch's threshold, as people write it: "> 1 %", "≥ 300 ms", "p99 above 800 ms", "below 91 % for 10 minutes".
Pure. What is not understood is None: then a person judges it, which is no fault.

A limit that compares with something else ("as many as last week", "3 times the usual") is not a number, and is not read as one.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
WORDS: Mapping[str, str] = {
    ">": ">", ">=": ">=", "=>": ">=", "≥": ">=", "<": "<", "<=": "<=", "=<": "<=", "≤": "<=",
    "above": ">", "over": ">", "more than": ">", "greater than": ">", "higher than": ">", "exceeds": ">", "beyond": ">",
    "below": "<", "under": "<", "less than": "<", "fewer than": "<", "lower than": "<",
    "at least": ">=", "not below": ">=", "not under": ">=", "no less than": ">=", "not less than": ">=",
    "at most": "<=", "not above": "<=", "not over": "<=", "no more than": "<=", "not more than": "<=", "up to": "<=",
}  # fmt: skip
UNITS: Mapping[str, tuple[str, float]] = {
    "%": ("%", 0.01), "per cent": ("%", 0.01), "percent": ("%", 0.01),
    "µs": ("µs", 1e-6), "us": ("µs", 1e-6), "ms": ("ms", 1e-3), "milliseconds": ("ms", 1e-3), "millisecond": ("ms", 1e-3),
    "s": ("s", 1.0), "sec": ("s", 1.0), "second": ("s", 1.0), "seconds": ("s", 1.0),
    "min": ("min", 60.0), "minute": ("min", 60.0), "minutes": ("min", 60.0), "h": ("h", 3600.0), "hours": ("h", 3600.0),
    "b": ("bytes", 1.0), "bytes": ("bytes", 1.0), "kb": ("kB", 1e3), "mb": ("MB", 1e6), "gb": ("GB", 1e9),
    "kib": ("KiB", 2.0**10), "mib": ("MiB", 2.0**20), "gib": ("GiB", 2.0**30),
}  # fmt: skip
"""As written → (as said, how much of Prometheus' base unit it is: ratio, seconds, bytes)."""
LONGEST = 120
RELATIVE = frozenset({
    "times", "x", "usual", "usually", "normal", "week", "weeks", "day", "days", "yesterday", "baseline", "before", "average",
    "mean", "median", "curve", "than", "same", "as", "last", "or", "and", "but", "for", "within", "except", "unless", "until",
})  # fmt: skip
NEGATED = frozenset({"not", "no", "never", "unless", "except"})

_COMPARISON = "|".join(
    re.escape(word) if not word[0].isalpha() else rf"\b{word}\b" for word in sorted(WORDS, key=len)[::-1]
)
_NUMBER = r"[-+]?\d+(?:[ ,.]\d+)*(?:e-?\d+)?"
_LIMIT = re.compile(rf"(?P<before>.*?)(?P<word>{_COMPARISON})\s*(?P<number>{_NUMBER})\s*(?P<rest>.*)")
_LASTING = re.compile(
    r"\s*\bfor (?:at least |more than )?(?P<times>\d+|an?|one) ?(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hours?)$"
)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:[ ,]\d{3})+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Limit:
    """`number` is in `unit`; `factor` of them make one of Prometheus' base unit. `lasting`: for how long it has to hold."""

    comparator: str
    number: float
    unit: str = ""
    factor: float = 1.0
    lasting: timedelta = timedelta(0)

    def holds(self, value: float) -> bool:
        """`value` in `unit`."""
        return COMPARISONS[self.comparator](value, self.number)

    def said(self, value: float) -> str:
        """`0.84 %`: a value in `unit`, with as many digits as anybody reads."""
        return f"{_short(value)}\u202f{self.unit}" if self.unit == "%" else f"{_short(value)} {self.unit}".strip()


def parse_limit(written: str) -> Limit | None:
    """None for what is no comparison with a number, or says more than one."""
    text = " ".join(written.casefold().replace("\u202f", " ").replace("\u00a0", " ").split()).rstrip(".;")
    lasting = _LASTING.search(text)
    bare = text[: lasting.start()] if lasting else text
    found = _LIMIT.fullmatch(bare) if len(text) <= LONGEST else None
    if found is None or NEGATED & set(found["before"].split()):
        return None
    number, unit = _number(found["number"]), _unit(found["rest"].strip())
    if number is None or unit is None:
        return None
    return Limit(WORDS[found["word"]], number, *unit, lasting=_lasting(lasting) if lasting else timedelta(0))


def _number(written: str) -> float | None:
    """`1,000` and `1 000` are a thousand, `0,5` a half."""
    if _THOUSANDS.fullmatch(written):
        written = written.replace(",", "").replace(" ", "")
    elif written.count(",") == 1 and "." not in written:
        written = written.replace(",", ".")
    try:
        return float(written)
    except ValueError:
        return None


def _unit(rest: str) -> tuple[str, float] | None:
    """A unit, what is counted ("orders per minute", taken as the query says it), or nothing at all."""
    known = next((name for name in sorted(UNITS, key=len)[::-1] if _begins_with(rest, name)), None)
    behind = rest[len(known) :].strip() if known else rest
    words = behind.replace("/", " ").split()
    if any(char.isdigit() for char in behind) or RELATIVE & set(words) or not all(word.isalpha() for word in words):
        return None
    if known:
        return UNITS[known] if not words or words[0] in {"of", "at", "in"} else None
    return behind, 1.0


def _begins_with(rest: str, name: str) -> bool:
    return rest == name or (rest.startswith(name) and not (name[-1].isalpha() and rest[len(name)].isalpha()))


def _lasting(found: re.Match[str]) -> timedelta:
    times = int(found["times"]) if found["times"].isdecimal() else 1
    return {"s": timedelta(seconds=times), "m": timedelta(minutes=times), "h": timedelta(hours=times)}[found["unit"][0]]


def _short(value: float) -> str:
    if value == int(value) and abs(value) < 1e6:
        return str(int(value))
    if abs(value) >= 1e6:
        return f"{value:.3g}"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.1 else 4
    shown = f"{value:.{digits}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
