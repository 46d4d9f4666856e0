"""Traces: a request is followed from service to service, and down to the database and the queue.

Passes when one trace has spans of enough services, each declared dependency is linked to its caller's span, and there are spans
of the systems that are asked for. Reads OTLP as JSON, JSON lines or protobuf, and what Jaeger and Tempo answer; see `traces`.
https://opentelemetry.io/docs/specs/otlp/ · https://www.jaegertracing.io/docs/latest/apis/ ·
https://grafana.com/docs/tempo/latest/api_docs/
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from readiness.assessments.formats._spans import Span
from readiness.assessments.formats.contract import (
    Artifact,
    Params,
    Reading,
    UnreadableError,
    entries_of,
    fields_of,
    parse_json,
)
from readiness.assessments.formats.traces import bounded_spans, facts_of, judge_spans, spans_of_json, spans_of_protobuf
from readiness.assessments.outcome import Outcome

MAX_LINES = 20_000


class TraceParams(Params):
    """`service`: its own name in traces, `dependencies`: the declared ones; the service says both."""

    min_services: int | None = None
    dependencies: tuple[str, ...] = ()
    require_spans: tuple[Literal["database", "queue"], ...] = ()
    service: str = ""


DEFAULTS = TraceParams(min_services=2)


@dataclass(frozen=True, slots=True)
class TraceReading(Reading):
    spans: Sequence[Span] = ()


def detect(artifact: Artifact) -> bool:
    if _is_protobuf(artifact):
        return any(_protobuf(artifact))
    return _is_one(artifact.json_or_none) or _is_one(artifact.first_line_json())


def _is_protobuf(artifact: Artifact) -> bool:
    """Its first field is the first resource: a line feed, which begins no JSON that a program wrote."""
    return artifact.content[:1] == b"\n" and artifact.content.lstrip()[:1] not in (b"{", b"[")


def _protobuf(artifact: Artifact) -> list[Span]:
    return bounded_spans(spans_of_protobuf(artifact.content))


def _is_one(value: object) -> bool:
    for part in map(fields_of, entries_of(value)[:3] or [value]):
        inner = [part, fields_of(part.get("result")), fields_of(part.get("trace"))]
        if any({"resourceSpans", "resource_spans", "batches"} & one.keys() for one in inner):
            return True
        if any("spans" in trace and "processes" in trace for trace in _traces(part)):
            return True
    return False


def _traces(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield part
    yield from map(fields_of, entries_of(part.get("data"))[:3])


def read(artifact: Artifact) -> TraceReading:
    artifact.refuse_archives()
    if _is_protobuf(artifact):
        spans, tool = _protobuf(artifact), "OTLP (protobuf)"
    elif artifact.json_or_none is not None or not _is_one(artifact.first_line_json()):
        spans, tool = spans_of_json(artifact.json), _tool(artifact.json)
    else:
        spans, tool = spans_of_json([parse_json(line) for line in _lines(artifact)]), "OTLP (JSON lines)"
    if not spans:
        raise UnreadableError(
            "There is no span in it; an export of OTLP, Jaeger or Tempo with a few traces is read here."
        )
    facts = facts_of(spans)
    return TraceReading(tool, facts.figures, facts.latest, spans=spans)


def _lines(artifact: Artifact) -> list[str]:
    lines = [line for line in artifact.text.splitlines() if line.strip()]
    if len(lines) > MAX_LINES:
        raise UnreadableError(f"The export has more than {MAX_LINES:,} lines; a few traces are enough.")
    return lines


def _tool(value: object) -> str:
    fields = fields_of(value)
    if "batches" in fields or "trace" in fields:
        return "Tempo"
    if "result" in fields or "processes" in fields or isinstance(fields.get("data"), list):
        return "Jaeger"
    return "OTLP (JSON)"


def judge(reading: TraceReading, params: TraceParams) -> Outcome:
    return judge_spans(
        reading.spans,
        min_services=params.min_services,
        dependencies=params.dependencies,
        require_spans=params.require_spans,
        service=params.service,
    )


def lacks(params: TraceParams) -> str:
    if params.min_services is not None and not params.dependencies:
        return "The service declares no dependency, so nothing says which calls its traces have to show."
    return ""
