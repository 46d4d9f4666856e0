"""The receiver as an SDK meets it: the real OpenTelemetry exporter over a real server, and whatever else may come in."""

import gzip
import json
import zlib
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.trace.export import SpanExportResult
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.actions import tokens
from readiness.accounts.limits import spend
from readiness.accounts.models import Token
from readiness.assessments import actions
from readiness.assessments.models import Evidence, ReceivedSpan
from readiness.assessments.views.traces import EXPORTS, MOST_BRACKETS, MOST_SENT, MOST_UNPACKED
from readiness.catalog.models import Dependency, Service
from tests.assessments.formats.test_otlp_trace import varint
from tests.assessments.formats.tracing import otlp_json, printed, purchase, real_spans, request_of, service
from tests.assessments.small import small
from tests.assessments.test_traces_received import TRACED
from tests.cast import NOW, Cast

PROTOBUF, JSON = "application/x-protobuf", "application/json"


@pytest.fixture
def secret(cast: Cast) -> str:
    cache.clear()
    return mint(cast, cast.checkout)


def mint(cast: Cast, of: Service) -> str:
    lead = cast.theo if of == cast.checkout else cast.sam
    made = tokens.mint(
        by=lead, target=of.target, service=of.name, name="traces", lasts=timedelta(days=9), now=timezone.now()
    )
    return made.secret


def exported() -> ExportTraceServiceRequest:
    return request_of(real_spans())


def post(secret: str, body: bytes, kind: str = PROTOBUF, **headers: str) -> Any:
    given = {"Authorization": f"Bearer {secret}"} if secret else {}
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.generic("POST", "/v1/traces", body, content_type=kind, headers=given | headers)


def words(answer: Any) -> str:
    """What the refusal says: the message of a google.rpc.Status."""
    if answer["Content-Type"] == JSON:
        return str(json.loads(answer.content)["message"])
    content: bytes = answer.content
    assert content[:1] == b"\x12"
    return content[2 if content[1] < 128 else 3 :].decode()


@pytest.mark.parametrize("compression", [Compression.Gzip, Compression.NoCompression, Compression.Deflate])
def test_two_services_with_the_real_sdk_prove_that_traces_are_linked(
    cast: Cast, secret: str, live_server: LiveServer, compression: Compression
) -> None:
    Dependency.objects.create(service=cast.checkout, name="index", needed=cast.index)
    small(cast, TRACED, now=timezone.now())

    def exporter(token: str) -> OTLPSpanExporter:
        headers = {"authorization": f"Bearer {token}"}
        return OTLPSpanExporter(f"{live_server.url}/v1/traces", headers=headers, compression=compression, timeout=10)

    with (
        service("checkout", exporter(secret)) as checkout,
        service("index", exporter(mint(cast, cast.index))) as index,
    ):
        purchase(checkout, index)
    actions.sweep_traces(now=timezone.now() + timedelta(minutes=2))
    evidence = Evidence.objects.filter(criterion_key="linked").latest("id")
    assert (evidence.result, evidence.strength) == ("pass", "observed")
    assert evidence.figures["linked"] == "checkout → index"
    assert evidence.observed_at <= timezone.now()


def test_the_readmes_three_variables_are_enough_for_an_sdk(
    secret: str, live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{live_server.url}/v1/traces")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", f"authorization=Bearer%20{secret}")
    assert OTLPSpanExporter().export(real_spans()) is SpanExportResult.SUCCESS
    assert ReceivedSpan.objects.count() == 5


def test_the_real_sdk_learns_that_its_token_is_no_good(secret: str, live_server: LiveServer) -> None:
    exporter = OTLPSpanExporter(
        f"{live_server.url}/v1/traces", headers={"authorization": f"Bearer {secret[:-1]}!"}, timeout=2
    )
    assert exporter.export(real_spans()) is SpanExportResult.FAILURE
    assert ReceivedSpan.objects.count() == 0


@pytest.mark.parametrize("packed", [False, True])
def test_json_is_answered_in_json_and_protobuf_in_protobuf(secret: str, packed: bool) -> None:
    headers = {"Content-Encoding": "gzip"} if packed else {}
    pack = gzip.compress if packed else bytes
    for body in (otlp_json(exported()), printed(exported())):
        answer = post(secret, pack(json.dumps(body).encode()), f"{JSON}; charset=utf-8", **headers)
        assert (answer.status_code, answer["Content-Type"], json.loads(answer.content)) == (200, JSON, {})
    answer = post(secret, pack(exported().SerializeToString()), **headers)
    assert (answer.status_code, answer["Content-Type"]) == (200, PROTOBUF)
    assert not ExportTraceServiceResponse.FromString(answer.content).HasField("partial_success")
    assert ReceivedSpan.objects.count() == 15


def test_an_empty_export_is_fine(secret: str) -> None:
    assert post(secret, b"", **{"Content-Type": PROTOBUF}).status_code == 200
    assert post(secret, b'{"resourceSpans": []}', JSON).status_code == 200


def test_what_is_left_out_is_counted_in_the_answer(secret: str) -> None:
    request = exported()
    for scope in request.resource_spans[0].scope_spans:
        scope.spans[0].start_time_unix_nano = 1
    partial = ExportTraceServiceResponse.FromString(post(secret, request.SerializeToString()).content).partial_success
    assert (partial.rejected_spans, "left out" in partial.error_message) == (1, True)
    said = json.loads(post(secret, json.dumps(otlp_json(request)).encode(), JSON).content)["partialSuccess"]
    assert said["rejectedSpans"] == "1"


def test_who_shows_no_good_token_is_not_let_in(cast: Cast, secret: str) -> None:
    for wrong in ("", "rdy_wrong", "rdy_" + "x" * 40):
        answer = post(wrong, exported().SerializeToString())
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
        assert words(answer)[-1] == "."
    client = Client()
    client.force_login(cast.theo)
    assert client.post("/v1/traces", b"", content_type=PROTOBUF).status_code == 401
    assert ReceivedSpan.objects.count() == 0


def test_a_bomb_is_refused_before_it_is_unpacked(secret: str) -> None:
    bomb = gzip.compress(b"\0" * (MOST_UNPACKED * 8), compresslevel=9)
    assert len(bomb) < MOST_SENT
    answer = post(secret, bomb, **{"Content-Encoding": "gzip"})
    assert (answer.status_code, words(answer)) == (413, "Unpacked it has more than 16 MiB; send smaller batches.")
    nested = b"\x12\x00" * 700_000
    scope = b"\x12" + varint(len(nested)) + nested
    assert post(secret, b"\n" + varint(len(scope)) + scope).status_code == 400
    assert post(secret, b'{"resourceSpans": [' + b"{}," * MOST_BRACKETS + b"{}]}", JSON).status_code == 413


@pytest.mark.parametrize(
    ("body", "kind", "coding", "status"),
    [
        (b"x" * (MOST_SENT + 1), PROTOBUF, "", 413),
        (b"{}", "text/plain", "", 415),
        (b"{}", "application/grpc", "", 415),
        (b"{}", "", "", 415),
        (b"{}", JSON, "br", 415),
        (b"{}", JSON, "gzip", 400),
        (gzip.compress(b"{}", mtime=0)[:-4], JSON, "gzip", 400),
        (gzip.compress(b"{}", mtime=0) + b"more", JSON, "gzip", 400),
        (zlib.compress(b"{}"), JSON, "deflate", 200),
        (b"not protobuf", PROTOBUF, "", 400),
        (b"{", JSON, "", 400),
        (b"[]", JSON, "", 400),
        (b'{"resourceSpans": 1}', JSON, "", 200),
        (b"\xff", JSON, "", 400),
        (b'{"a":' * 5000, JSON, "", 400),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(
    secret: str, body: bytes, kind: str, coding: str, status: int
) -> None:
    answer = post(secret, body, kind, **({"Content-Encoding": coding} if coding else {}))
    assert answer.status_code == status
    assert status == 200 or words(answer).endswith(".")


def test_a_busy_token_is_told_to_wait(cast: Cast) -> None:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        secret = mint(cast, cast.checkout)
        token = Token.objects.get()
        for _ in range(EXPORTS.most):
            spend(EXPORTS, f"token-{token.pk}", NOW)
        answer = post(secret, b"")
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert words(answer) == "At most 600 exports in a minute; go on a little later."


def test_a_body_without_its_length_is_not_read(secret: str) -> None:
    assert post(secret, b"", **{"Transfer-Encoding": "chunked"}).status_code == 411


def test_nothing_but_post_is_answered(client: Client) -> None:
    assert client.get("/v1/traces").status_code == 405


def test_a_new_install_answers_an_exporter_itself(db: None) -> None:
    """Without a first person every page leads to the first-run page; a program would follow it for ever."""
    assert post("", b"").status_code == 401
