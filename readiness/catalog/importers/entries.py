"""What an import reads and what it answers: plain values between a file format and the catalog. No Django."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar


class Kind(StrEnum):
    TEAM = "team"
    PERSON = "person"
    SERVICE = "service"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands, for a person to find: `components.yaml, line 31`."""

    source: str
    line: int
    column: str = ""

    def __str__(self) -> str:
        at = f"{self.source}, line {self.line}"
        return f"{at}, column {self.column}" if self.column else at


@dataclass(frozen=True, slots=True)
class TeamEntry:
    ref: str
    slug: str
    name: str
    description: str
    place: Place
    kind: ClassVar[Kind] = Kind.TEAM

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """`teams`: the refs of the groups this person belongs to."""

    ref: str
    email: str
    name: str
    teams: tuple[str, ...]
    place: Place
    kind: ClassVar[Kind] = Kind.PERSON

    @property
    def label(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """`team` is a ref of a TeamEntry, or the short name or name of a team. `values` are JSON-ready, and hold only what the source
    says: fields of a service (people by e-mail address, dates as ISO text) and `dependencies`.
    """

    ref: str
    slug: str
    team: str
    values: Mapping[str, Any]
    place: Place
    kind: ClassVar[Kind] = Kind.SERVICE

    @property
    def label(self) -> str:
        return self.slug


type Entry = TeamEntry | PersonEntry | ServiceEntry


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about one entry that a person should look at. `is_left_out`: the entry is not imported because of it."""

    kind: Kind
    name: str
    place: Place
    reason: str
    is_left_out: bool = True


@dataclass(slots=True)
class Catalog:
    """All that a source says. `source` is where services come from: backstage or csv."""

    source: str
    teams: list[TeamEntry] = field(default_factory=list)
    people: list[PersonEntry] = field(default_factory=list)
    services: list[ServiceEntry] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """About the source as a whole: kinds of entries that have no place here."""

    def doubt(self, kind: Kind, name: str, place: Place, reason: str) -> None:
        self.doubts.append(Doubt(kind, name, place, reason))

    def note(self, kind: Kind, name: str, place: Place, reason: str) -> None:
        self.doubts.append(Doubt(kind, name, place, reason, is_left_out=False))


@dataclass(frozen=True, slots=True)
class Line:
    """One entry and what became of it. `what`: which fields were written."""

    kind: Kind
    name: str
    place: Place
    what: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    kind: Kind
    name: str
    place: Place
    reason: str

    @property
    def line(self) -> int:
        return self.place.line


@dataclass(slots=True)
class Report:
    """What an import did, entry by entry. `notes` are imported all the same; `service_ids` are those created or updated.
    `is_kept` False: nothing was stored, and the report says what would have been.
    """

    created: list[Line] = field(default_factory=list)
    updated: list[Line] = field(default_factory=list)
    unchanged: list[Line] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Skipped] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    service_ids: list[int] = field(default_factory=list)
    is_kept: bool = False

    def count(self, outcome: str, kind: Kind) -> int:
        return sum(line.kind is kind for line in getattr(self, outcome))

    def add(self, other: "Report") -> None:
        for name in ("created", "updated", "unchanged", "skipped", "notes", "remarks", "service_ids"):
            getattr(self, name).extend(getattr(other, name))

    @property
    def is_clean(self) -> bool:
        return not self.skipped

    @property
    def changes_something(self) -> bool:
        return bool(self.created or self.updated)

    def summary(self) -> list[tuple[Kind, dict[str, int]]]:
        """For each kind that occurs, how many entries ended how."""
        outcomes = ("created", "updated", "unchanged", "skipped")
        rows = [(kind, {outcome: self.count(outcome, kind) for outcome in outcomes}) for kind in Kind]
        return [(kind, counts) for kind, counts in rows if any(counts.values())]
