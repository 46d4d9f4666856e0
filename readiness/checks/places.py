"""Where a check calls first: what it is told, reduced to scheme, host and port. Plain values."""

from collections.abc import Iterator, Mapping

from readiness.checks.types import TYPES
from readiness.egress.target import BadUrlError, Target, parse_target

LONGEST = 300


def place_of(type_: str, config: Mapping[str, object]) -> str:
    """`https://prometheus.example:443`; empty where a check is told no address. A check that calls several places counts
    for the first: the source that its type asks, else in the order in which its fields stand.
    """
    return next((place for place in map(origin_of, _addresses(type_, config)) if place), "")


def origin_of(url: str) -> str:
    try:
        target = parse_target(url)
    except BadUrlError:
        return ""
    return _written(target)[:LONGEST]


def _written(target: Target) -> str:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"{target.scheme}://{host}:{target.port}"


def _addresses(type_: str, config: Mapping[str, object]) -> Iterator[str]:
    known = TYPES.get(type_)
    names = list(known.config_model.model_fields) if known else list(config)
    for name in sorted(names, key=lambda name: name != "base_url"):
        yield from _within(config.get(name))


def _within(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if value.lower().startswith(("http://", "https://")):
            yield value
    elif isinstance(value, Mapping):
        yield from _within(value.get("base_url"))
    elif isinstance(value, list | tuple):
        yield from _within(value[0] if value else None)
