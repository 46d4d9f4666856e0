"""A card's table, or the rows behind a number, as CSV."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.conf import settings

from readiness.face.spreadsheet import AT_ONCE, pieces
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.rows import Kind, Narrowed
from readiness.portfolio.insights.shown import Cell, Column, Table


def of_table(table: Table) -> Iterator[str]:
    return pieces(_heading(table.columns), (_cells(row) for row in table.rows))


def of_rows(kind: Kind, look: Look, narrowed: Narrowed) -> Iterator[str]:
    """All of them, read and sent piece by piece."""
    found = kind.rows(look, narrowed).iterator(chunk_size=AT_ONCE)
    return pieces(_heading(kind.columns), (_cells(kind.cells(row)) for row in found))


def _heading(columns: Iterable[Column]) -> list[str]:
    return [*(column.label for column in columns), "address"]


def _cells(row: tuple[Cell, ...]) -> Iterable[object]:
    yield from (cell.exported for cell in row)
    yield f"{settings.BASE_URL}{row[0].url}" if row[0].url else ""


def file_name(what: str, today: date) -> str:
    return f"{what}-{today.isoformat()}.csv"
