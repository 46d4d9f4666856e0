"""Every check type there is. A new one is a file, a line here and a test file; no migration."""

from datetime import timedelta
from typing import Any

from readiness.checks.types import (
    am_delivery,
    am_routing,
    ci_runs,
    correlation,
    error_leak,
    exposure,
    health_pair,
    http_authz,
    loki_logs,
    oncall_ical,
    oncall_pagerduty,
    prom_golden,
    prom_query,
    prom_rules,
    prom_targets,
    rate_limit,
    repo_files,
    resource_trend,
    runbook_url,
    sec_headers,
    secret_rotation_aws,
    secret_rotation_vault,
    tls_expiry,
    trace_query,
)
from readiness.checks.types.contract import CheckType

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)


def _table(*types: CheckType[Any]) -> dict[str, CheckType[Any]]:
    return {check_type.slug: check_type for check_type in types}


TYPES = _table(
    CheckType(
        "health_pair",
        "Live and ready",
        "Calls the live and the ready address: both answer 200, live within a second, and they are two.",
        health_pair.Config,
        health_pair.run,
        HOURLY,
    ),
    CheckType(
        "http_authz",
        "Protected routes",
        "Calls each protected route with no credential and with too little of one: 401 and 403.",
        http_authz.Config,
        http_authz.run,
        DAILY,
    ),
    CheckType(
        "error_leak",
        "Clean errors",
        "Sends faulty requests: the errors show no stack trace and are of the kind that callers are promised.",
        error_leak.Config,
        error_leak.run,
        DAILY,
    ),
    CheckType(
        "exposure",
        "Closed to the outside",
        "From outside the network, asks for internal paths and connects to internal ports: all are closed.",
        exposure.Config,
        exposure.run,
        DAILY,
    ),
    CheckType(
        "tls_expiry",
        "Certificate",
        "Makes a TLS connection: the chain verifies, the version is current and weeks are left.",
        tls_expiry.Config,
        tls_expiry.run,
        DAILY,
    ),
    CheckType(
        "prom_query",
        "Metric",
        "Asks Prometheus a query: it returns numbers that are fresh and as they should be.",
        prom_query.Config,
        prom_query.run,
        HOURLY,
        source="prometheus",
    ),
    CheckType(
        "prom_golden",
        "Golden signals",
        "Finds the service's metrics in Prometheus: traffic, errors, latency, CPU, memory and pools answer with fresh numbers.",
        prom_golden.Config,
        prom_golden.run,
        HOURLY,
        source="prometheus",
    ),
    CheckType(
        "prom_rules",
        "Alerting rules",
        "Reads the alerting rules from Prometheus: they page on errors and p99 latency, can fire, and link runbooks.",
        prom_rules.Config,
        prom_rules.run,
        timedelta(hours=6),
        source="prometheus",
    ),
    CheckType(
        "prom_targets",
        "Scrape targets",
        "Asks Prometheus for the service's targets: it reaches every one of them.",
        prom_targets.Config,
        prom_targets.run,
        HOURLY,
        source="prometheus",
    ),
    CheckType(
        "am_routing",
        "Alert routing",
        "Follows each rule that pages through Alertmanager's routes: it reaches a receiver that tells somebody.",
        am_routing.Config,
        am_routing.run,
        timedelta(hours=6),
        source="alertmanager",
    ),
    CheckType(
        "loki_logs",
        "Log lines",
        "Reads the service's newest lines from Loki: they are structured, at fit levels, and say what failed.",
        loki_logs.Config,
        loki_logs.run,
        DAILY,
        source="loki",
    ),
    CheckType(
        "correlation",
        "One id in all logs",
        "Sends one request with an id and looks for it in Loki: the service and those it calls log it.",
        correlation.Config,
        correlation.run,
        DAILY,
        source="loki",
    ),
    CheckType(
        "resource_trend",
        "Resources over time",
        "Carries memory, descriptors and pools on for a day, from their course in Prometheus: nothing leaks or restarts.",
        resource_trend.Config,
        resource_trend.run,
        DAILY,
        source="prometheus",
    ),
    CheckType(
        "runbook_url",
        "Runbooks",
        "Reads each linked runbook: it says meaning, causes, steps and escalation.",
        runbook_url.Config,
        runbook_url.run,
        DAILY,
    ),
    CheckType(
        "sec_headers",
        "Security headers",
        "Reads the headers of an answer: HSTS, nosniff, framing; and whether they tell what the service is made of.",
        sec_headers.Config,
        sec_headers.run,
        DAILY,
    ),
    CheckType(
        "rate_limit",
        "Rate limit",
        "Sends a short burst to staging: one of it is answered 429, and the service still answers afterwards.",
        rate_limit.Config,
        rate_limit.run,
        timedelta(days=7),
    ),
    CheckType(
        "oncall_ical",
        "On-call calendar",
        "Reads the on-call calendar: somebody is named for every minute until two weeks after go-live, by turns.",
        oncall_ical.Config,
        oncall_ical.run,
        DAILY,
    ),
    CheckType(
        "oncall_pagerduty",
        "On-call in PagerDuty",
        "Reads the schedule and the escalation policy: no hole until two weeks after go-live, and somebody else behind.",
        oncall_pagerduty.Config,
        oncall_pagerduty.run,
        DAILY,
        source="pager",
    ),
    CheckType(
        "ci_runs",
        "Scan in CI",
        "Asks GitHub or GitLab: the scan job's newest run on the release commit ended with success.",
        ci_runs.Config,
        ci_runs.run,
        timedelta(hours=6),
        source="code_host",
    ),
    CheckType(
        "repo_files",
        "Files in the repository",
        "Asks GitHub or GitLab: at the release commit the repository holds the files it should, and no others.",
        repo_files.Config,
        repo_files.run,
        DAILY,
        source="code_host",
    ),
    CheckType(
        "secret_rotation_aws",
        "Rotation in AWS",
        "Asks AWS Secrets Manager: the secret was rotated lately, and not for the first time. Its value is never read.",
        secret_rotation_aws.Config,
        secret_rotation_aws.run,
        DAILY,
        source="aws_secrets",
    ),
    CheckType(
        "secret_rotation_vault",
        "Rotation in Vault",
        "Asks Vault: the secret has a second version, and its current one is recent. Its value is never read.",
        secret_rotation_vault.Config,
        secret_rotation_vault.run,
        DAILY,
        source="vault",
    ),
    CheckType(
        "trace_query",
        "Traces",
        "Reads the last day's traces: they follow a request from service to service, to each declared dependency.",
        trace_query.Config,
        trace_query.run,
        DAILY,
        source="traces",
    ),
    CheckType(
        "am_delivery",
        "Delivery drill",
        "Sends a test alert the way of a real one; the person on call acknowledges it within 15 minutes.",
        am_delivery.Config,
        am_delivery.run,
        DAILY,
        source="alertmanager",
        on_demand=am_delivery.Drill,
    ),
)


ON_DEMAND = frozenset(slug for slug, known in TYPES.items() if known.is_on_demand)
"""Types that run only when a person starts them: the schedule passes them over."""
ASKING = frozenset(slug for slug, known in TYPES.items() if known.source) - ON_DEMAND
"""Types that ask a source which many services share: while that is down, they wait."""


def title_of(slug: str) -> str:
    """What people call a type, one that is gone too."""
    return TYPES[slug].title if slug in TYPES else slug.replace("_", " ").capitalize()
