"""Which checks a service gets, and what each is told: the checklist's parameters, what the service says of itself
(its endpoints, traits and facts), and over both what a person set. Plain values; nothing is read or written here.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field as values_of
from typing import Any

from pydantic import ValidationError

from readiness.catalog.rules import ENDPOINTS, EndpointValue, Trait, spoken_to
from readiness.checklists.pack import PackCriterion, PackItem, Way
from readiness.checklists.rules import How
from readiness.checks.types import TYPES
from readiness.checks.types.contract import CheckType, needs

type Config = dict[str, Any]

# Type → its fields that an endpoint of the service fills. One address on the service's page sets up many checks.
FROM_ENDPOINTS: dict[str, dict[str, str]] = {
    "health_pair": {"live_url": "live_url", "ready_url": "ready_url"},
    "http_authz": {"base_url": "base_url", "openapi_url": "openapi_url"},
    "error_leak": {"base_url": "base_url"},
    "exposure": {"base_url": "base_url"},
    "tls_expiry": {"url": "base_url"},
    "prom_query": {"base_url": "prometheus_url"},
    "prom_golden": {"base_url": "prometheus_url", "selector": "metrics_selector"},
    "am_routing": {"prometheus_url": "prometheus_url", "selector": "alert_selector"},
    "loki_logs": {"query": "log_query"},
    "correlation": {"service_url": "base_url"},
    "resource_trend": {"base_url": "prometheus_url", "selector": "metrics_selector"},
    "am_delivery": {"prometheus_url": "prometheus_url", "selector": "alert_selector"},
    "prom_targets": {"base_url": "prometheus_url", "selector": "metrics_selector"},
    "prom_rules": {"base_url": "prometheus_url", "selector": "alert_selector"},
    "runbook_url": {"urls": "runbook_urls"},
    "sec_headers": {"base_url": "base_url"},
    "ci_runs": {"commit": "release_commit", "workflow": "ci_workflow"},
    "repo_files": {"commit": "release_commit"},
    "secret_rotation_aws": {"secret": "rotated_secret"},
    "secret_rotation_vault": {"secret": "rotated_secret"},
    "oncall_ical": {"calendar_url": "oncall_calendar_url"},
    "oncall_pagerduty": {"service_id": "pager_service"},
    "trace_query": {"service": "trace_service"},
    "rate_limit": {"staging_url": "staging_url", "production_url": "base_url"},
}
# Type → its fields that another fact about the service fills; a checklist, being for many services, says nothing of them.
FROM_SERVICE: dict[str, dict[str, str]] = {
    "ci_runs": {"repository": "repository"},
    "repo_files": {"repository": "repository"},
    "oncall_ical": {"go_live_on": "go_live_on"},
    "oncall_pagerduty": {"go_live_on": "go_live_on"},
    "trace_query": {"dependencies": "dependencies"},
}
FACTS = {
    "dependencies": "Dependencies",  # names as traces hold them, sorted
    "go_live_on": "Go-live date",  # ISO 8601
    "repository": "Repository",  # an address
}
"""What a service says of itself beside its endpoints, and what its form calls that. A fact that is not known is empty."""
# Type → the field that says whether people or programs call it.
FROM_AUDIENCE: dict[str, tuple[str, str]] = {
    "http_authz": ("kind", "frontend"),
    "error_leak": ("error_type", "html"),
    "sec_headers": ("kind", "frontend"),
}

HERE, THE_CHECKLIST = "set here", "the checklist"


@dataclass(frozen=True, slots=True)
class Said:
    """What a service says of itself, as far as checks are told. `facts`: name in FACTS → JSON-ready value."""

    endpoints: Mapping[str, EndpointValue]
    traits: Collection[str] = ()
    facts: Mapping[str, str | list[str]] = values_of(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """One check that the checklist asks for."""

    criterion: PackCriterion
    way: Way

    @property
    def key(self) -> tuple[str, str]:
        return self.criterion.key, self.way.kind

    @property
    def type(self) -> CheckType[Any]:
        return TYPES[self.way.kind]


def wanted(item: PackItem, *, tier: int, traits: Collection[str]) -> Iterator[Wanted]:
    """The checks for one item: each way of each criterion that counts, as far as this program can go it by itself."""
    if not item.applies_when.holds(tier, traits):
        return
    for criterion in item.criteria_for(tier=tier, traits=traits):
        for way in criterion.ways:
            if way.how in (How.PROBE, How.QUERY) and way.kind in TYPES:
                yield Wanted(criterion, way)


def planned_config(way: Way, said: Said) -> Config:
    """What the checklist and the service say; it may not be enough to run. A parameter that the type does not know is
    left out.
    """
    facts = FROM_SERVICE.get(way.kind, {})
    fields = TYPES[way.kind].config_model.model_fields.keys() - facts.keys()
    config: Config = {name: value for name, value in way.params.items() if name in fields}
    config |= {field: said.facts[fact] for field, fact in facts.items() if said.facts.get(fact)}
    for field, endpoint in FROM_ENDPOINTS.get(way.kind, {}).items():
        if value := said.endpoints.get(endpoint):
            config.setdefault(field, value)
    if way.kind in FROM_AUDIENCE and Trait.FRONTEND in said.traits and Trait.HTTP_API not in said.traits:
        config.setdefault(*FROM_AUDIENCE[way.kind])
    if way.kind == "trace_query" and "require_spans" in config:
        config["require_spans"] = spoken_to(config["require_spans"], said.traits)
    if way.kind == "runbook_url" and not config.get("urls") and (rules := _rules_source(said.endpoints)):
        config.setdefault("rules", rules)
    return config


def _rules_source(endpoints: Mapping[str, EndpointValue]) -> Config | None:
    """Where the links stand when nobody listed them: in the service's own alerting rules."""
    base_url, selector = endpoints.get("prometheus_url"), endpoints.get("alert_selector")
    return {"base_url": base_url, "selector": selector} if base_url and selector else None


def together(planned: Config, configured: Config) -> Config:
    """What a person set stands over what was planned."""
    return {**planned, **configured}


def lacking(type_: str, config: Config) -> list[str]:
    return needs(TYPES[type_], config)


def set_by_person(type_: str, planned: Config, config: Config) -> Config:
    """Of a whole configuration, what differs from the plan: the rest goes on following the checklist and the service.

    Raises ValidationError when it can't run.
    """
    full = TYPES[type_].config_model.model_validate(config).model_dump(mode="json")
    usual = _usual(type_, planned, full)
    return {name: value for name, value in full.items() if name not in usual or usual[name] != value}


def _usual(type_: str, planned: Config, full: Config) -> Config:
    """The plan as the type itself would write it, its defaults included; fields that nobody planned are absent."""
    model = TYPES[type_].config_model
    open_ = {name for name, field in model.model_fields.items() if field.is_required() and name not in planned}
    try:
        usual = model.model_validate({**{name: full[name] for name in open_}, **planned}).model_dump(mode="json")
    except ValidationError:  # the plan alone makes no sense yet, such as a comparison without its threshold
        usual = filled(type_, planned)
    return {name: value for name, value in usual.items() if name not in open_}


def filled(type_: str, config: Config) -> Config:
    """With the type's own defaults, JSON-ready and unjudged; what nobody said is absent."""
    plain: Config = TYPES[type_].config_model.model_construct(**config).model_dump(mode="json", warnings=False)
    return plain


def origin(
    type_: str, field: str, *, planned: Config, configured: Config, endpoints: Mapping[str, EndpointValue]
) -> str:
    """Who says what a field holds: HERE a person, THE_CHECKLIST, the label of the service's endpoint or fact, or empty for
    the type's own default.
    """
    if field in configured:
        return HERE
    if field not in planned:
        return ""
    if (type_, field) == ("runbook_url", "rules"):
        return "what the service says"
    if field == FROM_AUDIENCE.get(type_, ("", ""))[0]:
        return "the service's traits"
    if fact := FROM_SERVICE.get(type_, {}).get(field):
        return f"the service's “{FACTS[fact]}”"
    endpoint = FROM_ENDPOINTS.get(type_, {}).get(field)
    if endpoint and planned[field] == endpoints.get(endpoint):
        return f"the service's “{ENDPOINTS[endpoint].label}”"
    return THE_CHECKLIST


def endpoints_missing(type_: str, config: Config) -> list[str]:
    """Names of the endpoints and facts that would help: those this type is told and nobody has said yet."""
    fields = TYPES[type_].config_model.model_fields
    needed = {field: fact for field, fact in FROM_SERVICE.get(type_, {}).items() if fields[field].is_required()}
    return [name for field, name in {**FROM_ENDPOINTS.get(type_, {}), **needed}.items() if not config.get(field)]


def label_of(name: str) -> str:
    """What the service's form calls an endpoint or a fact."""
    return FACTS.get(name) or ENDPOINTS[name].label
