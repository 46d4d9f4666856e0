"""YAML text into a small tree that remembers where everything stood. Knows nothing of checklists.

Built from the parser's events, not from its objects: nothing is ever constructed, every node has its line, and
aliases, anchors, tags, depth and size are refused while reading, before they can cost anything.
Only the values JSON has are known; `yes`, `0o17` and `2026-01-01` are text.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from readiness.catalog.yaml_events import NotYamlError, yaml_events
from readiness.checklists.pack_errors import ErrorLog, PackError, PackErrors

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
MAX_NODES = 50_000
MAX_DIGITS = 15
"""JSON readers elsewhere keep whole numbers exact up to here."""

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?[0-9]+(\.[0-9]*([eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_WORDS = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

type ScalarValue = str | int | float | bool | None
type Node = ScalarNode | ListNode | MappingNode | RefusedNode


@dataclass(slots=True)
class ScalarNode:
    line: int
    column: int
    value: ScalarValue
    raw: str


@dataclass(slots=True)
class ListNode:
    line: int
    column: int
    nodes: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class MappingNode:
    """`keys` holds where each key stood; `nodes` what it says."""

    line: int
    column: int
    nodes: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, ScalarNode] = field(default_factory=dict)


@dataclass(slots=True)
class RefusedNode:
    """Already complained about; the reader passes over it in silence."""

    line: int
    column: int


def read_source(text: str, log: ErrorLog) -> Node:
    """What can be mended by an author goes into `log`; raises PackErrors where reading can't go on."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise _stop(1, 1, "the file is larger than 1 MiB")
    builder = _TreeBuilder(log)
    for event in _events(text):
        builder.take(event)
    if builder.root is None:
        raise _stop(1, 1, "the file is empty")
    return builder.root


def _events(text: str) -> Iterator[Event]:
    try:
        yield from yaml_events(text)
    except NotYamlError as error:
        raise _stop(error.line, error.column, f"not YAML: {error.problem}") from error


class _TreeBuilder:
    """Keeps its own stack, so that deep text can't exhaust Python's."""

    def __init__(self, log: ErrorLog) -> None:
        self.root: Node | None = None
        self._log = log
        self._open: list[tuple[ListNode | MappingNode, ScalarNode | None]] = []
        self._count = 0

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self._start_document(event)
            case SequenceEndEvent() | MappingEndEvent():
                self._open.pop()
            case NodeEvent():
                self._take_node(event)

    def _start_document(self, event: DocumentStartEvent) -> None:
        line, column = _place(event)
        if self.root is not None:
            raise _stop(line, column, "a second YAML document starts here; a pack is one document")
        if event.version or event.tags:
            self._log.add(line, column, "", "YAML directives (`%…`) are not used in packs")

    def _take_node(self, event: NodeEvent) -> None:
        line, column = _place(event)
        self._count += 1
        if self._count > MAX_NODES:
            raise _stop(line, column, f"more than {MAX_NODES:,} values; that is not a checklist")
        if isinstance(event, AliasEvent):
            self._log.add(line, column, "", f"alias `*{event.anchor}` is not allowed; write the value out")
        elif event.anchor:
            self._log.add(line, column, "", f"anchor `&{event.anchor}` is not allowed; write the value out")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            self._log.add(line, column, "", f"tag `{_tag_as_written(event.tag)}` is not allowed")
        self._place_node(self._make_node(event, line, column))

    def _make_node(self, event: NodeEvent, line: int, column: int) -> Node:
        match event:
            case SequenceStartEvent():
                return ListNode(line, column)
            case MappingStartEvent():
                return MappingNode(line, column)
            case ScalarEvent():
                return self._make_scalar(event, line, column)
        return RefusedNode(line, column)

    def _make_scalar(self, event: ScalarEvent, line: int, column: int) -> Node:
        value = _plain_value(event.value) if event.implicit[0] else event.value
        if not isinstance(value, float) or math.isfinite(value):
            return ScalarNode(line, column, value, event.value)
        self._log.add(line, column, "", f"number `{event.value[:24]}` is too large")
        return RefusedNode(line, column)

    def _place_node(self, node: Node) -> None:
        if not self._open:
            self.root = node
        else:
            self._place_inside(*self._open[-1], node)
        if isinstance(node, ListNode | MappingNode):
            self._open.append((node, None))
            if len(self._open) > MAX_DEPTH:
                raise _stop(node.line, node.column, f"nested more than {MAX_DEPTH} levels deep")

    def _place_inside(self, parent: ListNode | MappingNode, key: ScalarNode | None, node: Node) -> None:
        if isinstance(parent, ListNode):
            parent.nodes.append(node)
        elif key is None:
            self._open[-1] = (parent, self._as_key(node))
        else:
            self._open[-1] = (parent, None)
            self._add_entry(parent, key, node)

    def _as_key(self, node: Node) -> ScalarNode:
        if isinstance(node, ScalarNode):
            return node
        raise _stop(node.line, node.column, "a field's name is a plain word, not an alias, a list or a mapping")

    def _add_entry(self, parent: MappingNode, key: ScalarNode, node: Node) -> None:
        if first := parent.keys.get(key.raw):
            message = f"`{key.raw}` is given twice; first on line {first.line}"
            self._log.add(key.line, key.column, "", message)
            return
        if isinstance(node, ScalarNode) and node.value is None and not node.raw:
            node.line, node.column = key.line, key.column  # the parser places nothing where the next thing begins
        parent.keys[key.raw] = key
        parent.nodes[key.raw] = node


def _plain_value(raw: str) -> ScalarValue:
    if raw in _WORDS:
        return _WORDS[raw]
    if _INTEGER.fullmatch(raw):
        return int(raw) if len(raw) <= MAX_DIGITS else math.inf
    return float(raw) if _FLOAT.fullmatch(raw) else raw


def _tag_as_written(tag: object) -> str:
    return str(tag).replace("tag:yaml.org,2002:", "!!")


def _place(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _stop(line: int, column: int, message: str) -> PackErrors:
    return PackErrors([PackError(line, column, "", message)])
