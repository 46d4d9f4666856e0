"""An application that behaves, or misbehaves on demand: set its `behaviour` and call it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Literal
from urllib.parse import urlsplit

TRACEBACK = """Traceback (most recent call last):
  File "/srv/app/orders.py", line 12, in create
    amount = payload["amount"]
KeyError: 'amount'
"""
SIGN_IN = '<!doctype html><title>Sign in</title><form><input name="p" type="password"></form>'
DEBUG_PAGE = (
    "<!DOCTYPE html><html><head><title>KeyError at /</title></head><body>"
    "<p>You're seeing this error because you have <code>DEBUG = True</code> in your settings.</p></body></html>"
)


@dataclass(frozen=True, slots=True)
class Page:
    body: str
    status: int = 200
    kind: str = "text/html; charset=utf-8"
    location: str = ""


@dataclass(slots=True)
class Behaviour:
    """`auth`: guarded · open to all · redirects to sign in · open to whoever is signed in · fails.

    `pages` answer for their path, whatever the rest says; a page may be a function, called on each request.
    """

    live_status: int = 200
    live_delay_s: float = 0
    ready_status: int = 200
    auth: Literal["guarded", "open", "sign-in", "any-token", "failing"] = "guarded"
    errors: Literal["json", "html", "traceback", "debug-page", "none"] = "json"
    pages: dict[str, Page | Callable[[], Page]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Application:
    url: str
    behaviour: Behaviour
    seen: list[tuple[str, str]]  # method and path of each request, in the order they came

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc


@contextmanager
def misbehaving() -> Iterator[Application]:
    """An application on a free port of 127.0.0.1. It knows `Bearer reader`, who may too little, and `Bearer admin`."""
    application_behaviour = Behaviour()
    seen: list[tuple[str, str]] = []
    stopped = threading.Event()

    class Bound(_Handler):
        behaviour = application_behaviour
        requests = seen
        ended = stopped

    server = _Server(("127.0.0.1", 0), Bound)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield Application(f"http://127.0.0.1:{server.server_port}", application_behaviour, seen)
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the usual 5, one of a batch of calls waits a second for its connection


class _Handler(BaseHTTPRequestHandler):
    behaviour: Behaviour
    requests: list[tuple[str, str]]
    ended: threading.Event
    protocol_version = "HTTP/1.1"
    close_connection = True

    def do_GET(self) -> None:
        self.requests.append((self.command, self.path))
        path = urlsplit(self.path).path
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with suppress(BrokenPipeError, ConnectionResetError):
            if path == "/endless":
                self._stream_for_ever()
            else:
                self._answer(self._page(path))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the library looks for these names

    def _page(self, path: str) -> Page:
        if found := self.behaviour.pages.get(path):
            return found if isinstance(found, Page) else found()
        match path:
            case "/healthz/live":
                self.ended.wait(self.behaviour.live_delay_s)
                return Page("", self.behaviour.live_status)
            case "/healthz/ready":
                return Page("", self.behaviour.ready_status)
            case "/login":
                return Page(SIGN_IN)
            case "/loop":
                return Page("", 302, location="/loop")
            case "/silent":
                self.ended.wait(30)
                return Page("")
            case "/":
                return self._error(400) if self.command != "GET" else Page("<!doctype html><p>Welcome")
            case _ if path.startswith("/api/"):
                return self._api_page()
        return self._error(404)

    def _api_page(self) -> Page:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        match self.behaviour.auth:
            case "open":
                return Page("{}", kind="application/json")
            case "failing":
                return self._error(500)
            case "sign-in" if not token:
                return Page("", 302, location="/login?next=" + self.path)
            case "any-token" if token:
                return Page("{}", kind="application/json")
        if not token:
            return self._error(401)
        return Page("{}", kind="application/json") if token == "admin" else self._error(403)

    def _error(self, status: int) -> Page:
        match self.behaviour.errors:
            case "traceback":
                return Page(TRACEBACK, 500, "text/plain")
            case "debug-page":
                return Page(DEBUG_PAGE, 500)
            case "html":
                return Page("<!doctype html><title>Oh</title><p>That did not work.", status)
            case "none":
                return Page("<!doctype html><p>Welcome")
            case _:
                return Page(json.dumps({"title": "That did not work."}), status, "application/problem+json")

    def _answer(self, page: Page) -> None:
        body = page.body.encode()
        self.send_response(page.status)
        self.send_header("Content-Type", page.kind)
        self.send_header("Content-Length", str(len(body)))
        if page.status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if page.location:
            self.send_header("Location", page.location)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _stream_for_ever(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in count():
            if self.ended.is_set():
                return
            self.wfile.write(b"x" * 65536)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        # What the standard library refuses by itself (an unknown method, a line too long) is answered our way too.
        self.close_connection = True
        self._answer(self._error(code))

    def log_message(self, format: str, *args: object) -> None:
        pass
