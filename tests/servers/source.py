"""A source of the organisation on a free port: answers by path, and keeps every request with its headers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Call:
    method: str
    path: str  # with its query
    headers: dict[str, str]  # lower-cased names


@dataclass(frozen=True, slots=True)
class Source:
    """`answers`: path → what is sent as JSON, or (status, what), or an address to redirect to."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)

    def sent(self, header: str) -> list[str | None]:
        """The header in each call, in the order they came."""
        return [call.headers.get(header.lower()) for call in self.calls]


@contextmanager
def source(answers: dict[str, Any] | None = None) -> Iterator[Source]:
    said: dict[str, Any] = dict(answers or {})
    calls: list[Call] = []

    class Bound(_Handler):
        answers = said
        kept = calls

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Source(f"http://127.0.0.1:{server.server_port}", said, calls)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    answers: dict[str, Any]
    kept: list[Call]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.kept.append(Call(self.command, self.path, {name.lower(): text for name, text in self.headers.items()}))
        answer = self.answers.get(urlsplit(self.path).path, (404, {}))
        if isinstance(answer, str):
            self._send(302, b"", location=answer)
            return
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        self._send(status, json.dumps(content).encode())

    do_POST = do_GET  # noqa: N815 - the library looks for these names

    def _send(self, status: int, body: bytes, *, location: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def vector(*values: float) -> dict[str, Any]:
    """What Prometheus answers a query with."""
    result = [{"metric": {}, "value": [1_700_000_000.0, str(value)]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}
