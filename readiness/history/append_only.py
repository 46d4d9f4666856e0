"""Triggers that refuse UPDATE and DELETE, for both engines: *append-only* is kept by the database, not by good manners."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SQLITE = """CREATE TRIGGER {table}_no_{event_lower} BEFORE {event} ON {table} {when}
BEGIN SELECT RAISE(ABORT, '{message}'); END"""
POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"""
POSTGRES_TRIGGER = """CREATE TRIGGER {table}_no_{event_lower} BEFORE {event} ON {table}
FOR EACH ROW {when} EXECUTE FUNCTION {table}_refuse()"""


def allow(table: str, message: str) -> migrations.RunPython:
    """The opposite of `refuse` with the same arguments, for a migration that changes the table: SQLite changes a table by making
    it anew, and its triggers go with the old one. Put `refuse` after the change.
    """
    refusal = refuse(table, message)
    return migrations.RunPython(refusal.reverse_code or migrations.RunPython.noop, refusal.code)


def refuse(
    table: str, message: str, *, events: tuple[str, ...] = ("UPDATE", "DELETE"), when: str = ""
) -> migrations.RunPython:
    """A migration operation. `when` is an SQL condition over OLD that limits what is refused (same text on both engines)."""
    condition = f"WHEN ({when})" if when else ""

    def forwards(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        is_postgres = schema_editor.connection.vendor == "postgresql"
        if is_postgres:
            schema_editor.execute(POSTGRES_FUNCTION.format(table=table, message=message))
        for event in events:
            template = POSTGRES_TRIGGER if is_postgres else SQLITE
            values = {
                "table": table,
                "message": message,
                "when": condition,
                "event": event,
                "event_lower": event.lower(),
            }
            schema_editor.execute(template.format(**values))

    def backwards(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        on_table = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
        for event in events:
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{event.lower()}{on_table}")

    return migrations.RunPython(forwards, backwards)
