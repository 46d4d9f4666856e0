"""What a machine concluded about one criterion, and what it saw.

Plain values shared by check types and artifact formats; no Django here, so both stay plain Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class UnreadableError(Exception):
    """What a source answered, or what was sent or asked, can't be read. The text is a sentence for a person."""


class Result(StrEnum):
    """`unknown` is neither pass nor fail: the source could not be read, or had nothing to say (rule *unknown-blocks*)."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing seen: which rule, how bad, in words, and where (a URL, a file:line, an alert's name)."""

    rule: str
    level: Level
    message: str
    where: str = ""


type Figure = float | int | str | bool | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` is one sentence for a person. `figures` are flat and JSON-ready; a unit is in the name (`latency_ms`).

    `observed_at` is the source's own time where it has one; None means "as of the run".
    """

    result: Result
    reason: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    observed_at: datetime | None = None


def passed(reason: str, figures: Mapping[str, Figure] | None = None, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(Result.PASS, reason, figures or {}, findings)


def failed(reason: str, figures: Mapping[str, Figure] | None = None, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(Result.FAIL, reason, figures or {}, findings)


def unknown(reason: str, figures: Mapping[str, Figure] | None = None, findings: tuple[Finding, ...] = ()) -> Outcome:
    return Outcome(Result.UNKNOWN, reason, figures or {}, findings)


def shortened(text: str, length: int = 200) -> str:
    """One line of a foreign text: no control characters, no more than `length` characters."""
    start = text[: length * 4]
    if not start.isprintable():
        start = "".join(char if char.isprintable() else " " for char in start)
    line = " ".join(start.split())
    return line if len(line) <= length else line[: length - 1] + "…"
