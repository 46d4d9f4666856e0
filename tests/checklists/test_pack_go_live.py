"""Facts about the shipped "Go-live" pack that the product relies on."""

import itertools
from collections import Counter

import pytest

from readiness.catalog.rules import Trait
from readiness.checklists.pack import Pack, PackItem
from readiness.checklists.rules import Category, Gate, How
from readiness.checklists.shipped import read_shipped


def go_live() -> Pack:
    pack = read_shipped("go-live")
    assert pack
    return pack


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
    hows = {way.how for criterion in item.criteria for way in criterion.ways}
    if item.key == "ops-launch-plan":  # what people agreed for one launch
        assert hows == {How.RECORD}
    elif item.key == "ops-rollback":  # a drill, done by people
        assert hows == {How.ATTESTATION}
    else:
        assert any(how.is_machine for how in hows)
