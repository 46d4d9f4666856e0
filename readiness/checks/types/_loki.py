"""Asking a Loki for log lines. Written from its documentation; no Loki could be run where this was built.

https://grafana.com/docs/loki/latest/reference/loki-http-api/#query-logs-within-a-range-of-time — times are nanoseconds,
in answers as text; `start` is included, `end` is not; the newest lines come first (`backward`). A line may carry a
third part, its structured metadata. What a line says never leaves this room: it may hold a secret.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field, ValidationError

from readiness.assessments.formats.contract import entries_of
from readiness.checks.types._sources import SourceConfig, enveloped, get
from readiness.checks.types.contract import HttpAddress, UnreadableError
from readiness.egress import Request, Response

MOST_LINES = 5000  # Loki's own limit of one answer, unless set otherwise


class LokiConfig(SourceConfig):
    base_url: HttpAddress = Field(
        title="Loki address",
        description="The address in front of /loki/api/v1.",
        examples=["https://loki.internal.example.com"],
    )
    tenant: str = Field(
        default="",
        max_length=150,
        pattern=r"^[A-Za-z0-9!._*'()|-]*$",
        title="Tenant",
        description="Sent as X-Scope-OrgID where one Loki holds the logs of several; else empty.",
        examples=["shop"],
    )


@dataclass(frozen=True, slots=True)
class LogLine:
    at_ns: int
    text: str
    labels: Mapping[str, str]

    @property
    def at(self) -> datetime | None:
        try:
            return datetime.fromtimestamp(self.at_ns / 1e9, UTC)
        except (ValueError, OverflowError, OSError):
            return None


class _Stream(BaseModel):
    stream: dict[str, str]
    values: list[object]


class _Streams(BaseModel):
    resultType: str  # noqa: N815 - Loki's own name
    result: list[object]


def nanoseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) * 1000


def query_range(
    config: LokiConfig, query: str, *, start_ns: int, end_ns: int, limit: int, after: timedelta = timedelta(0)
) -> Request:
    """The newest lines first; asked when `after` is over. Raises UnreadableError when the credential is not to be had."""
    parameters = [
        *(("query", query), ("start", str(start_ns)), ("end", str(end_ns))),
        *(("limit", str(limit)), ("direction", "backward")),
    ]
    request = get(config, "loki/api/v1/query_range", parameters)
    headers = {**request.headers, "X-Scope-OrgID": config.tenant} if config.tenant else request.headers
    return replace(request, headers=headers, after=after)


def log_lines(response: Response) -> list[LogLine]:
    """In the order of time. Raises UnreadableError."""
    content = enveloped(response, "Loki")
    try:
        answer = _Streams.model_validate(content)
        if answer.resultType != "streams":
            raise UnreadableError("The query returns numbers, not log lines; write one that selects lines.")
        streams = [_Stream.model_validate(one) for one in answer.result]
        lines = [_line(value, stream.stream) for stream in streams for value in stream.values]
    except (ValidationError, RecursionError) as error:
        raise UnreadableError("The answer is not in the form that Loki uses.") from error
    return sorted(lines, key=lambda line: line.at_ns)


def _line(value: object, labels: Mapping[str, str]) -> LogLine:
    at, text = [*entries_of(value), None, None][:2]
    if not isinstance(at, str) or not isinstance(text, str) or not (at.isascii() and at.isdecimal()) or len(at) > 19:
        raise UnreadableError("The answer is not in the form that Loki uses.")
    return LogLine(int(at), text, labels)
