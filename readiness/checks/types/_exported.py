"""Which metrics carry some labels, asked of Prometheus itself."""

from collections.abc import Generator, Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from readiness.assessments.promql.queries import matchers
from readiness.checks.types._conventions import Exported
from readiness.checks.types._prometheus import PrometheusConfig, instant, samples, span
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Request, Response


def _labels(selector: str) -> str:
    try:
        named = matchers(selector)
    except UnreadableError as problem:
        raise ValueError(str(problem)) from problem
    if not named:
        raise ValueError('name at least one label, such as {job="checkout"}')
    return selector


Labels = Annotated[str, Field(min_length=2, max_length=1000), AfterValidator(_labels)]
Query = Annotated[str, Field(min_length=1, max_length=4000)]


def exported(
    config: PrometheusConfig, selectors: Sequence[str], window: timedelta, *, at: datetime | None = None
) -> Generator[Sequence[Request], Sequence[Response], list[Exported]]:
    """What was exported within `window` (until now, or until `at`) under each selector. Raises UnreadableError.

    Counted by a query: the list of names that the API offers as well holds those that nobody exports any more.
    """
    answers = yield [
        instant(config, f"count by (__name__) (last_over_time({selector}[{span(window)}]))", at)
        for selector in selectors
    ]
    return [
        Exported(frozenset(sample.labels.get("__name__", "") for sample in samples(answer)) - {""}, matchers(selector))
        for answer, selector in zip(answers, selectors, strict=True)
    ]
