"""Would the service run for a day? Its memory, descriptors and pools over a window of load, carried on in a straight line.

Passes when none of them, carried on over the projected hours, grows by more than its share of the limit, no pool was
nearly full, and nothing restarted: judged as an uploaded export of the same series is. The series are found by their
usual names among those that carry the service's labels. A window that is too short, or a resource that can't be found,
is unknown. https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from readiness.assessments.formats.trend import MAX_POOL_SHARE, Role, Series, judge_series, series_of_answer
from readiness.assessments.outcome import Outcome, unknown
from readiness.checks.types._conventions import (
    DESCRIPTOR_LIMITS,
    DESCRIPTORS,
    MEMORY,
    MEMORY_LIMITS,
    RESTARTS,
    STARTED,
    Exported,
    gauge_of,
    pools_of,
)
from readiness.checks.types._exported import Labels, Query, exported
from readiness.checks.types._prometheus import PrometheusConfig, content, request
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Request, Response, Steps

MOST_POINTS = 240
SHORTEST_STEP_S = 15
LONGEST_WINDOW = timedelta(days=7)
LOOKED_FOR = timedelta(minutes=15)
"""Names are looked for at the end of the window: over days, a Prometheus would refuse to read all of a service's series."""


def _moment(written: str) -> str:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise ValueError("write a moment such as 2027-01-31T14:00Z") from error
    if moment.tzinfo is None or not 2000 <= moment.year < 2200:
        raise ValueError("write a moment with its time zone, such as 2027-01-31T14:00Z")
    return written


Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]


class Config(PrometheusConfig):
    selector: Labels = Field(
        title="Labels of the service's metrics",
        description="Which series are the service's own; its resources are found among them by their usual names.",
        examples=['{job="checkout"}'],
    )
    resource_selector: Labels | None = Field(
        default=None,
        title="Labels of its containers",
        description="Where memory and restarts are measured under other labels, such as by cAdvisor.",
        examples=['{namespace="shop",pod=~"checkout-.*"}'],
    )
    hours: float = Field(
        default=2,
        ge=0.25,
        le=168,
        allow_inf_nan=False,
        title="Window (hours)",
        description="How far back to look, where no load test's start and end are set.",
        examples=[2],
    )
    start: Moment | None = Field(
        default=None,
        title="Start of the load",
        description="When a load test began, with its time zone; then the end is needed too.",
        examples=["2027-01-31T14:00Z"],
    )
    end: Moment | None = Field(
        default=None,
        title="End of the load",
        description="When it ended.",
        examples=["2027-01-31T15:00Z"],
    )
    projected_hours: float = Field(
        default=24,
        gt=0,
        le=720,
        allow_inf_nan=False,
        title="Carried on (hours)",
        description="How long the service has to run at this load.",
        examples=[24],
    )
    max_growth_share: float = Field(
        default=0.2,
        gt=0,
        le=1,
        allow_inf_nan=False,
        title="Growth at most",
        description="Share of the limit (or of its own level, where no limit is known) that it may grow by meanwhile.",
        examples=[0.2],
    )
    max_restarts: int | None = Field(
        default=0,
        ge=0,
        le=1000,
        title="Restarts at most",
        description="In the window; a deployment restarts, too.",
        examples=[0],
    )
    max_pool_share: float = Field(
        default=MAX_POOL_SHARE,
        gt=0,
        le=1,
        allow_inf_nan=False,
        title="Pools at most",
        description="How full a pool may have been at its peak.",
        examples=[0.9],
    )
    require: tuple[Literal["memory", "file_descriptors", "pool"], ...] = Field(
        default=("memory", "file_descriptors"),
        max_length=3,
        title="What is required",
        description="Resources without which nothing is proved; take out what the service's platform doesn't export.",
        examples=[["memory", "file_descriptors"]],
    )
    memory_query: Query | None = Field(
        default=None,
        title="Query for memory",
        description="Bytes in use, where the usual names don't give it.",
        examples=['container_memory_working_set_bytes{pod=~"checkout-.*"}'],
    )
    descriptors_query: Query | None = Field(
        default=None,
        title="Query for descriptors",
        description="Open file descriptors, where the usual names don't give it.",
        examples=['process_open_fds{job="checkout"}'],
    )

    @model_validator(mode="after")
    def _window_is_one(self) -> "Config":
        if (self.start is None) != (self.end is None):
            raise ValueError("a window has a start and an end")
        if self.start and self.end:
            lasted = datetime.fromisoformat(self.end) - datetime.fromisoformat(self.start)
            if not timedelta(0) < lasted <= LONGEST_WINDOW:
                raise ValueError("the load ends after it starts, and lasts seven days at most")
        return self

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        if self.start is None or self.end is None:
            return now - timedelta(hours=self.hours), now
        return datetime.fromisoformat(self.start), datetime.fromisoformat(self.end)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One range query: what it measures, what that is called, and the query."""

    role: Role
    name: str
    query: str


def run(config: Config) -> Steps[Outcome]:
    try:
        start, end = config.window(datetime.now(UTC))
        wanted = yield from _wanted(config, start, end)
        answers = yield [_over(config, one.query, start, end) for one in wanted]
        series = [one for want, answer in zip(wanted, answers, strict=True) for one in _series(want, answer)]
    except UnreadableError as problem:
        return unknown(str(problem))
    return judge_series(
        series,
        projected_hours=config.projected_hours,
        max_growth_share=config.max_growth_share,
        max_restarts=config.max_restarts,
        max_pool_share=config.max_pool_share,
        require=config.require,
    )


def _wanted(
    config: Config, start: datetime, end: datetime
) -> Generator[Sequence[Request], Sequence[Response], list[Wanted]]:
    selectors = [config.selector, *([config.resource_selector] if config.resource_selector else [])]
    service, *containers = yield from exported(config, selectors, min(end - start, LOOKED_FOR), at=end)
    if not service.names and not (config.memory_query and config.descriptors_query):
        raise UnreadableError(
            f"No series carries {config.selector}; are these the labels, and does this Prometheus scrape the service?"
        )
    return list(_found(config, service, [*containers, service]))


def _found(config: Config, service: Exported, places: Sequence[Exported]) -> Iterator[Wanted]:
    yield from _one(Role.MEMORY, config.memory_query, places, MEMORY)
    yield from _one(Role.MEMORY_LIMIT, None, places, MEMORY_LIMITS)
    yield from _one(Role.FILE_DESCRIPTORS, config.descriptors_query, [service], DESCRIPTORS)
    yield from _one(Role.FILE_DESCRIPTORS_LIMIT, None, [service], DESCRIPTOR_LIMITS)
    yield from _one(Role.RESTARTS, None, places, RESTARTS)
    yield from _one(Role.STARTED, None, [service], STARTED)
    for pool in pools_of(service):
        yield Wanted(Role.POOL, pool.name, _summed(pool.in_use))
        yield Wanted(Role.POOL_LIMIT, pool.name, _summed(pool.most))


def _one(role: Role, told: str | None, places: Sequence[Exported], candidates: Sequence[str]) -> Iterator[Wanted]:
    if told:
        yield Wanted(role, role.value, told)
    elif gauge := gauge_of(places, candidates):
        name, metric = gauge
        yield Wanted(role, name, _summed(metric))


def _summed(metric: str) -> str:
    # A JVM's memory comes in areas, a pool's connections in states; a leak is one of the whole.
    return f"sum without (area, id, state, db_client_connection_state) ({metric})"


def _over(config: Config, query: str, start: datetime, end: datetime) -> Request:
    step = max(SHORTEST_STEP_S, round((end - start).total_seconds() / MOST_POINTS))
    parameters = [("query", query), ("start", f"{start.timestamp():.0f}"), ("end", f"{end.timestamp():.0f}")]
    return request(config, "query_range", [*parameters, ("step", str(step))])


def _series(want: Wanted, answer: Response) -> list[Series]:
    return series_of_answer({"data": content(answer)}, want.name, want.role)
