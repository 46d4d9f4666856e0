"""Reports as tools write them, for the few services that people look at first: pushed as a pipeline would push them, read and
judged by the product itself, and there to be downloaded.

Each answers the content of one file, made at the moment at which its run ended.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

type Report = Callable[[datetime], bytes]
"""From when the run ended to what the tool wrote."""

SECONDS = 1080
EXPECTED = "http_req_duration{expected_response:true}"


def basket_k6(_: datetime) -> bytes:
    """The 99th percentile is over its budget of 300 ms: baskets of more than sixty lines."""
    times = {"avg": 52.41, "min": 4.02, "med": 31.2, "max": 1904.7, "p(50)": 31.2, "p(95)": 188.4, "p(99)": 412.3}
    metrics = {
        "http_reqs": _metric("counter", count=214_300, rate=198.426),
        "http_req_failed": _metric("rate", rate=0.00084, passes=180, fails=214_120),
        "http_req_duration": _metric("trend", **times) | {"thresholds": {"p(99)<300": {"ok": False}}},
        EXPECTED: _metric("trend", **times),
        "http_req_waiting": _metric("trend", **{**times, "med": 30.8}),
        "iterations": _metric("counter", count=53_575, rate=49.606),
        "vus_max": _metric("gauge", value=120, min=120, max=120),
        "data_received": _metric("counter", count=1_803_265_120, rate=1_669_690),
    }
    root = {"name": "", "path": "", "groups": [], "checks": []}
    return _json({"metrics": metrics, "root_group": root, "state": {"testRunDurationMs": SECONDS * 1000}})


def _metric(kind: str, **values: float) -> dict[str, object]:
    return {"type": kind, "contains": "default", "values": values}


def shop_locust(_: datetime) -> bytes:
    """`--csv`: the file of totals."""
    return (
        b"Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
        b"Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\n"
        b"GET,/,96230,12,41,52.7,9.1,1210.4,48211.0,96.230,0.012,41,52,61,68,92,140,220,280,610,980,1200\n"
        b"GET,/p/[product],201440,96,58,71.9,12.4,1842.0,61377.0,201.440,0.096,58,74,88,97,130,190,290,360,790,1400,1800\n"
        b"POST,/basket/lines,74010,71,66,84.1,18.8,2104.9,1204.0,74.010,0.071,66,85,101,113,152,214,330,410,880,1600,2100\n"
        b"GET,/slots,26090,9,73,96.0,20.2,1777.3,9120.0,26.090,0.009,73,95,114,127,168,231,344,420,860,1500,1800\n"
        b",Aggregated,397770,188,57,70.5,9.1,2104.9,43518.2,397.770,0.188,57,73,87,96,129,190,292,372,790,1400,2100\n"
    )


def basket_semgrep(ended: datetime) -> bytes:
    """One finding of high severity, one that is not, and one that was suppressed."""
    rules = [
        _rule("sql-built-from-text", "SQL is built from text that a caller sends", "CWE-89", "8.6"),
        _rule("subprocess-shell", "A shell reads what is started", "CWE-78", "7.8"),
        _rule("weak-hash", "A hash that collides is used for more than a checksum", "CWE-327", "4.3"),
        _rule("debug-enabled", "The debugger is on", "CWE-489", "5.3"),
    ]
    results: list[dict[str, object]] = [
        _result("sql-built-from-text", "error", "The sort column of the offers query is put into the SQL text.",
                "basket/offers/queries.py", 88),
        _result("weak-hash", "warning", "SHA-1 names the cached price list.", "basket/prices/cache.py", 31),
        _result("debug-enabled", "warning", "DEBUG is read from the environment.", "basket/settings.py", 12)
        | {"suppressions": [{"kind": "inSource", "status": "accepted", "justification": "Off outside a laptop."}]},
    ]  # fmt: skip
    return _sarif("Semgrep OSS", "1.185.0", rules, results, ended)


def _rule(name: str, words: str, weakness: str, severity: str) -> dict[str, object]:
    return {
        "id": name, "name": name, "shortDescription": {"text": words},
        "properties": {"tags": [weakness, "security"], "security-severity": severity},
    }  # fmt: skip


def _result(rule: str, level: str, message: str, file: str, line: int) -> dict[str, object]:
    place = {"physicalLocation": {"artifactLocation": {"uri": file}, "region": {"startLine": line}}}
    return {"ruleId": rule, "level": level, "message": {"text": message}, "locations": [place]}


def _sarif(
    tool: str, version: str, rules: list[dict[str, object]], results: list[dict[str, object]], ended: datetime
) -> bytes:
    run = {
        "tool": {"driver": {"name": tool, "semanticVersion": version, "rules": rules}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": f"{ended:%Y-%m-%dT%H:%M:%SZ}"}],
        "results": results,
    }
    return _json({"version": "2.1.0", "runs": [run]})


def shop_zap(ended: datetime) -> bytes:
    """ZAP's traditional JSON: the vendored zoom script again."""
    base = "https://www.hollyhock.example"
    alerts = [
        _alert("40026", "Cross Site Scripting (DOM Based)", 3, "79", f"{base}/p/pears#zoom"),
        _alert("90003", "Sub Resource Integrity Attribute Missing", 2, "345", f"{base}/imprint"),
        _alert("10096", "Timestamp Disclosure - Unix", 1, "497", f"{base}/static/shop.js"),
        _alert("10015", "Re-examine Cache-control Directives", 0, "525", f"{base}/"),
    ]
    site = {"@name": base, "@host": "www.hollyhock.example", "@port": "443", "@ssl": "true", "alerts": alerts}
    head = {"@programName": "ZAP", "@version": "2.16.1", "@generated": f"{ended:%a, %d %b %Y %H:%M:%S}",
            "created": f"{ended:%Y-%m-%dT%H:%M:%SZ}"}  # fmt: skip
    return _json({**head, "site": [site]})


def _alert(plugin: str, name: str, risk: int, weakness: str, uri: str) -> dict[str, object]:
    words = ("Informational", "Low", "Medium", "High")
    return {
        "pluginid": plugin, "alertRef": plugin, "alert": name, "name": name, "riskcode": str(risk), "confidence": "2",
        "riskdesc": f"{words[risk]} (Medium)", "count": "1", "cweid": weakness,
        "instances": [{"uri": uri, "method": "GET", "param": "", "attack": "", "evidence": ""}],
    }  # fmt: skip


def gateway_plans(_: datetime) -> bytes:
    """EXPLAIN (ANALYZE, FORMAT JSON) of two statements; one reads the whole table of events for eleven rows."""
    held = {
        "Node Type": "Seq Scan", "Relation Name": "payment_events", "Alias": "payment_events", "Actual Rows": 1888,
        "Actual Loops": 1, "Actual Total Time": 1851.2, "Rows Removed by Filter": 2_398_112,
        "Filter": "((merchant_id = 4471) AND (state = 'held'::text))",
    }  # fmt: skip
    one = {
        "Node Type": "Index Scan", "Relation Name": "payments", "Alias": "payments", "Index Name": "payments_pkey",
        "Actual Rows": 1, "Actual Loops": 1, "Actual Total Time": 0.031,
    }  # fmt: skip
    return _json(
        [
            {"Plan": _sort(held), "Planning Time": 0.412, "Execution Time": 1860.3},
            {"Plan": one, "Planning Time": 0.098, "Execution Time": 0.052},
        ]
    )


def _sort(inner: dict[str, object]) -> dict[str, object]:
    return {"Node Type": "Sort", "Actual Rows": 1888, "Actual Loops": 1, "Actual Total Time": 1858.9, "Plans": [inner]}


def gateway_fuzzing(ended: datetime) -> bytes:
    """Schemathesis: a case for each operation of the OpenAPI document."""
    operations = (
        "POST /v1/authorisations", "GET /v1/authorisations/{id}", "POST /v1/authorisations/{id}/void",
        "POST /v1/captures", "GET /v1/captures/{id}", "POST /v1/refunds", "GET /v1/refunds/{id}", "GET /v1/merchants",
        "GET /v1/merchants/{id}", "PATCH /v1/merchants/{id}", "GET /v1/settlements", "GET /v1/settlements/{date}",
        "POST /v1/webhooks", "DELETE /v1/webhooks/{id}",
    )  # fmt: skip
    cases = "".join(
        f'<testcase name="{name}" time="{2.1 + place * 0.37:.2f}"/>' for place, name in enumerate(operations)
    )
    counts = f'tests="{len(operations)}" failures="0" errors="0"'
    head = f'<testsuite name="schemathesis" {counts} timestamp="{ended:%Y-%m-%dT%H:%M:%S}+00:00">'
    return f'<?xml version="1.0"?>\n<testsuites>{head}{cases}</testsuite></testsuites>\n'.encode()


def planner_drain(ended: datetime) -> bytes:
    """One of six plans is lost, because the new map loads before the loop listens."""
    return _json({
        "drain": 1, "tool": "drain_drill", "command": "python -m route_planner", "grace_s": 45,
        "started_at": f"{ended - timedelta(seconds=41):%Y-%m-%dT%H:%M:%SZ}", "seconds": 41.0, "exit_code": 0,
        "was_killed": False, "in_flight": [200, 200, 200, "reset", 200, 200],
        "new_requests": ["refused", "refused", "refused"], "readiness_after": 503,
    })  # fmt: skip


def gateway_drain(ended: datetime) -> bytes:
    return _json({
        "drain": 1, "tool": "drain_drill", "command": "gunicorn gateway.wsgi", "grace_s": 45,
        "started_at": f"{ended - timedelta(seconds=8):%Y-%m-%dT%H:%M:%SZ}", "seconds": 7.6, "exit_code": 0,
        "was_killed": False, "in_flight": [200] * 21 + [201] * 5, "new_requests": ["refused"] * 8, "readiness_after": 503,
    })  # fmt: skip


def gateway_manifest(_: datetime) -> bytes:
    return b"""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: payment-gateway, namespace: payments}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: payment-gateway}}
    spec:
      terminationGracePeriodSeconds: 45
      securityContext: {runAsNonRoot: true}
      containers:
        - name: gateway
          image: registry.hollyhock.example/payments/gateway:1.9.2
          livenessProbe: {httpGet: {path: /live, port: 8080}, periodSeconds: 10}
          readinessProbe: {httpGet: {path: /ready, port: 8080}, periodSeconds: 5}
          resources: {requests: {cpu: 250m, memory: 256Mi}, limits: {memory: 512Mi}}
          lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 10"]}}}
          env:
            - {name: PROCESSOR_KEY, valueFrom: {secretKeyRef: {name: processor, key: key}}}
            - {name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: payments-postgres, key: password}}}
            - {name: LOG_LEVEL, value: info}
"""


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
