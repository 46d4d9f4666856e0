"""YAML with many documents as plain mappings, lists and text.

Every scalar is text, as it was written; nothing is constructed, and anchors, depth and size are refused while reading.
"""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from readiness.assessments.formats.contract import UnreadableError, shortened
from readiness.catalog.yaml_events import NotYamlError, yaml_events

MAX_CHARACTERS = 512 * 1024
MAX_EVENTS = 50_000
"""About two seconds of the parser, which is in Python; the manifests of one service are a tenth of it."""
MAX_DEPTH = 48
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def read_yaml(text: str) -> list[Any]:
    """The documents that say something. Raises UnreadableError with the line."""
    if len(text) > MAX_CHARACTERS:
        raise UnreadableError(
            f"The manifests are larger than {MAX_CHARACTERS // 1024} KiB; send those of this service alone."
        )
    builder = _Builder()
    for number, event in enumerate(_events(text)):
        if number > MAX_EVENTS:
            raise UnreadableError(
                f"The manifests hold more than {MAX_EVENTS:,} values; send those of this service alone."
            )
        builder.take(event)
    return [document for document in builder.documents if document is not None]


def _events(text: str) -> Iterator[Event]:
    try:
        yield from yaml_events(text)
    except NotYamlError as error:
        hint = " It looks like a template: render it first." if "{{" in text else ""
        raise UnreadableError(f"This is not YAML: line {error.line}: {shortened(error.problem)}.{hint}") from error


class _Builder:
    """Keeps its own stack, so that deep text can't exhaust Python's."""

    def __init__(self) -> None:
        self.documents: list[Any] = []
        self._open: list[tuple[Any, str | None]] = []

    def take(self, event: Event) -> None:
        match event:
            case SequenceEndEvent() | MappingEndEvent():
                self._open.pop()
            case NodeEvent():
                self._place(_value(event), event.start_mark.line + 1)

    def _place(self, value: Any, line: int) -> None:
        if not self._open:
            self.documents.append(value)
        else:
            self._place_inside(*self._open[-1], value, line)
        if isinstance(value, dict | list):
            self._open.append((value, None))
            if len(self._open) > MAX_DEPTH:
                raise UnreadableError(f"Line {line} is nested more than {MAX_DEPTH} levels deep.")

    def _place_inside(self, parent: Any, key: str | None, value: Any, line: int) -> None:
        if isinstance(parent, list):
            parent.append(value)
        elif key is None:
            if isinstance(value, dict | list):
                raise UnreadableError(f"Line {line}: a name is expected. It looks like a template: render it first.")
            self._open[-1] = (parent, str(value))
        else:
            parent[key] = value
            self._open[-1] = (parent, None)


def _value(event: NodeEvent) -> Any:
    if isinstance(event, AliasEvent) or event.anchor:
        raise UnreadableError(
            f"Line {event.start_mark.line + 1}: anchors and aliases are not read; write the value out."
        )
    match event:
        case MappingStartEvent():
            return {}
        case SequenceStartEvent():
            return []
        case ScalarEvent():
            return None if event.implicit[0] and event.value in _NOTHING else event.value
    raise UnreadableError("This is not YAML that can be read.")
