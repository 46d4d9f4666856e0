"""Services from a CSV file: one row each, columns by name in any order. Reads text, touches nothing else.

| Column | Holds |
|---|---|
| `slug` | short name, `checkout-api`; by it a row is found again. Required |
| `name` | required for a new service |
| `team` | short name or name of a team that exists. Required for a new service |
| `tier` | 1 (critical), 2, 3 or 4 |
| `lifecycle` | prototype, production, deprecated or retired |
| `traits` | separated by blanks or bars: `http-api | has-database` |
| `tech_lead`, `on_call`, `platform_owner` | e-mail address of a person who is here already |
| `go_live_on` | a day, as 2026-09-01 |
| `repository`, `description` | an address; any text |
| `dependencies` | short names, separated by bars |
| the endpoints (`base_url`, `live_url`, …) | addresses; several runbooks separated by bars |

An empty cell says nothing: what stands there stays. UTF-8, with or without a byte-order mark; commas, semicolons or tabs.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from readiness.catalog import rules
from readiness.catalog.importers.entries import Catalog, Kind, Place, ServiceEntry
from readiness.catalog.rules import ENDPOINTS, EndpointKind

PEOPLE = ("tech_lead", "on_call", "platform_owner")
COLUMNS = (
    *("slug", "name", "team", "tier", "lifecycle", "traits", *PEOPLE, "go_live_on"),
    *("repository", "description", "dependencies", *ENDPOINTS),
)
LIFECYCLES = ("prototype", "production", "deprecated", "retired")
MAX_ROWS = 20_000
MAX_BYTES = 16 * 1024 * 1024

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def read_spreadsheet(sources: Mapping[str, str] | Iterable[tuple[str, str]]) -> Catalog:
    """`sources`: (name of a file, its text). Every wrong cell is a doubt that names line and column; its row is left out."""
    catalog = Catalog("csv")
    first_lines: dict[str, Place] = {}
    for source, text in sources.items() if isinstance(sources, Mapping) else sources:
        for entry in _read_file(source, text.removeprefix("\ufeff"), catalog):
            first = first_lines.setdefault(entry.slug, entry.place)
            if first == entry.place:
                catalog.services.append(entry)
            else:
                reason = f"“{entry.slug}” is given twice; {first} counts, this row does not."
                catalog.doubt(Kind.SERVICE, entry.slug, Place(source, entry.place.line, "slug"), reason)
    return catalog


def _read_file(source: str, text: str, catalog: Catalog) -> Iterator[ServiceEntry]:
    if len(text) > MAX_BYTES or "\0" in text:
        catalog.doubt(Kind.FILE, "", Place(source, 1), "This is no CSV file, or it is larger than 16 MiB.")
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        if _header_is_wrong(source, header, catalog):
            return
        yield from _read_rows(source, header, reader, catalog)
    except csv.Error as error:
        catalog.doubt(Kind.FILE, "", Place(source, reader.line_num), f"This is no CSV: {error}.")


def _delimiter(text: str) -> str:
    """What separates the names of the first line; csv.Sniffer guesses from the cells, and wrongly."""
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _header_is_wrong(source: str, header: list[str], catalog: Catalog) -> bool:
    problems = []
    if "slug" not in header:
        problems.append(
            ("slug", f"The first line names the columns, and “slug” is missing. They are: {', '.join(COLUMNS)}.")
        )
    problems += [
        (name, f"“{name}” is none of the columns: {', '.join(COLUMNS)}." if name else "A column has no name.")
        for name in header
        if name not in COLUMNS
    ]
    problems += [(name, f"The column “{name}” is there twice.") for name in COLUMNS if header.count(name) > 1]
    for column, reason in problems:
        catalog.doubt(Kind.FILE, "", Place(source, 1, column), reason)
    return bool(problems)


def _read_rows(source: str, header: list[str], reader: Any, catalog: Catalog) -> Iterator[ServiceEntry]:
    before = reader.line_num
    for count, cells in enumerate(reader, start=1):
        line, before = before + 1, reader.line_num  # a quoted cell may hold line breaks
        if count > MAX_ROWS:
            catalog.doubt(Kind.FILE, "", Place(source, line), f"More than {MAX_ROWS:,} rows; import them in parts.")
            return
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            reason = f"This row has {len(cells)} cells, the first line names {len(header)} columns."
            catalog.doubt(Kind.SERVICE, cells[0], Place(source, line), reason)
            continue
        row = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
        if (entry := _read_row(row, Place(source, line), catalog)) is not None:
            yield entry


def _read_row(row: Mapping[str, str], place: Place, catalog: Catalog) -> ServiceEntry | None:
    given = {name: cell for name, cell in row.items() if cell}
    values, problems = _values(given)
    problems |= rules.service_problems({"slug": row["slug"], **values})
    for column, reason in problems.items():
        catalog.doubt(Kind.SERVICE, row["slug"], Place(place.source, place.line, column), reason)
    if problems:
        return None
    return ServiceEntry(f"csv:{row['slug']}", row["slug"], given.get("team", ""), values, place)


def _values(given: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The row's values, and column → what is wrong with it."""
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for column in (name for name in given if name in READERS):
        try:
            values[column] = READERS[column](given[column])
        except WrongCellError as wrong:
            problems[column] = str(wrong)
    if endpoints := {name: _endpoint(name, given[name]) for name in ENDPOINTS if name in given}:
        values["endpoints"] = endpoints
    return values, problems


class WrongCellError(Exception):
    """One sentence about what is wrong with a cell."""


def _lifecycle(cell: str) -> str:
    if cell.lower() not in LIFECYCLES:
        raise WrongCellError(f"“{cell}” is none of: {', '.join(LIFECYCLES)}.")
    return cell.lower()


def _tier(cell: str) -> int:
    if cell not in {str(tier) for tier in rules.TIERS}:
        raise WrongCellError(f"“{cell}” is no tier; a tier is 1 (critical), 2, 3 or 4.")
    return int(cell)


def _traits(cell: str) -> list[str]:
    return sorted(set(re.split(r"[\s|]+", cell.lower())) - {""})


def _day(cell: str) -> str:
    try:
        return date.fromisoformat(cell).isoformat()
    except ValueError:
        raise WrongCellError(f"“{cell}” is no day; write it as 2026-09-01.") from None


def _address_of_person(cell: str) -> str:
    if not _EMAIL.fullmatch(cell):
        raise WrongCellError(f"“{cell}” is not an e-mail address.")
    return cell.lower()


def _listed(cell: str) -> list[str]:
    return [part.strip() for part in re.split(r"[|\n]", cell) if part.strip()]


def _endpoint(name: str, cell: str) -> rules.EndpointValue:
    return _listed(cell) if ENDPOINTS[name].kind is EndpointKind.ADDRESSES else cell


READERS: Mapping[str, Callable[[str], Any]] = {
    "name": str,
    "description": str,
    "repository": str,
    "lifecycle": _lifecycle,
    "tier": _tier,
    "traits": _traits,
    "dependencies": _listed,
    "go_live_on": _day,
    **dict.fromkeys(PEOPLE, _address_of_person),
}
