"""YAML with many documents into small trees that remember their lines. Knows nothing of catalogs.

Built from the parser's events: nothing is constructed, and aliases, depth and size are refused while reading. Each
document is read by itself, so that a broken one does not hide those behind it. Every scalar is text, as it was written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ruamel.yaml.events import (
    AliasEvent,
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

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000
"""In one document."""
NOT_A_NAME = (
    "A mapping or a list stands here where a word is expected; is it the left-over of a template, such as {{ … }}?"
)

_DOCUMENT_START = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


class UnreadableError(Exception):
    """One sentence about what is wrong, and the line (counted from 1) in the whole text."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence


@dataclass(slots=True)
class Part:
    """A value and the line it stands on: text, a list, or a mapping. `lookup` and `texts` read it without surprises:
    what is missing, or is of another shape than asked for, is empty.
    """

    line: int
    value: "str | list[Part] | dict[str, Part]"

    @property
    def text(self) -> str:
        return self.value.strip() if isinstance(self.value, str) else ""

    @property
    def parts(self) -> "list[Part]":
        return self.value if isinstance(self.value, list) else []

    @property
    def fields(self) -> "dict[str, Part]":
        return self.value if isinstance(self.value, dict) else {}

    def lookup(self, *path: str) -> "Part":
        part = self
        for name in path:
            part = part.fields.get(name, Part(part.line, ""))
        return part

    def texts(self, *path: str) -> "list[Part]":
        """The entries of a list that are text and say something."""
        return [part for part in self.lookup(*path).parts if part.text]


def read_documents(text: str) -> Iterator[Part | UnreadableError]:
    """Each document's root, or what is wrong with it, in the order of the text. Empty documents are passed over."""
    text = text.removeprefix("\ufeff")
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        yield UnreadableError(1, f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB.")
        return
    starts = [0, *(match.start() for match in _DOCUMENT_START.finditer(text) if match.start())]
    line = 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        chunk = text[start:end]
        try:
            yield from _read_chunk(chunk, line)
        except UnreadableError as error:
            yield error
        line += chunk.count("\n")


def _read_chunk(chunk: str, lines_before: int) -> Iterator[Part]:
    if all(not line.strip() or line.startswith(("#", "%")) for line in chunk.splitlines()):
        return  # comments and directives in front of the first document
    builder = _Builder(lines_before)
    for event in _events(chunk, lines_before):
        builder.take(event)
    for root in builder.roots:
        if root.value != "":
            yield root


def _events(chunk: str, lines_before: int) -> Iterator[Event]:
    try:
        yield from yaml_events(chunk)
    except NotYamlError as error:
        raise UnreadableError(lines_before + error.line, f"This is not YAML: {error.problem}.") from error


@dataclass
class _Builder:
    """Keeps its own stack, so that deep text can't exhaust Python's."""

    lines_before: int
    roots: list[Part] = field(default_factory=list)
    _open: list[tuple[Part, str | None]] = field(default_factory=list)
    _count: int = 0

    def take(self, event: Event) -> None:
        match event:
            case DocumentStartEvent():
                self._count = 0
            case SequenceEndEvent() | MappingEndEvent():
                self._open.pop()
            case NodeEvent():
                self._take_node(event)

    def _take_node(self, event: NodeEvent) -> None:
        line = self.lines_before + event.start_mark.line + 1
        self._count += 1
        if self._count > MAX_NODES:
            raise UnreadableError(line, f"One entry has more than {MAX_NODES:,} values; that is not a catalog.")
        if isinstance(event, AliasEvent) or event.anchor:
            raise UnreadableError(
                line, f"Anchors and aliases (here “{event.anchor}”) are not read; write the value out."
            )
        self._place(self._part(event, line))

    def _part(self, event: NodeEvent, line: int) -> Part:
        match event:
            case MappingStartEvent():
                return Part(line, {})
            case SequenceStartEvent():
                return Part(line, [])
            case ScalarEvent():
                is_nothing = event.implicit[0] and event.value in _NOTHING
                return Part(line, "" if is_nothing else event.value)
        raise UnreadableError(line, "This is not YAML: it can't be parsed from here on.")

    def _place(self, part: Part) -> None:
        if not self._open:
            self.roots.append(part)
        else:
            self._place_inside(*self._open[-1], part)
        if not isinstance(part.value, str):
            self._open.append((part, None))
            if len(self._open) > MAX_DEPTH:
                raise UnreadableError(part.line, f"Nested more than {MAX_DEPTH} levels deep.")

    def _place_inside(self, parent: Part, key: str | None, part: Part) -> None:
        match parent.value:
            case list() as parts:
                parts.append(part)
            case dict() if key is None:
                if not isinstance(part.value, str):
                    raise UnreadableError(part.line, NOT_A_NAME)
                self._open[-1] = (parent, part.value)
            case dict() as fields:
                self._open[-1] = (parent, None)
                if key in fields:
                    raise UnreadableError(part.line, f"“{key}” is given twice in one entry.")
                fields[str(key)] = part
