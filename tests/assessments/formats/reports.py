"""Small reports of every kind, made to measure: what a test is about is what it gives."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from readiness.assessments.formats import Inspection, inspect, read
from readiness.assessments.outcome import Outcome

SAMPLES = Path(__file__).parent / "samples"


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def as_json(value: object) -> bytes:
    return json.dumps(value).encode()


def judged(content: bytes, kind: str = "", **params: Any) -> Outcome:
    """By exactly these params, as a criterion asks; where there are none, by the format's own."""
    return read(content, kind).judged(params)


def told(content: bytes, kind: str = "", params: Mapping[str, object] | None = None) -> Inspection:
    return inspect(content, kind, params)


def junit(*cases: str, head: str = "<testsuite name='pytest'>") -> bytes:
    return f"{head}{''.join(cases)}</testsuite>".encode()


def case(name: str, inside: str = "", **attributes: str) -> str:
    said = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<testcase classname="tests" name="{name}"{said}>{inside}</testcase>'


def sarif(*results: Mapping[str, Any], rules: list[dict[str, Any]] | None = None, **run: Any) -> bytes:
    known = [{"id": "r1", "shortDescription": {"text": "SQL injection"}}] if rules is None else rules
    driver = {"name": "Scanner", "version": "1", "rules": known}
    return as_json({"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results), **run}]})


def k6(**changes: Any) -> bytes:
    """A good run of 15 minutes; `changes` are metrics."""
    metrics: dict[str, Any] = {
        "http_reqs": {"type": "counter", "values": {"count": 90_000, "rate": 100}},
        "http_req_failed": {"type": "rate", "values": {"rate": 0.001, "passes": 90, "fails": 89_910}},
        "http_req_duration": {"type": "trend", "values": {"med": 40, "p(50)": 40, "p(95)": 120, "p(99)": 200}},
        "vus_max": {"type": "gauge", "values": {"value": 50, "min": 50, "max": 50}},
    }
    return as_json({"metrics": metrics | changes, "state": {"testRunDurationMs": 900_000}, "root_group": {}})


def artillery(codes: Mapping[str, int], *, other: str = "http.response_time.2xx", **summary: float) -> bytes:
    counters = {"http.requests": sum(codes.values()), "vusers.failed": 0}
    counters |= {f"http.codes.{code}": count for code, count in codes.items()}
    summaries = {"http.response_time": {"p50": 1, "p95": 2, "p99": 102}}
    if summary:
        summaries[other] = summary  # type: ignore[assignment]
    aggregate = {
        "counters": counters,
        "summaries": summaries,
        "firstMetricAt": 1_795_401_653_007,
        "lastMetricAt": 1_795_402_553_007,
    }
    return as_json({"aggregate": aggregate})


def drain(**changes: Any) -> bytes:
    report = {
        "drain": 1, "tool": "drain_drill", "started_at": "2026-03-01T10:00:00Z", "grace_s": 30, "seconds": 2.1, "exit_code": 0,
        "was_killed": False, "in_flight": [200, 200, 204], "new_requests": ["refused", "refused"], "readiness_after": 503,
    }  # fmt: skip
    return as_json(report | changes)


def log(*lines: Mapping[str, Any] | str, good: int = 200) -> bytes:
    """`good` lines of requests that are as they should be, and then `lines`."""
    many = [
        {
            "time": f"2026-03-01T10:00:{n % 60:02}Z",
            "level": "info",
            "request_id": f"r{n}",
            "duration_ms": 12.5,
            "status": 200,
        }
        for n in range(good)
    ]
    return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in [*many, *lines]).encode()


def plan(*nodes: Mapping[str, Any], **top: Any) -> bytes:
    root = {"Node Type": "Limit", "Actual Rows": 1, "Actual Loops": 1, "Actual Total Time": 2.0, "Plans": list(nodes)}
    return as_json([{"Plan": root, "Execution Time": 2.5} | top])


def scan(rows: float, *, loops: int = 1, is_filtered: bool = True, is_parallel: bool = False) -> dict[str, Any]:
    node = {"Node Type": "Seq Scan", "Relation Name": "orders", "Actual Rows": 1, "Actual Loops": loops,
            "Parallel Aware": is_parallel, "Rows Removed by Filter": rows - 1}  # fmt: skip
    return node | ({"Filter": "(status = 'open')"} if is_filtered else {})


PROBE = "{httpGet: {path: /%s, port: 8080}}"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: shop}}
    spec:
      terminationGracePeriodSeconds: 45
      securityContext: {runAsNonRoot: true}
      containers:
        - name: web
          image: registry.example/shop:1.4.2
          livenessProbe: {httpGet: {path: /live, port: 8080}}
          readinessProbe: {httpGet: {path: /ready, port: 8080}}
          resources: {requests: {cpu: 100m, memory: 128Mi}, limits: {memory: 256Mi}}
          lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 10"]}}}
          env:
            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: db, key: password}}}
            - {name: LOG_LEVEL, value: info}
"""


def manifest(*replacements: tuple[str, str], more: str = "") -> bytes:
    text = DEPLOYMENT
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return (text + more).encode()


def zap(*alerts: Mapping[str, Any], host: str = "shop.example", more: list[dict[str, Any]] | None = None) -> bytes:
    """ZAP's traditional JSON, after its documentation: there is no ZAP here."""
    site = {"@name": f"https://{host}", "@host": host, "@port": "443", "@ssl": "true", "alerts": list(alerts)}
    head = {"@programName": "ZAP", "@version": "2.16.0", "@generated": "Tue, 3 Mar 2026 10:00:00"}
    return as_json({**head, "site": [site, *(more or [])]})


def zap_alert(risk: int, name: str = "SQL Injection", **changes: Any) -> dict[str, Any]:
    words = ("Informational", "Low", "Medium", "High")
    return {
        "pluginid": "40018", "alertRef": "40018", "alert": name, "name": name, "riskcode": str(risk), "confidence": "2",
        "riskdesc": f"{words[risk]} (Medium)", "desc": "<p>…</p>", "count": "2", "solution": "", "cweid": "89",
        "instances": [{"uri": "https://shop.example/q?id=1", "method": "GET", "param": "id"}],
        **changes,
    }  # fmt: skip


def zap_xml(*items: str, host: str = "shop.example") -> bytes:
    """The same as XML."""
    site = f'<site name="https://{host}" host="{host}" port="443" ssl="true"><alerts>{"".join(items)}</alerts></site>'
    head = '<OWASPZAPReport programName="ZAP" version="2.16.0" generated="Tue, 3 Mar 2026 10:00:00">'
    return f'<?xml version="1.0"?>{head}{site}</OWASPZAPReport>'.encode()


def zap_item(risk: int, name: str = "SQL Injection", confidence: int = 2) -> str:
    instance = "<instance><uri>https://shop.example/q?id=1</uri><method>GET</method></instance>"
    return (
        f"<alertitem><pluginid>40018</pluginid><alert>{name}</alert><name>{name}</name><riskcode>{risk}</riskcode>"
        f"<confidence>{confidence}</confidence><count>1</count><instances>{instance}</instances></alertitem>"
    )


def scorecard(*checks: tuple[str, int], repo: str = "github.com/shop/checkout", score: float = 8.1) -> bytes:
    """OpenSSF Scorecard's JSON, after its documentation: there is no Scorecard here."""
    listed = [
        {"name": name, "score": value, "reason": "as found", "details": None, "documentation": {"short": "", "url": ""}}
        for name, value in checks or [("Code-Review", 9), ("Branch-Protection", -1)]
    ]
    commit = "4f2a91c4f2a91c4f2a91c4f2a91c4f2a91c4f2a9"
    return as_json({
        "date": "2026-03-03T10:00:00Z", "repo": {"name": repo, "commit": commit}, "scorecard": {"version": "v5.0.0"},
        "score": score, "checks": listed, "metadata": None,
    })  # fmt: skip


RULES = """\
groups:
  - name: checkout.recorded
    rules:
      - record: job:errors:ratio5m
        expr: sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m]))
  - name: checkout
    rules:
      - alert: CheckoutErrors
        expr: job:errors:ratio5m > 0.01
        for: 5m
        labels: {service: checkout, severity: page}
        annotations: {summary: "{{ $value }} of requests fail", runbook_url: "https://runbooks.example/checkout/errors"}
      - alert: CheckoutSlow
        expr: histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5
        labels: {service: checkout, severity: page}
        annotations: {runbook_url: "https://runbooks.example/checkout/slow"}
"""


def rule_file(*replacements: tuple[str, str]) -> bytes:
    text = RULES
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def rule_object(*replacements: tuple[str, str]) -> bytes:
    """The same as an object of the Prometheus operator."""
    inside = "".join(f"  {line}\n" for line in rule_file(*replacements).decode().splitlines())
    head = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: checkout}\nspec:\n"
    return f"{head}{inside}".encode()
