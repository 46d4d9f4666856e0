"""How a check's last runs went: a mark for each that leads to it, the course of its figure, and since when it can't tell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString

from readiness.assessments.figures import name_in_words, value_in_words
from readiness.assessments.pictures import limit_of_trend, number_in, trend_of
from readiness.checks import planning
from readiness.checks.models import Check, Run
from readiness.checks.types import TYPES
from readiness.face.drawing import sparkline

FEWEST_FOR_A_TREND = 3
LONGEST_TIP = 160


@dataclass(frozen=True, slots=True)
class Mark:
    """One run in the strip. `words`: its result, when, how long it took, and what it said."""

    run: Run
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Trend:
    """`words` say what the line shows."""

    name: str
    line: SafeString
    words: str


@dataclass(frozen=True, slots=True)
class Course:
    """`marks`: oldest first. `unread_since`: when the unknown results in a row began."""

    marks: Sequence[Mark]
    trend: Trend | None
    unread_since: datetime | None

    @property
    def begins_at(self) -> datetime | None:
        return self.marks[0].run.finished_at if self.marks else None


def course_of(check: Check) -> Course:
    """Of a check from `for_rows(with_figures=True)`."""
    runs = check.recent_runs
    return Course(
        marks=[_mark(check, run) for run in reversed(runs)],
        trend=_trend(check, runs),
        unread_since=_unread_since(runs),
    )


def asked_of(check: Check) -> dict[str, Any]:
    """What it judges by, the type's own defaults included."""
    return planning.filled(check.type, check.config) if check.type in TYPES else dict(check.config)


def _mark(check: Check, run: Run) -> Mark:
    at = date_format(timezone.localtime(run.finished_at), "D j M, H:i") if run.finished_at else ""
    took = f", took {run.took_words}" if run.took else ""
    words = f"{run.outcome_word.capitalize()}, {at}{took}. {run.reason[:LONGEST_TIP]}".strip()
    return Mark(run, words, f"{reverse('checks:check', args=[check.pk])}?run={run.pk}")


def _trend(check: Check, runs: Sequence[Run]) -> Trend | None:
    name = next((found for run in runs if (found := trend_of(check.type, run.figures))), "")
    values = [number_in(run.figures.get(name)) for run in reversed(runs)] if name else []
    known = [value for value in values if value is not None]
    if len(known) < FEWEST_FOR_A_TREND:
        return None
    said = [value_in_words(name, _short(value)) for value in (known[-1], min(known), max(known))]
    range_ = f"between {said[1]} and {said[2]}" if said[1] != said[2] else f"always {said[1]}"
    words = f"{name_in_words(name)}: {said[0]} now, {range_} in {len(known)} runs"
    return Trend(
        name_in_words(name), sparkline(values, words, limit_of_trend(check.type, name, asked_of(check))), words
    )


def _short(value: float) -> float:
    return int(value) if value == int(value) else value


def _unread_since(runs: Sequence[Run]) -> datetime | None:
    unread = list(_leading_unknown(runs))
    return unread[-1].finished_at if unread else None


def _leading_unknown(runs: Sequence[Run]) -> Iterator[Run]:
    for run in runs:
        if run.outcome_word != "unknown":
            return
        yield run
