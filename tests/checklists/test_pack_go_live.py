"""Facts about the shipped "Go-live" pack that the product relies on."""

import importlib
import itertools
import pkgutil
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

import readiness.checklists
import readiness.checks.types
from readiness.catalog.rules import TIERS, Trait
from readiness.checklists.kinds import KINDS, strongest
from readiness.checklists.pack import Pack, PackItem, Way
from readiness.checklists.pack_reader import read_pack
from readiness.checklists.pack_writer import write_pack
from readiness.checklists.rules import Category, Gate, How, Strength

FILE = Path(readiness.checklists.__file__).parent / "packs" / "go-live.yaml"


@cache
def go_live() -> Pack:
    return read_pack(FILE.read_bytes())


HARD = [item for item in go_live().items if item.gate is Gate.HARD]
DAYS = {
    "obs-structured-logging": {30},
    "obs-log-levels": {30},
    "obs-golden-signals": {7},
    "obs-business-metrics": {30},
    "obs-tracing": {30},
    "obs-alerting": {7, 90},
    "obs-runbooks": {30},
    "obs-business-dashboard": {180},
    "obs-tracing-depth": {180},
    "sec-secrets": {7, 90},
    "sec-secret-rotation": {90},
    "sec-input-validation": {30},
    "sec-access-control": {7},
    "sec-scanning": {14},
    "sec-rate-limiting": {90},
    "sec-penetration-test": {365},
    "sec-threat-model": {365},
    "rel-dependency-failure": {90},
    "rel-timeouts": {90},
    "rel-retries": {90},
    "rel-circuit-breakers": {90},
    "rel-graceful-shutdown": {90},
    "rel-error-boundary": {7},
    "rel-health-probes": {30},
    "rel-connection-pooling": {90},
    "rel-chaos-programme": {365},
    "perf-load-test": {30},
    "perf-query-audit": {30},
    "perf-capacity-model": {180},
    "ops-on-call": {7, 90},
    "ops-rollback": {90, 60},
    "ops-launch-plan": {45},
    "ops-runbook-expansion": {180},
    "ops-game-days": {180},
}


def ways_of(item: PackItem) -> list[Way]:
    return [way for criterion in item.criteria for way in criterion.ways]


def test_there_are_24_hard_gates_and_10_tracked_gaps() -> None:
    assert Counter(item.gate for item in go_live().items) == {Gate.HARD: 24, Gate.TRACKED: 10}


def test_the_items_are_spread_over_the_categories() -> None:
    assert Counter((item.category, item.gate) for item in go_live().items) == {
        (Category.OBSERVABILITY, Gate.HARD): 7,
        (Category.OBSERVABILITY, Gate.TRACKED): 2,
        (Category.SECURITY, Gate.HARD): 5,
        (Category.SECURITY, Gate.TRACKED): 3,
        (Category.RELIABILITY, Gate.HARD): 7,
        (Category.RELIABILITY, Gate.TRACKED): 2,
        (Category.PERFORMANCE, Gate.HARD): 2,
        (Category.PERFORMANCE, Gate.TRACKED): 1,
        (Category.OPERATIONS, Gate.HARD): 3,
        (Category.OPERATIONS, Gate.TRACKED): 2,
    }


def test_the_items_stand_in_the_order_of_their_categories() -> None:
    categories = [category for category, _ in itertools.groupby(item.category for item in go_live().items)]
    assert categories == list(Category)


def test_proof_is_valid_as_long_as_was_decided() -> None:
    days = {item.key: {item.valid_days_for(criterion) for criterion in item.criteria} for item in go_live().items}
    assert days == DAYS


def test_scanning_is_a_hard_gate_only_for_what_faces_the_internet() -> None:
    scanning = go_live().item("sec-scanning")
    assert scanning.gate_for(tier=1, traits=[Trait.INTERNET_FACING]) is Gate.HARD
    assert scanning.gate_for(tier=1, traits=[Trait.WORKER]) is Gate.TRACKED
    assert [item.key for item in go_live().items if item.hard_when] == ["sec-scanning"]


@pytest.mark.parametrize("item", HARD, ids=lambda item: item.key)
def test_a_hard_gate_rests_on_machines_wherever_one_can_tell(item: PackItem) -> None:
    hows = {way.how for way in ways_of(item)}
    if item.key == "ops-launch-plan":  # what people agreed for one launch
        assert hows == {How.RECORD}
    elif item.key == "ops-rollback":  # a drill, done by people
        assert hows == {How.ATTESTATION}
    else:
        assert any(how.is_machine for how in hows)


def test_no_hard_gate_is_met_by_a_bare_statement() -> None:
    assert all(
        item.strength_for(criterion).rank >= Strength.LINKED.rank for item in HARD for criterion in item.criteria
    )


def test_every_kind_is_known_and_strong_enough() -> None:
    for item in go_live().items:
        for criterion in item.criteria:
            for way in criterion.ways:
                assert way.kind in KINDS[way.how]
                assert strongest(way.how, way.kind).meets(item.strength_for(criterion))


def test_what_a_check_can_observe_is_asked_for_as_observed() -> None:
    for item in go_live().items:
        for criterion in item.criteria:
            if all(way.how in (How.PROBE, How.QUERY) for way in criterion.ways):
                assert item.strength_for(criterion).meets(Strength.OBSERVED), criterion.key


def test_every_service_has_something_to_prove_for_each_item_that_counts() -> None:
    for size in range(3):
        for traits in itertools.combinations(Trait, size):
            for item in go_live().items:
                for tier in TIERS:
                    if item.applies_when.holds(tier, traits):
                        assert item.criteria_for(tier=tier, traits=traits), (item.key, tier, traits)


@pytest.mark.parametrize("item", go_live().items, ids=lambda item: item.key)
def test_texts_are_written_for_people(item: PackItem) -> None:
    assert item.requirement.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", item.requirement)) == 1, "a requirement is one sentence"
    assert 1 <= len(re.findall(r"[.!?](?:\s|$)", item.why)) <= 2, "a risk is one or two sentences"
    assert re.findall(r"\*\*(.+?)\.\*\*", item.guidance) == ["How to get there", "What counts", "Pitfalls"]
    assert all(criterion.text.endswith(".") for criterion in item.criteria)
    assert item.key.startswith(
        {"observability": "obs-", "security": "sec-", "reliability": "rel-"}.get(item.category, "")
    )


CHECK_TYPES = [
    module.name for module in pkgutil.iter_modules(readiness.checks.types.__path__) if not module.name.startswith("_")
]


@pytest.mark.parametrize("kind", [name for name in CHECK_TYPES if name != "contract"])
def test_a_pack_may_ask_for_every_check_type(kind: str) -> None:
    assert kind in KINDS[How.PROBE] | KINDS[How.QUERY]


@pytest.mark.parametrize("kind", [name for name in CHECK_TYPES if name != "contract"])
def test_parameters_are_settings_that_the_check_has(kind: str) -> None:
    config = importlib.import_module(f"readiness.checks.types.{kind}").Config
    for way in itertools.chain.from_iterable(map(ways_of, go_live().items)):
        if way.kind == kind and way.how in (How.PROBE, How.QUERY):
            assert wrong_settings(config, way) == []


def wrong_settings(config: type[BaseModel], way: Way) -> list[str]:
    """What is missing is for the service to say; what is given has to fit."""
    try:
        config.model_validate(way.params)
    except ValidationError as refusal:
        return [str(error) for error in refusal.errors() if error["loc"] and error["type"] != "missing"]
    return []


def test_it_survives_export_and_import() -> None:
    assert read_pack(write_pack(go_live())) == go_live()
