"""For which services something counts, and the sentence that says why."""

import pytest

from readiness.catalog.rules import Trait
from readiness.checklists.rules import ALWAYS, AppliesWhen, Gate, Strength, gate_for

API, WORKER, BATCH = Trait.HTTP_API, Trait.WORKER, Trait.BATCH
CALLS, DATABASE = Trait.CALLS_SERVICES, Trait.HAS_DATABASE

CASES = [
    (ALWAYS, 4, [], True, "Counts for every service."),
    (
        AppliesWhen(any_traits=(CALLS, DATABASE)),
        1,
        ["http-api"],
        False,
        "Counts only for services with trait calls-services or has-database; this one has http-api.",
    ),
    (
        AppliesWhen(any_traits=(CALLS, DATABASE)),
        1,
        ["has-database"],
        True,
        "Counts for services with trait calls-services or has-database, as this one is.",
    ),
    (
        AppliesWhen(all_traits=(API, WORKER)),
        1,
        ["worker"],
        False,
        "Counts only for services with traits http-api and worker; this one has worker.",
    ),
    (
        AppliesWhen(all_traits=(API,)),
        1,
        [],
        False,
        "Counts only for services with trait http-api; this one has no traits.",
    ),
    (
        AppliesWhen(without_traits=(WORKER, BATCH)),
        1,
        ["worker", "batch", "ml"],
        False,
        "Counts only for services without trait worker or batch; this one has batch, ml and worker.",
    ),
    (AppliesWhen(tiers=(1, 2)), 3, ["ml"], False, "Counts only for services of tier 1 or 2; this one is tier 3."),
    (
        AppliesWhen(all_traits=(API,), tiers=(1,)),
        2,
        ["http-api"],
        False,
        "Counts only for services with trait http-api, of tier 1; this one has http-api and is tier 2.",
    ),
    (
        AppliesWhen(all_traits=(API,), tiers=(1,)),
        1,
        ["http-api"],
        True,
        "Counts for services with trait http-api, of tier 1, as this one is.",
    ),
]


@pytest.mark.parametrize(("rule", "tier", "traits", "applies", "reason"), CASES)
def test_a_rule_decides_and_says_why(
    rule: AppliesWhen, tier: int, traits: list[str], applies: bool, reason: str
) -> None:
    decided = rule.decide(tier, traits)
    assert (decided.applies, decided.reason) == (applies, reason)
    assert rule.holds(tier, traits) is applies
    assert AppliesWhen.from_mapping(rule.as_mapping()) == rule


def test_a_stored_rule_with_an_unknown_trait_is_an_error() -> None:
    with pytest.raises(ValueError, match="gone"):
        AppliesWhen.from_mapping({"any_traits": ["gone"]})


@pytest.mark.parametrize(
    ("gate", "hard_when", "expected"),
    [
        (Gate.HARD, None, Gate.HARD),
        (Gate.TRACKED, None, Gate.TRACKED),
        (Gate.HARD, AppliesWhen(all_traits=(API,)), Gate.HARD),
        (Gate.HARD, AppliesWhen(all_traits=(WORKER,)), Gate.TRACKED),
    ],
)
def test_a_hard_gate_may_be_tracked_elsewhere(gate: Gate, hard_when: AppliesWhen | None, expected: Gate) -> None:
    assert gate_for(gate, hard_when, tier=1, traits=["http-api"]) is expected


def test_strengths_are_ordered_by_rank_and_not_by_name() -> None:
    assert [strength.value for strength in sorted(Strength, key=lambda strength: strength.rank)] == [
        "asserted",
        "linked",
        "uploaded",
        "observed",
        "exercised",
    ]
    assert Strength.EXERCISED.meets(Strength.OBSERVED)
    assert not Strength.LINKED.meets(Strength.UPLOADED)
