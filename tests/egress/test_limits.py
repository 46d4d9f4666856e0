"""An answer is small and in time, or it's a fault: whatever a server does, a call ends at its deadline and costs little."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.egress import Egress, EgressPolicy, Fault, Request, Response
from tests.egress import listeners
from tests.egress.listeners import Script, answer, gzip_bomb, listening, redirect

OPEN = Egress(EgressPolicy.parse("127.0.0.0/8, ::1"))
DEADLINE = timedelta(seconds=1)
MIB = 1 << 20


def measured(url: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.egress.one_call", url, str(DEADLINE.total_seconds())]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2], timeout=30)
    outcome: dict[str, Any] = json.loads(printed.stdout)
    return outcome


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        (listeners.drip, Fault.TIMEOUT),
        (listeners.drip_headers, Fault.TIMEOUT),
        (listeners.silence, Fault.TIMEOUT),
        (listeners.slow_redirect, Fault.TIMEOUT),
        (listeners.endless_body, Fault.TOO_LARGE),
        (listeners.endless_headers, Fault.TOO_LARGE),
        (listeners.endless_header_line, Fault.TOO_LARGE),
        (listeners.endless_interim, Fault.TOO_LARGE),
        (listeners.endless_trailers, Fault.TOO_LARGE),
        (gzip_bomb(), Fault.TOO_LARGE),
        (gzip_bomb(layers=2), Fault.TOO_LARGE),
        (gzip_bomb(layers=3), Fault.TOO_LARGE),
    ],
    ids=lambda case: getattr(case, "__name__", None),
)
def test_a_hostile_answer_ends_in_time_and_costs_little_memory(script: Script, fault: Fault) -> None:
    with listening(script) as server:
        outcome = measured(server.url)
    assert outcome["fault"] == fault, outcome
    assert outcome["problem"].startswith(server.place)
    assert outcome["seconds"] <= DEADLINE.total_seconds() + 1
    assert outcome["grown_mib"] <= 32
    assert outcome["body"] <= MIB


def test_memory_that_grows_is_seen() -> None:
    """Else the figures above would mean nothing. In its own process: here another
    test's server may be giving memory back.
    """
    command = [
        sys.executable,
        "-c",
        "from tests.egress.one_call import grown_mib; print(grown_mib(lambda: b'x' * (64 << 20)))",
    ]
    printed = subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2], timeout=30)
    assert float(printed.stdout) > 48


def fetch(script: Script, **asked: Any) -> Response:
    with listening(script) as server:
        return OPEN.fetch(Request(server.url, timeout=DEADLINE, **asked))


def test_a_body_of_one_mebibyte_is_whole_and_one_byte_more_is_too_large() -> None:
    whole = fetch(answer(b"x" * MIB))
    assert (whole.fault, len(whole.body)) == (None, MIB)
    more = fetch(answer(b"x" * (MIB + 1)))
    assert (more.fault, more.status, len(more.body)) == (Fault.TOO_LARGE, 200, MIB)
    assert more.problem.endswith("sent more than 1 MiB; the rest was not read.")


def test_headers_of_just_under_64_kib_are_read() -> None:
    many = [f"X-{number}: {'x' * 1000}" for number in range(60)]
    response = fetch(answer(b"ok", *many))
    assert (response.fault, response.headers["x-59"]) == (None, "x" * 1000)
    assert fetch(answer(b"ok", *many, *many)).fault is Fault.TOO_LARGE


def test_three_redirects_are_followed_and_a_fourth_is_not() -> None:
    def until(last: int) -> Script:
        def script(stream: Any, head: bytes) -> None:
            hops = len(head.split()[1]) - 1
            (redirect(f"/{'x' * (hops + 1)}") if hops < last else answer(b"there"))(stream, head)

        return script

    arrived = fetch(until(3))
    assert (arrived.status, arrived.text, arrived.fault) == (200, "there", None)
    assert arrived.url.endswith("/xxx")
    assert fetch(until(4)).fault is Fault.TOO_MANY_REDIRECTS


def test_a_redirect_loop_ends() -> None:
    response = fetch(redirect("/"))
    assert response.fault is Fault.TOO_MANY_REDIRECTS
    assert "redirects more than 3 times" in response.problem


def test_the_deadline_covers_the_tls_handshake() -> None:
    with listening(listeners.silence) as server:
        started = time.monotonic()
        response = OPEN.fetch(Request(f"https://{server.place}/", timeout=DEADLINE / 2))
    assert response.fault is Fault.TIMEOUT
    assert "did not complete the TLS handshake within 0.5 s" in response.problem
    assert time.monotonic() - started <= 1.5


def test_a_timeout_on_a_kept_connection_says_what_was_slow() -> None:
    def script(stream: Any, head: bytes) -> None:
        (answer(b"ok") if b"GET / " in head else listeners.silence)(stream, head)

    with listening(script) as server:

        def steps() -> Any:
            yield [Request(server.url)]
            return (yield [Request(f"{server.url}slow", timeout=DEADLINE / 4)])

        (response,) = OPEN.run(steps())
        assert server.visitors() == 1
    assert response.problem == f"{server.place} accepted the connection but did not answer within 0.25 s."


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        (b"", "closed the connection without an answer."),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "answered with something that is not HTTP."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "closed the connection before its answer was complete."),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain",
            "sent a compressed body that cannot be unpacked.",
        ),
    ],
)
def test_a_malformed_answer_is_broken_and_says_how(sent: bytes, problem: str) -> None:
    def script(stream: Any, head: bytes) -> None:
        stream.sendall(sent)
        stream.close()

    with listening(script) as server:
        response = OPEN.fetch(Request(server.url, timeout=DEADLINE))
    assert (response.fault, response.problem) == (Fault.BROKEN, f"{server.place} {problem}")


def test_a_refused_connection_says_that_nothing_listens() -> None:
    with listening() as server:
        place = server.place
    for scheme, connect_only in (("http", False), ("https", False), ("tcp", True)):
        response = OPEN.fetch(Request(f"{scheme}://{place}", connect_only=connect_only))
        assert response.fault is Fault.REFUSED
        assert response.problem == f"The connection to {place} was refused: nothing is listening there."


def test_an_unknown_name_says_so() -> None:
    response = OPEN.fetch(Request("http://nobody.invalid/", timeout=DEADLINE))
    assert response.fault is Fault.NO_SUCH_HOST
    assert response.problem == "The name nobody.invalid is not known: no address was found for it."
