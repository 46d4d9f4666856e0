"""The kinds of proof a checklist may ask for, and how much the best proof of each is worth.

The kind is the name of a check type, of an artifact format, of a structured record, or of what people attest.
Check types live in rooms above this one, so their names are listed here rather than imported.
"""

from collections.abc import Mapping

from readiness.checklists.rules import How, Strength

type Kinds = Mapping[How, frozenset[str]]

KINDS: Kinds = {
    How.PROBE: frozenset(
        {
            "correlation",
            "error_leak",
            "exposure",
            "health_pair",
            "http_authz",
            "rate_limit",
            "runbook_url",
            "sec_headers",
            "tls_expiry",
        }
    ),
    How.QUERY: frozenset(
        {
            "am_delivery",
            "am_routing",
            "ci_runs",
            "loki_logs",
            "oncall_ical",
            "oncall_pagerduty",
            "prom_golden",
            "prom_query",
            "prom_rules",
            "prom_targets",
            "repo_files",
            "resource_trend",
            "secret_rotation_aws",
            "secret_rotation_vault",
            "trace_query",
        }
    ),
    How.ARTIFACT: frozenset(
        {
            "drain",
            "explain",
            "junit",
            "k8s_manifest",
            "loadtest",
            "log_sample",
            "otlp_trace",
            "pgss",
            "prom_rules_file",
            "resource_trend",
            "sarif",
            "scorecard",
            "secrets_scan",
            "zap",
        }
    ),
    How.RECORD: frozenset(
        {"launch_announcement", "launch_ramp", "launch_thresholds", "metric_owner", "oncall_confirmation"}
    ),
    How.ATTESTATION: frozenset({"document", "drill", "plan"}),
}

_BY_HOW = {
    How.PROBE: Strength.OBSERVED,
    How.QUERY: Strength.OBSERVED,
    How.ARTIFACT: Strength.UPLOADED,
    How.RECORD: Strength.LINKED,
    How.ATTESTATION: Strength.LINKED,
}
_EXERCISED = frozenset({"am_delivery", "drill"})

NOT_READ_YET: frozenset[str] = frozenset({})
"""Kinds that a checklist may ask for and that this version has no check type or format for. A test holds it to the tables."""


def strongest(how: How, kind: str) -> Strength:
    """What the best proof of this kind is worth. A drill was run; a document is only pointed at."""
    return Strength.EXERCISED if kind in _EXERCISED else _BY_HOW[how]
