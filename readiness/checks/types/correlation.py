"""One id, sent in with a request, is found in the logs of every service on the way.

Sends one GET with a fresh id as traceparent and as X-Request-ID, then looks for it in Loki, again and again for
some seconds, as lines take a while to arrive. Passes when lines of enough services hold it. An id made for this one
request can't be a line of yesterday's, nor be written into the logs beforehand. A request that fails, and logs that
hold nothing at all, are unknown.
https://www.w3.org/TR/trace-context/#traceparent-header
"""

import secrets
from collections.abc import Generator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate, takewhile

from pydantic import Field

from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.checks.types._loki import LogLine, LokiConfig, log_lines, nanoseconds, query_range
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import HttpAddress, Path, UnreadableError, plural, shortened
from readiness.egress import Request, Response, Steps

MOST_LINES = 200
SKEW = timedelta(minutes=5)
"""Clocks of others; the id is unique, so a wide window costs nothing but time."""
WAITS = (1, 2, 3, 5, 8, 11, 15, 15)
"""Seconds before each look: soon at first."""


class Config(LokiConfig):
    service_url: HttpAddress = Field(
        title="Service address",
        description="Where the service answers.",
        examples=["https://checkout.example.com"],
    )
    path: Path = Field(
        title="Path to call",
        description="A GET of it makes the service call another one. It is really sent, so nothing may change by it.",
        examples=["/orders/1001"],
    )
    service_credential: SecretHeader | None = Field(
        default=None,
        title="Credential for the service",
        description="A header that lets this check call the path; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_CHECKOUT}"],
    )
    streams: str = Field(
        default='{service_name=~".+"}',
        min_length=2,
        max_length=4000,
        title="Log streams",
        description="LogQL that selects the lines of all services on the way, not only of this one.",
        examples=['{namespace="shop"}'],
    )
    service_label: str = Field(
        default="service_name",
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,100}$",
        title="Label of a service",
        description="The label of the streams that names the service.",
        examples=["app"],
    )
    min_services: int = Field(
        default=2,
        ge=1,
        le=20,
        title="Services at least",
        description="How many services' logs must hold the id.",
        examples=[2],
    )
    wait_seconds: int = Field(
        default=30,
        ge=1,
        le=60,
        title="How long to look (seconds)",
        description="Lines that arrive later than this are not found.",
        examples=[30],
    )


def run(config: Config) -> Steps[Outcome]:
    trace = secrets.token_hex(16)
    started = datetime.now(UTC)
    try:
        [answer] = yield [_call(config, trace)]
        if problem := _not_called(config, answer):
            return unknown(problem)
        lines = yield from _look(config, trace, started)
        if len(_services(config, lines)) >= config.min_services:
            return _verdict(config, lines)
        [any_line] = yield [_question(config, config.streams, started, most=1)]
        return _verdict(config, lines, has_logs=bool(log_lines(any_line)))
    except UnreadableError as problem:
        return unknown(str(problem))


def _call(config: Config, trace: str) -> Request:
    url = config.service_url.rstrip("/") + config.path
    credential = revealed(config.service_credential, url) if config.service_credential else {}
    ids = {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01", "X-Request-ID": trace}
    return Request(url, headers={**credential, **ids})


def _not_called(config: Config, answer: Response) -> str:
    if answer.fault:
        return f"The service gave no answer: {answer.problem or answer.fault}"
    if answer.status is not None and answer.status < 400:
        return ""
    return f"{config.path} answered {answer.status}; set a path that answers, and a credential where one is needed."


def _look(
    config: Config, trace: str, started: datetime
) -> Generator[Sequence[Request], Sequence[Response], list[LogLine]]:
    lines: list[LogLine] = []
    for wait in _waits(config.wait_seconds):
        query = f'{config.streams} |= "{trace}"'
        [answer] = yield [_question(config, query, started, after=timedelta(seconds=wait))]
        lines = log_lines(answer)
        if len(_services(config, lines)) >= config.min_services:
            break
    return lines


def _waits(seconds: int) -> list[int]:
    """At least one look, and the last one when time is up."""
    whole = [wait for wait, _ in takewhile(lambda pair: pair[1] <= seconds, zip(WAITS, accumulate(WAITS), strict=True))]
    rest = seconds - sum(whole)
    return [*whole, *([rest] if rest else [])]


def _question(
    config: Config, query: str, started: datetime, *, most: int = MOST_LINES, after: timedelta = timedelta(0)
) -> Request:
    return query_range(
        config,
        query,
        start_ns=nanoseconds(started - SKEW),
        end_ns=nanoseconds(started + SKEW),
        limit=most,
        after=after,
    )


def _services(config: Config, lines: Sequence[LogLine]) -> list[str]:
    return sorted({shortened(name, 80) for line in lines if (name := line.labels.get(config.service_label))})


def _verdict(config: Config, lines: Sequence[LogLine], *, has_logs: bool = True) -> Outcome:
    services = _services(config, lines)
    figures = {"services": len(services), "lines": len(lines)}
    findings = tuple(Finding("seen", Level.INFO, f"{name} logged the id.", name) for name in services[:20])
    if len(services) >= config.min_services:
        return passed(f"The id was found in the logs of {', '.join(services[:5])}.", figures, findings)
    if lines and not services:
        label = config.service_label
        return unknown(f"The lines with the id carry no label “{label}”; set the one that names a service.", figures)
    if not lines and not has_logs:
        return unknown("Loki has no line of these streams at all; are these their labels?", figures)
    where = f"the logs of {', '.join(services)} only" if services else "no log"
    asked = plural(config.min_services, "service")
    return failed(
        f"The id was found in {where} within {config.wait_seconds} seconds; {asked} must log it.", figures, findings
    )
