"""The figures of a load test, whichever tool made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from readiness.assessments.formats.contract import Reading
from readiness.assessments.outcome import Figure

PERCENTILES = (50, 95, 99)
MOST_CODES = 20
NEARLY = 0.95


@dataclass(frozen=True, slots=True)
class Step:
    """`users` None: the report does not say how many there were."""

    seconds: float
    rps: float
    users: int | None = None


@dataclass(frozen=True, slots=True)
class Load:
    """None where the report does not say. Times in milliseconds; `bad_codes`: what failed → how often; `hint`: how to get a
    percentile that is missing. `times_of_all`: the percentiles count failed answers too, which are quick and make them look good.
    `steps`: how the load was from moment to moment, where the report follows it.
    """

    duration_s: float | None = None
    requests: int | None = None
    rps: float | None = None
    errors: int | None = None
    peak_users: int | None = None
    percentiles: Mapping[int, float | None] = field(default_factory=dict)
    bad_codes: Mapping[str, int] = field(default_factory=dict)
    failed_thresholds: tuple[str, ...] = ()
    observed_at: datetime | None = None
    hint: str = ""
    times_of_all: bool = False
    steps: Sequence[Step] = ()

    def seconds_at(self, rps: float | None, users: int | None) -> float | None:
        """How long the load was at this rate and with so many users; None where the report does not follow it.

        A rate is counted over short windows, so that a steady load is a little below it half of the time.
        """
        if not self.steps:
            return None
        return sum(
            step.seconds
            for step in self.steps
            if (rps is None or step.rps >= rps * NEARLY)
            and (users is None or step.users is None or step.users >= users)
        )

    @property
    def reached_rps(self) -> float | None:
        if self.rps is None and self.requests is not None and self.duration_s:
            return self.requests / self.duration_s
        return self.rps

    @property
    def error_rate(self) -> float | None:
        """Between 0 and 1."""
        if self.errors is None or not self.requests:
            return None
        return min(1.0, self.errors / self.requests)

    def as_reading(self, tool: str) -> "LoadReading":
        figures: dict[str, Figure] = {
            "duration_s": _rounded(self.duration_s), "requests": self.requests, "rps": _rounded(self.reached_rps),
            "errors": self.errors,
            "error_rate": None if self.error_rate is None else round(self.error_rate, 6),
            **{f"p{p}_ms": _rounded(self.percentiles.get(p)) for p in PERCENTILES}, "peak_users": self.peak_users,
        }  # fmt: skip
        codes = sorted(self.bad_codes.items(), key=lambda code: -code[1])[:MOST_CODES]
        figures |= {f"failed_{code}": count for code, count in codes}
        return LoadReading(tool, figures, self.observed_at, load=self)


@dataclass(frozen=True, slots=True)
class LoadReading(Reading):
    load: Load = field(default_factory=Load)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
