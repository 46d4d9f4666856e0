"""What people see before they move a service to a newer version of its checklist."""

from dataclasses import replace

from readiness.catalog.rules import Trait
from readiness.checklists.compare import FieldChange, compare
from readiness.checklists.pack import Pack, PackCriterion, PackItem, Way
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import AppliesWhen, Gate, How, Strength
from tests.checklists.small_pack import PACK

OLD = read_pack(PACK)
ITEM = OLD.items[0]
CRITERION = ITEM.criteria[0]


def pack_of(*items: PackItem) -> Pack:
    return replace(OLD, items=items)


def changes_to(new: PackItem) -> tuple[FieldChange, ...]:
    (change,) = compare(OLD, pack_of(new)).changed
    return change.fields


def with_criterion(new: PackCriterion) -> PackItem:
    return replace(ITEM, criteria=(new,))


def test_the_same_pack_has_no_differences() -> None:
    comparison = compare(OLD, read_pack(PACK))
    assert comparison.is_empty
    assert comparison.unchanged == ("obs-x",)


def test_items_come_and_go_by_key() -> None:
    other = replace(ITEM, key="obs-y")
    comparison = compare(OLD, pack_of(other))
    assert (comparison.added, comparison.removed) == ((other,), (ITEM,))
    assert not comparison.changed
    assert not comparison.is_empty


def test_the_order_of_items_is_no_difference() -> None:
    other = replace(ITEM, key="obs-y")
    assert compare(pack_of(ITEM, other), pack_of(other, ITEM)).is_empty


def test_each_changed_field_shows_old_and_new_in_words() -> None:
    new = replace(
        ITEM,
        gate=Gate.TRACKED,
        valid_days=1,
        applies_when=AppliesWhen(any_traits=(Trait.WORKER, Trait.BATCH)),
        minimum_strength=Strength.LINKED,
    )
    assert changes_to(new) == (
        FieldChange("gate", "Hard gate", "Tracked gap"),
        FieldChange("applies_when", "every service", "services with trait worker or batch"),
        FieldChange("minimum_strength", "Observed", "Linked"),
        FieldChange("valid_days", "30 days", "1 day"),
    )


def test_a_changed_criterion_is_named_by_its_key() -> None:
    way = Way(How.QUERY, "prom_query", {"max": 0.8, "of": ["a"]})
    new = with_criterion(replace(CRITERION, ways=(way, Way(How.ARTIFACT, "junit")), valid_days=7))
    assert changes_to(new) == (
        FieldChange("criteria.shown.valid_days", "", "7 days"),
        FieldChange(
            "criteria.shown.ways",
            "query prom_query (max 0.9)",
            'query prom_query (max 0.8, of ["a"]) or artifact junit',
        ),
    )


def test_criteria_come_and_go_with_their_text() -> None:
    other = replace(CRITERION, key="tried", text="It was tried.")
    assert changes_to(with_criterion(other)) == (
        FieldChange("criteria.shown", "It was seen.", ""),
        FieldChange("criteria.tried", "", "It was tried."),
    )


def test_wording_alone_asks_for_no_new_proof() -> None:
    (change,) = compare(OLD, pack_of(replace(ITEM, title="Y", why="So.", guidance="Other."))).changed
    assert change.is_wording_only
    assert change.key == "obs-x"


def test_another_requirement_asks_for_new_proof() -> None:
    (change,) = compare(OLD, pack_of(replace(ITEM, title="Y", requirement="Y is so."))).changed
    assert not change.is_wording_only
