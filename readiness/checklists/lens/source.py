"""JSON text into the small tree that remembers where everything stood, as `pack_source` makes it of YAML.

Python's own reader forgets places and lets the second of two equal names win without a word.
"""

import json
import re
from bisect import bisect_right

from readiness.checklists.pack_errors import ErrorLog, PackError, PackErrors
from readiness.checklists.pack_source import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_DIGITS,
    MAX_NODES,
    ListNode,
    MappingNode,
    Node,
    ScalarNode,
)

_TOKEN = re.compile(
    r"""[ \t\r\n]*(?:
        (?P<mark>[{}\[\]:,])
      | (?P<text>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
      | (?P<plain>(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![\w.]))
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)


def read_json(text: str, log: ErrorLog) -> Node:
    """What can be mended by an author goes into `log`; raises PackErrors where reading can't go on."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise PackErrors([PackError(1, 1, "", "the file is larger than 1 MiB")])
    return _Reader(text, log).whole()


class _Reader:
    def __init__(self, text: str, log: ErrorLog) -> None:
        self._text = text
        self._log = log
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._count = 0
        self._end = 0
        self._next()

    def whole(self) -> Node:
        root = self._value(1)
        if self._kind != "end":
            raise self._stop("the JSON goes on after its end")
        return root

    def _next(self) -> None:
        """Moves to the next token: its kind, what it says, and where it begins and ends."""
        match = _TOKEN.match(self._text, self._end)
        if match is None:
            self._place = len(self._text) - len(self._text[self._end :].lstrip(" \t\r\n"))
            raise self._stop("not JSON: it can't be read from here on")
        self._kind = match.lastgroup or ""
        self._said = match[self._kind]
        self._place, self._end = match.span(self._kind)

    def _value(self, depth: int) -> Node:
        self._count += 1
        if self._count > MAX_NODES:
            raise self._stop(f"more than {MAX_NODES:,} values; that is not a lens")
        if depth > MAX_DEPTH:
            raise self._stop(f"nested more than {MAX_DEPTH} levels deep")
        if self._said == "{" and self._kind == "mark":
            return self._mapping(depth)
        if self._said == "[" and self._kind == "mark":
            return self._list(depth)
        if self._kind in {"text", "plain"}:
            return self._scalar()
        raise self._stop("not JSON: a value is missing here")

    def _list(self, depth: int) -> ListNode:
        node = ListNode(*self._where())
        self._next()
        while not self._is("]"):
            if node.nodes:
                self._expect(",")
            node.nodes.append(self._value(depth + 1))
        self._next()
        return node

    def _mapping(self, depth: int) -> MappingNode:
        node = MappingNode(*self._where())
        self._next()
        is_first = True
        while not self._is("}"):
            if not is_first:
                self._expect(",")
            is_first = False
            self._entry(node, depth)
        self._next()
        return node

    def _entry(self, node: MappingNode, depth: int) -> None:
        if self._kind != "text":
            raise self._stop("not JSON: a name in double quotes is missing here")
        key = self._scalar()
        self._expect(":")
        value = self._value(depth + 1)
        if first := node.keys.get(key.raw):
            message = f"`{key.raw[:40]}` is given twice; first on line {first.line}"
            self._log.add(key.line, key.column, "", message)
            return
        node.keys[key.raw], node.nodes[key.raw] = key, value

    def _scalar(self) -> ScalarNode:
        line, column = self._where()
        is_long = self._kind == "plain" and len(self._said) > 2 * MAX_DIGITS
        value = self._said if is_long else json.loads(self._said)
        if is_long:
            self._log.add(line, column, "", f"number `{self._said[:24]}` is too large")
        raw = value if isinstance(value, str) else self._said
        self._next()
        return ScalarNode(line, column, value, raw)

    def _is(self, mark: str) -> bool:
        return self._kind == "mark" and self._said == mark

    def _expect(self, mark: str) -> None:
        if not self._is(mark):
            raise self._stop(f"not JSON: `{mark}` is missing here")
        self._next()

    def _where(self) -> tuple[int, int]:
        line = bisect_right(self._lines, self._place)
        return line, self._place - self._lines[line - 1] + 1

    def _stop(self, message: str) -> PackErrors:
        line, column = self._where()
        return PackErrors([*self._log.errors, PackError(line, column, "", message)])
