"""Facts about the shipped "Extended" pack, and how one pack extends another."""

import itertools
from collections import Counter

import pytest

from readiness.catalog.rules import Trait
from readiness.checklists.pack import Pack
from readiness.checklists.pack_errors import PackErrors
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import Category, Gate
from readiness.checklists.shipped import read_shipped
from tests.checklists.small_pack import PACK, changed

SMALL = read_pack(PACK)
MORE = PACK.replace("key: small", "key: larger").replace("obs-x", "obs-y").replace("items:", "extends: small\nitems:")
PEOPLE_ALONE = {
    "rel-restore",  # a drill
    "ops-yearly-review",  # a date
    "ml-lineage",  # a link and a drill
}


def shipped(key: str) -> Pack:
    pack = read_shipped(key)
    assert pack
    return pack


EXTENDED, GO_LIVE = shipped("extended"), shipped("go-live")
OWN = [item for item in EXTENDED.items if item not in GO_LIVE.items]


def small(key: str) -> Pack | None:
    return SMALL if key == "small" else None


def test_it_contains_go_live_item_by_item() -> None:
    assert [item for item in GO_LIVE.items if item not in EXTENDED.items] == []
    assert Counter(item.gate for item in OWN) == {Gate.HARD: 21, Gate.TRACKED: 17}
    assert EXTENDED.summary.count("21 more hard gates and 17 more gaps") == 1


def test_its_items_stand_heading_by_heading() -> None:
    headings = [heading for heading, _ in itertools.groupby(item.heading for item in EXTENDED.items)]
    assert headings == [*(category.label for category in Category), "Machine learning", "Data"]
    assert list(EXTENDED.headings) == headings


def test_hard_gates_rest_on_machines_wherever_one_can_tell() -> None:
    for item in OWN:
        if item.gate is Gate.HARD and item.key not in PEOPLE_ALONE:
            assert any(way.how.is_machine for criterion in item.criteria for way in criterion.ways), item.key


@pytest.mark.parametrize(
    ("tier", "traits", "count"), [(4, [], 10), (1, list(Trait), 38), (3, [Trait.ML], 13), (1, [Trait.BATCH], 19)]
)
def test_what_counts_depends_on_tier_and_traits(tier: int, traits: list[Trait], count: int) -> None:
    assert sum(item.applies_when.holds(tier, traits) for item in OWN) == count


def test_a_pack_that_extends_another_has_its_items_too() -> None:
    pack = read_pack(MORE, bases=small)
    assert [item.key for item in pack.items] == ["obs-x", "obs-y"]
    assert "extends" not in pack.as_mapping()


def test_an_item_with_the_key_of_one_that_is_extended_takes_its_place() -> None:
    stricter = MORE.replace("obs-y", "obs-x").replace("valid_days: 30", "valid_days: 7")
    assert [item.valid_days for item in read_pack(stricter, bases=small).items] == [7]


def test_what_is_not_published_can_not_be_extended() -> None:
    with pytest.raises(PackErrors) as refusal:
        read_pack(MORE)
    assert [str(error) for error in refusal.value.errors] == [
        "line 4: `extends` names “small”; no published checklist has this key"
    ]


def test_a_chapter_is_a_heading_of_its_own() -> None:
    item = read_pack(changed("gate: hard", "chapter: Event  management\n    gate: hard")).items[0]
    assert (item.chapter, item.heading, item.category) == (
        "Event management",
        "Event management",
        Category.OBSERVABILITY,
    )
