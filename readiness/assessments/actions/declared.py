"""What the service says of itself, or was measured at, for the criteria that leave it open: budgets, dependencies, its hosts."""

from collections.abc import Mapping

from readiness.assessments.actions.envelope import OWN_ADDRESSES
from readiness.assessments.models import Assessment
from readiness.assessments.outcome import Result
from readiness.catalog.rules import spoken_to
from readiness.checklists.pack import Way

BUDGETS: Mapping[str, Mapping[str, str]] = {
    "required_percentiles": {"p95_ms": "latency_p95_ms", "p99_ms": "latency_p99_ms"},
    "min_duration_s": {"peak_rps": "peak_rps"},
}
"""What a load test's criterion asks → its setting → what the service declares."""
ENDPOINTS: Mapping[str, Mapping[str, str]] = {
    "otlp_trace": {"service": "trace_service"},
    "pgss": {"budget_ms": "statement_budget_ms", "production_rows": "production_rows"},
    "prom_rules_file": {"selector": "alert_selector"},
}
"""Kind of report → its setting → what the service declares."""


def asked(held: Assessment, way: Way) -> dict[str, object]:
    """What the criterion asks, and where it leaves something open, what the service declares or was measured at."""
    params: dict[str, object] = {**_declared(held, way), **way.params}
    if way.kind == "otlp_trace" and isinstance(systems := params.get("require_spans"), list):
        params["require_spans"] = spoken_to(systems, held.service.traits)
    return params


def _declared(held: Assessment, way: Way) -> dict[str, object]:
    service = held.service
    said = {setting: service.endpoint(name) for setting, name in ENDPOINTS.get(way.kind, {}).items()}
    declared: dict[str, object] = {setting: value for setting, value in said.items() if value}
    match way.kind:
        case "junit" if "required_cases_per_dependency" in way.params:
            return {"dependencies": [one.label for one in service.dependencies.select_related("needed")]}
        case "otlp_trace" if "min_services" in way.params:
            return declared | {
                "dependencies": [one.name_in_traces for one in service.dependencies.select_related("needed")]
            }
        case "k8s_manifest":
            drained = held.evidence.filter(kind="drain", result=Result.PASS).newest_first().first()
            seconds = drained.figures.get("seconds_to_end") if drained else None
            return {"drain_s": seconds} if seconds is not None else {}
        case "loadtest":
            wanted = [names for criterion, names in BUDGETS.items() if criterion in way.params]
            budgets = {param: service.endpoint(name) for names in wanted for param, name in names.items()}
            return {param: value for param, value in budgets.items() if value}
        case "zap":
            return {"target_hosts": [address for name in OWN_ADDRESSES if (address := service.endpoint(name))]}
        case "scorecard" if service.repository:
            return {"repository": service.repository}
    return declared
