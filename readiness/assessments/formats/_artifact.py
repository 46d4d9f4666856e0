"""A file's content, read as far as somebody asks, and no further.

Sizes, depth and the number of values are bounded, so that no file costs more than seconds. The text is kept once; what is told
from its beginning is told without a copy of it.
"""

import json
import re
from functools import cached_property
from typing import Any

from readiness.assessments.outcome import UnreadableError

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 64
MAX_VALUES = 600_000
MAX_LINE = 256 * 1024
TOO_DEEP = f"The JSON is nested more than {MAX_DEPTH} levels deep."
_BYTES_PER_VALUE = 16
"""A file above MAX_VALUES may hold one value for each so many bytes: scans do; what is denser is made to cost memory."""
_ARCHIVES = {b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive", b"BZh": "a bzip2 archive", b"%PDF": "a PDF",
             b"\xfd7zXZ": "an xz archive", b"\x28\xb5\x2f\xfd": "a zstd archive", b"7z\xbc\xaf": "a 7z archive"}  # fmt: skip
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_FIRST = re.compile(r"\s*(\S?)")
_FIRST_LINES = re.compile(r"(?:[^\n]*\n){0,50}[^\n]*")


class Artifact:
    """Reading raises UnreadableError. `max_bytes`: more is refused."""

    def __init__(self, content: bytes, max_bytes: int = MAX_BYTES) -> None:
        self.content = content
        self.max_bytes = max_bytes

    @cached_property
    def text(self) -> str:
        """UTF-8, or UTF-16 with its mark (as PowerShell writes it), without the mark."""
        self.refuse_archives()
        encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if self.content.startswith(mark)), "utf-8")
        try:
            text = self.content.decode(encoding)
        except UnicodeDecodeError as error:
            raise UnreadableError(f"This is not UTF-8 text: byte {error.start:,} can't be read.") from error
        if "\0" in text:
            raise UnreadableError("This is not text: it holds zero bytes.")
        if not text or text.isspace():
            raise UnreadableError("The file is empty.")
        return text

    def refuse_archives(self) -> None:
        """Raises UnreadableError for what has to be unpacked first, for too much, and for nothing."""
        if len(self.content) > self.max_bytes:
            raise UnreadableError(f"The file is larger than {self.max_bytes // 1024 // 1024} MiB.")
        if not self.content or self.content.isspace():
            raise UnreadableError("The file is empty.")
        for mark, what in _ARCHIVES.items():
            if self.content.startswith(mark):
                raise UnreadableError(f"This is {what}; give the report that is in it.")

    @cached_property
    def first_character(self) -> str:
        """The first that is no space."""
        match = _FIRST.match(self.text)
        return match[1] if match else ""

    @property
    def looks_like_json(self) -> bool:
        return self.first_character in {"{", "["} or (len(self.text) < 100 and self.text.strip() == "null")

    @property
    def json(self) -> Any:
        value, problem = self._parsed
        if problem:
            raise UnreadableError(problem)
        return value

    @property
    def json_or_none(self) -> Any:
        """For telling formats apart: None where it is not one JSON value."""
        return self._parsed[0]

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        """(the value, what is wrong with it): a large broken file is read once, not once for each format."""
        if not self.looks_like_json:
            return None, "This is not JSON."
        try:
            return parse_json(self.text), ""
        except UnreadableError as error:
            return None, str(error)

    @cached_property
    def json_text(self) -> str:
        """The text, where it does not hold more values than memory should."""
        refuse_dense(self.text)
        return self.text

    def lines(self, most: int, what: str) -> list[str]:
        """Raises UnreadableError for more than `most` of them, and for endless ones. `what`: “The sample has”."""
        if self.text.count("\n") > most:
            raise UnreadableError(f"{what} more than {most:,} lines; a part of it is enough.")
        lines = self.text.splitlines()
        if any(len(line) > MAX_LINE for line in lines):
            raise UnreadableError(f"{what} a line of more than {MAX_LINE // 1024} KiB.")
        return lines

    @cached_property
    def first_lines(self) -> list[str]:
        """At most fifty, however large the file is."""
        match = _FIRST_LINES.match(self.text, 0, 1024 * 1024)
        return match[0].splitlines()[:50] if match else []

    def first_line_json(self) -> Any:
        """Of JSON lines: the first one that says something; None where it is no JSON."""
        line = next((line for line in self.first_lines if line.lstrip().startswith("{")), "")
        try:
            return parse_json(line)
        except UnreadableError:
            return None


def parse_json(text: str) -> Any:
    """Raises UnreadableError with the place where it breaks."""
    refuse_dense(text)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise UnreadableError(place_of(error)) from error
    except RecursionError as error:
        raise UnreadableError(TOO_DEEP) from error
    except ValueError as error:  # a number of thousands of digits
        raise UnreadableError("This is not JSON that can be read.") from error
    refuse_deep(value)
    return value


def place_of(error: json.JSONDecodeError) -> str:
    return f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}."


def refuse_dense(text: str) -> None:
    """Raises UnreadableError for JSON that holds so many small values that they would fill the memory."""
    values = text.count(",") + text.count("{") + text.count("[")
    if values > max(MAX_VALUES, len(text) // _BYTES_PER_VALUE):
        raise UnreadableError(f"The JSON holds more than {MAX_VALUES:,} values; a report of this size holds fewer.")


def refuse_deep(value: object) -> None:
    """Level by level, and not by recursion. Raises UnreadableError."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    if level:
        raise UnreadableError(TOO_DEEP)
