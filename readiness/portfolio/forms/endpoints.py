"""What is wrong with endpoints that could be stored but that no check could use; said by the form, at the field.

Importers and the API store them as they are told: a check then says what it lacks.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from readiness.assessments.outcome import UnreadableError
from readiness.assessments.promql.queries import matchers
from readiness.catalog.rules import EndpointValue
from readiness.checks.types import TYPES
from readiness.checks.types.contract import problems
from readiness.egress.addresses import kind_of, meanings, parse_address

STREAMS = re.compile(r"""\s*\{(?:[^{}"`]|"(?:[^"\\]|\\.)*"|`[^`]*`)*\}""", re.DOTALL)
"""The labels in braces with which a LogQL query begins; a pipeline may follow."""
SELECTORS = {"metrics_selector": "prom_golden", "alert_selector": "prom_rules"}
"""Endpoint → the type of check whose `selector` it becomes."""


def useless(endpoints: dict[str, EndpointValue]) -> Iterator[tuple[str, str]]:
    """(name, sentence) for each that no check can use. `endpoints`: those that may be stored, none empty."""
    for name, value in endpoints.items():
        if problem := _never_reached(value) or _unreadable(name, str(value)):
            yield name, problem
    plain = {name: str(value) for name, value in endpoints.items()}
    if problem := _same_place(plain.get("base_url"), plain.get("staging_url")):
        yield "staging_url", problem
    if problem := _upside_down(plain.get("latency_p95_ms"), plain.get("latency_p99_ms")):
        yield "latency_p95_ms", problem


def _unreadable(name: str, value: str) -> str | None:
    if name == "log_query":
        return _no_streams(value)
    if name in SELECTORS:
        return problems(TYPES[SELECTORS[name]], {"selector": value}).get("selector")
    return None


def _no_streams(query: str) -> str | None:
    streams = STREAMS.match(query)
    if streams is None:
        return 'Begin with labels in braces, such as {app="checkout"}.'
    try:
        named = matchers(streams[0])
    except UnreadableError as problem:
        return str(problem)
    return None if named else 'Name at least one label, such as {app="checkout"}.'


def _same_place(base: str | None, staging: str | None) -> str | None:
    if not base or not staging:
        return None
    return problems(TYPES["rate_limit"], {"staging_url": staging, "production_url": base}).get("")


def _upside_down(p95: str | None, p99: str | None) -> str | None:
    if not p95 or not p99 or float(p95) <= float(p99):
        return None
    return f"This is above the p99 budget of {p99} ms; the p95 budget is at most as large."


def _never_reached(value: EndpointValue) -> str | None:
    """Why no setting lets a check call one of these addresses; None for names, and for what a deployment may allow."""
    for address in [value] if isinstance(value, str) else value:
        try:
            host = parse_address(urlsplit(address).hostname or "")
        except ValueError:
            continue
        for kind in map(kind_of, meanings(host)):
            if kind is not None and kind.never:
                return f"{host} is {kind.name}; checks never call it, and no setting allows it."
    return None
