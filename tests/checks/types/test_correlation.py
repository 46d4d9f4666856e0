"""Loki is a stand-in that follows its documentation: read, not run."""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.correlation import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.anything import enveloped, json_with
from tests.checks.types.playing import POLICY, Answer, asked, by_path, in_turn, play, says, says_json, silence
from tests.servers.loki import loki

TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-[0-9a-f]{16}-01")


def config(loki_url: str = "http://l", service_url: str = "http://s", /, **more: object) -> Config:
    addresses = {"base_url": loki_url, "service_url": service_url}
    return Config.model_validate({**addresses, "path": "/orders/1", **more})


@contextmanager
def service(log: Callable[[str], None], forwards_to: str = "") -> Iterator[str]:
    """Logs the trace of each call and passes it on, as its instrumentation would. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            trace = TRACEPARENT.fullmatch(self.headers["traceparent"])
            log(trace[1] if trace else "none")
            if forwards_to:
                headers = {"traceparent": self.headers["traceparent"]}
                Egress(POLICY).fetch(Request(forwards_to, headers=headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize(
    ("min_services", "result", "words"),
    [
        (2, Result.PASS, "The id was found in the logs of checkout, payments."),
        (3, Result.FAIL, "in the logs of checkout, payments only within 1 seconds; 3 services must log it."),
    ],
)
def test_an_id_is_followed_through_two_services(egress: Egress, min_services: int, result: Result, words: str) -> None:
    with loki() as store:

        def logger(name: str) -> Callable[[str], None]:
            return lambda trace: store.push({"service_name": name}, json.dumps({"trace_id": trace}), age_s=0)

        with service(logger("payments")) as payments, service(logger("checkout"), payments) as checkout:
            outcome = egress.run(run(config(store.url, checkout, min_services=min_services, wait_seconds=1)))
    assert outcome.result is result, outcome
    assert words in outcome.reason


def found(*services: str, label: str = "service_name", text: str = "a line") -> dict[str, object]:
    result = [{"stream": {label: name}, "values": [["1800000000000000000", text]]} for name in services]
    return {"status": "success", "data": {"resultType": "streams", "result": result}}


class Store:
    """A Loki that answers questions for an id one after the other, and the one for any line with `lines`."""

    def __init__(self, *contents: object, lines: object = None, status: int = 200) -> None:
        self.contents, self.lines, self.status = list(contents), lines or found("checkout"), status
        self.requests: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.requests.append(request)
        if "/loki/" not in request.url:
            return says(self.status)(request)
        if "|=" not in asked(request):
            return says_json(self.lines)(request)
        return says_json(self.contents.pop(0) if len(self.contents) > 1 else self.contents[0])(request)


def judged(answer: Answer, /, **more: object) -> Outcome:
    return play(run(config(**more)), answer)


def test_lines_that_arrive_late_are_found() -> None:
    store = Store(found(), found("checkout"), found("checkout", "payments"))
    assert judged(store).result is Result.PASS
    assert [request.after for request in store.requests] == [timedelta(seconds=s) for s in (0, 1, 2, 3)]


@pytest.mark.parametrize(("seconds", "waits"), [(1, [1]), (4, [1, 2, 1]), (30, [1, 2, 3, 5, 8, 11]), (60, None)])
def test_it_looks_until_time_is_up(seconds: int, waits: Sequence[int] | None) -> None:
    store = Store(found())
    judged(store, wait_seconds=seconds)
    looks = [int(request.after.total_seconds()) for request in store.requests if "|=" in asked(request)]
    assert sum(looks) == seconds
    assert waits is None or looks == waits


def test_the_id_is_sent_in_and_looked_for_and_new_each_time() -> None:
    ids = set()
    for _ in range(2):
        store = Store(found())
        judged(store, wait_seconds=1, streams='{namespace="shop"}')
        sent = store.requests[0].headers
        match = TRACEPARENT.fullmatch(sent["traceparent"])
        assert match
        assert sent["X-Request-ID"] == match[1]
        assert asked(store.requests[1]) == f'{{namespace="shop"}} |= "{match[1]}"'
        ids.add(match[1])
    assert len(ids) == 2


def test_an_id_that_stops_at_the_first_service_fails() -> None:
    outcome = judged(Store(found("checkout")))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "The id was found in the logs of checkout only within 30 seconds; 2 services must log it."
    assert [finding.where for finding in outcome.findings] == ["checkout"]


def test_an_id_in_no_log_fails_where_there_are_logs_and_is_unknown_where_there_are_none() -> None:
    assert judged(Store(found())).reason == "The id was found in no log within 30 seconds; 2 services must log it."
    outcome = judged(Store(found(), lines=found()))
    assert outcome.result is Result.UNKNOWN
    assert "no line of these streams at all" in outcome.reason


def test_a_label_that_names_no_service_is_said() -> None:
    outcome = judged(Store(found("checkout", label="app")))
    assert outcome.result is Result.UNKNOWN
    assert "carry no label “service_name”" in outcome.reason
    assert judged(Store(found("checkout", "payments", label="app")), service_label="app").result is Result.PASS


def test_what_a_line_says_is_never_repeated() -> None:
    assert "secret" not in repr(judged(Store(found("checkout", text="a secret"))))


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_request_that_fails_is_unknown_and_nothing_is_looked_for(status: int) -> None:
    store = Store(found(), status=status)
    outcome = judged(store)
    assert outcome.result is Result.UNKNOWN
    assert f"/orders/1 answered {status}" in outcome.reason
    assert len(store.requests) == 1


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert judged(silence(fault)).reason == "The service gave no answer: It did not answer."
    assert judged(by_path({"/loki/": silence(fault)}, says(200))).reason == "Loki gave no answer: It did not answer."


def test_each_address_is_sent_its_own_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECK_SECRET_S", "http://s one")
    monkeypatch.setenv("CHECK_SECRET_L", "http://l two")
    store = Store(found("checkout", "payments"))
    judged(store, service_credential="X-S: ${CHECK_SECRET_S}", credential="X-L: ${CHECK_SECRET_L}")
    call, look = store.requests
    assert call.headers["X-S"] == "one"
    assert "X-L" not in call.headers
    assert look.headers == {"X-L": "two"}


JSON = json_with(("resultType", "streams", "result", "stream", "values", "service_name", "checkout", "1"))


@settings(max_examples=200)
@given(some.lists(enveloped(JSON) | some.just(found("checkout")), min_size=1, max_size=3))
def test_any_json_gives_an_outcome(contents: list[object]) -> None:
    outcome = judged(in_turn(contents))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
