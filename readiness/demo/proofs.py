"""What machines say when all is well, for each criterion that a machine can prove: by which way, and in which words.

`{p99_ms}` is a figure of that proof (`figures.py`), `{receiver}` a fact of the story. One report proves several criteria: what is
drawn for the same kind on the same day is the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random

from readiness.assessments.outcome import Figure
from readiness.checklists.rules import How
from readiness.demo import figures
from readiness.demo.figures import Dice, Figures, cases, rules


@dataclass(frozen=True, slots=True)
class Saying:
    how: How
    kind: str
    words: str
    figures: Callable[[Dice], Figures]

    @property
    def is_of_its_own(self) -> bool:
        """Other proof of this kind has other figures: there are many test reports, and one load test."""
        return self.figures is not getattr(figures, self.kind, None)


def _probe(kind: str, words: str, measured: Callable[[Dice], Figures] | None = None) -> Saying:
    return Saying(How.PROBE, kind, words, measured or getattr(figures, kind))


def _query(kind: str, words: str, measured: Callable[[Dice], Figures] | None = None) -> Saying:
    return Saying(How.QUERY, kind, words, measured or getattr(figures, kind))


def _report(kind: str, words: str, measured: Callable[[Dice], Figures] | None = None) -> Saying:
    return Saying(How.ARTIFACT, kind, words, measured or getattr(figures, kind))


SAYINGS: dict[str, Saying] = {
    "obs-structured-logging/request-lines": _report(
        "log_sample",
        "{json_lines:,} of {lines:,} lines are JSON; {request_lines:,} request lines carry request id, duration and status.",
    ),
    "obs-structured-logging/correlation": _probe(
        "correlation", "The id sent in was found in {lines} lines, in the logs of {services} services."
    ),
    "obs-log-levels/no-debug": _report("log_sample", "{lines:,} lines, none below info."),
    "obs-log-levels/failures-logged": _report(
        "log_sample", "{failed_requests} failed requests in the sample, each with a line at level error."
    ),
    "obs-golden-signals/signals": _query(
        "prom_golden",
        "All 6 signals answer: {requests_per_second:g} requests a second, {error_ratio:.2%} errors, p50 {p50_ms} ms, "
        "p99 {p99_ms} ms.",
    ),
    "obs-business-metrics/metric-moves": _query(
        "prom_query", "{metric} moved by {value:,} within 24 h.", figures.metric_moves
    ),
    "obs-tracing/linked-spans": _report(
        "otlp_trace",
        "{traces} traces; each of the {dependencies} declared dependencies has a client span with its server span.",
    ),
    "obs-alerting/paging-rules": _query(
        "prom_rules",
        "{rules} alerting rules, {paging_rules} of them page; error rate and p99 latency are watched, every selector has "
        "series.",
    ),
    "obs-alerting/routing": _query("am_routing", "{paging_rules} paging rules lead to receiver {receiver}."),
    "obs-alerting/delivery-drill": _query(
        "am_delivery", "The test alert was acknowledged by the person on call, inside the {allowed_s:,} s it may take."
    ),
    "obs-runbooks/linked": _query("prom_rules", "{rules} alerting rules, each with a runbook link."),
    "obs-runbooks/readable": _probe("runbook_url", "{runbooks} runbooks read: every required section is there."),
    "obs-tracing-depth/depth": _report(
        "otlp_trace",
        "{traces} traces with {spans:,} spans, those of {databases} and {queues} among them.",
        figures.trace_depth,
    ),
    "sec-secrets/history-scan": _report(
        "secrets_scan",
        "The whole history was scanned: {findings} findings, each with a decision, none verified as live.",
    ),
    "sec-secrets/runtime-source": _report(
        "k8s_manifest", "{containers} containers; every secret by reference, no literal value."
    ),
    "sec-secret-rotation/rotated": _query(
        "secret_rotation_vault",
        "{secret} was rotated {days_since_rotation} days ago, and the version before is known.",
    ),
    "sec-input-validation/api-fuzzing": _report(
        "junit", "{passed:,} fuzzing cases over the OpenAPI document, no server error.", cases(410, 1900)
    ),
    "sec-input-validation/queue-payloads": _report(
        "junit", "{passed} cases with malformed, oversized and duplicate messages, all passed.", cases(22, 61)
    ),
    "sec-input-validation/injection-scan": _report(
        "sarif", "semgrep: {rules} rules ran, no injection finding is open.", rules(180, 320)
    ),
    "sec-access-control/routes-refuse": _probe(
        "http_authz", "{routes} routes tried: refused without credentials, and with too little permission."
    ),
    "sec-access-control/internals-closed": _probe(
        "exposure", "{paths} paths and {ports} ports are closed to the outside."
    ),
    "sec-scanning/code-scan": _report(
        "sarif", "semgrep and bandit: {rules} rules, nothing of high severity.", rules(240, 420)
    ),
    "sec-scanning/web-scan": _report(
        "zap", "ZAP against {host}: {high_alerts} high, {medium_alerts} medium, {low_alerts} low."
    ),
    "sec-scanning/scan-in-ci": _query("ci_runs", "Workflow security-scan ended green on the release commit."),
    "sec-rate-limiting/burst-refused": _probe(
        "rate_limit", "Of {requests} requests on staging, {refused} were answered 429, with Retry-After."
    ),
    "rel-dependency-failure/faults-tested": _report(
        "junit", "{dependencies} dependencies, slow, error and down: {passed} cases passed.", cases(18, 46)
    ),
    "rel-timeouts/no-call-without": _report(
        "sarif", "{rules} rules, and no outgoing call without a timeout.", rules(4, 9)
    ),
    "rel-timeouts/within-budget": _report(
        "junit", "{passed} cases with a dependency 30 s slow: the caller had its answer in time.", cases(3, 9)
    ),
    "rel-retries/retry-policy": _report(
        "junit", "{passed} cases: waits grow, jitter, cap of 3, no retry of a POST.", cases(9, 21)
    ),
    "rel-circuit-breakers/breaker-states": _report(
        "junit", "{passed} cases: the breaker opens after 5 failures, fails fast, half-opens after 10 s.", cases(6, 14)
    ),
    "rel-graceful-shutdown/drains": _report(
        "drain", "{in_flight} requests in flight answered, new ones refused; gone after {seconds_to_end:g} s."
    ),
    "rel-graceful-shutdown/grace-period": _report(
        "k8s_manifest", "Grace period 45 s, drain and pre-stop together 25 s."
    ),
    "rel-error-boundary/no-internals": _probe("error_leak", "{requests} faulty requests got {errors} clean errors."),
    "rel-health-probes/both-answer": _probe(
        "health_pair", "Live answered 200 in {live_ms} ms, ready 200 in {ready_ms} ms."
    ),
    "rel-health-probes/both-configured": _report(
        "k8s_manifest", "{containers} containers, each with liveness and readiness apart."
    ),
    "rel-health-probes/dependency-off": _report(
        "junit", "dependency_down: live stayed 200, ready turned 503.", cases(2, 5)
    ),
    "rel-connection-pooling/pool-peak": _query(
        "prom_query", "1 sample: {value:g}, below {threshold:g}.", figures.pool_peak
    ),
    "perf-load-test/at-peak": _report("loadtest", "{requests:,} requests in {duration_s:,} s, {rps} a second."),
    "perf-load-test/latency": _report(
        "loadtest", "p50 {p50_ms} ms, p95 {p95_ms} ms, p99 {p99_ms} ms, inside {budget} ms."
    ),
    "perf-load-test/errors": _report("loadtest", "{error_rate:.2%} errors, every unexpected status counted."),
    "perf-load-test/no-leak": _report(
        "resource_trend", "Over 24 h memory would grow by {memory_growth_percent}% of its limit; no restart."
    ),
    "perf-query-audit/plans": _report("explain", "{plans} plans, no filtered scan over a large table."),
    "perf-query-audit/times": _report("pgss", "{statements} statements; the slowest mean is {slowest_mean_ms:g} ms."),
    "perf-query-audit/volume": _report("pgss", "{tables} tables, each with the rows that are declared for production."),
    "ops-on-call/coverage": _query("oncall_ical", "No hole in {shifts} shifts, {people} people in turn."),
    "ops-on-call/escalation": _query("oncall_pagerduty", "{levels} escalation levels with different people."),
}


def say(criterion: str, slug: str, facts: Mapping[str, object], now: datetime) -> tuple[str, dict[str, Figure]]:
    """The sentence, and its figures."""
    saying = SAYINGS[criterion]
    measured = measure(criterion, slug, facts, now)
    return saying.words.format_map({**facts, **measured}), measured


def measure(criterion: str, slug: str, facts: Mapping[str, object], now: datetime) -> dict[str, Figure]:
    saying = SAYINGS[criterion]
    drawn_for = criterion if saying.is_of_its_own else saying.kind
    return dict(saying.figures(Dice(Random(f"{slug} {drawn_for} {now:%Y%m%d}"), facts, now)))
