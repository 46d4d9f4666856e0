"""One import while it runs: who, when, what was said before, and the report that grows."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from readiness.accounts.models import Team, User
from readiness.catalog.importers.entries import Entry, Line, Report, Skipped
from readiness.catalog.models import ImportedEntry
from readiness.history.actions import Actor


@dataclass
class Importing:
    """`teams`: ref of an entry → the team it is here."""

    by: User | Actor
    now: datetime
    report: Report
    teams: dict[str, Team] = field(default_factory=dict)

    def said_before(self, entry: Entry) -> dict[str, Any] | None:
        """What the source said of this entry when it was last imported; None when it never was."""
        row = ImportedEntry.objects.filter(ref=entry.ref).first()
        values: dict[str, Any] | None = row.values if row else None
        return values

    def remember(self, entry: Entry, values: dict[str, Any]) -> None:
        ImportedEntry.objects.update_or_create(ref=entry.ref, defaults={"values": values, "imported_at": self.now})

    def created(self, entry: Entry) -> None:
        self.report.created.append(Line(entry.kind, entry.label, entry.place))

    def updated(self, entry: Entry, what: str) -> None:
        self.report.updated.append(Line(entry.kind, entry.label, entry.place, what))

    def unchanged(self, entry: Entry) -> None:
        self.report.unchanged.append(Line(entry.kind, entry.label, entry.place))

    def skipped(self, entry: Entry, reason: str, column: str = "") -> None:
        place = replace(entry.place, column=column)
        self.report.skipped.append(Skipped(entry.kind, entry.label, place, reason))


def in_words(fields: list[str]) -> str:
    return ", ".join(field.replace("_", " ") for field in fields)
