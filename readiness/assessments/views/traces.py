"""The receiver of traces: OTLP over HTTP, as any OpenTelemetry SDK or collector speaks it.

A token of the service lets in; every answer is in the encoding of the question, refusals as a `google.rpc.Status`.
https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

import json
import zlib
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from readiness.accounts import policy
from readiness.accounts.api.callers import Unrecognised, recognise
from readiness.accounts.limits import Limit, TooMany, spend
from readiness.accounts.models import Token
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions
from readiness.assessments.actions import Received
from readiness.assessments.formats.contract import UnreadableError, parse_json
from readiness.assessments.formats.traces import Span, spans_of_export, spans_of_protobuf
from readiness.catalog.models import Service

MOST_SENT = 4 * 1024 * 1024
MOST_UNPACKED = 16 * 1024 * 1024
PIECE = 64 * 1024
MOST_BRACKETS = 600_000
EXPORTS = Limit("exports", 600, timedelta(minutes=1))
"""Of one token: a hundred processes that export every ten seconds."""
PROTOBUF, JSON = "application/x-protobuf", "application/json"
WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


class Unacceptable(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@csrf_exempt
@login_not_required
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    try:
        token = recognise(request, request.headers.get("Authorization", ""), now)
        spend(EXPORTS, f"token-{token.pk}", now)
        service = _service_of(token)
        spans = _spans(_unpacked(request), _encoding(request))
        return _answer(request, actions.receive_traces(service=service, spans=spans, now=now))
    except Unrecognised as refusal:
        return _refusal(request, 401, refusal.sentence)
    except TooMany as refusal:
        return _refusal(request, 429, refusal.sentence, retry_after=refusal.retry_after)
    except Refused as refusal:
        return _refusal(request, 403, refusal.sentence)
    except Unacceptable as refusal:
        return _refusal(request, refusal.status, refusal.sentence)
    except UnreadableError as problem:
        return _refusal(request, 400, str(problem))


def _service_of(token: Token) -> Service:
    service = Service.objects.filter(pk=token.service_id).first()
    if service is None:
        raise Unrecognised("The service of this token is gone.")
    policy.require_token(token, Action.ATTACH_EVIDENCE, service.target)
    return service


def _encoding(request: HttpRequest) -> str:
    kind = (request.content_type or "").lower()
    if kind not in {PROTOBUF, JSON}:
        raise Unacceptable(415, f"Send {PROTOBUF} or {JSON}.")
    return kind


def _unpacked(request: HttpRequest) -> bytes:
    """Nothing is read beyond what is allowed, and nothing unpacked beyond it, whatever the length that is said."""
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity", *WINDOWS}:
        raise Unacceptable(415, "Send it as it is, or packed with gzip.")
    length = request.headers.get("Content-Length") or "0"
    if "Transfer-Encoding" in request.headers or not length.isdigit():
        raise Unacceptable(411, "Say its length (Content-Length).")
    if int(length) > MOST_SENT:
        _drain(request)
        raise Unacceptable(413, f"An export has {MOST_SENT // 1024 // 1024} MiB at most; send smaller batches.")
    body = request.read(int(length))
    if coding not in WINDOWS or not body:
        return body
    unpacker = zlib.decompressobj(WINDOWS[coding])
    try:
        content = unpacker.decompress(body, MOST_UNPACKED + 1)
    except zlib.error as error:
        raise Unacceptable(400, f"This is not packed with {coding}.") from error
    if len(content) > MOST_UNPACKED:
        raise Unacceptable(413, f"Unpacked it has more than {MOST_UNPACKED // 1024 // 1024} MiB; send smaller batches.")
    if not unpacker.eof or unpacker.unused_data:
        raise Unacceptable(400, "The packed content is cut off, or goes on after its end.")
    return content


def _drain(request: HttpRequest) -> None:
    """Reads past what is somewhat too large, in small pieces: a sender who is still writing would not see the answer."""
    for _ in range(4 * MOST_SENT // PIECE):
        if not request.read(PIECE):
            return


def _spans(content: bytes, encoding: str) -> list[Span]:
    """Raises UnreadableError, Unacceptable."""
    if encoding == PROTOBUF:
        return spans_of_protobuf(content)
    if content.count(b"{") + content.count(b"[") > MOST_BRACKETS:
        raise Unacceptable(413, "The export has too many values to be read; send smaller batches.")
    try:
        value = parse_json(content.decode())
    except UnicodeDecodeError as error:
        raise Unacceptable(400, "JSON is sent as UTF-8.") from error
    if not isinstance(value, dict):
        raise Unacceptable(400, "An export is an object with “resourceSpans”.")
    return spans_of_export(value)


def _answer(request: HttpRequest, received: Received) -> HttpResponse:
    if _encoding(request) == JSON:
        partial = {"rejectedSpans": str(received.rejected), "errorMessage": received.warning}
        return HttpResponse(json.dumps({"partialSuccess": partial} if received.warning else {}), content_type=JSON)
    message = ExportTraceServiceResponse()
    if received.warning:
        message.partial_success.rejected_spans = received.rejected
        message.partial_success.error_message = received.warning
    return HttpResponse(message.SerializeToString(), content_type=PROTOBUF)


def _refusal(request: HttpRequest, status: int, sentence: str, *, retry_after: int = 0) -> HttpResponse:
    is_json = (request.content_type or "").lower() == JSON
    body = json.dumps({"message": sentence}).encode() if is_json else _status_message(sentence)
    response = HttpResponse(body, status=status, content_type=JSON if is_json else PROTOBUF)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if retry_after:
        response["Retry-After"] = str(retry_after)
    return response


def _status_message(sentence: str) -> bytes:
    """A `google.rpc.Status` with nothing but its message: field 2, a text."""
    text = sentence.encode()[:2000]
    length = bytes([len(text)]) if len(text) < 128 else bytes([len(text) & 127 | 128, len(text) >> 7])
    return b"\x12" + length + text
