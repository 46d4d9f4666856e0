"""How the parts of a checklist are said to people. Pure; no Django."""

from collections.abc import Mapping

from readiness.checklists.rules import AppliesWhen, How

HOW_WORDS: Mapping[How, tuple[str, str]] = {
    How.PROBE: ("heartbeat", "Readiness calls the service"),
    How.QUERY: ("search", "Readiness asks a system that watches it"),
    How.ARTIFACT: ("file-certificate", "CI uploads it"),
    How.RECORD: ("clipboard-check", "Written down in Readiness"),
    How.ATTESTATION: ("user-check", "A person attests it, another one witnesses"),
}
"""How → (icon, who gathers the proof)."""

KIND_LABELS: Mapping[str, str] = {
    "am_delivery": "A test alert, delivered",
    "am_routing": "Routes of Alertmanager",
    "ci_runs": "Runs of a CI job",
    "correlation": "One request followed through the logs",
    "document": "A document",
    "drain": "Report on an instance that was drained",
    "drill": "A drill that was run",
    "error_leak": "Answers to faulty requests",
    "explain": "Query plans (EXPLAIN)",
    "exposure": "Internal paths and ports, seen from outside",
    "health_pair": "Liveness and readiness",
    "http_authz": "Protected routes, called with too few rights",
    "junit": "Test report (JUnit)",
    "k8s_manifest": "Kubernetes manifests",
    "launch_announcement": "Launch plan: who is told what, when and where",
    "launch_ramp": "Launch plan: the traffic ramp",
    "launch_thresholds": "Launch plan: thresholds, and who decides",
    "loadtest": "Load test report",
    "log_sample": "Sample of log lines",
    "loki_logs": "Log lines in Loki",
    "metric_owner": "The metric's owner",
    "oncall_confirmation": "Confirmation by everyone on call",
    "oncall_ical": "On-call calendar (iCal)",
    "oncall_pagerduty": "On-call schedule in PagerDuty",
    "otlp_trace": "Traces (OTLP)",
    "pgss": "Query statistics (pg_stat_statements)",
    "plan": "A dated plan",
    "prom_golden": "Golden signals in Prometheus",
    "prom_query": "A query to Prometheus",
    "prom_rules": "Alerting rules in Prometheus",
    "prom_rules_file": "Alerting rules in a file",
    "prom_targets": "Scrape targets in Prometheus",
    "rate_limit": "A bounded burst of requests",
    "repo_files": "Files in the repository",
    "resource_trend": "Memory, descriptors and pools over time",
    "runbook_url": "The runbook's page",
    "sarif": "Scanner findings (SARIF)",
    "scorecard": "OpenSSF Scorecard",
    "sec_headers": "Security headers",
    "secret_rotation_aws": "Rotation in AWS Secrets Manager",
    "secret_rotation_vault": "Rotation in Vault",
    "secrets_scan": "Secrets scan of the whole history",
    "tls_expiry": "TLS and its certificate",
    "trace_query": "Traces in the tracing store",
    "zap": "ZAP scan",
}

_FIELDS = {
    "applies_when": "Counts for",
    "category": "Category",
    "chapter": "Chapter",
    "gate": "Gate",
    "guidance": "Guidance",
    "hard_when": "Hard gate for",
    "minimum_strength": "Minimum strength",
    "requirement": "Requirement",
    "text": "What has to be shown",
    "title": "Title",
    "valid_days": "Proof stays valid for",
    "ways": "Ways to prove it",
    "why": "Why it matters",
}


def kind_label(kind: str) -> str:
    """A kind of proof in words; the kind's own name where nobody wrote any."""
    return KIND_LABELS.get(kind) or kind.replace("_", " ").capitalize()


def counts_for(rule: AppliesWhen) -> str:
    """`every service`, or `services with trait http-api`."""
    return "every service" if rule.is_always else f"services {rule.condition}"


def field_label(field: str) -> str:
    """`field` as in `compare.FieldChange`: `gate`, `criteria.levels.valid_days`, or `criteria.levels` for a whole criterion."""
    if not field.startswith("criteria."):
        return _FIELDS.get(field, field)
    key, _, inner = field.removeprefix("criteria.").partition(".")
    return f"Criterion {key}: {_FIELDS.get(inner, inner).lower()}" if inner else f"Criterion {key}"
