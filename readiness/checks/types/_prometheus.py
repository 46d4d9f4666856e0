"""Asking a Prometheus (or what speaks its API) and reading the answer, of which nothing is trusted.

https://prometheus.io/docs/prometheus/latest/querying/api/ — a value is a string, and may be "NaN"; an absent metric
is a 200 with an empty list; a query that can't be parsed is a 400.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from pydantic import BaseModel, Field, ValidationError

from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response


class PrometheusConfig(CheckConfig):
    base_url: HttpAddress = Field(
        title="Prometheus address",
        description="The address in front of /api/v1.",
        examples=["https://prometheus.internal.example.com"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read; the secret is named, not written. Empty where none is asked for.",
        examples=["Authorization: Bearer ${CHECK_SECRET_PROMETHEUS}"],
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


class _Envelope(BaseModel):
    status: str
    data: object = None
    error: str = ""


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
    url = f"{config.base_url.rstrip('/')}/api/v1/{path}?{urlencode(parameters)}"
    return Request(url, headers=revealed(config.credential, url) if config.credential else {})


def instant(config: PrometheusConfig, query: str) -> Request:
    return request(config, "query", [("query", query)])


def content(response: Response) -> object:
    """The answer's `data`. Raises UnreadableError with a sentence for everything that is not a success."""
    if response.fault:
        raise UnreadableError(f"Prometheus gave no answer: {response.problem or response.fault}")
    envelope = _envelope(response)
    if envelope and envelope.status == "error" and response.status in {400, 422, 503}:
        raise UnreadableError(f"Prometheus refused the question: {shortened(envelope.error) or response.status}.")
    if response.status in {401, 403}:
        raise UnreadableError(f"Prometheus asks for a credential: it answered {response.status}.")
    if response.status != 200:
        raise UnreadableError(f"Prometheus answered {response.status}.")
    if envelope is None or envelope.status != "success":
        raise UnreadableError("The answer is not that of a Prometheus; is the address right?")
    return envelope.data


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


def _envelope(response: Response) -> _Envelope | None:
    try:
        return _Envelope.model_validate_json(response.body)
    except (ValidationError, RecursionError):
        return None
