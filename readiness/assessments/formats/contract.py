"""What every artifact format has: how it is told by its content, how it is read into figures, and how it is judged.

A file that can't be read raises `UnreadableError` with a sentence for a person, and nothing else; `inspect` turns that into
`unknown`. Judging never raises. Sizes are bounded, so that no file costs more than seconds.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import nsmallest
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from readiness.assessments.formats._artifact import MAX_BYTES, MAX_DEPTH, Artifact, parse_json
from readiness.assessments.outcome import Figure, Finding, Level, Outcome, Result, UnreadableError, shortened

__all__ = [
    "MAX_BYTES", "MAX_DEPTH", "MAX_FINDINGS", "Artifact", "Format", "Params", "Reading", "UnreadableError", "Verdict", "bounded",
    "count_of", "counted", "entries_of", "fields_of", "joined", "moment_of", "number_of", "parse_json", "shortened", "text_of",
]  # fmt: skip

MAX_FINDINGS = 500
MAX_REASON = 600
_BADNESS = {Level.ERROR: 0, Level.WARNING: 1, Level.INFO: 2}
_NUMBERED = re.compile(r"([^0-9]+)([0-9]{0,12})")


class Params(BaseModel):
    """What a criterion asks of a report. A field that is not given is not asked, unless nothing at all is given."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a report says, before anybody judges it. `figures` are those that every criterion shows.

    `observed_at`: when the report says it ran; without a zone where the report has none. `commit`: which one it says it is of.
    `holds_secrets`: it repeats what should never be kept. `targets`: the addresses or hosts that it says it called.
    """

    tool: str
    figures: Mapping[str, Figure] = field(default_factory=dict)
    observed_at: datetime | None = None
    commit: str = ""
    holds_secrets: bool = False
    targets: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Format[R: Reading, P: Params]:
    """`is_general`: such a report may be about anything (test cases, findings), so that it proves a criterion that asks nothing
    particular only where somebody says so. `defaults` are asked where nothing is. `lacks`: what the service has to declare before
    such a criterion can be judged, in a sentence; empty when nothing is missing.
    """

    kind: str
    title: str
    detect: Callable[[Artifact], bool]
    read: Callable[[Artifact], R]
    params: type[P]
    judge: Callable[[R, P], Outcome]
    defaults: P
    is_general: bool = False
    lacks: Callable[[P], str] = lambda _: ""

    @property
    def name(self) -> str:
        """The title inside a sentence."""
        return self.title if self.title.startswith("Kubernetes") else self.title.lower()

    def asked(self, given: Mapping[str, object]) -> P:
        """Raises UnreadableError that names the wrong setting."""
        try:
            return self.params.model_validate(dict(given)) if given else self.defaults
        except ValidationError as error:
            raise UnreadableError(self._wrong(error)) from error

    def _wrong(self, error: ValidationError) -> str:
        first = error.errors(include_url=False, include_context=False)[0]
        name = ".".join(map(str, first["loc"]))
        if first["type"] == "extra_forbidden":
            known = ", ".join(self.params.model_fields) or "none"
            return f"“{shortened(name, 60)}” is not a setting of {self.kind}. Known: {known}."
        return f"{name}: {first['msg'].removeprefix('Value error, ')}."


# Reading values without surprises: what is of another shape than asked for is empty.


def fields_of(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def entries_of(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def text_of(value: object) -> str:
    return value if isinstance(value, str) else ""


def number_of(value: object) -> float | None:
    """A finite number, also one written as text; None for everything else (NaN, `N/A`, true)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < 1e15 else None


def count_of(value: object) -> int:
    """A count; 0 for what is none."""
    number = number_of(value)
    return int(number) if number is not None and number >= 0 else 0


def moment_of(value: object) -> datetime | None:
    """ISO 8601, or seconds or milliseconds since 1970. Without a zone where the text has none."""
    if (number := number_of(value)) is not None:
        seconds = number / 1000 if number > 1e11 else number
        return datetime.fromtimestamp(seconds, UTC) if 946_684_800 < seconds < 32_503_680_000 else None
    try:
        moment = datetime.fromisoformat(text_of(value).strip())
        if not 2000 <= moment.year < 3000:  # Go's zero time is the year 1
            return None
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None


# Judging


@dataclass(slots=True)
class Verdict:
    """Collects what is wrong and what can't be told; a failure that was seen outweighs what was not."""

    problems: list[Finding] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def fail(self, rule: str, message: str, where: str = "", level: Level = Level.ERROR) -> None:
        self.problems.append(Finding(shortened(rule, 120), level, shortened(message, 300), shortened(where, 300)))

    def note(self, rule: str, message: str, where: str = "", level: Level = Level.WARNING) -> None:
        self.notes.append(Finding(shortened(rule, 120), level, shortened(message, 300), shortened(where, 300)))

    def outcome(
        self, good: str, reading: Reading, figures: Mapping[str, Figure] | None = None, bad: str = ""
    ) -> Outcome:
        """`good` is the sentence of a pass, `bad` the one of a failure (else the problems themselves are)."""
        if self.problems:
            result, reason = Result.FAIL, bad or joined(problem.message for problem in self.problems)
        elif self.unclear:
            result, reason = Result.UNKNOWN, joined(self.unclear)
        else:
            result, reason = Result.PASS, good
        findings = (*bounded(self.problems), *bounded(self.notes))[:MAX_FINDINGS]
        left_out = len(self.problems) + len(self.notes) - len(findings)
        return Outcome(
            result,
            shortened(reason, MAX_REASON),
            {**reading.figures, **(figures or {}), **({"findings_left_out": left_out} if left_out else {})},
            findings,
            reading.observed_at,
        )


def bounded(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """At most MAX_FINDINGS, the worst first; those of a rule together, by place, so that two runs of a tool list them alike."""
    first = {rule: number for number, rule in enumerate(dict.fromkeys(finding.rule for finding in findings))}

    def order(finding: Finding) -> tuple[int, int, list[tuple[str, int]]]:
        """`a.py:9` comes before `a.py:10`."""
        place = [(words, int(number or 0)) for words, number in _NUMBERED.findall(finding.where[:200])]
        return _BADNESS[finding.level], first[finding.rule], place

    return tuple(nsmallest(MAX_FINDINGS, findings, key=order))


def joined(sentences: Iterable[str], most: int = 3) -> str:
    shown = list(dict.fromkeys(sentences))
    rest = f" And {len(shown) - most:,} more." if len(shown) > most else ""
    return " ".join(shown[:most]) + rest


def counted(count: int, noun: str) -> str:
    """`1 case`, `3 cases`, `2 queries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{count:,} {noun}s"
