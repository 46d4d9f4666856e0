"""What pg_stat_statements and the tables' row counts say, out of JSON or CSV.

Times are in milliseconds. Until PostgreSQL 12 the columns were called `mean_time` and `max_time`; since 13 planning is counted
apart, and they are `mean_exec_time` and `max_exec_time`. https://www.postgresql.org/docs/current/pgstatstatements.html
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from readiness.assessments.formats.contract import (
    Artifact,
    UnreadableError,
    count_of,
    entries_of,
    fields_of,
    number_of,
    shortened,
    text_of,
)

MAX_ROWS = 20_000
LONGEST_FIELD = 1_000_000
_MEAN, _MAX = ("mean_exec_time", "mean_time"), ("max_exec_time", "max_time")
_STATEMENT = frozenset({*_MEAN, *_MAX, "total_exec_time", "total_time"})
_TABLE = frozenset({"relname", "n_live_tup"})
_PASSWORD = re.compile(r"\bpassword\s+(?:'|E')|\bidentified\s+by\b|://[^\s:/@']+:[^\s@/']+@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """`mean_ms` and `max_ms` are None where the report leaves them out."""

    query: str
    calls: int
    mean_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True)
class Statistics:
    """`rows`: table in small letters → live rows. `taken_at`: as the report says it. `holds_secrets`: some statement does."""

    statements: Sequence[Statement]
    rows: Mapping[str, int]
    taken_at: object = None
    holds_secrets: bool = False


def is_json(value: object) -> bool:
    fields = fields_of(value)
    parts = [fields.get("statements"), fields.get("tables"), value]
    return any(_is_statement(row) or _is_table(row) for part in parts for row in map(fields_of, entries_of(part)[:3]))


def is_csv(artifact: Artifact) -> bool:
    head = artifact.text.lstrip("\ufeff")[:2000].partition("\n")[0].lower().replace('"', "")
    return _is_head([name.strip() for name in re.split(r"[,;\t]", head)])


def _is_statement(row: Mapping[str, Any]) -> bool:
    return "calls" in row and bool(_STATEMENT & row.keys())


def _is_table(row: Mapping[str, Any]) -> bool:
    return row.keys() >= _TABLE


def _is_head(names: Sequence[str]) -> bool:
    row = dict.fromkeys(names)
    return _is_statement(row) or _is_table(row)


def from_json(value: object) -> Statistics:
    fields = fields_of(value)
    listed = [*entries_of(fields.get("statements")), *entries_of(fields.get("tables")), *entries_of(value)]
    return _statistics(map(fields_of, listed), fields.get("taken_at"))


def from_csv(text: str) -> Statistics:
    """Two tables may stand one after the other, each with its line of names, as psql writes two queries into one file."""
    return _statistics(_rows(text))


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(LONGEST_FIELD)
    head = text.lstrip("\ufeff").partition("\n")[0]
    separator = max((",", ";", "\t"), key=head.count)
    names: list[str] = []
    try:
        for row in csv.reader(StringIO(text.lstrip("\ufeff")), delimiter=separator):
            said = [name.strip().lower() for name in row]
            if _is_head(said):
                names = said
            elif names and len(row) == len(names):
                yield dict(zip(names, row, strict=True))
    except csv.Error as error:
        raise UnreadableError(f"This is not CSV: {shortened(str(error))}.") from error


def _statistics(rows: Iterator[Mapping[str, Any]], taken_at: object = None) -> Statistics:
    statements: list[Statement] = []
    tables: dict[str, int] = {}
    holds_secrets = False
    for number, row in enumerate(rows):
        if number >= MAX_ROWS:
            raise UnreadableError(f"There are more than {MAX_ROWS:,} rows; the top 50 statements are enough.")
        if _is_statement(row):
            query = text_of(row.get("query"))
            holds_secrets |= bool(_PASSWORD.search(query))
            statements.append(_statement(row, query))
        elif _is_table(row):
            for name in _names(row):
                tables[name] = tables.get(name, 0) + count_of(row.get("n_live_tup"))
    return Statistics(statements, tables, taken_at, holds_secrets)


def _statement(row: Mapping[str, Any], query: str) -> Statement:
    shown = "(a statement with a password)" if _PASSWORD.search(query) else shortened(query, 160)
    return Statement(
        shown or f"statement {shortened(str(row.get('queryid', '')), 40)}".strip(),
        count_of(row.get("calls")),
        _time(row, _MEAN),
        _time(row, _MAX),
    )


def _time(row: Mapping[str, Any], names: tuple[str, ...]) -> float | None:
    return next((number for name in names if (number := number_of(row.get(name))) is not None), None)


def _names(row: Mapping[str, Any]) -> list[str]:
    """A table is found with and without its schema."""
    name, schema = text_of(row.get("relname")).lower(), text_of(row.get("schemaname")).lower()
    return [name, f"{schema}.{name}"] if schema else [name]
