"""A pack as people read it: heading by heading, every word of it searchable. Pure; no Django."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from readiness.checklists.pack import Pack, PackCriterion, PackItem, Param, Way
from readiness.checklists.rules import Gate, Strength
from readiness.checklists.wording import HOW_WORDS, counts_for, kind_label


@dataclass(frozen=True, slots=True)
class ReadWay:
    icon: str
    who: str
    label: str
    kind: str
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ReadCriterion:
    """`counts_for` is empty where it counts for whomever the item counts."""

    key: str
    text: str
    ways: tuple[ReadWay, ...]
    strength: Strength
    valid_days: int
    counts_for: str


@dataclass(frozen=True, slots=True)
class ReadItem:
    """`hard_for` is empty unless the gate is hard for some services and tracked for the others."""

    item: PackItem
    criteria: tuple[ReadCriterion, ...]
    counts_for: str
    hard_for: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """`anchor`: its name in the page's address."""

    heading: str
    anchor: str
    items: tuple[ReadItem, ...]


def gates(pack: Pack) -> tuple[int, int]:
    """(hard gates, tracked gaps)"""
    hard = sum(item.gate is Gate.HARD for item in pack.items)
    return hard, len(pack.items) - hard


def chapters(pack: Pack, *, words: str = "", gate: str = "") -> list[Chapter]:
    """The items that hold every one of `words`, anywhere and in any case, and are of that gate."""
    found = [item for item in pack.items if gate in {"", item.gate} and _holds(item, words.lower().split())]
    headings = pack.headings
    order = list(headings)
    in_order = sorted(found, key=lambda item: order.index(item.heading))  # stable: the pack's order within
    groups = itertools.groupby(in_order, key=lambda item: item.heading)
    return [Chapter(name, headings[name], tuple(read_item(item) for item in items)) for name, items in groups]


def read_item(item: PackItem) -> ReadItem:
    return ReadItem(
        item=item,
        criteria=tuple(_criterion(item, criterion) for criterion in item.criteria),
        counts_for=counts_for(item.applies_when),
        hard_for=counts_for(item.hard_when) if item.hard_when else "",
    )


def _criterion(item: PackItem, criterion: PackCriterion) -> ReadCriterion:
    return ReadCriterion(
        key=criterion.key,
        text=criterion.text,
        ways=tuple(_way(way) for way in criterion.ways),
        strength=item.strength_for(criterion),
        valid_days=item.valid_days_for(criterion),
        counts_for="" if criterion.applies_when.is_always else counts_for(criterion.applies_when),
    )


def _way(way: Way) -> ReadWay:
    icon, who = HOW_WORDS[way.how]
    params = tuple((name.replace("_", " "), _value(param)) for name, param in way.params.items())
    return ReadWay(icon, who, kind_label(way.kind), way.kind, params)


def _value(param: Param) -> str:
    match param:
        case None:
            return "none"
        case bool():
            return "yes" if param else "no"
        case list():
            return ", ".join(_value(inner) for inner in param)
        case dict():
            return ", ".join(f"{name} {_value(inner)}" for name, inner in param.items())
    return str(param)


def _holds(item: PackItem, words: list[str]) -> bool:
    if not words:
        return True
    text = "\n".join(_texts(item)).lower()
    return all(word in text for word in words)


def _texts(item: PackItem) -> Iterable[str]:
    yield from (item.key, item.category.label, item.chapter, item.gate.label)
    yield from (item.title, item.requirement, item.why, item.guidance)
    for criterion in item.criteria:
        yield from (criterion.key, criterion.text)
        for way in criterion.ways:
            yield from (way.kind, kind_label(way.kind))
