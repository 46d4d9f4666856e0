"""A small service that is ready for production, as a process of its own: `python -m tests.end_to_end.shop --port 8400 …`.

It logs JSON lines, exports metrics and traces, guards its routes, answers errors cleanly and drains when told to stop. A file in
its `--switches` folder makes it worse while it lies there: `debug-logs`, `open-orders`, `dependency-off`.
"""

import argparse
import json
import os
import signal
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Tracer
from prometheus_client import Counter, Gauge, Histogram, generate_latest

REQUESTS = Counter("http_requests", "Requests answered", ["method", "code"])
DURATION = Histogram("http_request_duration_seconds", "How long each took", ["method"])
ORDERS = Counter("orders_placed", "Orders that were placed")
POOL_MAX = Gauge("orders_db_pool_max", "Size of the pool of database connections")
POOL_IN_USE = Gauge("orders_db_pool_in_use", "Connections in use")
ROLES = {"Bearer reader": "reader", "Bearer admin": "admin"}
PROTECTED = ("/api/orders", "/api/customers")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: object = None
    type: str = "application/json"

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def problem(status: int, title: str) -> Answer:
    return Answer(status, {"title": title, "status": status}, "application/problem+json")


class Shop:
    """What the service does. `prices`: host and port of the service it calls; empty when this is that service."""

    def __init__(self, name: str, prices: str, switches: Path, log: Path, tracer: Tracer) -> None:
        self.name, self.prices, self.switches, self.tracer = name, prices, switches, tracer
        self.log_file = log.open("a", buffering=1)
        POOL_MAX.set(10)
        POOL_IN_USE.set(2)

    def is_on(self, switch: str) -> bool:
        return (self.switches / switch).exists()

    def log(self, level: str, message: str, **fields: object) -> None:
        line = {
            "time": datetime.now(UTC).isoformat(),
            "level": level,
            "service": self.name,
            "message": message,
            **fields,
        }
        self.log_file.write(json.dumps(line) + "\n")

    def answer(self, method: str, path: str, query: str, headers: Any, body: bytes) -> Answer:
        routes: dict[str, Callable[[], Answer]] = {
            "/healthz/live": lambda: Answer(200, {"status": "live"}),
            "/healthz/ready": self._ready,
            "/metrics": lambda: Answer(200, generate_latest(), "text/plain; version=0.0.4"),
            "/openapi.json": lambda: Answer(200, OPENAPI),
            "/slow": lambda: self._slow(query),
            "/fail": self._fail,
            "/api/prices": self._prices,
            **{route: lambda: self._orders(method, headers, body) for route in PROTECTED},
        }
        if path not in routes:
            return problem(404, "There is no such page.")
        if method not in {"GET", "HEAD"} and path not in PROTECTED:
            return problem(405, "This page is read only.")
        return routes[path]()

    def _ready(self) -> Answer:
        is_off = self.is_on("dependency-off")
        return Answer(503, {"status": "the database is gone"}) if is_off else Answer(200, {"status": "ready"})

    def _slow(self, query: str) -> Answer:
        time.sleep(min(5.0, float(parse_qs(query).get("seconds", ["1"])[0])))
        return Answer(200, {"status": "done"})

    def _fail(self) -> Answer:
        raise RuntimeError("on purpose")

    def _prices(self) -> Answer:
        if not self.prices:
            return Answer(200, {"coffee": 380})
        with self.tracer.start_as_current_span(
            "GET prices", kind=SpanKind.CLIENT, attributes={"peer.service": "prices", "server.address": self.prices}
        ):
            headers: dict[str, str] = {"X-Request-ID": REQUEST.id}
            propagate.inject(headers)
            connection = HTTPConnection(self.prices, timeout=2)
            connection.request("GET", "/api/prices", headers=headers)
            return Answer(200, json.loads(connection.getresponse().read()))

    def _orders(self, method: str, headers: Any, body: bytes) -> Answer:
        role = ROLES.get(headers.get("Authorization", ""), "")
        if not self.is_on("open-orders"):
            if not role:
                return problem(401, "Say who you are.")
            if role != "admin":
                return problem(403, "This takes an administrator.")
        if method == "POST":
            return self._place(body)
        with self.tracer.start_as_current_span(
            "SELECT orders", kind=SpanKind.CLIENT, attributes={"db.system": "sqlite", "db.name": "orders-db"}
        ):
            [count] = sqlite3.connect(":memory:").execute("SELECT 1").fetchone()
        return Answer(200, {"orders": count})

    def _place(self, body: bytes) -> Answer:
        try:
            order = json.loads(body)
        except ValueError:
            return problem(400, "An order is JSON.")
        if not isinstance(order, dict) or not isinstance(order.get("item"), str):
            return problem(422, "An order names an item.")
        ORDERS.inc()
        return Answer(201, {"order": str(uuid.uuid4())})


class _Request(threading.local):
    id = ""


REQUEST = _Request()
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        **{route: {"get": {"security": [{"bearer": []}], "responses": {"200": {"description": "ok"}}}} for route in PROTECTED},
        "/api/prices": {"get": {"responses": {"200": {"description": "ok"}}}},
    },
}  # fmt: skip


class Handler(BaseHTTPRequestHandler):
    shop: Shop

    def handle_any(self) -> None:
        started, url = time.monotonic(), urlsplit(self.path)
        REQUEST.id = self.headers.get("X-Request-ID") or uuid.uuid4().hex
        context = propagate.extract(dict(self.headers))
        with self.shop.tracer.start_as_current_span(
            f"{self.command} {url.path}", context, kind=SpanKind.SERVER
        ) as span:
            answer = self._answered(url.path, url.query)
            span.set_attribute("http.response.status_code", answer.status)
        self._send(answer)
        seconds = time.monotonic() - started
        if url.path != "/metrics":
            REQUESTS.labels(self.command, str(answer.status)).inc()
            DURATION.labels(self.command).observe(seconds)
            self._log(answer.status, seconds, trace.format_trace_id(span.get_span_context().trace_id))

    def _answered(self, path: str, query: str) -> Answer:
        try:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return self.shop.answer(self.command, path, query, self.headers, body)
        except Exception as error:  # noqa: BLE001 - the error boundary
            self.shop.log("error", f"{type(error).__name__}: {error}", request_id=REQUEST.id)
            return problem(500, "Something went wrong here.")

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in {
            "Content-Type": answer.type, "Content-Length": str(len(answer.content)),
            "X-Content-Type-Options": "nosniff", "X-Request-ID": REQUEST.id,
        }.items():  # fmt: skip
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.content)

    def _log(self, status: int, seconds: float, trace_id: str) -> None:
        fields = {
            "method": self.command, "path": urlsplit(self.path).path[:200], "status": status,
            "duration_ms": round(seconds * 1000, 2), "request_id": REQUEST.id, "trace_id": trace_id,
        }  # fmt: skip
        if self.shop.is_on("debug-logs"):
            self.shop.log("debug", "headers were read", request_id=REQUEST.id)
        self.shop.log("error" if status >= 500 else "info", "request", **fields)

    def __getattr__(self, name: str) -> Any:
        """Any method at all, so that none is answered by the standard library's HTML."""
        if name.startswith("do_"):
            return self.handle_any
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        self.command = getattr(self, "command", None) or "GET"
        self._send(problem(code, message or "That was no request."))

    def version_string(self) -> str:
        return "shop"

    def log_message(self, *_: object) -> None:
        pass  # our own line stands in the log


class Server(ThreadingHTTPServer):
    daemon_threads = False  # what is under way is answered before it ends


def tracer(name: str) -> Tracer:
    """Traces go where OTEL_EXPORTER_OTLP_TRACES_ENDPOINT says, if anywhere."""
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    if os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=200))
    return provider.get_tracer("shop")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", default="shop")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 0))
    parser.add_argument("--prices", default="", help="host:port of the service that it calls")
    parser.add_argument("--switches", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    options = parser.parse_args()
    Handler.shop = Shop(options.name, options.prices, options.switches, options.log, tracer(options.name))
    server = Server(("127.0.0.1", options.port), Handler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
