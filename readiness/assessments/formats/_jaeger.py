"""Spans out of Jaeger's own JSON: what its UI downloads and `/api/traces` answers.

Each trace lists its processes, and a span says which of them it is of; its parent stands among its references.
https://www.jaegertracing.io/docs/latest/apis/
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from readiness.assessments.formats._otlp import number_in
from readiness.assessments.formats._spans import (
    DATABASE,
    QUEUE,
    SPAN_DIGITS,
    TRACE_DIGITS,
    WANTED,
    Span,
    first_of,
    id_of,
    kind_of,
    moment_of_unix,
    peers_of,
)
from readiness.assessments.formats.contract import entries_of, fields_of, shortened, text_of


def spans_of_traces(traces: Iterable[object]) -> Iterator[Span]:
    for trace in map(fields_of, traces):
        processes = fields_of(trace.get("processes"))
        for span in map(fields_of, entries_of(trace.get("spans"))):
            yield _span(span, fields_of(span.get("process")) or fields_of(processes.get(str(span.get("processID")))))


def _span(span: Mapping[str, Any], process: Mapping[str, Any]) -> Span:
    tags = _tags(span.get("tags"))
    references = [fields_of(reference) for reference in entries_of(span.get("references"))[:50]]
    parents = [reference for reference in references if reference.get("refType") == "CHILD_OF"]
    parent = parents[0].get("spanID") if parents else span.get("parentSpanID")
    others = [reference for reference in references if reference not in parents[:1]]
    return Span(
        trace_id=id_of(span.get("traceID"), TRACE_DIGITS),
        span_id=id_of(span.get("spanID"), SPAN_DIGITS),
        parent_id=id_of(parent, SPAN_DIGITS),
        service=shortened(text_of(process.get("serviceName"))),
        kind=kind_of(tags.get("span.kind")),
        name=shortened(text_of(span.get("operationName")), 120),
        started_at=moment_of_unix(number_in(span.get("startTime")), per_second=1_000_000),
        database=first_of(tags, DATABASE),
        queue=first_of(tags, QUEUE),
        peers=peers_of(tags),
        links=tuple((id_of(one.get("traceID"), TRACE_DIGITS), id_of(one.get("spanID"), SPAN_DIGITS)) for one in others),
    )


def _tags(listed: object) -> dict[str, str]:
    pairs = [fields_of(tag) for tag in entries_of(listed)]
    return {
        tag["key"]: shortened(text_of(tag.get("value")))
        for tag in pairs
        if isinstance(tag.get("key"), str) and tag["key"] in WANTED
    }
