"""Two decided reviews of a service side by side, read from their frozen packets and from nothing else."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from readiness.assessments.queries import house_day
from reviews.drift import stood_then
from reviews.models import Packet
from reviews.rules.drift import StoodFacts

type Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Side:
    """One review, as its packet has it. `stood`: by item key; `gaps`: those that were open, by item key."""

    review_id: int
    body: Body
    stood: Mapping[str, StoodFacts]

    @property
    def decision(self) -> Body:
        said: Body = self.body["decision"]
        return said

    @property
    def gaps(self) -> dict[str, Body]:
        return {item["key"]: item["gap"] for item in self.body["items"] if item["gap"]}

    @property
    def waivers(self) -> dict[str, Body]:
        """Approved ones, by item key."""
        return {row["item"]: row for row in self.body["waivers"] if row["status"] == "approved"}

    @property
    def people(self) -> dict[str, list[str]]:
        """Who took part → as what."""
        found: dict[str, list[str]] = {}
        for row in self.body["participants"]:
            if row["present_since"]:
                found.setdefault(row["person"]["name"], []).append(row["role"])
        return found

    @property
    def talked_about(self) -> int:
        return sum(1 for point in self.body["agenda"] if point["word"])

    @property
    def hard_open(self) -> int:
        return sum(1 for item in self.stood.values() if item.gate == "hard" and item.is_open)

    @property
    def hard_all(self) -> int:
        return sum(1 for item in self.stood.values() if item.gate == "hard" and item.status != "not_applicable")

    def heading(self, key: str) -> str:
        item = next(item for item in self.body["items"] if item["key"] == key)
        return str(item.get("chapter") or item["category"].capitalize())


@dataclass(frozen=True, slots=True)
class Turn:
    """One item with another status. `old` is empty for an item that was not asked for, `new` for one that no longer is."""

    key: str
    title: str
    gate: str
    old: str
    new: str

    @property
    def is_better(self) -> bool:
        return self.new == "met" or (self.old == "not_met" and self.new in {"waived", "not_applicable"})

    @property
    def is_worse(self) -> bool:
        return self.old == "met" and self.new != "not_applicable"


@dataclass(frozen=True, slots=True)
class GapTurn:
    """A gap that was open in one of the two, or in both; owner and day as of the later of these."""

    key: str
    title: str
    gate: str
    owner: str
    due_on: date | None
    plan: str


@dataclass(frozen=True, slots=True)
class Comparison:
    old: Side
    new: Side

    @property
    def turned(self) -> list[tuple[str, list[Turn]]]:
        """Under the headings of the checklist, hard gates first; what got worse before what got better."""
        found: dict[str, list[Turn]] = {}
        for turn in self._turns():
            side = self.new if turn.key in self.new.stood else self.old
            found.setdefault(side.heading(turn.key), []).append(turn)
        return [(name, sorted(turns, key=_worst_first)) for name, turns in found.items()]

    @property
    def number_turned(self) -> int:
        return sum(1 for _ in self._turns())

    @property
    def same(self) -> list[StoodFacts]:
        turned = {turn.key for turn in self._turns()}
        return [item for key, item in self.new.stood.items() if key not in turned]

    def _turns(self) -> Iterator[Turn]:
        for key in dict.fromkeys([*self.new.stood, *self.old.stood]):
            was, stands = self.old.stood.get(key), self.new.stood.get(key)
            item = stands or was
            old, new = _shown(was), _shown(stands)
            if item and old != new:
                yield Turn(key, item.title, item.gate, old, new)

    @property
    def opened(self) -> list[GapTurn]:
        return self._gaps(self.new, (key for key in self.new.gaps if key not in self.old.gaps))

    @property
    def closed(self) -> list[GapTurn]:
        return self._gaps(self.old, (key for key in self.old.gaps if key not in self.new.gaps))

    @property
    def still_open(self) -> list[GapTurn]:
        return self._gaps(self.new, (key for key in self.new.gaps if key in self.old.gaps))

    @property
    def gap_groups(self) -> list[tuple[str, list[GapTurn]]]:
        groups = [("Opened", self.opened), ("Still open", self.still_open), ("Closed between", self.closed)]
        return [group for group in groups if group[1]]

    def _gaps(self, side: Side, keys: Iterable[str]) -> list[GapTurn]:
        rows = []
        for key in keys:
            gap, item = side.gaps[key], side.stood[key]
            due_on = date.fromisoformat(gap["due_on"]) if gap["due_on"] else None
            owner = gap["owner"]["name"] if gap["owner"] else ""
            rows.append(GapTurn(key, item.title, item.gate, owner, due_on, gap["plan"]))
        return sorted(rows, key=lambda row: row.gate)  # "hard" comes before "tracked"

    @property
    def waivers(self) -> list[tuple[str, Body, str]]:
        """(item's title, the waiver, what became of it)."""
        before, after = self.old.waivers, self.new.waivers
        words = [(key, row, "still in force" if key in before else "approved between") for key, row in after.items()]
        words += [(key, row, "ended between") for key, row in before.items() if key not in after]
        return [(self._title(key), row, word) for key, row, word in words]

    def _title(self, key: str) -> str:
        item = self.new.stood.get(key) or self.old.stood.get(key)
        return item.title if item else key

    @property
    def people(self) -> list[tuple[str, list[str], list[str]]]:
        """(name, as what then, as what later): who was in both first."""
        before, after = self.old.people, self.new.people
        names = sorted({*before, *after}, key=lambda name: (not (name in before and name in after), name))
        return [(name, before.get(name, []), after.get(name, [])) for name in names]


def side_of(packet: Packet) -> Side:
    body: Body = json.loads(packet.body)
    day = house_day(packet.frozen_at)
    return Side(packet.review_id, body, {item["key"]: stood_then(item, day) for item in body["items"]})


def _shown(item: StoodFacts | None) -> str:
    """A waiver in force is how people think of it."""
    if item is None:
        return ""
    return "waived" if item.is_waived and item.is_open else item.status.value


def _worst_first(turn: Turn) -> tuple[bool, bool, bool]:
    return turn.gate != "hard", not turn.is_worse, turn.is_better
