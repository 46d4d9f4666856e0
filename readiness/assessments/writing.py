"""Many rows changed, each in its own way, in one go.

Django's `bulk_update` makes one statement with a CASE for each row and field, and takes ten times as long to make it as
the database takes to carry it out. Here the driver gets one short statement and the rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import Field, Model

type Values = Mapping[str, Any]


def write_each(model: type[Model], changes: Sequence[tuple[Values, Values]]) -> int:
    """For each (values, where) sets the fields `values` of the rows whose fields equal `where`; returns how many rows
    there were. Every pair names the same fields in the same order; a field is named as in the database (`check_id`).
    """
    if not changes:
        return 0
    options, quote = model._meta, connection.ops.quote_name  # noqa: SLF001 - this is how Django offers it
    fields: dict[str | None, Field[Any, Any]] = {field.column: field for field in options.concrete_fields}
    values, where = changes[0]
    sets = ", ".join(f"{quote(name)} = %s" for name in values)
    tests = " AND ".join(f"{quote(name)} = %s" for name in where)
    # Nothing in it comes from outside: the names of our own columns, and placeholders.
    statement = f"UPDATE {quote(options.db_table)} SET {sets} WHERE {tests}"  # noqa: S608
    rows = [[fields[name].get_db_prep_save(value, connection) for name, value in _all(pair)] for pair in changes]
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)
        return int(cursor.rowcount)


def _all(change: tuple[Values, Values]) -> Iterable[tuple[str, Any]]:
    values, where = change
    return (*values.items(), *where.items())
