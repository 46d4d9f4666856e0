"""What the shop's pipeline does: produces reports of this release, and pushes them with curl as the snippets say."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.assessments.formats import reports
from tests.servers.code_host import COMMIT

DEPENDENCIES = ("prices", "orders-db")
RESILIENCE = [
    *(f"{dependency} is {fault}" for dependency in DEPENDENCIES for fault in ("slow", "error", "down")),
    *("retry backoff grows", "retry jitter differs", "retry cap is kept", "only idempotent calls are repeated"),
    *("breaker is open", "breaker fail-fast", "breaker is half-open again"),
    "dependency down: live 200, ready 503",
]
RULES = [
    {"id": "python.sqlalchemy.sql-injection", "shortDescription": {"text": "SQL injection"}},
    {"id": "python.requests.no-timeout", "shortDescription": {"text": "A call without a timeout"}},
]


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`address`: the installation's; `folder`: where its reports lie."""

    address: str
    service: str
    token: str
    folder: Path

    def ask_gate(self) -> Answer:
        return self._curl("/gate?enforce=1")

    def assessment(self) -> Mapping[str, Any]:
        answer = self._curl("/assessment")
        assert answer.status == 200, answer.body
        return {item["key"]: item for item in answer.body["items"]}

    def push(self, name: str, content: bytes, **envelope: str) -> Answer:
        (self.folder / name).write_bytes(content)
        fields = {"commit_sha": COMMIT, "finished_at": datetime.now(UTC).isoformat(), **envelope}
        parts = [part for field, value in fields.items() for part in ("--form-string", f"{field}={value}")]
        return self._curl("/evidence", "--form", f"file=@{self.folder / name}", *parts)

    def _curl(self, path: str, *options: str) -> Answer:
        url = f"{self.address}/api/v1/services/{self.service}{path}"
        command = ["curl", "--silent", "--show-error", "--header", f"Authorization: Bearer {self.token}", *options]
        done = subprocess.run(
            [*command, "--write-out", "\n%{http_code}", url], capture_output=True, text=True, check=True
        )
        body, _, status = done.stdout.rpartition("\n")
        return Answer(int(status), json.loads(body))


def release_reports(address: str) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """(file name, content, more of the envelope) of everything that this release's pipeline made, but for logs, drain and traces.

    `address`: where the shop answers.
    """
    now = datetime.now(UTC)
    yield "secrets.json", b"[]", {"kind": "secrets_scan", "tool": "gitleaks"}
    yield "scan.sarif", reports.sarif(rules=RULES), {}
    yield "resilience.xml", reports.junit(*map(reports.case, RESILIENCE), head=_suite("resilience", now)), {}
    fuzzed = [reports.case(f"GET {path}") for path in ("/api/orders", "/api/customers", "/api/prices")]
    yield "fuzz.xml", reports.junit(*fuzzed, head=_suite("schemathesis", now)), {"item": "sec-input-validation"}
    yield "manifest.yaml", reports.manifest(), {}
    yield "plan.json", reports.plan(), {}
    yield "statements.json", reports.as_json(_statements(now)), {}
    yield "load.json", reports.k6(), {}
    yield "trend.json", reports.as_json(_trend(now)), {"kind": "resource_trend"}
    yield "zap.json", reports.as_json(_zap(address, now)), {}


def _suite(name: str, now: datetime) -> str:
    return f'<testsuite name="{name}" timestamp="{now:%Y-%m-%dT%H:%M:%S}">'


def _statements(now: datetime) -> dict[str, Any]:
    statement = {
        "query": "SELECT * FROM orders WHERE id = $1",
        "calls": 41_000,
        "mean_exec_time": 0.4,
        "max_exec_time": 1.9,
    }
    tables = [{"relname": "orders", "n_live_tup": 4_900_000}, {"relname": "customers", "n_live_tup": 800_000}]
    return {"captured_at": now.isoformat(), "statements": [statement | {"rows": 41_000}], "tables": tables}


def _trend(now: datetime) -> dict[str, Any]:
    """A quarter of an hour in which nothing grows."""
    times = [(now - timedelta(minutes=15 - minute)).timestamp() for minute in range(16)]

    def matrix(value: str) -> dict[str, Any]:
        series = {"metric": {"job": "shop"}, "values": [[time, value] for time in times]}
        return {"status": "success", "data": {"resultType": "matrix", "result": [series]}}

    return {"memory": matrix("64000000"), "descriptors": matrix("31"), "restarts": matrix("0")}


def _zap(address: str, now: datetime) -> dict[str, Any]:
    host, _, port = address.partition("://")[2].partition(":")
    alert = {"name": "A cookie", "riskcode": "1", "confidence": "2", "count": "1", "instances": []}
    site = {"@name": address, "@host": host, "@port": port, "@ssl": "false", "alerts": [alert]}
    return {"@version": "2.15.0", "@generated": f"{now:%a, %d %b %Y %H:%M:%S}", "site": [site]}
