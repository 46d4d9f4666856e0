from dataclasses import fields

from readiness.checklists.compare import FieldChange, compare
from readiness.checklists.kinds import KINDS
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.rules import ALWAYS, AppliesWhen, How
from readiness.checklists.wording import _FIELDS, HOW_WORDS, KIND_LABELS, counts_for, field_label, kind_label
from tests.checklists.small_pack import PACK, changed


def test_every_kind_of_proof_and_every_way_of_gathering_it_has_words() -> None:
    assert set(KIND_LABELS) == set().union(*KINDS.values())
    assert set(HOW_WORDS) == set(How)
    assert kind_label("prom_query") == "A query to Prometheus"
    assert kind_label("smoke_signal") == "Smoke signal"


def test_every_field_that_can_change_has_words() -> None:
    named = {field.name for part in (PackItem, PackCriterion) for field in fields(part)}
    assert set(_FIELDS) == named - {"key", "criteria"}


def test_a_changed_field_is_named_with_its_criterion() -> None:
    found = compare(read_pack(PACK), read_pack(changed("It was seen.", "It was seen twice.")))
    change = found.changed[0].fields[0]
    assert change == FieldChange("criteria.shown.text", "It was seen.", "It was seen twice.")
    assert field_label(change.field) == "Criterion shown: what has to be shown"
    assert field_label("criteria.shown") == "Criterion shown"
    assert field_label("valid_days") == "Proof stays valid for"


def test_for_whom_something_counts_is_said_in_words() -> None:
    assert counts_for(ALWAYS) == "every service"
    assert counts_for(AppliesWhen(tiers=(1, 2))) == "services of tier 1 or 2"
