"""Traces as the real OpenTelemetry SDK makes them: a checkout that calls payments, which asks a database and sends a message."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PROPAGATOR = TraceContextTextMapPropagator()
DATABASE = {"db.system.name": "postgresql", "db.namespace": "orders", "server.address": "orders-db.prod"}
QUEUE = {"messaging.system": "kafka", "messaging.destination.name": "receipts"}


@contextmanager
def service(name: str, exporter: SpanExporter) -> Iterator[Tracer]:
    provider = TracerProvider(resource=Resource.create({"service.name": name}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider.get_tracer("tests")
    provider.shutdown()


def purchase(checkout: Tracer, payments: Tracer, *, is_propagated: bool = True) -> None:
    """One request through both, over the wire's own header."""
    with checkout.start_as_current_span("GET /buy", kind=SpanKind.SERVER):
        headers: dict[str, str] = {}
        with checkout.start_as_current_span(
            "POST", kind=SpanKind.CLIENT, attributes={"server.address": "payments.prod"}
        ):
            PROPAGATOR.inject(headers)
        _answer(payments, headers if is_propagated else {})


def _answer(payments: Tracer, headers: dict[str, str]) -> None:
    context = PROPAGATOR.extract(headers)
    with payments.start_as_current_span("POST /pay", kind=SpanKind.SERVER, context=context):
        with payments.start_as_current_span("INSERT", kind=SpanKind.CLIENT, attributes=DATABASE):
            pass
        with payments.start_as_current_span("send receipts", kind=SpanKind.PRODUCER, attributes=QUEUE):
            pass


def real_spans(*, is_propagated: bool = True) -> list[ReadableSpan]:
    memory = InMemorySpanExporter()
    with service("checkout", memory) as checkout, service("payments", memory) as payments:
        purchase(checkout, payments, is_propagated=is_propagated)
        return list(memory.get_finished_spans())


def request_of(spans: list[ReadableSpan]) -> ExportTraceServiceRequest:
    return encode_spans(spans)


def printed(request: ExportTraceServiceRequest, *, has_underscores: bool = False) -> dict[str, Any]:
    """What protobuf itself prints: base64 ids and enum names."""
    found: dict[str, Any] = MessageToDict(request, preserving_proto_field_name=has_underscores)
    return found


def otlp_json(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """OTLP/JSON as the specification has it: ids as hex, enums as numbers."""
    resources = []
    for resource in request.resource_spans:
        value = MessageToDict(resource, use_integers_for_enums=True)
        for scope, scope_value in zip(resource.scope_spans, value["scopeSpans"], strict=True):
            for span, said in zip(scope.spans, scope_value["spans"], strict=True):
                said.update({"traceId": span.trace_id.hex(), "spanId": span.span_id.hex()})
                said.update({"parentSpanId": span.parent_span_id.hex()} if span.parent_span_id else {})
        resources.append(value)
    return {"resourceSpans": resources}


def json_lines(request: ExportTraceServiceRequest) -> bytes:
    """One line for each resource, as the collector's file exporter writes."""
    return "\n".join(json.dumps({"resourceSpans": [one]}) for one in otlp_json(request)["resourceSpans"]).encode()


def jaeger(request: ExportTraceServiceRequest) -> dict[str, Any]:
    """As Jaeger's `/api/traces` answers, after its documentation: there is no Jaeger here."""
    traces: dict[str, dict[str, Any]] = {}
    for number, resource in enumerate(request.resource_spans, start=1):
        name = next(pair.value.string_value for pair in resource.resource.attributes if pair.key == "service.name")
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            trace = traces.setdefault(
                span.trace_id.hex(), {"traceID": span.trace_id.hex(), "spans": [], "processes": {}}
            )
            trace["processes"][f"p{number}"] = {"serviceName": name, "tags": []}
            trace["spans"].append(_jaeger_span(span, f"p{number}"))
    return {"data": list(traces.values()), "total": 0, "limit": 0, "offset": 0, "errors": None}


def _jaeger_span(span: Any, process: str) -> dict[str, Any]:
    kind = SpanKind(span.kind - 1).name.lower()
    tags = [{"key": pair.key, "type": "string", "value": pair.value.string_value} for pair in span.attributes]
    parent = {"refType": "CHILD_OF", "traceID": span.trace_id.hex(), "spanID": span.parent_span_id.hex()}
    return {
        "traceID": span.trace_id.hex(), "spanID": span.span_id.hex(), "operationName": span.name, "processID": process,
        "references": [parent] if span.parent_span_id else [], "startTime": span.start_time_unix_nano // 1000, "duration": 5,
        "tags": [*tags, {"key": "span.kind", "type": "string", "value": kind}], "logs": [], "warnings": None,
    }  # fmt: skip
