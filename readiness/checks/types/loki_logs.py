"""The service's newest log lines in Loki, judged as an uploaded sample is.

Passes when there are enough lines and, as far as they are asked for: almost all are JSON objects, lines of requests
carry the fields, lines of errors say what failed, no line has a forbidden level, each failed request logged an error.
No line at all is unknown. What a line says is never repeated.
https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time
"""

from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import Field

from readiness.assessments.formats import log_sample
from readiness.assessments.formats._log_content import Content
from readiness.assessments.formats.log_sample import LogParams, LogReading
from readiness.assessments.outcome import Outcome, unknown
from readiness.checks.types._loki import MOST_LINES, LogLine, LokiConfig, log_lines, nanoseconds, query_range
from readiness.checks.types.contract import UnreadableError
from readiness.egress import Fault, Request, Response, Steps

AT_A_TIME = 500
FEWEST_AT_A_TIME = 25
MOST_QUESTIONS = 12


class Config(LokiConfig):
    query: str = Field(
        min_length=2,
        max_length=4000,
        title="Log streams",
        description="LogQL that selects the service's lines; leave out health probes with a filter where they drown the rest.",
        examples=['{app="checkout"}', '{app="checkout"} != "/healthz"'],
    )
    hours: float = Field(
        default=24,
        gt=0,
        le=168,
        allow_inf_nan=False,
        title="How far back (hours)",
        description="The newest lines of this time are read, as many as are needed.",
        examples=[24],
    )
    min_lines: int = Field(
        default=200,
        ge=1,
        le=MOST_LINES,
        title="Lines at least",
        description="With fewer lines (of requests, where fields are required) nothing is proved.",
        examples=[200],
    )
    min_json_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        allow_inf_nan=False,
        title="Share of JSON",
        description="How many of the lines must be JSON objects, from 0 to 1.",
        examples=[0.99],
    )
    required_fields: tuple[str, ...] = Field(
        default=(),
        max_length=20,
        title="Required fields",
        description="What almost every line of a request must carry, under this or another usual name.",
        examples=[["request_id", "duration_ms", "status"]],
    )
    forbidden_levels: tuple[str, ...] = Field(
        default=(),
        max_length=10,
        title="Forbidden levels",
        description="Levels that no line may have.",
        examples=[["debug", "trace"]],
    )
    failures_log_errors: bool = Field(
        default=False,
        title="Failures log errors",
        description="Each failed request must have a line at level error.",
        examples=[True],
    )

    forbidden_content: tuple[Content, ...] = Field(
        default=(),
        max_length=3,
        title="Forbidden content",
        description="What no line may hold, told by its looks.",
        examples=[["credentials", "card-numbers"]],
    )

    @property
    def params(self) -> LogParams:
        """What is asked of the lines; where nothing is, what is asked of a sample by itself."""
        asked = LogParams(**self.model_dump(include=set(LogParams.model_fields)))
        is_plain = asked == LogParams(min_lines=self.min_lines)
        return log_sample.DEFAULTS.model_copy(update={"min_lines": self.min_lines}) if is_plain else asked


def run(config: Config) -> Steps[Outcome]:
    try:
        lines = yield from _newest(config, datetime.now(UTC))
    except UnreadableError as problem:
        return unknown(str(problem))
    if not lines:
        return unknown("Loki has no line of these streams in this time; are these its labels?", {"lines": 0})
    return replace(log_sample.judge(_reading(lines), config.params), observed_at=lines[-1].at)


def _newest(config: Config, now: datetime) -> Generator[Sequence[Request], Sequence[Response], list[LogLine]]:
    """Page after page, backwards, until there is enough to judge. In the order of time."""
    lines: list[LogLine] = []
    start, end = nanoseconds(now - timedelta(hours=config.hours)), nanoseconds(now)
    limit = AT_A_TIME
    for _ in range(MOST_QUESTIONS):
        [answer] = yield [query_range(config, config.query, start_ns=start, end_ns=end, limit=limit)]
        if answer.fault is Fault.TOO_LARGE and limit > FEWEST_AT_A_TIME:
            limit = max(FEWEST_AT_A_TIME, limit // 4)
            continue
        page = log_lines(answer)
        lines = [*page, *lines]
        if len(page) < limit or len(lines) >= MOST_LINES or page[0].at_ns >= end or _is_enough(config, lines):
            break
        end = page[0].at_ns
    return lines


def _is_enough(config: Config, lines: Sequence[LogLine]) -> bool:
    params, figures = config.params, _reading(lines).figures
    counted = figures["request_lines"] if params.required_fields else figures["lines"]
    has_failures = not params.failures_log_errors or bool(figures["failed_requests"])
    return has_failures and int(counted or 0) >= params.min_lines


def _reading(lines: Sequence[LogLine]) -> LogReading:
    return log_sample.reading_of([line.text for line in lines])
