"""What a check is told of the organisation's sources, where neither the checklist nor the service says it. Plain values."""

from collections.abc import Mapping

from readiness.catalog.rules import EndpointValue
from readiness.checks.sources import KINDS, Connection
from readiness.checks.types import TYPES

# Type → its fields that hold the address of a source, beside `base_url` of a type with a `source`.
FROM_SOURCES: dict[str, dict[str, str]] = {
    "am_routing": {"prometheus_url": "prometheus"},
    "am_delivery": {"prometheus_url": "prometheus"},
}
WITH_ADDRESS = ("flavour", "region", "tenant")
"""Fields that describe the source whose address stands in `base_url`, and come from where that came from."""
RULES = "rules"
"""The field of `runbook_url` that is an address and a selector in one."""


def fields_of(type_: str) -> dict[str, str]:
    """Field → kind of source whose address it holds."""
    known = TYPES.get(type_)
    if known is None:
        return {}
    fields = {"base_url": known.source} if known.source else {}
    return {field: kind for field, kind in (fields | FROM_SOURCES.get(type_, {})).items() if _has(type_, field)}


def kinds_of(type_: str) -> set[str]:
    """The sources whose credential goes along with this type's calls to their origin."""
    return {*fields_of(type_).values(), *({"prometheus"} if _has_rules(type_) else ())}


def places_of(type_: str, kind: str) -> list[str]:
    """Where in a type's configuration the address of this kind stands, as a path of names with __ between."""
    places = [field for field, source in fields_of(type_).items() if source == kind]
    return [*places, f"{RULES}__base_url"] if _has_rules(type_) and kind == "prometheus" else places


def inherit(
    type_: str,
    planned: dict[str, object],
    *,
    endpoints: Mapping[str, EndpointValue],
    connections: Mapping[str, Connection],
) -> dict[str, object]:
    """The plan with what the organisation's sources add to it."""
    told = dict(planned)
    for field, kind in fields_of(type_).items():
        if told.get(field) or kind not in connections:
            continue
        told[field] = connections[kind].address
        if field == "base_url":
            for name, value in _described(type_, connections[kind]).items():
                told.setdefault(name, value)
    if _has_rules(type_) and not told.get("urls") and not told.get(RULES):
        told |= _rules(endpoints, connections.get("prometheus"))
    return told


def _described(type_: str, connection: Connection) -> dict[str, str]:
    said = {"flavour": connection.flavour, **connection.settings}
    return {name: said[name] for name in WITH_ADDRESS if said.get(name) and _has(type_, name)}


def _rules(endpoints: Mapping[str, EndpointValue], prometheus: Connection | None) -> dict[str, object]:
    selector = endpoints.get("alert_selector")
    return {RULES: {"base_url": prometheus.address, "selector": selector}} if prometheus and selector else {}


def origin(type_: str, field: str, value: object, connections: Mapping[str, Connection]) -> str:
    """`the organisation's Prometheus`, when that is where the value comes from; else empty."""
    kind = _kind_behind(type_, field)
    if kind not in connections:
        return ""
    connection = connections[kind]
    said = {connection.address, connection.flavour, *connection.settings.values()} - {""}
    stands = value.get("base_url") if isinstance(value, dict) else value
    return f"the organisation's {KINDS[kind].called(connection.flavour)}" if stands in said else ""


def _kind_behind(type_: str, field: str) -> str:
    if _has_rules(type_) and field == RULES:
        return "prometheus"
    fields = fields_of(type_)
    return fields.get("base_url" if field in WITH_ADDRESS else field, "")


def missing(type_: str, config: Mapping[str, object]) -> list[str]:
    """The kinds of sources that would help: those that this type asks and nobody has said yet."""
    fields = fields_of(type_).items()
    return [kind for field, kind in fields if not config.get(field) and _is_required(type_, field)]


def _has(type_: str, field: str) -> bool:
    return field in TYPES[type_].config_model.model_fields


def _is_required(type_: str, field: str) -> bool:
    return bool(TYPES[type_].config_model.model_fields[field].is_required())


def _has_rules(type_: str) -> bool:
    return type_ == "runbook_url"
