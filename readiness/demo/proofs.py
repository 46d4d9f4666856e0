"""What machines say when all is well, for each criterion that a machine can prove: by which way, and in which words.

`{p99_ms:180-240}` is a number from that range, the same each time the demo is loaded; it is kept among the figures of the
evidence under its name. `{alerts}` is a fact of the story.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from readiness.checklists.rules import How

NUMBER = re.compile(r"\{(\w+):([\d.]+)-([\d.]+)\}")


@dataclass(frozen=True, slots=True)
class Saying:
    how: How
    kind: str
    words: str

    def said(self, chance: Random, facts: Mapping[str, object]) -> tuple[str, dict[str, float | int]]:
        """The sentence, and its figures."""
        figures: dict[str, float | int] = {}

        def number(match: re.Match[str]) -> str:
            name, low, high = match.groups()
            is_whole = "." not in low
            value = (
                chance.randint(int(low), int(high)) if is_whole else round(chance.uniform(float(low), float(high)), 2)
            )
            figures[name] = value
            return f"{value:,}" if is_whole and value >= 10_000 else f"{value}"

        return NUMBER.sub(number, self.words).format_map(facts), figures


def _probe(kind: str, words: str) -> Saying:
    return Saying(How.PROBE, kind, words)


def _query(kind: str, words: str) -> Saying:
    return Saying(How.QUERY, kind, words)


def _report(kind: str, words: str) -> Saying:
    return Saying(How.ARTIFACT, kind, words)


SAYINGS: dict[str, Saying] = {
    "obs-structured-logging/request-lines": _report(
        "log_sample",
        "{lines:640-2100} request lines, {json_percent:99.4-99.98}% JSON with request id, duration and status.",
    ),
    "obs-structured-logging/correlation": _probe(
        "correlation", "The id sent in was found in the logs of {services:2-4} services within {wait_s:4-21} s."
    ),
    "obs-log-levels/no-debug": _report(
        "log_sample", "{lines:640-2100} lines, none below info; {warnings:3-40} warnings."
    ),
    "obs-log-levels/failures-logged": _report(
        "log_sample", "{failed:12-60} failed requests in the sample, each with a line at level error."
    ),
    "obs-golden-signals/signals": _query(
        "prom_golden",
        "All signals answer; the oldest sample is {age_s:14-58} s old. {rate_rps:{rps}} requests/s, p99 {p99_ms:{p99}} ms.",
    ),
    "obs-business-metrics/metric-moves": _query("prom_query", "{metric} moved by {change:{daily}} within 24 h."),
    "obs-tracing/linked-spans": _report(
        "otlp_trace",
        "{traces:80-400} traces; each of the {dependencies} declared dependencies has a client span with its server span.",
    ),
    "obs-alerting/paging-rules": _query(
        "prom_rules",
        "{alerts} alerting rules, {paging} of them page; error rate and p99 latency are watched, every selector has series.",
    ),
    "obs-alerting/routing": _query(
        "am_routing", "{paging} paging rules lead to receiver {receiver}, which has 1 integration."
    ),
    "obs-alerting/delivery-drill": _query(
        "am_delivery",
        "The test alert was acknowledged by the person on call after {acknowledged_after_min:3-11} minutes.",
    ),
    "obs-runbooks/linked": _query("prom_rules", "{alerts} alerting rules, each with a runbook link."),
    "obs-runbooks/readable": _probe("runbook_url", "{alerts} runbooks read: every required section is there."),
    "obs-tracing-depth/depth": _report(
        "otlp_trace", "{traces:80-400} traces; {db_spans:300-2200} database spans, {queue_spans:40-300} queue spans."
    ),
    "sec-secrets/history-scan": _report(
        "secrets_scan", "{commits:{commits}} commits scanned, no finding without a decision, none verified as live."
    ),
    "sec-secrets/runtime-source": _report(
        "k8s_manifest", "{containers:2-5} containers; {references:4-13} secrets by reference, no literal value."
    ),
    "sec-secret-rotation/rotated": _query(
        "secret_rotation_vault",
        "{secret}: version {version:3-9} is {age_days:4-30} days old, the one before was destroyed.",
    ),
    "sec-input-validation/api-fuzzing": _report(
        "junit", "{cases:410-1900} fuzzing cases over the OpenAPI document, no server error."
    ),
    "sec-input-validation/queue-payloads": _report(
        "junit", "{cases:22-61} cases with malformed, oversized and duplicate messages, all passed."
    ),
    "sec-input-validation/injection-scan": _report(
        "sarif", "semgrep: {rules:180-320} rules ran, no injection finding is open."
    ),
    "sec-access-control/routes-refuse": _probe(
        "http_authz", "{routes} routes tried: 401 to nobody and 403 or 404 to too little."
    ),
    "sec-access-control/internals-closed": _probe("exposure", "6 paths and 3 ports are closed to the outside."),
    "sec-scanning/code-scan": _report("sarif", "semgrep and bandit: {rules:240-420} rules, nothing of high severity."),
    "sec-scanning/web-scan": _report("zap", "ZAP against {host}: 0 high, {medium:0-2} medium, {low:3-9} low."),
    "sec-scanning/scan-in-ci": _query("ci_runs", "Workflow security-scan ended green on the release commit."),
    "sec-rate-limiting/burst-refused": _probe(
        "rate_limit", "Of 200 requests on staging, {refused:96-148} were answered 429, with Retry-After."
    ),
    "rel-dependency-failure/faults-tested": _report(
        "junit", "{dependencies} dependencies, slow, error and down: {cases:18-46} cases passed."
    ),
    "rel-timeouts/no-call-without": _report("sarif", "No outgoing call without a timeout in {files:60-240} files."),
    "rel-timeouts/within-budget": _report(
        "junit", "With a dependency 30 s slow, the caller had its answer after {answered_ms:900-1900} ms."
    ),
    "rel-retries/retry-policy": _report(
        "junit", "{cases:9-21} cases: waits grow, jitter, cap of 3, no retry of a POST."
    ),
    "rel-circuit-breakers/breaker-states": _report(
        "junit", "{cases:6-14} cases: the breaker opens after 5 failures, fails fast, half-opens after 10 s."
    ),
    "rel-graceful-shutdown/drains": _report(
        "drain", "{in_flight:8-40} requests in flight answered, new ones refused; gone after {seconds:3-12} s."
    ),
    "rel-graceful-shutdown/grace-period": _report(
        "k8s_manifest", "Grace period 45 s, drain and pre-stop together 25 s."
    ),
    "rel-error-boundary/no-internals": _probe("error_leak", "8 faulty requests got {errors:6-8} clean errors."),
    "rel-health-probes/both-answer": _probe(
        "health_pair", "Live answered 200 in {live_ms:3-12} ms, ready 200 in {ready_ms:9-38} ms."
    ),
    "rel-health-probes/both-configured": _report(
        "k8s_manifest", "{containers:1-3} containers, each with liveness and readiness apart."
    ),
    "rel-health-probes/dependency-off": _report(
        "junit", "dependency_down: live stayed 200, ready turned 503 after {seconds:2-8} s."
    ),
    "rel-connection-pooling/pool-peak": _query("prom_query", "1 sample: {peak:0.48-0.74}, below 0.9."),
    "perf-load-test/at-peak": _report(
        "loadtest", "{minutes:16-21} minutes at {load_rps:{peak}} requests/s, {requests:{requests}} requests."
    ),
    "perf-load-test/latency": _report(
        "loadtest", "p50 {p50_ms:{p50}} ms, p95 {p95_ms:{p95}} ms, p99 {p99_ms:{p99}} ms, inside {budget} ms."
    ),
    "perf-load-test/errors": _report(
        "loadtest", "{failed_percent:0.01-0.21}% errors, every unexpected status counted."
    ),
    "perf-load-test/no-leak": _report(
        "resource_trend", "Over 24 h memory would grow by {memory_growth_percent:1.2-7.8}% of its limit; no restart."
    ),
    "perf-query-audit/plans": _report("explain", "{plans:9-24} plans, no filtered scan over a large table."),
    "perf-query-audit/times": _report("pgss", "50 statements; the slowest mean is {mean_ms:6-31} ms."),
    "perf-query-audit/volume": _report("pgss", "{rows_percent:84-118}% of the rows declared for production."),
    "ops-on-call/coverage": _query(
        "oncall_ical", "No hole in the next {days:21-60} days, {people:3-5} people in turn."
    ),
    "ops-on-call/escalation": _query("oncall_pagerduty", "2 escalation levels with different people."),
}

NESTED = re.compile(r"\{(\w+):\{(\w+)\}\}")


def say(criterion: str, chance: Random, facts: Mapping[str, object]) -> tuple[str, dict[str, float | int]]:
    """`{rate_rps:{rps}}`: the range itself is a fact of the story."""
    saying = SAYINGS[criterion]
    words = NESTED.sub(lambda match: f"{{{match[1]}:{facts[match[2]]}}}", saying.words)
    return Saying(saying.how, saying.kind, words).said(chance, facts)
