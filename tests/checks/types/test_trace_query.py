"""Spans of the real OpenTelemetry SDK, served in the shapes that Jaeger and Tempo document: neither of them is here."""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.trace_query import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.assessments.formats.tracing import jaeger, otlp_json, printed, real_spans, request_of
from tests.checks.types.hostile import hold_out
from tests.checks.types.playing import POLICY, play, says, says_json, silence
from tests.servers.api import Answer, Api, Call, api

LINKED = {"min_services": 2, "dependencies": ["payments"]}


@cache
def spans(*, is_propagated: bool = True) -> Any:
    return request_of(real_spans(is_propagated=is_propagated))


def jaeger_answer(call: Call) -> Answer:
    if call.path != "/api/traces" or call.asked("service") != "checkout":
        return Answer({"data": [], "errors": None})
    assert int(call.asked("end")) - int(call.asked("start")) == 24 * 3600 * 1_000_000
    return Answer(jaeger(spans()))


def jaeger_v3_answer(call: Call) -> Answer:
    if call.asked("query.service_name") != "checkout":
        return Answer({"error": {"httpCode": 404, "message": "No traces found"}}, 404)
    assert call.path == "/api/v3/traces"
    return Answer({"result": otlp_json(spans())})


def tempo_answer(call: Call) -> Answer:
    if call.path == "/api/search":
        is_known = call.asked("q") == '{resource.service.name="checkout"}'
        return Answer(
            {"traces": [{"traceID": "a1b2", "rootServiceName": "checkout"}] if is_known else [], "metrics": {}}
        )
    assert call.path == "/api/traces/a1b2"
    return Answer({"batches": printed(spans())["resourceSpans"]})


BACKENDS: dict[str, Callable[[Call], Answer]] = {
    "jaeger": jaeger_answer,
    "jaeger-v3": jaeger_v3_answer,
    "tempo": tempo_answer,
}


def config(server: Api | None = None, flavour: str = "jaeger", /, **more: object) -> Config:
    url = server.url if server else "http://t"
    return Config.model_validate({"base_url": url, "flavour": flavour, "service": "checkout", **more})


def judged(flavour: str, **more: object) -> Outcome:
    with api(BACKENDS[flavour]) as server:
        return Egress(POLICY).run(run(config(server, flavour, **more)))


@pytest.mark.parametrize("flavour", BACKENDS)
def test_passes_when_a_trace_goes_on_in_the_dependency(flavour: str) -> None:
    outcome = judged(flavour, **LINKED)
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["linked"] == "checkout → payments"
    assert outcome.observed_at is not None


@pytest.mark.parametrize("flavour", BACKENDS)
def test_no_trace_is_unknown_and_says_how_long_was_looked(flavour: str) -> None:
    outcome = judged(flavour, service="chekout")
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.startswith("chekout has left no trace in 24 hours.")


def test_traces_that_end_at_the_border_fail() -> None:
    cut = request_of(real_spans(is_propagated=False))
    outcome = play(run(config(None, "jaeger", **LINKED)), says_json(jaeger(cut)))
    assert outcome.result is Result.FAIL


def test_depth_is_asked_by_itself() -> None:
    assert judged("jaeger", require_spans=["database", "queue"]).result is Result.PASS
    alone = judged("jaeger", require_spans=["database"], dependencies=["nobody"])
    assert alone.result is Result.PASS


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_pieces() -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.url)
        return (
            says_json(jaeger(spans()))(request)
            if "limit=1" in request.url.split("&")
            else silence(Fault.TOO_LARGE)(request)
        )

    assert play(run(config(None, "jaeger", **LINKED)), answer).result is Result.PASS
    assert len(asked) == 3
    outcome = play(run(config()), silence(Fault.TOO_LARGE))
    assert outcome.result is Result.UNKNOWN
    assert "larger than a megabyte" in outcome.reason


def test_one_of_tempos_traces_that_cannot_be_read_does_not_matter() -> None:
    def answer(request: Request) -> Response:
        if "/api/search" in request.url:
            return says_json({"traces": [{"traceID": "a"}, {"traceID": "b"}]})(request)
        whole = says_json({"trace": printed(spans())})
        return (whole if request.url.endswith("/a?") else silence(Fault.TOO_LARGE))(request)

    assert play(run(config(None, "tempo", **LINKED)), answer).result is Result.PASS


def test_a_name_stays_a_name_in_tempos_language() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return says_json({"traces": []})(request)

    play(run(config(None, "tempo", service='x"} || {true')), answer)
    assert "%22x%5C%22%7D+%7C%7C+%7Btrue%22" in asked[0].url


@pytest.mark.parametrize("flavour", BACKENDS)
@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(flavour: str, fault: Fault) -> None:
    assert play(run(config(None, flavour)), silence(fault)).result is Result.UNKNOWN


@pytest.mark.parametrize("flavour", BACKENDS)
@pytest.mark.parametrize("status", [204, 302, 400, 401, 403, 404, 429, 500])
def test_no_status_but_200_counts(flavour: str, status: int) -> None:
    assert play(run(config(None, flavour)), says(status, "{}")).result is Result.UNKNOWN


@pytest.mark.parametrize("flavour", BACKENDS)
@pytest.mark.parametrize(
    "body", ["", "[]", "null", "{}", "<html>Sign in", "[" * 100_000, '{"traces": null, "data": null, "result": 3}']
)
def test_a_body_that_is_something_else_is_unknown(flavour: str, body: str) -> None:
    assert play(run(config(None, flavour)), says(200, body)).result is Result.UNKNOWN


@pytest.mark.parametrize("flavour", BACKENDS)
def test_any_answer_gives_an_outcome(flavour: str) -> None:
    words = "data traces traceID result resourceSpans batches scopeSpans spans spanId parentSpanId processes p1 serviceName kind"
    hold_out(lambda: run(config(None, flavour, **LINKED)), *words.split(), json.dumps(flavour))
