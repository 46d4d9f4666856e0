"""One mapping of a pack, read field by field. Every complaint goes to the log with its place, and reading goes on."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum

from readiness.checklists.pack_errors import ErrorLog
from readiness.checklists.pack_source import ListNode, MappingNode, Node, RefusedNode, ScalarNode

MAX_KEY = 60
KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
SHOWN = 40
"""Characters of a wrong value that a message repeats."""


class Fields:
    """The fields of one mapping. Getters return a harmless stand-in after they complained."""

    def __init__(self, node: MappingNode, path: str, log: ErrorLog) -> None:
        self.node = node
        self.path = path
        self.log = log

    def complain(self, message: str, at: Node | None = None) -> None:
        place = at or self.node
        self.log.add(place.line, place.column, self.path, message)

    def refuse_unknown(self, known: Collection[str]) -> None:
        for name, key in self.node.keys.items():
            if name not in known:
                self.complain(f"unknown field `{shown(name)}`{did_you_mean(name, known)}", key)

    def has(self, name: str) -> bool:
        return name in self.node.nodes

    def line(self, name: str, limit: int) -> str:
        """Text on one line: line breaks in the file are only where the author wrapped it."""
        return " ".join(self._text(name, limit).split())

    def paragraphs(self, name: str, limit: int) -> str:
        """Text with its line breaks, all of one sort; nothing hangs off the ends."""
        return tidy(self._text(name, limit))

    def maybe(self, name: str, limit: int) -> str:
        """Text that may be absent, empty or null: then it is empty."""
        node = self.node.nodes.get(name)
        is_absent = node is None or (isinstance(node, ScalarNode) and not node.raw.strip()) or _is_null(node)
        return "" if is_absent else self.paragraphs(name, limit)

    def key(self, name: str = "key") -> str:
        text = self._text(name, MAX_KEY)
        if text and not KEY.fullmatch(text):
            rule = "must be small letters, digits and single hyphens, starting with a letter"
            self.complain(f"`{name}` {rule}, not `{shown(text)}`", self.node.nodes[name])
            return ""
        return text

    def choice[E: StrEnum](self, name: str, choices: type[E]) -> E:
        found = self.optional_choice(name, choices)
        if found is None and not self.has(name):
            self._missing(name)
        return found or next(iter(choices))

    def optional_choice[E: StrEnum](self, name: str, choices: type[E]) -> E | None:
        node = self.node.nodes.get(name)
        if node is None or isinstance(node, RefusedNode):
            return None
        if isinstance(node, ScalarNode) and node.raw in choices:
            return choices(node.raw)
        self.complain(f"`{name}` must be {one_of(choices)}, not {described(node)}", node)
        return None

    def days(self, name: str, most: int) -> int:
        found = self.optional_days(name, most)
        if found is None and not self.has(name):
            self._missing(name)
        return found or 1

    def optional_days(self, name: str, most: int) -> int | None:
        node = self.node.nodes.get(name)
        if node is None or isinstance(node, RefusedNode):
            return None
        value = node.value if isinstance(node, ScalarNode) else None
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most:
            return value
        self.complain(f"`{name}` must be a whole number of days from 1 to {most}, not {described(node)}", node)
        return None

    def mappings(self, name: str, most: int) -> "list[Fields]":
        """The mappings of a required, non-empty list. Their path is this one's until the reader names them."""
        inner = []
        for node in self.nodes(name, most):
            if isinstance(node, MappingNode):
                inner.append(Fields(node, self.path, self.log))
            elif not isinstance(node, RefusedNode):
                self.complain(f"`{name}` must hold mappings, not {described(node)}", node)
        return inner

    def nodes(self, name: str, most: int) -> list[Node]:
        node = self.node.nodes.get(name)
        if node is None:
            self._missing(name)
        elif isinstance(node, ListNode):
            return self._counted(name, node, most)
        elif not isinstance(node, RefusedNode):
            self.complain(f"`{name}` must be a list, not {described(node)}", node)
        return []

    def mapping(self, name: str) -> "Fields | None":
        node = self.node.nodes.get(name)
        if isinstance(node, MappingNode):
            return Fields(node, self.path, self.log)
        if node is not None and not isinstance(node, RefusedNode):
            self.complain(f"`{name}` must be a mapping, not {described(node)}", node)
        return None

    def _counted(self, name: str, node: ListNode, most: int) -> list[Node]:
        if not node.nodes:
            self.complain(f"`{name}` must not be empty", node)
        if len(node.nodes) > most:
            self.complain(f"`{name}` holds {len(node.nodes)} entries; at most {most} are allowed", node)
        return node.nodes[:most]

    def _text(self, name: str, limit: int) -> str:
        node = self.node.nodes.get(name)
        if node is None:
            self._missing(name)
            return ""
        if isinstance(node, RefusedNode):
            return ""
        if not isinstance(node, ScalarNode):
            self.complain(f"`{name}` must be text, not {described(node)}", node)
            return ""
        # A bare `2` or `true` is text where text is asked for; a bare nothing is not.
        return self._bounded(name, node, limit) if node.value is not None else self._empty(name, node)

    def _bounded(self, name: str, node: ScalarNode, limit: int) -> str:
        text = node.raw.strip()
        if not text:
            return self._empty(name, node)
        if len(text) > limit:
            self.complain(f"`{name}` has {len(text):,} characters; at most {limit:,} are allowed", node)
            return ""
        if strange := next((char for char in text if is_strange(char)), None):
            self.complain(f"`{name}` holds a character that can't be shown: {strange!a}", node)
            return ""
        return text

    def _empty(self, name: str, node: Node) -> str:
        self.complain(f"`{name}` must not be empty", node)
        return ""

    def _missing(self, name: str) -> None:
        self.complain(f"`{name}` is missing")


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def is_strange(char: str) -> bool:
    """Control characters and surrogates: nobody typed these on purpose, and databases choke on some."""
    return unicodedata.category(char) in {"Cc", "Cs"} and char not in "\n\r\t"


def one_of(choices: Iterable[object]) -> str:
    words = [str(choice) for choice in choices]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def did_you_mean(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name[:MAX_KEY], sorted(known), n=1, cutoff=0.6)
    return f"; did you mean `{close[0]}`?" if close else ""


def described(node: Node) -> str:
    match node:
        case ScalarNode(value=None):
            return "nothing"
        case ScalarNode(raw=raw):
            return f"`{shown(raw)}`"
        case ListNode():
            return "a list"
    return "a mapping"


def shortened(text: str, length: int) -> str:
    """On one line, and no longer than `length`."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def shown(text: str) -> str:
    """Short enough for a message, and on one line."""
    words = " ".join("".join("\N{REPLACEMENT CHARACTER}" if is_strange(char) else char for char in text).split())
    return words if len(words) <= SHOWN else words[: SHOWN - 1] + "…"
