"""A query to Prometheus returns numbers, and they are as they should be.

Passes when the query returns at least one series, each value is a finite number and satisfies the comparison, the
samples behind it are fresh enough, and (where asked) the value changed within the last hours, otherwise than by a
restart. No series at all fails: the metric is absent, also where a constant answers in its place. A value that is
no number is unknown, and so is a query that reads no metric.
https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

import operator
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from readiness.assessments.outcome import Figure, Finding, Level, Outcome, failed, passed, unknown
from readiness.assessments.promql.queries import ABSENT, Reading, read
from readiness.checks.types._prometheus import PrometheusConfig, Sample, instant, newest, samples, steps_of
from readiness.checks.types.contract import UnreadableError, bounded, joined, plural, shortened
from readiness.egress import Response, Steps

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}
MOST_METRICS, LONGEST_QUERY = 20, 120


class Config(PrometheusConfig):
    query: Annotated[str, Field(min_length=1, max_length=4000)] = Field(
        title="Query",
        description="PromQL; every series that it returns is compared.",
        examples=['sum(rate(orders_placed_total{service="checkout"}[5m]))'],
    )
    comparator: Literal["exists", ">", ">=", "<", "<=", "=="] = Field(
        default="exists",
        title="Comparison",
        description="How each value must stand to the threshold; “exists” is content with a number.",
        examples=[">"],
    )
    threshold: Annotated[float, Field(allow_inf_nan=False)] | None = Field(
        default=None,
        title="Threshold",
        description="What each value is compared with; not needed for “exists”.",
        examples=[0],
    )
    max_sample_age_minutes: Annotated[float, Field(gt=0, le=1440, allow_inf_nan=False)] | None = Field(
        default=None,
        title="Oldest sample (minutes)",
        description="Every metric in the query must have been scraped within this time.",
        examples=[15],
    )
    changed_within_hours: Annotated[float, Field(gt=0, le=168, allow_inf_nan=False)] | None = Field(
        default=None,
        title="Changed within (hours)",
        description="The query's value must have changed at least once within this time, or the metric is only a shell.",
        examples=[24],
    )

    @model_validator(mode="after")
    def _threshold_where_compared(self) -> "Config":
        if self.comparator != "exists" and self.threshold is None:
            raise ValueError("a comparison needs a threshold")
        return self


def run(config: Config) -> Steps[Outcome]:
    try:
        reading = _read(config.query)
        if reading and not reading.selectors and not reading.functions & ABSENT:
            return unknown("The query reads no metric, so it shows nothing of the service.")
        metrics, beside = _metrics(config, reading), _beside(reading)
        answers = yield [
            instant(config, config.query),
            *(instant(config, f"count({metric})") for metric in beside),
            *(instant(config, newest(metric, _oldest(config))) for metric in metrics),
            *(instant(config, query) for query in _history(config, reading)),
        ]
        if beside and not any(map(samples, answers[1 : 1 + len(beside)])):
            return _absent(config, "The metric is absent: only the constant beside it answers.")
        ages, changes = answers[1 + len(beside) :][: len(metrics)], answers[1 + len(beside) + len(metrics) :]
        return _judge(config, answers[0], ages, changes, metrics)
    except UnreadableError as problem:
        return unknown(str(problem))


def _read(query: str) -> Reading | None:
    """None for what is not understood here; Prometheus may know newer words."""
    try:
        return read(query)
    except UnreadableError:
        return None


def _beside(reading: Reading | None) -> list[str]:
    """The metrics of a query that answers without any of them, as `sum(rate(x_total[5m])) or vector(0)` does."""
    selectors = reading.selectors if reading else ()
    is_answered_anyway = all(selector.is_optional for selector in selectors)
    return [str(selector) for selector in selectors[:MOST_METRICS]] if is_answered_anyway else []


def _metrics(config: Config, reading: Reading | None) -> list[str]:
    if config.max_sample_age_minutes is None:
        return []
    selectors = reading.selectors if reading else ()
    metrics = list(dict.fromkeys(str(selector) for selector in selectors if not selector.is_optional))
    if not metrics or len(metrics) > MOST_METRICS:
        raise UnreadableError(
            f"The query reads {plural(len(metrics), 'metric')}, so the age of its samples can't be told."
        )
    return metrics


def _oldest(config: Config) -> timedelta:
    return timedelta(minutes=config.max_sample_age_minutes or 0)


def _history(config: Config, reading: Reading | None) -> list[str]:
    """How often the value changed, and whether it was there at the beginning of that time."""
    if not config.changed_within_hours:
        return []
    seconds = round(timedelta(hours=config.changed_within_hours).total_seconds())
    return [_changes(config, reading), f"count(last_over_time(({config.query})[5m:1m] offset {seconds}s))"]


def _changes(config: Config, reading: Reading | None) -> str:
    over = f"({config.query})[{steps_of(timedelta(hours=config.changed_within_hours or 0))}]"
    # A counter that falls back to zero has changed because the process restarted, not because something happened.
    restarts = f" - resets({over})" if reading and _is_counter(reading) else ""
    return f"max(changes({over}){restarts})"


def _is_counter(reading: Reading) -> bool:
    return not reading.functions and all(selector.metric.endswith("_total") for selector in reading.selectors)


def _absent(config: Config, message: str) -> Outcome:
    return failed(message, {"series": 0}, (Finding("absent", Level.ERROR, message, config.query[:300]),))


def _judge(
    config: Config, answer: Response, ages: Sequence[Response], changes: Sequence[Response], metrics: Sequence[str]
) -> Outcome:
    found = samples(answer)
    if not found:
        return _absent(config, "The query returns nothing: the metric is absent.")
    figures = _figures(config, found)
    problems = [
        *_value_problems(config, found),
        *_age_problems(config, ages, metrics),
        *_change_problems(config, changes),
    ]
    if errors := [problem for problem in problems if problem.level is Level.ERROR]:
        message = joined(problem.message for problem in errors)
        return failed(f"{message} {_asked(config)}", figures, bounded(problems))
    if problems:
        return unknown(joined(problem.message for problem in problems), figures, bounded(problems))
    if strange := [sample for sample in found if not sample.is_number]:
        findings = bounded(
            Finding("no-number", Level.WARNING, f"{item.name} is {item.value}.", item.name) for item in strange
        )
        return unknown(f"{len(strange)} of {len(found)} series have a value that is no number.", figures, findings)
    compared = (
        ""
        if config.threshold is None or config.comparator == "exists"
        else f" {config.comparator} {config.threshold:g}"
    )
    worst = _worst(config, found)
    return passed(f"{plural(len(found), 'sample')}: {worst:g}{compared}. {_asked(config)}", figures)


def _asked(config: Config) -> str:
    """A number alone does not say what it counts."""
    return f"The query: {shortened(config.query, LONGEST_QUERY)}"


def _figures(config: Config, found: Sequence[Sample]) -> dict[str, Figure]:
    # JSON knows no NaN.
    worst = _worst(config, found)
    return {"series": len(found), "value": worst, "threshold": config.threshold}


def _worst(config: Config, found: Sequence[Sample]) -> float | None:
    """The value that is nearest to breaking the comparison, or furthest beyond."""
    values = [sample.value for sample in found if sample.is_number]
    if not values:
        return None
    if config.comparator == "==" and config.threshold is not None:
        threshold = config.threshold
        return max(values, key=lambda value: abs(value - threshold))
    return max(values) if config.comparator in {"<", "<="} else min(values)


def _value_problems(config: Config, found: Sequence[Sample]) -> list[Finding]:
    if config.comparator == "exists" or config.threshold is None:
        return []
    holds = COMPARISONS[config.comparator]
    return [
        Finding(
            "comparison",
            Level.ERROR,
            f"The value {sample.value:g} is not {config.comparator} {config.threshold:g}.",
            sample.name,
        )
        for sample in found
        if sample.is_number and not holds(sample.value, config.threshold)
    ]


def _age_problems(config: Config, answers: Sequence[Response], metrics: Sequence[str]) -> list[Finding]:
    problems = []
    limit = config.max_sample_age_minutes or 0
    for answer, metric in zip(answers, metrics, strict=True):
        newest = [sample for sample in samples(answer) if sample.is_number]
        # Both times are Prometheus' own, so its clock may be wrong without harm.
        age = min(((sample.at - sample.value) / 60 for sample in newest), default=None)
        if age is None or not age <= limit:
            problems.append(
                Finding("stale", Level.ERROR, f"The newest sample is older than {limit:g} minutes.", metric[:300])
            )
    return problems


def _change_problems(config: Config, answers: Sequence[Response]) -> list[Finding]:
    """A value that stands still fails, unless it is younger than the time in which it has to move."""
    if not answers:
        return []
    changes, at_the_beginning = (samples(answer) for answer in answers)
    if any(sample.is_number and sample.value > 0 for sample in changes):
        return []
    hours = f"{config.changed_within_hours:g} hours"
    if not at_the_beginning:
        message = f"The metric has been there for less than {hours}, and has not changed yet; run this again later."
        return [Finding("young", Level.WARNING, message, config.query[:300])]
    return [Finding("unchanged", Level.ERROR, f"The value did not change within {hours}.", config.query[:300])]
