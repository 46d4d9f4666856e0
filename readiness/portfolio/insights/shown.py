"""What a card shows: a sentence, a picture, and tables in which each number has its address. Plain values; nothing here asks the
database. The same tables are read out, printed and exported.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

type Value = str | int | date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """`url` leads to the rows that `value` counts. `heat`: the tone of a cell of a heat map, which `words` says."""

    value: Value
    url: str = ""
    note: str = ""
    tone: str = ""
    heat: str = ""
    words: str = ""

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int)

    @property
    def is_day(self) -> bool:
        return isinstance(self.value, date)

    @property
    def exported(self) -> object:
        return self.value.isoformat() if isinstance(self.value, date) else self.value


def number(value: int | None, url: str = "", *, tone: str = "", note: str = "") -> Cell:
    """Nothing stands behind a zero, so it leads nowhere and has no colour."""
    return Cell(value, url, note, tone) if value else Cell(value)


@dataclass(frozen=True, slots=True)
class Column:
    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`key` names its file. The first cell of a row says what the row is."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_heat: bool = False


def columns(*labels: str, numbers: Sequence[str] = ()) -> tuple[Column, ...]:
    return (*(Column(label) for label in labels), *(Column(label, is_number=True) for label in numbers))


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or one colour of the bars. `tone` as everywhere: good, warn, bad, calm, waived, busy."""

    label: str
    tone: str
    values: tuple[int | None, ...]
    urls: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    is_dashed: bool = False

    def told(self, *, is_linked: bool) -> dict[str, Any]:
        told = {"label": self.label, "tone": self.tone, "values": self.values, "dashed": self.is_dashed}
        told |= {"days": [day.isoformat() for day in self.days]} if self.days else {}
        return told | ({"urls": self.urls} if is_linked and self.urls else {})


@dataclass(frozen=True, slots=True)
class Chart:
    """`kind`: "line" over days, "bar" upright or "bars" lying. `labels` of bars; a line's series have their own days."""

    kind: str
    series: tuple[Series, ...]
    labels: tuple[str, ...] = ()
    unit: str = ""
    until: date | None = None
    """The last day of the picture, where that is not the last of its lines."""

    def told(self, *, is_linked: bool) -> dict[str, Any]:
        """For the script that draws it."""
        return {
            "kind": self.kind,
            "labels": self.labels,
            "unit": self.unit,
            "until": self.until.isoformat() if self.until else None,
            "series": [one.told(is_linked=is_linked) for one in self.series],
        }


@dataclass(frozen=True, slots=True)
class Insight:
    """`headline`: what a manager would say aloud of it. `tone` is bad only for what is overdue or an unmet hard gate."""

    headline: str
    tables: tuple[Table, ...] = ()
    chart: Chart | None = None
    note: str = ""
    tone: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(table.rows for table in self.tables)
