"""Somebody's API, as a test says it: each call is answered by one function, and noted."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Call:
    """`path` as it was sent; `headers` with lower-case names; `query` as name → values."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    @property
    def place(self) -> str:
        return unquote(self.path)

    def asked(self, name: str, otherwise: str = "") -> str:
        return self.query.get(name, [otherwise])[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """`content`: bytes and text go out as they are, everything else as JSON."""

    content: object = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return (self.content if isinstance(self.content, str) else json.dumps(self.content)).encode()


@dataclass(frozen=True, slots=True)
class Api:
    url: str
    calls: list[Call]


@contextmanager
def api(answer: Callable[[Call], Answer]) -> Iterator[Api]:
    """A server on a free port of 127.0.0.1 that asks `answer` for each call, from several threads at once."""
    calls: list[Call] = []

    class Handler(_Handler):
        def answered(self, call: Call) -> Answer:
            calls.append(call)
            return answer(call)

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Api(f"http://127.0.0.1:{server.server_port}", calls)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answered(self, call: Call) -> Answer:
        raise NotImplementedError

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length") or 0))
        found = self.answered(Call(self.command, parts.path, parse_qs(parts.query), headers, body))
        with suppress(BrokenPipeError, ConnectionResetError):
            self._send(found)

    do_POST = do_GET  # noqa: N815 - the library looks for this name

    def _send(self, found: Answer) -> None:
        self.send_response_only(found.status)
        for name, value in {"Content-Type": "application/json", **found.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(found.body)))
        self.end_headers()
        self.wfile.write(found.body)

    def log_message(self, format: str, *args: object) -> None:
        pass
