"""The database refuses to change or forget what happened, whoever asks it and however."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from readiness.history.actions import TIME, Subject, record, seal
from readiness.history.models import Entry, Seal
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def something_happened() -> None:
    record("gap.closed", Subject("gap", 1, "Runbooks"), by=TIME, at=NOW, after={"status": "closed"})
    seal(now=NOW)


@pytest.mark.parametrize("table", ["history_entry", "history_seal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "UPDATE {} SET {} WHERE id > 0"])
def test_raw_sql_changes_nothing(table: str, statement: str) -> None:
    column = {"history_entry": "actor_name = 'Nobody'", "history_seal": "digest = 'forged'"}[table]
    refused = pytest.raises((IntegrityError, DatabaseError), match="append-only")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))
    assert (Entry.objects.get().actor_name, Seal.objects.count()) == ("the passing of time", 1)


def test_nor_does_the_orm() -> None:
    entry, sealed = Entry.objects.get(), Seal.objects.get()
    for attempt in (
        entry.delete,
        sealed.delete,
        entry.save,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(verb="x"),
    ):
        with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
            attempt()
    assert Entry.objects.get().verb == "gap.closed"
