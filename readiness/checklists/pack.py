"""A checklist as a plain value: the pack, its items, their criteria, and the ways to prove each.

`as_mapping` gives the JSON-ready form that is stored, written as YAML and hashed; empty parts are left out of it.
`from_mapping` reads that form back and trusts it: text from outside goes through `pack_reader.read_pack`.
"""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from readiness.checklists.rules import (
    ALWAYS,
    AppliesWhen,
    Category,
    Gate,
    How,
    Strength,
    gate_for,
)

type Param = str | int | float | bool | list[Param] | dict[str, Param] | None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to prove a criterion. `params` are the defaults the check or format starts from."""

    how: How
    kind: str
    params: Mapping[str, Param] = field(default_factory=dict)

    def as_mapping(self) -> dict[str, Any]:
        return {self.how.value: self.kind, **_given(params=_in_order(self.params))}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Way":
        how = next(how for how in How if how.value in mapping)
        return cls(how, mapping[how.value], mapping.get("params", {}))


@dataclass(frozen=True, slots=True)
class PackCriterion:
    """One thing that has to be shown, by any one of `ways`. None means: as the item says."""

    key: str
    text: str
    ways: tuple[Way, ...]
    applies_when: AppliesWhen = ALWAYS
    valid_days: int | None = None
    minimum_strength: Strength | None = None

    @property
    def how(self) -> How:
        """The preferred way's: ways are listed best first."""
        return self.ways[0].how

    def as_mapping(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "text": self.text,
            **_given(
                applies_when=self.applies_when.as_mapping(),
                minimum_strength=self.minimum_strength and self.minimum_strength.value,
                valid_days=self.valid_days,
            ),
            "ways": [way.as_mapping() for way in self.ways],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "PackCriterion":
        strength = mapping.get("minimum_strength")
        return cls(
            key=mapping["key"],
            text=mapping["text"],
            ways=tuple(Way.from_mapping(way) for way in mapping["ways"]),
            applies_when=AppliesWhen.from_mapping(mapping.get("applies_when", {})),
            valid_days=mapping.get("valid_days"),
            minimum_strength=Strength(strength) if strength else None,
        )


@dataclass(frozen=True, slots=True)
class PackItem:
    """What people talk about in a review. Met only when every criterion that applies is met.

    `category`: what portfolios compare services by, whatever their checklists. `chapter`: how its own checklist divides itself,
    where that is another way.
    """

    key: str
    category: Category
    title: str
    requirement: str
    why: str
    guidance: str
    gate: Gate
    minimum_strength: Strength
    valid_days: int
    criteria: tuple[PackCriterion, ...]
    applies_when: AppliesWhen = ALWAYS
    hard_when: AppliesWhen | None = None
    chapter: str = ""

    @property
    def heading(self) -> str:
        """Under which it stands on pages: its checklist's own chapter, or else the category."""
        return self.chapter or self.category.label

    def gate_for(self, *, tier: int, traits: Collection[str]) -> Gate:
        return gate_for(self.gate, self.hard_when, tier=tier, traits=traits)

    def strength_for(self, criterion: PackCriterion) -> Strength:
        return criterion.minimum_strength or self.minimum_strength

    def valid_days_for(self, criterion: PackCriterion) -> int:
        return criterion.valid_days or self.valid_days

    def criteria_for(self, *, tier: int, traits: Collection[str]) -> tuple[PackCriterion, ...]:
        return tuple(criterion for criterion in self.criteria if criterion.applies_when.holds(tier, traits))

    def as_mapping(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "category": self.category.value,
            **_given(chapter=self.chapter or None),
            "gate": self.gate.value,
            **_given(hard_when=self.hard_when and self.hard_when.as_mapping()),
            **_given(applies_when=self.applies_when.as_mapping()),
            "minimum_strength": self.minimum_strength.value,
            "valid_days": self.valid_days,
            "title": self.title,
            "requirement": self.requirement,
            "why": self.why,
            "guidance": self.guidance,
            "criteria": [criterion.as_mapping() for criterion in self.criteria],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "PackItem":
        hard_when = mapping.get("hard_when")
        return cls(
            key=mapping["key"],
            category=Category(mapping["category"]),
            title=mapping["title"],
            requirement=mapping["requirement"],
            why=mapping["why"],
            guidance=mapping["guidance"],
            gate=Gate(mapping["gate"]),
            minimum_strength=Strength(mapping["minimum_strength"]),
            valid_days=mapping["valid_days"],
            criteria=tuple(PackCriterion.from_mapping(criterion) for criterion in mapping["criteria"]),
            applies_when=AppliesWhen.from_mapping(mapping.get("applies_when", {})),
            hard_when=AppliesWhen.from_mapping(hard_when) if hard_when else None,
            chapter=mapping.get("chapter", ""),
        )


@dataclass(frozen=True, slots=True)
class Pack:
    key: str
    name: str
    summary: str
    items: tuple[PackItem, ...]

    @property
    def headings(self) -> dict[str, str]:
        """Heading → its name in an address; categories in their order, then chapters as they come."""
        used = {item.category for item in self.items if not item.chapter}
        chapters = dict.fromkeys(item.chapter for item in self.items if item.chapter)
        numbered = {chapter: f"chapter-{number}" for number, chapter in enumerate(chapters, start=1)}
        return {category.label: category.value for category in Category if category in used} | numbered

    def extended_by(self, items: Sequence[PackItem]) -> tuple[PackItem, ...]:
        """This pack's items and `items`, heading by heading. One of `items` with the key of one here takes its place."""
        instead = {item.key: item for item in items}
        kept = [instead.pop(item.key, item) for item in self.items]
        together = [*kept, *instead.values()]
        order = list(dict.fromkeys(item.heading for item in together))
        return tuple(sorted(together, key=lambda item: order.index(item.heading)))  # stable

    def item(self, key: str) -> PackItem:
        """Raises KeyError."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)

    def as_mapping(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "summary": self.summary,
            "items": [item.as_mapping() for item in self.items],
        }

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Pack":
        items = tuple(PackItem.from_mapping(item) for item in mapping["items"])
        return cls(key=mapping["key"], name=mapping["name"], summary=mapping["summary"], items=items)


def pack_digest(pack: Pack) -> str:
    """SHA-256, in hex, of the pack as canonical JSON: the same for every spelling of the same checklist."""
    canonical = json.dumps(pack.as_mapping(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _given(**parts: object) -> dict[str, object]:
    """Without the parts that say nothing: None, and empty mappings."""
    return {name: part for name, part in parts.items() if part is not None and part != {}}


def _in_order(param: Any) -> Any:
    """Names sorted at every level: a database may forget the order they were written in."""
    match param:
        case Mapping():
            return {name: _in_order(inner) for name, inner in sorted(param.items())}
        case list():
            return [_in_order(inner) for inner in param]
    return param
