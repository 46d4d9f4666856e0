"""What to write when a source speaks again: only what changed in the source since it last spoke. Pure.

Sets (traits, dependencies) and the endpoints are compared member by member, so that what people added by hand stays
beside what the source adds or takes away.
"""

from collections.abc import Mapping
from typing import Any

SETS = frozenset({"traits", "dependencies"})


def changes_to_write(
    said: Mapping[str, Any], said_before: Mapping[str, Any], current: Mapping[str, Any]
) -> dict[str, Any]:
    """Field → new value. All three are JSON-ready; a field that the source does not name is left alone."""
    merged = {
        field: _merged(field, value, said_before.get(field), current.get(field))
        for field, value in said.items()
        if value != said_before.get(field)
    }
    return {field: value for field, value in merged.items() if value != current.get(field)}


def empty_ones_to_fill(said: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """For something that people wrote down before the source was read: only what they left empty."""
    return {field: value for field, value in said.items() if value and not current.get(field)}


def _merged(field: str, said: Any, before: Any, current: Any) -> Any:
    if field in SETS:
        members, gone = set(current or ()), set(before or ()) - set(said)
        return sorted((members | set(said) - set(before or ())) - gone)
    if isinstance(said, Mapping):
        return {**(current or {}), **{name: value for name, value in said.items() if value != (before or {}).get(name)}}
    return said


def remembered(said: Mapping[str, Any], said_before: Mapping[str, Any]) -> dict[str, Any]:
    """What to compare with next time: a field or an endpoint that the source passes over now keeps its last word."""
    endpoints = {**said_before.get("endpoints", {}), **said.get("endpoints", {})}
    return {**said_before, **said, **({"endpoints": endpoints} if endpoints else {})}
