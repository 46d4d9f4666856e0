"""What is sent, what comes back, and many checks at once."""

import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.egress import Egress, EgressPolicy, Fault, Request, Response, Steps
from tests.egress.listeners import answer, listening, redirect

OPEN = Egress(EgressPolicy.parse("127.0.0.0/8"))


def lines(head: bytes) -> list[str]:
    return head.decode().strip().split("\r\n")


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "TRACE"])
def test_each_method_is_sent_as_it_is(method: str) -> None:
    with listening(answer(b"" if method == "HEAD" else b"ok")) as server:
        response = OPEN.fetch(
            Request(f"{server.url}a/b?c=d%20e#f", method=method, headers={"X-One": "1", "X-None": ""})
        )
        (head,) = server.heads
    assert response.status == 200
    first, *headers = lines(head)
    assert first == f"{method} /a/b?c=d%20e HTTP/1.1"
    assert {"X-One: 1", "X-None:"} <= set(headers)
    assert not any(line.startswith(("Authorization", "Cookie", "Expect", "Content-Type")) for line in headers)


def test_a_body_is_sent_with_its_length_and_only_the_type_that_was_given() -> None:
    with listening() as server:
        OPEN.fetch(Request(server.url, method="POST", body=b'{"a": 1}', headers={"Content-Type": "application/json"}))
        headers = lines(server.heads[0].partition(b"\r\n\r\n")[0])
    assert {"Content-Length: 8", "Content-Type: application/json"} <= set(headers)


def test_headers_come_back_lower_cased_and_the_last_one_wins() -> None:
    with listening(answer(b"ok", "X-Twice: one", "x-tWICE:  two ", "Content-Type: text/plain")) as server:
        response = OPEN.fetch(Request(server.url))
    assert response.headers["x-twice"] == "two"
    assert response.text == "ok"
    assert response.elapsed > timedelta(0)


@pytest.mark.parametrize(
    "request_",
    [
        Request("http://127.0.0.1/\r\nX: y"),
        Request("http://127.0.0.1/\x00"),
        Request("http://127.0.0.1\x7f/"),
        Request("http://127.0.0.1:0/"),
        Request("http://127.0.0.1:65536/"),
        Request("http:///path"),
        Request("http://127.0.0.1/\ud800"),
        Request("http://\ud800/"),
        Request("http://127.0.0.1/", headers={"X": "\udfff"}),
        Request("127.0.0.1"),
        Request(""),
        Request("tcp://127.0.0.1:80"),
        Request("http://127.0.0.1/", method="GET /evil HTTP/1.1\r\n"),
        Request("http://127.0.0.1/", headers={"X": "a\r\nY: b"}),
        Request("http://127.0.0.1/", headers={"X\r\nY": "b"}),
        Request("http://127.0.0.1/", headers={"Content-Length": "5"}),
        Request("http://127.0.0.1/", headers={"Transfer-Encoding": "chunked"}),
    ],
    ids=lambda request: f"{request.method!r} {request.url!r} {dict(request.headers)}",
)
def test_what_cannot_be_sent_as_it_is_written_is_refused_with_a_sentence(request_: Request) -> None:
    response = OPEN.fetch(request_)
    assert response.fault is Fault.BAD_URL
    assert response.problem.endswith(".")


def test_interim_answers_and_trailers_change_no_header() -> None:
    def script(stream: Any, head: bytes) -> None:
        stream.sendall(
            b"HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        )
        stream.sendall(b"X-One: a\r\n\r\n2\r\nok\r\n0\r\nX-One: b\r\nHTTP/1.1: 500\r\n\r\n")

    with listening(script) as server:
        response = OPEN.fetch(Request(server.url))
    assert (response.status, response.text, response.fault) == (200, "ok", None)
    assert response.headers == {"transfer-encoding": "chunked", "x-one": "a"}


def test_connecting_only_sends_nothing() -> None:
    with listening() as server:
        for scheme in ("tcp", "http", "https"):
            response = OPEN.fetch(Request(f"{scheme}://{server.place}", connect_only=True))
            assert (response.fault, response.status) == (None, None)
        assert server.visitors() == 3
        assert server.heads == []


def test_credentials_stay_with_their_origin() -> None:
    secrets = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "text/html"}
    with listening() as other, listening(redirect(other.url)) as server:
        OPEN.fetch(Request(server.url, headers=secrets))
        assert {f"{name}: {text}" for name, text in secrets.items()} <= set(lines(server.heads[0]))
        sent_on = lines(other.heads[0])
    assert "Accept: text/html" in sent_on
    assert not any(line.split(":")[0] in {"Authorization", "Cookie", "X-Api-Key"} for line in sent_on)


def test_credentials_go_along_within_their_origin() -> None:
    def script(stream: Any, head: bytes) -> None:
        (redirect("/in") if b"GET / " in head else answer(b"in"))(stream, head)

    with listening(script) as server:
        assert OPEN.fetch(Request(server.url, headers={"Authorization": "Bearer x"})).text == "in"
        assert all("Authorization: Bearer x" in lines(head) for head in server.heads)


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_redirected_post_goes_on_as_the_status_says(status: int, method: str) -> None:
    with listening() as other, listening(redirect(other.url, status)) as server:
        OPEN.fetch(Request(server.url, method="POST", body=b"a=b"))
        assert lines(other.heads[0])[0] == f"{method} / HTTP/1.1"


def test_a_redirect_is_the_answer_when_it_is_not_to_be_followed() -> None:
    with listening(redirect("/elsewhere")) as server:
        response = OPEN.fetch(Request(server.url, follow_redirects=False))
    assert (response.status, response.headers["location"], response.fault) == (302, "/elsewhere", None)


def test_no_cookie_and_no_netrc_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with listening(answer(b"", "Set-Cookie: a=b")) as server:
        OPEN.fetch_all([Request(server.url), Request(server.url)])
        OPEN.run(_one_after_another(server.url))
        assert not any(b"Cookie" in head or b"Authorization" in head for head in server.heads)


def _one_after_another(url: str, times: int = 3) -> Steps[list[int | None]]:
    statuses = []
    for _ in range(times):
        (response,) = yield [Request(url)]
        statuses.append(response.status)
    return statuses


def test_a_batch_answers_in_the_order_it_was_asked() -> None:
    with listening(lambda stream, head: answer(head.split()[1])(stream, head)) as server:
        responses = OPEN.fetch_all([Request(f"{server.url}{number}") for number in range(100)])
    assert [response.text for response in responses] == [f"/{number}" for number in range(100)]


def test_connections_are_kept_within_one_call() -> None:
    with listening() as server:
        assert OPEN.run(_one_after_another(server.url, times=10)) == [200] * 10
        assert server.visitors() == 1


def test_no_more_than_the_limit_go_to_one_host_at_a_time() -> None:
    gate = threading.Barrier(3, timeout=5)
    seen = []

    def script(stream: Any, head: bytes) -> None:
        gate.wait()  # falls when three are here at once, and only then
        seen.append(gate.n_waiting)
        answer(b"ok")(stream, head)

    with listening(script) as server:
        egress = Egress(EgressPolicy.parse("127.0.0.1"), per_host=3)
        responses = egress.fetch_all([Request(server.url) for _ in range(12)])
        assert {response.status for response in responses} == {200}
        assert server.visitors() == 3


def test_many_checks_run_at_once_and_one_that_fails_harms_no_other() -> None:
    def failing(url: str) -> Steps[list[int | None]]:
        yield [Request(url)]
        raise KeyError("a mistake in a check")

    done: list[int] = []
    with listening() as server:
        many = [failing(server.url) if n % 10 == 3 else _one_after_another(server.url, n % 4) for n in range(150)]
        outcomes = OPEN.run_all(many, on_done=lambda position, outcome: done.append(position))
    assert sorted(done) == list(range(150))
    for n, outcome in enumerate(outcomes):
        if n % 10 == 3:
            assert isinstance(outcome, KeyError)
        else:
            assert outcome == [200] * (n % 4)


def test_what_steps_raise_comes_through_when_run_alone() -> None:
    def failing() -> Steps[None]:
        yield []
        raise KeyError("a mistake in a check")

    with pytest.raises(KeyError):
        OPEN.run(failing())


def test_a_slow_host_does_not_hold_up_the_others() -> None:
    def slow(stream: Any, head: bytes) -> None:
        stream.recv(1)

    with listening(slow) as stuck, listening() as server:
        finished: list[str] = []

        def ask(url: str) -> Steps[Response]:
            (response,) = yield [Request(url, timeout=timedelta(seconds=0.5))]
            finished.append("slow" if response.fault else "quick")
            return response

        OPEN.run_all([ask(stuck.url), *(ask(server.url) for _ in range(20))])
    assert finished == ["quick"] * 20 + ["slow"]


def test_one_egress_serves_several_threads() -> None:
    with listening() as server:
        counts: list[int] = []
        threads = [
            threading.Thread(target=lambda: counts.append(len(OPEN.run(_one_after_another(server.url)))))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert counts == [3] * 8


def test_a_user_goes_to_the_own_origin_and_to_no_other() -> None:
    with listening() as other, listening(redirect(other.url)) as server:
        OPEN.fetch(Request(server.url, user="reader:sesame"))
        own, foreign = server.heads[0], other.heads[0]
    assert b"Authorization: Basic cmVhZGVyOnNlc2FtZQ==" in own
    assert b"Authorization" not in foreign


def test_a_key_signs_the_request_and_stays_here() -> None:
    signing = Request(
        "", method="POST", body=b"{}", user="AKIDEXAMPLE:wJalrXUt", aws_sigv4="aws:amz:eu-west-1:secretsmanager"
    )
    with listening() as server:
        OPEN.fetch(replace(signing, url=server.url))
        head = server.heads[0]
    assert b"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" in head
    assert b"wJalrXUt" not in head


def test_a_user_is_shown_in_no_log() -> None:
    assert "sesame" not in repr(Request("https://a.example", user="reader:sesame"))


def test_a_call_that_waits_holds_up_no_other() -> None:
    order: list[str] = []

    def steps(name: str, after: timedelta) -> Steps[None]:
        yield [Request(server.url, after=after)]
        order.append(name)

    with listening() as server:
        slow, quick = steps("waited", timedelta(milliseconds=300)), steps("at once", timedelta(0))
        one_at_a_time = Egress(EgressPolicy.parse("127.0.0.0/8"), parallel=1)
        began = time.monotonic()
        one_at_a_time.run_all([slow, quick])
        took = time.monotonic() - began
    assert order == ["at once", "waited"]
    assert took >= 0.3


def test_calls_of_a_batch_wait_each_for_itself() -> None:
    waits = [timedelta(milliseconds=ms) for ms in (200, 0, 100)]
    with listening() as server:
        answers = OPEN.fetch_all([Request(f"{server.url}{ms.microseconds}", after=ms) for ms in waits])
        asked = [head.split(b" ")[1] for head in server.heads]
    assert asked == [b"/0", b"/100000", b"/200000"]
    assert all(response.elapsed < timedelta(milliseconds=200) for response in answers)
