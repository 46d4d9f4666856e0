"""Emptying the database after a test that committed: history and published versions refuse to be deleted, there too.

PostgreSQL truncates, which asks no row trigger. SQLite deletes row by row; its triggers step aside meanwhile.
"""

from collections.abc import Iterable, Iterator

import pytest
from django.db import transaction
from django.db.backends.base.operations import BaseDatabaseOperations

# From `base`: on PostgreSQL nobody has imported that yet, and `operations` alone goes round in a circle.
from django.db.backends.sqlite3.base import DatabaseWrapper


@pytest.fixture(autouse=True, scope="session")
def flush_past_triggers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseWrapper.ops_class, "execute_sql_flush", _flush)
        yield


def _flush(operations: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
    connection = operations.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        for sql in sql_list:
            cursor.execute(sql)
        for _, sql in triggers:
            cursor.execute(sql)
