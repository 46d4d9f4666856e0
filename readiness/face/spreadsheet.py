"""CSV that a spreadsheet opens without running anything, sent piece by piece."""

import csv
from collections.abc import Iterable, Iterator

AT_ONCE = 500
"""Rows read from the database, and lines sent, at a time."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that starts with one of these is a formula to a spreadsheet."""


def safe_cell(value: object) -> str:
    """What a spreadsheet shows instead of running it: an apostrophe before what would be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def plain_cell(text: str) -> str:
    """The way back: what `safe_cell` made of a text, as the text it was."""
    return text[1:] if text.startswith("'") and text[1:].startswith(DANGEROUS) else text


def pieces(heading: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """The heading and a line for each row, in pieces of up to 500 lines."""
    writer = csv.writer(_Line())
    piece = [writer.writerow(heading)]
    for row in rows:
        piece.append(writer.writerow(safe_cell(cell) for cell in row))
        if len(piece) == AT_ONCE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


class _Line:
    """A file to csv.writer: `write` answers the line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
