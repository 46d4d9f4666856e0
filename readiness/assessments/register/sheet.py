"""A CSV file that changes owners, dates and plans of gaps: what it says, line by line. Reads text, touches nothing else.

| Column | Holds |
|---|---|
| `gap` | the number of the gap, as in the export. Required |
| `version` | as in the export: a gap that was changed since then is doubted. Without it the gap as it is now is meant |
| `owner_email` | the mail address of who owns it |
| `due_on` | a day, as 2026-09-01 |
| `plan` | any text |
| `reason` | why the date moves later, where it does |

An empty cell says nothing: what stands there stays. Every other column of the export may stay in the file, and is not read.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from readiness.face.spreadsheet import plain_cell

READ = ("gap", "version", "owner_email", "due_on", "plan", "reason")
MOST_LINES = 20_000
LONGEST = {"plan": 20_000, "reason": 2_000}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a line, or the file, can't be taken as it is."""

    line: int
    column: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one line says; None where it says nothing."""

    number: int
    gap_id: int
    version: int | None
    owner_email: str | None
    due_on: date | None
    plan: str | None
    reason: str

    @property
    def says_something(self) -> bool:
        return any(value is not None for value in (self.owner_email, self.due_on, self.plan))


@dataclass(slots=True)
class Sheet:
    lines: list[Line] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, line: int, column: str, sentence: str) -> None:
        self.doubts.append(Doubt(line, column, sentence))


def read_sheet(text: str, known: Sequence[str]) -> Sheet:
    """`known`: the columns of the export."""
    sheet = Sheet()
    if "\0" in text:
        sheet.doubt(1, "", "This is no CSV file.")
        return sheet
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if _header_is_right(header, known, sheet):
            _read_lines(header, reader, sheet)
    except csv.Error as error:
        sheet.doubt(reader.line_num, "", f"From here on this is no CSV: {error}.")
    return sheet


def _delimiter(text: str) -> str:
    """What separates the names of the first line; csv.Sniffer guesses from the cells, and wrongly."""
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _header_is_right(header: list[str], known: Sequence[str], sheet: Sheet) -> bool:
    if "gap" not in header:
        sheet.doubt(1, "gap", f"The first line names the columns, and “gap” is missing. They are: {', '.join(READ)}.")
    elif not set(header) & {"owner_email", "due_on", "plan"}:
        sheet.doubt(1, "", "There is nothing to change: no column is called owner_email, due_on or plan.")
    for name in header:
        if name not in {*READ, *known}:
            sheet.doubt(1, name, f"“{name}” is none of the columns: {', '.join(READ)}. Take it out, or mend its name.")
    for name in READ:
        if header.count(name) > 1:
            sheet.doubt(1, name, f"The column “{name}” is there twice.")
    return not sheet.doubts


def _read_lines(header: list[str], reader: Any, sheet: Sheet) -> None:
    seen: dict[int, int] = {}
    for number, cells in _numbered(reader):
        if len(sheet.lines) >= MOST_LINES:
            sheet.doubt(number, "", f"More than {MOST_LINES:,} lines; bring them in parts.")
            return
        if len(cells) > len(header):
            sentence = f"This line has {len(cells)} cells, the first line names {len(header)} columns."
            sheet.doubt(number, "", sentence)
            continue
        line = _line(number, dict(zip(header, (plain_cell(cell).strip() for cell in cells), strict=False)), sheet)
        if line is None:
            continue
        if first := seen.get(line.gap_id):
            sheet.doubt(number, "gap", f"Gap {line.gap_id} is there twice: in line {first} already.")
        seen.setdefault(line.gap_id, number)
        sheet.lines.append(line)


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """A quoted cell may hold line breaks, so a line's number is where it begins."""
    before = reader.line_num
    for cells in reader:
        number, before = before + 1, reader.line_num
        if any(cell.strip() for cell in cells):
            yield number, cells


def _line(number: int, cells: dict[str, str], sheet: Sheet) -> Line | None:
    known = len(sheet.doubts)
    gap_id, version = _number(number, "gap", cells, sheet), _number(number, "version", cells, sheet)
    if gap_id is None and len(sheet.doubts) == known:
        sheet.doubt(number, "gap", "Which gap? Its number is missing.")
    due_on = _day(number, cells.get("due_on", ""), sheet)
    for name, most in LONGEST.items():
        if len(cells.get(name, "")) > most:
            sheet.doubt(number, name, f"At most {most:,} characters.")
    if gap_id is None or len(sheet.doubts) > known:
        return None
    plan = cells.get("plan", "").replace("\r\n", "\n") or None
    return Line(number, gap_id, version, cells.get("owner_email") or None, due_on, plan, cells.get("reason", ""))


def _number(line: int, column: str, cells: dict[str, str], sheet: Sheet) -> int | None:
    cell = cells.get(column, "")
    if not cell:
        return None
    if cell.isascii() and cell.isdecimal() and len(cell) < 19:
        return int(cell)
    sheet.doubt(line, column, f"“{cell[:40]}” is no number; a {column} is one, as in the export.")
    return None


def _day(line: int, cell: str, sheet: Sheet) -> date | None:
    try:
        return date.fromisoformat(cell) if cell else None
    except ValueError:
        sheet.doubt(line, "due_on", f"“{cell[:40]}” is no day; write it as 2026-09-01.")
        return None
