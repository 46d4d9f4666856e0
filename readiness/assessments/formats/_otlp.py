"""Spans out of OTLP: its JSON, what protobuf prints as JSON, and the protobuf itself.

OTLP/JSON has ids as hex, enums as numbers and names in camelCase; protobuf's own JSON has base64, enum names and, on request,
names with underscores. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, Span as SpanMessage, TracesData

from readiness.assessments.formats._spans import (
    DATABASE,
    KINDS,
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
from readiness.assessments.formats.contract import (
    UnreadableError,
    entries_of,
    fields_of,
    number_of,
    shortened,
    text_of,
)

MOST_MESSAGES = 600_000
_LENGTH_DELIMITED = 2


def spans_of_resources(resources: Iterable[object]) -> Iterator[Span]:
    """`resourceSpans` as JSON."""
    for resource in map(fields_of, resources):
        service = _attributes(fields_of(resource.get("resource")).get("attributes")).get("service.name", "")
        for scope in _scopes(resource):
            for span in entries_of(fields_of(scope).get("spans")):
                yield _span(fields_of(span), service)


def _scopes(resource: Mapping[str, Any]) -> Sequence[Any]:
    names = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans")
    return next((entries_of(resource[name]) for name in names if name in resource), ())


def _span(span: Mapping[str, Any], service: str) -> Span:
    attributes = _attributes(span.get("attributes"))
    return _made(
        attributes,
        trace_id=id_of(_either(span, "traceId", "trace_id"), TRACE_DIGITS),
        span_id=id_of(_either(span, "spanId", "span_id"), SPAN_DIGITS),
        parent_id=id_of(_either(span, "parentSpanId", "parent_span_id"), SPAN_DIGITS),
        service=service,
        kind=kind_of(span.get("kind")),
        name=text_of(span.get("name")),
        nanoseconds=number_in(_either(span, "startTimeUnixNano", "start_time_unix_nano")),
        links=[
            (id_of(_either(link, "traceId", "trace_id"), TRACE_DIGITS), id_of(_either(link, "spanId", "span_id"), SPAN_DIGITS))
            for link in map(fields_of, entries_of(span.get("links"))[:50])
        ],
    )  # fmt: skip


def number_in(value: object) -> float | None:
    """Nanoseconds are larger than any number that `number_of` takes."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return float(value)
    return (
        float(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**19
        else number_of(value)
    )


def _either(fields: Mapping[str, Any], name: str, other: str) -> Any:
    return fields.get(name, fields.get(other))


def _attributes(listed: object) -> dict[str, str]:
    found = {}
    for pair in map(fields_of, entries_of(listed)):
        key = text_of(pair.get("key"))
        if key in WANTED:
            value = fields_of(pair.get("value"))
            found[key] = shortened(text_of(_either(value, "stringValue", "string_value")))
    return found


def _made(
    attributes: Mapping[str, str],
    *,
    trace_id: str,
    span_id: str,
    parent_id: str,
    service: str,
    kind: str,
    name: str,
    nanoseconds: float | None,
    links: Sequence[tuple[str, str]],
) -> Span:
    return Span(
        trace_id=trace_id, span_id=span_id, parent_id=parent_id, service=service, kind=kind, name=shortened(name, 120),
        started_at=moment_of_unix(nanoseconds, per_second=1_000_000_000), database=first_of(attributes, DATABASE),
        queue=first_of(attributes, QUEUE), peers=peers_of(attributes), links=tuple(links),
    )  # fmt: skip


# Protobuf


def spans_of_protobuf(content: bytes) -> list[Span]:
    """Of an ExportTraceServiceRequest, whose field is that of TracesData. Raises UnreadableError."""
    refuse_bombs(content)
    try:
        message = TracesData.FromString(content)
    except DecodeError as error:
        raise UnreadableError("This is not an OTLP export of traces in protobuf.") from error
    return [span for resource in message.resource_spans for span in _spans_of_message(resource)]


def _spans_of_message(resource: ResourceSpans) -> Iterator[Span]:
    service = _attributes_of(resource.resource.attributes).get("service.name", "")
    for scope in resource.scope_spans:
        for span in scope.spans:
            yield _span_of_message(span, service)


def _span_of_message(span: SpanMessage, service: str) -> Span:
    links = [(id_of(link.trace_id, TRACE_DIGITS), id_of(link.span_id, SPAN_DIGITS)) for link in span.links[:50]]
    return _made(
        _attributes_of(span.attributes), trace_id=id_of(span.trace_id, TRACE_DIGITS),
        span_id=id_of(span.span_id, SPAN_DIGITS), parent_id=id_of(span.parent_span_id, SPAN_DIGITS), service=service,
        kind=KINDS[span.kind] if 0 <= span.kind < len(KINDS) else "", name=span.name,
        nanoseconds=float(span.start_time_unix_nano), links=links,
    )  # fmt: skip


def _attributes_of(pairs: Iterable[Any]) -> dict[str, str]:
    return {pair.key: shortened(pair.value.string_value) for pair in pairs if pair.key in WANTED}


def refuse_bombs(content: bytes) -> None:
    """Two bytes make an empty message, and each costs hundreds once it is an object: so they are counted before.

    Raises UnreadableError when there are too many, or when the bytes are no such message.
    """
    waiting: list[tuple[Descriptor, int, int]] = [(TracesData.DESCRIPTOR, 0, len(content))]
    count = 0
    while waiting:
        descriptor, at, end = waiting.pop()
        while at < end:
            key, at = _varint(content, at, end)
            start, at = _value(content, key & 7, at, end)
            count += 1
            field = descriptor.fields_by_number.get(key >> 3)
            if (
                field
                and field.type == FieldDescriptor.TYPE_MESSAGE
                and key & 7 == _LENGTH_DELIMITED
                and field.message_type
            ):
                waiting.append((field.message_type, start, at))
            if count > MOST_MESSAGES:
                raise UnreadableError("The export has too many values to be read; send smaller ones.")


def _value(content: bytes, wire_type: int, at: int, end: int) -> tuple[int, int]:
    """(where the field's value begins, where it ends)."""
    match wire_type:
        case 0:
            start, at = at, _varint(content, at, end)[1]
        case 1:
            start, at = at, at + 8
        case 2:
            length, start = _varint(content, at, end)
            at = start + length
        case 5:
            start, at = at, at + 4
        case _:
            start, at = at, end + 1
    if at > end:
        raise UnreadableError("This is not an OTLP export of traces in protobuf.")
    return start, at


def _varint(content: bytes, at: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while at < end and shift < 64:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise UnreadableError("This is not an OTLP export of traces in protobuf.")
