"""Answers as Loki's documentation says that Loki does: there is no Loki to run where these tests were written.

It knows selectors with = != =~ !~ and the filters |= and !=, `start` (included), `end` (excluded), `limit` and
`direction`, refuses what it can't read in plain text with 400, and answers 401 without a tenant when it has one.
https://grafana.com/docs/loki/latest/reference/loki-http-api/
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

MATCHER = re.compile(r'\s*(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*,?')
FILTER = re.compile(r'\s*(\|=|!=)\s*"((?:[^"\\]|\\.)*)"')
TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda value, wanted: value == wanted,
    "!=": lambda value, wanted: value != wanted,
    "=~": lambda value, wanted: re.fullmatch(wanted, value) is not None,
    "!~": lambda value, wanted: re.fullmatch(wanted, value) is None,
}


class QueryError(Exception):
    pass


@dataclass(slots=True)
class Loki:
    """`lines`: (nanoseconds, labels, text). `queries`: what was asked. `collect`: called before each answer, as an agent that
    brings new lines.
    """

    url: str
    tenant: str = ""
    lines: list[tuple[int, Mapping[str, str], str]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    collect: Callable[["Loki"], None] = lambda _loki: None

    def push(self, labels: Mapping[str, str], *texts: str, age_s: float = 1) -> None:
        """Later texts are newer; the last is `age_s` old."""
        last = time.time_ns() - int(age_s * 1e9)
        self.lines += [(last - (len(texts) - 1 - place) * 1000, labels, text) for place, text in enumerate(texts)]

    def answer(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """Raises QueryError."""
        self.collect(self)
        matches = _reader(asked["query"])
        start, end = int(asked["start"]), int(asked["end"])
        found = [line for line in self.lines if start <= line[0] < end and matches(line[1], line[2])]
        found.sort(key=lambda line: line[0], reverse=asked.get("direction", "backward") == "backward")
        streams: dict[str, dict[str, Any]] = {}
        for at, labels, text in found[: int(asked.get("limit", 100))]:
            stream = streams.setdefault(json.dumps(labels, sort_keys=True), {"stream": labels, "values": []})
            stream["values"].append([str(at), text])
        return {"status": "success", "data": {"resultType": "streams", "result": list(streams.values()), "stats": {}}}


def _reader(query: str) -> Any:
    found = re.fullmatch(r"\s*\{([^{}]*)\}(.*)", query, re.DOTALL)
    matchers, filters = MATCHER.findall(found[1] if found else ""), FILTER.findall(found[2] if found else "")
    if not found or not matchers or FILTER.sub("", found[2]).strip():
        raise QueryError(f"parse error at line 1, col 1: syntax error: unexpected {query[:9]}")

    def matches(labels: Mapping[str, str], text: str) -> bool:
        fits = all(TESTS[operator](labels.get(label, ""), value) for label, operator, value in matchers)
        return fits and all((part in text) is (operator == "|=") for operator, part in filters)

    return matches


@contextmanager
def loki(*, tenant: str = "") -> Iterator[Loki]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    running = Loki(f"http://127.0.0.1:{server.server_port}", tenant)
    server.loki = running  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        held: Loki = self.server.loki  # type: ignore[attr-defined]
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()}
        if held.tenant and self.headers.get("X-Scope-OrgID") != held.tenant:
            return self._say(401, "text/plain", "no org id\n")
        if place.path != "/loki/api/v1/query_range":
            return self._say(404, "text/plain", "404 page not found\n")
        held.queries.append(asked)
        try:
            return self._say(200, "application/json", json.dumps(held.answer(asked)))
        except QueryError as problem:
            return self._say(400, "text/plain; charset=utf-8", f"{problem}\n")

    def _say(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
