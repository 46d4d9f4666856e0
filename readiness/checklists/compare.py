"""What is different between two versions of a checklist, for people who have to say yes to the newer one.

Wording alone (chapter, title, why, guidance) does not touch the standing of an item; asking for something else does.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from readiness.checklists.pack import Pack, PackCriterion, PackItem, Way
from readiness.checklists.rules import AppliesWhen

_WORDING = frozenset({"chapter", "title", "why", "guidance"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`field` is the item's own (`gate`) or a criterion's (`criteria.levels.valid_days`). Texts for people; "" is absent."""

    field: str
    old: str
    new: str

    @property
    def is_wording(self) -> bool:
        return self.field in _WORDING


@dataclass(frozen=True, slots=True)
class ItemChange:
    old: PackItem
    new: PackItem
    fields: tuple[FieldChange, ...]

    @property
    def key(self) -> str:
        return self.new.key

    @property
    def is_wording_only(self) -> bool:
        """Evidence for the old item is evidence for the new one."""
        return all(change.is_wording for change in self.fields)


@dataclass(frozen=True, slots=True)
class Comparison:
    """`added` and `changed` are in the new pack's order, `removed` in the old one's; `unchanged` are keys."""

    added: tuple[PackItem, ...]
    removed: tuple[PackItem, ...]
    changed: tuple[ItemChange, ...]
    unchanged: tuple[str, ...]

    @property
    def asking_else(self) -> tuple[ItemChange, ...]:
        return tuple(change for change in self.changed if not change.is_wording_only)

    @property
    def reworded(self) -> tuple[ItemChange, ...]:
        return tuple(change for change in self.changed if change.is_wording_only)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed)


def compare(old: Pack, new: Pack) -> Comparison:
    """By item key. The pack's own name and summary, and the order of items, are not compared."""
    before = {item.key: item for item in old.items}
    after = {item.key for item in new.items}
    kept = [(before[item.key], item) for item in new.items if item.key in before]
    changes = [ItemChange(was, now, tuple(_item_changes(was, now))) for was, now in kept]
    return Comparison(
        added=tuple(item for item in new.items if item.key not in before),
        removed=tuple(item for item in old.items if item.key not in after),
        changed=tuple(change for change in changes if change.fields),
        unchanged=tuple(change.key for change in changes if not change.fields),
    )


def _item_changes(old: PackItem, new: PackItem) -> Iterator[FieldChange]:
    yield from _differing("", _item_fields(old), _item_fields(new))
    was = {criterion.key: criterion for criterion in old.criteria}
    now = {criterion.key: criterion for criterion in new.criteria}
    for key in [*was, *(key for key in now if key not in was)]:
        yield from _criterion_changes(key, was.get(key), now.get(key))


def _criterion_changes(key: str, old: PackCriterion | None, new: PackCriterion | None) -> Iterator[FieldChange]:
    path = f"criteria.{key}"
    if old and new:
        yield from _differing(f"{path}.", _criterion_fields(old), _criterion_fields(new))
    else:
        yield FieldChange(path, old.text if old else "", new.text if new else "")


def _differing(prefix: str, old: dict[str, str], new: dict[str, str]) -> Iterator[FieldChange]:
    for name, value in new.items():
        if old[name] != value:
            yield FieldChange(prefix + name, old[name], value)


def _item_fields(item: PackItem) -> dict[str, str]:
    return {
        "category": item.category.label,
        "chapter": item.chapter,
        "gate": item.gate.label,
        "hard_when": _condition(item.hard_when) if item.hard_when else "",
        "applies_when": _condition(item.applies_when),
        "minimum_strength": item.minimum_strength.label,
        "valid_days": _days(item.valid_days),
        "title": item.title,
        "requirement": item.requirement,
        "why": item.why,
        "guidance": item.guidance,
    }


def _criterion_fields(criterion: PackCriterion) -> dict[str, str]:
    return {
        "text": criterion.text,
        "applies_when": _condition(criterion.applies_when),
        "minimum_strength": criterion.minimum_strength.label if criterion.minimum_strength else "",
        "valid_days": _days(criterion.valid_days) if criterion.valid_days else "",
        "ways": _ways(criterion.ways),
    }


def _condition(rule: AppliesWhen) -> str:
    return "every service" if rule.is_always else f"services {rule.condition}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _ways(ways: Sequence[Way]) -> str:
    return " or ".join(_way(way) for way in ways)


def _way(way: Way) -> str:
    params = ", ".join(
        f"{name} {json.dumps(param, ensure_ascii=False, sort_keys=True)}" for name, param in sorted(way.params.items())
    )
    return f"{way.how} {way.kind} ({params})" if params else f"{way.how} {way.kind}"
