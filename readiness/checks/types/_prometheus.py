"""Asking a Prometheus (or what speaks its API) and reading the answer, of which nothing is trusted.

https://prometheus.io/docs/prometheus/latest/querying/api/ — a value is a string, and may be "NaN"; an absent metric
is a 200 with an empty list; a query that can't be parsed is a 400.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, Field, ValidationError

from readiness.checks.types._sources import SourceConfig, enveloped, get
from readiness.checks.types.contract import HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response


class PrometheusConfig(SourceConfig):
    base_url: HttpAddress = Field(
        title="Prometheus address",
        description="The address in front of /api/v1.",
        examples=["https://prometheus.internal.example.com"],
    )


@dataclass(frozen=True, slots=True)
class Sample:
    """One series at one time. `at` is the evaluation's time (Unix seconds), which is not when the sample was scraped."""

    labels: Mapping[str, str]
    value: float
    at: float

    @property
    def is_number(self) -> bool:
        return math.isfinite(self.value)

    @property
    def name(self) -> str:
        pairs = [f'{key}="{value}"' for key, value in sorted(self.labels.items()) if key != "__name__"]
        return shortened(f"{self.labels.get('__name__', '')}{{{', '.join(pairs)}}}")


class _Series(BaseModel):
    metric: dict[str, str]
    value: tuple[float, str] | None = None


class _Vector(BaseModel):
    resultType: Literal["vector"]  # noqa: N815 - Prometheus' own name
    result: list[_Series]


class _Scalar(BaseModel):
    resultType: Literal["scalar"]  # noqa: N815 - Prometheus' own name
    result: tuple[float, str]


class _Answer(BaseModel):
    answer: _Vector | _Scalar = Field(discriminator="resultType")


def request(config: PrometheusConfig, path: str, parameters: Sequence[tuple[str, str]]) -> Request:
    """A GET of `/api/v1/{path}`. Raises UnreadableError when the credential is not to be had."""
    return get(config, f"api/v1/{path}", parameters)


def instant(config: PrometheusConfig, query: str, at: datetime | None = None) -> Request:
    """Asks for what holds now, by Prometheus' own clock, or held `at` a moment."""
    moment = [("time", f"{at.timestamp():.0f}")] if at else []
    return request(config, "query", [("query", query), *moment])


def content(response: Response) -> object:
    """The answer's `data`. Raises UnreadableError with a sentence for everything that is not a success."""
    return enveloped(response, "Prometheus")


def newest(metric: str, window: timedelta) -> str:
    """The query for when a metric was last scraped (Unix seconds); nothing when that is longer ago than `window`.

    An instant query looks 5 minutes back and stamps its result with the time of the question. `timestamp` of a plain
    selector is the scrape's own time; the subquery looks back further.
    """
    return f"max(timestamp({metric})) or max(max_over_time(timestamp({metric})[{steps_of(window)}]))"


def span(window: timedelta) -> str:
    """`900s`"""
    return f"{max(1, round(window.total_seconds()))}s"


def steps_of(window: timedelta) -> str:
    """A subquery's window and step: a step a minute, more often in a short window."""
    seconds = max(2, round(window.total_seconds()))
    return f"{seconds}s:{min(60, max(1, seconds // 60))}s"


def samples(response: Response) -> list[Sample]:
    """What an instant query returned; empty when the metric is absent. Raises UnreadableError."""
    try:
        answer = _Answer.model_validate({"answer": content(response)}).answer
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The query did not return a list of samples or a number.") from error
    if isinstance(answer, _Scalar):
        return [_sample({}, answer.result)]
    return [_sample(series.metric, series.value) for series in answer.result]


def _sample(labels: Mapping[str, str], pair: tuple[float, str] | None) -> Sample:
    if pair is None:
        raise UnreadableError("The query returned histograms, not numbers; take a quantile or a rate of them.")
    try:
        return Sample(labels, float(pair[1]), pair[0])
    except ValueError as error:
        raise UnreadableError(f"A sample's value is “{shortened(pair[1], 40)}”, which is no number.") from error
