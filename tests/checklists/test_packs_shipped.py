"""What holds for every pack that comes with the program."""

import itertools
import re
from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from readiness.assessments.formats import FORMATS
from readiness.catalog.rules import TIERS, Trait
from readiness.checklists import shipped
from readiness.checklists.kinds import KINDS, strongest
from readiness.checklists.pack import Pack, PackItem, Way
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.rules import Gate, How, Strength
from readiness.checks.types import TYPES

PREFIXES = {
    "Observability": "obs-",
    "Security": "sec-",
    "Reliability": "rel-",
    "Performance": "perf-",
    "Operations": "ops-",
    "Machine learning": "ml-",
    "Data": "data-",
}
SAID_TO_PEOPLE = {"drill", "launch_ramp"}
"""No machine judges these; their parameters tell people what is asked."""


def pack_of(key: str) -> Pack:
    pack = shipped.read_shipped(key)
    assert pack
    return pack


PACKS = [pytest.param(pack_of(key), id=key) for key in shipped.KEYS]
ITEMS = [
    pytest.param(item, id=item.key) for item in {i.key: i for k in shipped.KEYS for i in pack_of(k).items}.values()
]


def ways_of(item: PackItem) -> Iterator[Way]:
    for criterion in item.criteria:
        yield from criterion.ways


@pytest.mark.parametrize("item", ITEMS)
def test_no_hard_gate_is_met_by_a_bare_statement(item: PackItem) -> None:
    if item.gate is Gate.HARD:
        assert all(item.strength_for(criterion).meets(Strength.LINKED) for criterion in item.criteria)


@pytest.mark.parametrize("item", ITEMS)
def test_every_kind_is_known_and_strong_enough(item: PackItem) -> None:
    for criterion in item.criteria:
        for way in criterion.ways:
            assert way.kind in KINDS[way.how]
            assert strongest(way.how, way.kind).meets(item.strength_for(criterion))


@pytest.mark.parametrize("item", ITEMS)
def test_what_a_check_can_observe_is_asked_for_as_observed(item: PackItem) -> None:
    for criterion in item.criteria:
        if all(way.how in (How.PROBE, How.QUERY) for way in criterion.ways):
            assert item.strength_for(criterion).meets(Strength.OBSERVED), criterion.key


@pytest.mark.parametrize("item", ITEMS)
def test_every_service_has_something_to_prove_for_each_item_that_counts(item: PackItem) -> None:
    for size in range(3):
        for traits in itertools.combinations(Trait, size):
            for tier in TIERS:
                if item.applies_when.holds(tier, traits):
                    assert item.criteria_for(tier=tier, traits=traits), (tier, traits)


@pytest.mark.parametrize("item", ITEMS)
def test_texts_are_written_for_people(item: PackItem) -> None:
    assert item.requirement.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", item.requirement)) == 1, "a requirement is one sentence"
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", item.why)) <= 2, "a risk is one or two sentences"
    assert re.findall(r"\*\*(.+?)\.\*\*", item.guidance) == ["How to get there", "What counts", "Pitfalls"]
    assert all(criterion.text.endswith(".") for criterion in item.criteria)
    assert item.key.startswith(PREFIXES[item.heading])


@pytest.mark.parametrize("kind", TYPES)
def test_a_pack_may_ask_for_every_check_type(kind: str) -> None:
    assert kind in KINDS[How.PROBE] | KINDS[How.QUERY]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_pack_may_ask_for_every_format(kind: str) -> None:
    assert kind in KINDS[How.ARTIFACT]


@pytest.mark.parametrize("item", ITEMS)
def test_parameters_are_settings_that_the_check_or_format_has(item: PackItem) -> None:
    for way in ways_of(item):
        if way.how.is_machine:
            assert wrong_settings(settings_of(way), way) == [], way
        else:
            assert not way.params or way.kind in SAID_TO_PEOPLE, way


def settings_of(way: Way) -> type[BaseModel]:
    """Every machine way is one that this version can go."""
    return FORMATS[way.kind].params if way.how is How.ARTIFACT else TYPES[way.kind].config_model


def wrong_settings(model: type[BaseModel], way: Way) -> list[str]:
    """What is missing is for the service to say; what is given has to fit."""
    try:
        model.model_validate(way.params)
    except ValidationError as refusal:
        return [str(error) for error in refusal.errors() if error["loc"] and error["type"] != "missing"]
    return []


@pytest.mark.parametrize("pack", PACKS)
def test_it_survives_export_and_import(pack: Pack) -> None:
    assert read_pack(write_pack(pack)) == pack


@pytest.mark.parametrize("item", ITEMS)
def test_only_guidance_is_markdown(item: PackItem) -> None:
    plain = (item.title, item.requirement, item.why, *(criterion.text for criterion in item.criteria))
    assert not any(mark in text for text in plain for mark in "`*_")
