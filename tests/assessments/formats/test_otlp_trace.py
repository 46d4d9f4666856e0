import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.formats import detect, inspect
from readiness.assessments.formats._otlp import MOST_MESSAGES
from readiness.assessments.formats._spans import id_of
from readiness.assessments.formats.contract import Artifact, UnreadableError
from readiness.assessments.formats.traces import Span, judge_spans, spans_of_json, spans_of_protobuf
from tests.assessments.formats.reports import as_json, judged, told
from tests.assessments.formats.tracing import jaeger, json_lines, otlp_json, printed, real_spans, request_of

REQUEST = request_of(real_spans())
BROKEN = request_of(real_spans(is_propagated=False))
PRINTED = printed(REQUEST)
SHAPES: dict[str, bytes] = {
    "OTLP in protobuf": REQUEST.SerializeToString(),
    "OTLP/JSON": as_json(otlp_json(REQUEST)),
    "OTLP/JSON, indented": json.dumps(otlp_json(REQUEST), indent=2).encode(),
    "what protobuf prints": as_json(PRINTED),
    "what protobuf prints, with underscores": as_json(printed(REQUEST, has_underscores=True)),
    "JSON lines of the file exporter": json_lines(REQUEST),
    "Jaeger": as_json(jaeger(REQUEST)),
    "one trace of Jaeger": as_json(jaeger(REQUEST)["data"][0]),
    "Jaeger v3": as_json({"result": otlp_json(REQUEST)}),
    "Jaeger v3, streamed": b"\n".join(
        as_json({"result": {"resourceSpans": [one]}}) for one in PRINTED["resourceSpans"]
    ),
    "Tempo": as_json({"batches": PRINTED["resourceSpans"]}),
    "Tempo v2": as_json({"trace": {"resourceSpans": PRINTED["resourceSpans"]}}),
}
DEPTH: dict[str, Any] = {"require_spans": ["database", "queue"]}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_the_same_trace_says_the_same(shape: str) -> None:
    content = SHAPES[shape]
    assert detect(Artifact(content)) == "otlp_trace"
    outcome = judged(content, min_services=2, dependencies=["payments", "PostgreSQL", "Kafka"])
    assert (outcome.result, outcome.reason) == (
        "pass",
        "1 trace of 2 services; checkout → payments; postgresql; kafka.",
    )
    assert outcome.figures["spans"] == 5
    assert outcome.observed_at is not None
    assert judged(content, **DEPTH).result == "pass"


def test_a_trace_that_ends_at_the_border_fails() -> None:
    outcome = judged(BROKEN.SerializeToString(), min_services=2, dependencies=["payments"])
    assert outcome.result == "fail"
    assert [finding.rule for finding in outcome.findings] == ["too-few-services", "no-link"]


def test_a_dependency_that_nobody_called_meanwhile_is_unknown() -> None:
    outcome = judged(SHAPES["OTLP/JSON"], min_services=2, dependencies=["payments", "stock"])
    assert (outcome.result, outcome.reason) == ("unknown", "No trace shows a call to stock by that name.")


def test_a_service_that_sends_no_spans_is_named_by_its_caller_and_noted() -> None:
    client = span(kind="client", peers=("api.stripe.com",))
    outcome = judge_spans(
        [client, span(span_id="2", parent_id="1", service="b", kind="server")], dependencies=["stripe"]
    )
    assert outcome.result == "pass"
    assert [finding.rule for finding in outcome.findings] == ["no-spans"]


def test_databases_and_queues_count_by_their_system_or_by_what_is_in_them() -> None:
    for name in ("PostgreSQL", "postgres", "orders", "orders-db", "Kafka", "receipts", "Kafka receipts"):
        assert judged(SHAPES["Jaeger"], min_services=2, dependencies=[name]).result == "pass", name
    for name in ("mysql", "order", "redis"):
        assert judged(SHAPES["Jaeger"], min_services=2, dependencies=[name]).result == "unknown", name


@pytest.mark.parametrize("name", ["Payments", "payments", "pay_ments", "shop/payments"])
def test_names_are_compared_as_people_write_them(name: str) -> None:
    spans = [span(kind="client"), span(span_id="2", parent_id="1", service=name, kind="server")]
    assert judge_spans(spans, min_services=2, dependencies=["payments"]).result == "pass"


def test_only_what_the_service_itself_takes_part_in_counts() -> None:
    outcome = judged(SHAPES["OTLP/JSON"], min_services=2, service="stock")
    assert (outcome.result, outcome.reason) == ("unknown", "There is no trace that stock takes part in.")
    assert judged(SHAPES["OTLP/JSON"], min_services=2, service="checkout").result == "pass"
    others = [span(kind="client"), span(span_id="2", parent_id="1", service="b", kind="server")]
    assert judge_spans(others, dependencies=["b"], service="b").result == "fail"


def test_a_server_span_under_an_internal_one_is_no_link() -> None:
    spans = [span(kind="internal"), span(span_id="2", parent_id="1", service="b", kind="server")]
    assert judge_spans(spans, dependencies=["b"]).result == "fail"


def test_two_services_in_two_traces_are_not_two_services_in_one() -> None:
    apart = [span(kind="client"), span(trace_id="9", service="b", kind="server")]
    assert judge_spans(apart, min_services=2).result == "fail"


def test_a_consumer_that_links_its_producer_goes_on_in_another_trace() -> None:
    spans = [
        span(kind="producer", queue="kafka"),
        span(trace_id="9", span_id="2", service="mailer", kind="consumer", links=(("1", "1"),)),
    ]
    assert judge_spans(spans, dependencies=["mailer"]).result == "pass"


def test_a_client_and_a_server_may_share_one_span_id() -> None:
    assert judge_spans([span(kind="client"), span(service="b", kind="server")], dependencies=["b"]).result == "pass"


def test_what_is_missing_in_depth_is_named() -> None:
    outcome = judge_spans([span(kind="client", database="redis")], require_spans=["database", "queue"])
    assert (outcome.result, outcome.reason) == ("fail", "No span says that it speaks to a queue.")


@pytest.mark.parametrize(
    "empty", [{"resourceSpans": []}, {"data": [{"spans": [], "processes": {}}]}, {"batches": [{"scopeSpans": None}]}]
)
def test_an_export_without_spans_is_unknown(empty: object) -> None:
    inspection = told(as_json(empty), "otlp_trace")
    assert inspection.outcome.result == "unknown"
    assert "no span" in inspection.outcome.reason


def test_ids_are_read_in_every_spelling() -> None:
    wanted = "0af7651916cd43dd8448eb211c80319c"
    for said in (
        wanted,
        wanted.upper(),
        f"0x{wanted}",
        wanted.lstrip("0"),
        "CvdlGRbNQ92ESOshHIAxnA==",
        bytes.fromhex(wanted),
    ):
        assert id_of(said, 32) == wanted, said
    nothing: tuple[object, ...] = ("", "0" * 32, "zz", None, 12, b"\1", "ab" * 40)
    for one in nothing:
        assert id_of(one, 32) == "", one


def test_a_protobuf_of_a_million_empty_messages_is_refused_before_it_is_unpacked() -> None:
    inner = b"\x12\x00" * (MOST_MESSAGES + 1)
    scope = b"\x12" + varint(len(inner)) + inner
    outcome = inspect(b"\n" + varint(len(scope)) + scope, "otlp_trace").outcome
    assert (outcome.result, outcome.reason) == (
        "unknown",
        "The export has too many values to be read; send smaller ones.",
    )


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b + b"\x0f", lambda b: b"\n\xff\xff\xff\xff\xff" + b])
def test_a_damaged_protobuf_is_unknown(damage: Callable[[bytes], bytes]) -> None:
    assert inspect(damage(SHAPES["OTLP in protobuf"]), "otlp_trace").outcome.result == "unknown"


@settings(max_examples=300, deadline=None)
@given(data=some.data())
def test_no_damaged_protobuf_raises_anything_but_a_sentence(data: some.DataObject) -> None:
    content = SHAPES["OTLP in protobuf"]
    at, length = data.draw(some.integers(0, len(content))), data.draw(some.integers(0, 40))
    damaged = content[:at] + data.draw(some.binary(max_size=20)) + content[at + length :]
    with suppress(UnreadableError):
        spans_of_protobuf(damaged)
    assert inspect(damaged, "otlp_trace").outcome.reason


def test_protobuf_and_json_are_read_alike() -> None:
    assert spans_of_protobuf(REQUEST.SerializeToString()) == spans_of_json(otlp_json(REQUEST)) == spans_of_json(PRINTED)


def varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def span(**changes: Any) -> Span:
    return Span(**({"trace_id": "1", "span_id": "1", "service": "a"} | changes))
