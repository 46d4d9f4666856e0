"""Traces of the last day follow a request from service to service.

Passes when a trace of the service has spans of enough services, with a server's span below a client's for every declared
dependency, and spans of a database and a queue where those are asked for. Asks a Jaeger or a Tempo. No trace at all is unknown:
the sampling may leave everything out. https://www.jaegertracing.io/docs/latest/architecture/apis/ ·
https://grafana.com/docs/tempo/latest/api_docs/
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel, Field

from readiness.assessments.formats import contract as formats
from readiness.assessments.formats.traces import Span, judge_spans, spans_of_json
from readiness.assessments.outcome import Outcome, unknown
from readiness.checks.types._apis import read, require_ok
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import CheckConfig, HttpAddress, UnreadableError, plural, shortened
from readiness.egress import Fault, Request, Response, Steps

Name = Annotated[str, Field(min_length=1, max_length=200)]
FEWER = (20, 5, 1)
"""How many traces are asked for; fewer, when their answer is larger than is read."""
NAMES = {"jaeger": "Jaeger", "jaeger-v3": "Jaeger", "tempo": "Tempo"}


class Config(CheckConfig):
    base_url: HttpAddress = Field(
        title="Address of the traces",
        description="The address in front of /api.",
        examples=["https://jaeger.internal.example.com"],
    )
    flavour: Literal["jaeger", "jaeger-v3", "tempo"] = Field(
        default="jaeger",
        title="What keeps them",
        description="Jaeger by the API of its own pages or by version 3, or Grafana Tempo.",
        examples=["tempo"],
    )
    service: Name = Field(
        title="Its name in traces",
        description="The service.name that its spans carry.",
        examples=["checkout"],
    )
    lookback_hours: int = Field(
        default=24,
        ge=1,
        le=168,
        title="Traces of the last (hours)",
        description="How far back traces are looked for.",
        examples=[24],
    )
    min_services: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None,
        title="Services in a trace",
        description="A trace must have spans of as many, and a link to each dependency. Empty: neither is asked.",
        examples=[2],
    )
    dependencies: tuple[Name, ...] = Field(
        default=(),
        max_length=100,
        title="Dependencies",
        description="By their names in traces; a call to each must be seen, where services in a trace are asked for.",
        examples=[["payment-gateway", "postgresql"]],
    )
    require_spans: tuple[Literal["database", "queue"], ...] = Field(
        default=(),
        title="Spans of",
        description="What the service speaks to, and its traces must show.",
        examples=[["database"]],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_TRACES}"],
    )


class Found(BaseModel):
    traceID: str  # noqa: N815 - Tempo's own name


class Search(BaseModel):
    traces: list[Found] = []


def run(config: Config) -> Steps[Outcome]:
    now = datetime.now(UTC)
    try:
        spans = yield from (_from_tempo if config.flavour == "tempo" else _from_jaeger)(config, now)
    except (UnreadableError, formats.UnreadableError) as problem:
        return unknown(str(problem))
    if not spans:
        hours = plural(config.lookback_hours, "hour")
        reason = (
            f"{shortened(config.service, 80)} has left no trace in {hours}. Is the name right, and is enough sampled?"
        )
        return unknown(reason, {"traces": 0})
    wide = config.min_services is not None
    return judge_spans(
        spans,
        min_services=config.min_services,
        dependencies=config.dependencies if wide else (),
        require_spans=config.require_spans,
        service=config.service,
    )


def _get(config: Config, path: str, parameters: Mapping[str, object]) -> Request:
    url = f"{config.base_url.rstrip('/')}/{path}"
    secret = revealed(config.credential, url) if config.credential else {}
    return Request(f"{url}?{urlencode(parameters)}", headers={"Accept": "application/json"} | secret)


# Jaeger


def _from_jaeger(config: Config, now: datetime) -> Steps[list[Span]]:
    for number in FEWER:
        [answer] = yield [_jaeger_request(config, now, number)]
        if answer.fault is not Fault.TOO_LARGE:
            return _jaeger_spans(config, answer)
    raise UnreadableError("One trace alone is larger than a megabyte, which is not read.")


def _jaeger_request(config: Config, now: datetime, number: int) -> Request:
    since = now - timedelta(hours=config.lookback_hours)
    if config.flavour == "jaeger-v3":
        asked = {
            "query.service_name": config.service,
            "query.start_time_min": f"{since:%Y-%m-%dT%H:%M:%S}Z",
            "query.start_time_max": f"{now:%Y-%m-%dT%H:%M:%S}Z",
            "query.num_traces": number,  # until 2.0
            "query.search_depth": number,
        }
        return _get(config, "api/v3/traces", asked)
    microseconds = {"start": int(since.timestamp()) * 1_000_000, "end": int(now.timestamp()) * 1_000_000}
    hours = {"lookback": f"{config.lookback_hours}h", "limit": number}
    return _get(config, "api/traces", {"service": config.service, **microseconds, **hours})


def _jaeger_spans(config: Config, answer: Response) -> list[Span]:
    content = _json(answer)
    if config.flavour == "jaeger-v3" and answer.status == 404 and b"No traces found" in answer.body:
        return []
    require_ok(answer, NAMES[config.flavour])
    wanted = "result" if config.flavour == "jaeger-v3" else "data"
    if not isinstance(content, dict) or wanted not in content:
        raise UnreadableError("The answer is not that of a Jaeger; are the address and the version right?")
    return spans_of_json(content)


# Tempo


def _from_tempo(config: Config, now: datetime) -> Steps[list[Span]]:
    since = now - timedelta(hours=config.lookback_hours)
    query = f"{{resource.service.name={json.dumps(config.service, ensure_ascii=False)}}}"
    asked = {"q": query, "start": int(since.timestamp()), "end": int(now.timestamp()), "limit": FEWER[0]}
    [answer] = yield [_get(config, "api/search", asked)]
    search = read(Search, answer, "Tempo")
    content = _json(answer)
    if not isinstance(content, dict) or not content.keys() & {"traces", "metrics"}:
        raise UnreadableError("The answer is not that of a Tempo; are the address and its kind right?")
    ids = [found.traceID for found in search.traces if found.traceID.isalnum()]
    if not ids:
        return []
    answers = yield [_get(config, f"api/traces/{quote(one[:32])}", {}) for one in ids[: FEWER[0]]]
    return _tempo_spans(answers)


def _tempo_spans(answers: Sequence[Response]) -> list[Span]:
    """Of the traces that could be read; the first one's problem is raised when none could."""
    whole = [answer for answer in answers if answer.status == 200 and not answer.fault]
    if not whole:
        require_ok(answers[0], "Tempo")
    return spans_of_json([_json(answer) for answer in whole])


def _json(answer: Response) -> Any:
    """None for what is none; `require_ok` says why."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
