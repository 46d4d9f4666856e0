#!/usr/bin/env python3
"""Drain drill: does a server that is told to stop finish what it has begun, and take nothing new?

    python3 drain_drill.py --slow-path /slow --ready-path /healthz/ready --output drain.json -- ./server --port {port}

Starts CMD in a process group of its own with PORT in its environment (and `{port}` in its words replaced), waits until it
answers, sends slow requests, sends SIGTERM to the process as Kubernetes does, tries new requests meanwhile, and writes what it
saw as a report. Exit: 0 it drains, 1 it does not, 2 it can't be told.

One file for Python 3.9 and later, without anything to install. It talks to 127.0.0.1 only, and ends whatever it started.
How processes should end: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import ipaddress
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TOOL = "drain_drill 1"
DRAINS, LOSES, UNTOLD = 0, 1, 2
PAUSE_S = 0.1
TRIED_AFTER_S = 0.3  # a signal takes a moment to be noticed; a balancer would not be quicker
TRIES_AT_LEAST = 3  # also after the end: a shell that dies first leaves a server that goes on answering
PATIENCE_S = 2.0


class CanNotTell(Exception):  # noqa: N818 - no fault of this program
    """Why the drill says nothing about the server, in a sentence."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default="", help="where it answers, on this machine; left out, a free port is chosen")
    parser.add_argument("--slow-path", default="/", help="takes a second or more to answer (/)")
    parser.add_argument("--ready-path", default="", help="answers 503 once the server should get nothing new")
    parser.add_argument("--requests", type=int, default=4, help="slow requests under way when the signal comes (4)")
    parser.add_argument("--grace", type=float, default=30, help="seconds until it would be killed (30)")
    parser.add_argument("--start-within", type=float, default=60, help="seconds until it has to answer (60)")
    parser.add_argument("--output", type=Path, default=Path("drain.json"), help="where the report goes (drain.json)")
    parser.add_argument("command", nargs="+", metavar="CMD", help="after --: what starts the server")


class SlowRequest(threading.Thread):
    """`answer` is a status, or a word where there was none; `answered_at` on the clock of `time.monotonic`."""

    def __init__(self, server: Server, path: str, patience_s: float) -> None:
        super().__init__(daemon=True)
        self.server, self.path, self.patience_s = server, path, patience_s
        self.is_sent = threading.Event()
        self.answer: int | str = "timeout"
        self.answered_at = float("inf")

    def run(self) -> None:
        self.answer = self.server.ask(self.path, self.patience_s, self.is_sent)
        self.answered_at = time.monotonic()
        self.is_sent.set()


class Server:
    """The process that CMD starts, and the address at which it answers."""

    def __init__(self, url: str, command: Sequence[str]) -> None:
        self.host, self.port = address_of(url) if url else ("127.0.0.1", free_port())
        if url and self.ask("/", PATIENCE_S) != "refused":
            raise CanNotTell(f"Something answers at {self.host}:{self.port} already; stop it first.")
        self.command = [word.replace("{port}", str(self.port)) for word in command]
        self.process = self._start()
        self.told_at = 0.0

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PORT": str(self.port)}
        try:  # what it prints goes where our own words go: standard output may be read by a program
            return subprocess.Popen(  # noqa: S603 - the person who calls says what to start
                self.command,
                env=environment,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
            )
        except OSError as error:
            raise CanNotTell(f"{self.command[0]} can't be started: {error.strerror or error}.") from error

    def ask(self, path: str, patience_s: float, is_sent: threading.Event | None = None) -> int | str:
        """A status, or `refused`, `reset` or `timeout`. Each on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=patience_s)
        try:
            connection.request("GET", path, headers={"Connection": "close", "User-Agent": TOOL})
            if is_sent:
                is_sent.set()
            response = connection.getresponse()
            response.read()
            return response.status
        except ConnectionRefusedError:
            return "refused"
        except TimeoutError:
            return "timeout"
        except (OSError, http.client.HTTPException):
            return "reset"
        finally:
            connection.close()

    def wait_until_it_answers(self, path: str, within_s: float, slow_s: float) -> None:
        """Raises CanNotTell when it ends first, takes too long, or answers with anything but 2xx."""
        answer: int | str = "refused"
        for _ in until(time.monotonic() + within_s):
            if self.process.poll() is not None:
                raise CanNotTell(f"It ended with {self.process.returncode} before it answered anything.")
            answer = self.ask(path, slow_s)
            if is_good(answer):
                return
        raise CanNotTell(
            f"After {within_s:g} s {path} gave {answer}; without a 2xx before nothing shows what comes after."
        )

    def tell_to_stop(self) -> None:
        """The process alone, not its group: so it comes from an orchestrator."""
        self.told_at = time.monotonic()
        self.process.send_signal(signal.SIGTERM)

    def try_new_requests(self, path: str, grace_s: float, patience_s: float) -> Iterator[int | str]:
        """One after the other until it has ended, and then once more or twice."""
        time.sleep(TRIED_AFTER_S)
        for tried, _ in enumerate(until(self.told_at + grace_s), start=1):
            has_ended = self.process.poll() is not None
            yield self.ask(path, patience_s)
            if has_ended and tried >= TRIES_AT_LEAST:
                return

    def end(self) -> None:
        """Whatever is left of the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    @property
    def has_left_somebody(self) -> bool:
        """Whether a process of the group outlives the one that was told to stop."""
        try:
            os.killpg(self.process.pid, 0)
        except (ProcessLookupError, PermissionError):
            return False
        return True


class Watch(threading.Thread):
    """Notes to the hundredth of a second when the process ended; kills it when its grace is over."""

    def __init__(self, server: Server, grace_s: float) -> None:
        super().__init__(daemon=True)
        self.server, self.grace_s = server, grace_s
        self.was_killed = False
        self.seconds = grace_s

    def run(self) -> None:
        try:
            self.server.process.wait(self.grace_s)
        except subprocess.TimeoutExpired:
            self.was_killed = True
            self.server.process.kill()
            self.server.process.wait()
        self.seconds = time.monotonic() - self.server.told_at


def drill(options: argparse.Namespace) -> dict[str, Any]:
    """The report of one drill. Raises CanNotTell."""
    server = Server(options.url, options.command)
    try:
        return _drilled(server, options)
    finally:
        server.end()


def _drilled(server: Server, options: argparse.Namespace) -> dict[str, Any]:
    # A new request has to be one that was answered before: a 404 from a wrong path would look like a closed door.
    tried = options.ready_path or options.slow_path
    patience_s = PATIENCE_S if options.ready_path else options.grace
    server.wait_until_it_answers(tried, options.start_within, patience_s)
    started_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    slow = [SlowRequest(server, options.slow_path, options.grace + PATIENCE_S) for _ in range(options.requests)]
    for request in slow:
        request.start()
    for request in slow:
        request.is_sent.wait(PATIENCE_S)
    time.sleep(TRIED_AFTER_S)  # sent is not yet read
    server.tell_to_stop()
    watch = Watch(server, options.grace)
    watch.start()
    new = list(server.try_new_requests(tried, options.grace, patience_s))
    watch.join()
    has_left_somebody = server.has_left_somebody
    for request in slow:
        request.join(max(0.0, server.told_at + options.grace + PATIENCE_S - time.monotonic()))
    in_flight = [request.answer for request in slow if request.answered_at > server.told_at]
    return {
        "drain": 1,
        "tool": TOOL,
        "command": shlex.join(server.command),
        "url": f"http://{server.host}:{server.port}",
        "started_at": started_at,
        "grace_s": options.grace,
        "seconds": round(watch.seconds, 3),
        "exit_code": server.process.returncode,
        "was_killed": watch.was_killed,
        "in_flight": in_flight,
        "answered_too_soon": [request.answer for request in slow if request.answered_at <= server.told_at],
        "new_requests": new,
        "readiness_after": 503 if options.ready_path and 503 in new else None,
        "left_behind": has_left_somebody,
    }


def verdict(report: dict[str, Any]) -> tuple[int, str]:
    """(exit code, a sentence). By the rules by which the report is judged once it is pushed."""
    lost = [answer for answer in report["in_flight"] if not is_good(answer)]
    answered = [answer for answer in report["new_requests"] if is_good(answer)]
    if lost:
        return (
            LOSES,
            f"{len(lost)} of {len(report['in_flight'])} requests in flight got {lost[0]} in place of an answer.",
        )
    if answered and report["readiness_after"] != 503:
        shell = (
            " A process was left behind: does a shell keep the signal from the server?" if report["left_behind"] else ""
        )
        return LOSES, f"{len(answered)} new requests were still answered after the signal.{shell}"
    if report["was_killed"]:
        return LOSES, f"It did not end within {report['grace_s']:g} s and was killed."
    if not report["in_flight"]:
        soon = ", ".join(map(str, report["answered_too_soon"])) or "nothing"
        return UNTOLD, f"No request was under way when the signal came ({soon} came before); name a slower --slow-path."
    return DRAINS, f"{len(report['in_flight'])} requests in flight answered; it ended after {report['seconds']:.2f} s."


def is_good(answer: int | str) -> bool:
    return isinstance(answer, int) and 200 <= answer < 300


def until(end: float) -> Iterator[None]:
    """A turn every PAUSE_S until `end`; one at least."""
    while True:
        yield
        if time.monotonic() + PAUSE_S >= end:
            return
        time.sleep(PAUSE_S)


def address_of(url: str) -> tuple[str, int]:
    """Raises CanNotTell for any other machine than this one."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url if "//" in url else f"//{url}")
        host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname or ""
        if ipaddress.ip_address(host).is_loopback and parts.scheme in {"", "http"}:
            return host, parts.port or 80
    raise CanNotTell("A drill is held on this machine only: --url http://127.0.0.1:8000")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def run(options: argparse.Namespace) -> int:
    """Holds the drill, writes the report, says what it shows, answers the exit code."""
    try:
        report = drill(options)
        options.output.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    except CanNotTell as why:
        print(f"UNKNOWN: {why}")
        return UNTOLD
    except OSError as error:
        print(f"UNKNOWN: {options.output} can't be written: {error.strerror or error}.")
        return UNTOLD
    code, sentence = verdict(report)
    print(f"{('PASS', 'FAIL', 'UNKNOWN')[code]}: {sentence} The report is {options.output}.")
    return code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
