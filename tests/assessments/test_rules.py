"""Each rule by its name, as a table of facts and what follows from them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from readiness.assessments import rules
from readiness.assessments.rules import ItemStanding, ItemStatus, NotApplicable, Proof
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import AppliesWhen, Gate
from tests.assessments.proofs import (
    DOCUMENT,
    DRILL,
    NOW,
    PROBE,
    QUERY,
    RECORD,
    REPORT,
    TODAY,
    criterion,
    item,
    proof,
)

EXPIRED: dict[str, Any] = {"hours_ago": 31.5 * 24}


def judge(
    *proofs: Proof,
    ways: PackCriterion | None = None,
    minimum: str = "linked",
    now: datetime = NOW,
    pack_item: PackItem | None = None,
    excuse: NotApplicable | None = None,
    tier: int = 2,
    traits: Sequence[str] = (),
) -> ItemStanding:
    pack_item = pack_item or item(ways or criterion(PROBE, QUERY, REPORT, RECORD, DRILL), minimum=minimum)
    return rules.judge_item(pack_item, tier=tier, traits=traits, proofs=proofs, now=now, not_applicable=excuse)


def status(*proofs: Proof, **how: object) -> str:
    return judge(*proofs, **how).standing.status.value  # type: ignore[arg-type]


def reason(*proofs: Proof, **how: object) -> str:
    return judge(*proofs, **how).standing.reason  # type: ignore[arg-type]


# proof-only


def test_proof_only_without_proof_nothing_is_met() -> None:
    assert (status(), reason()) == ("unknown", "No proof yet.")


def test_proof_only_a_pass_meets_and_names_its_proof() -> None:
    standing = judge(proof(id=7)).standing
    assert (standing.status, standing.proof_id, standing.reason) == (ItemStatus.MET, 7, "health_pair pass")


def test_proof_only_every_criterion_has_to_be_met() -> None:
    both = item(criterion(key="one"), criterion(key="two"))
    one, two = proof(criterion_key="one"), proof(criterion_key="two", hours_ago=2, strength="exercised")
    assert status(one, pack_item=both) == "unknown"
    whole = judge(one, two, pack_item=both).standing
    assert (whole.status, whole.reason, whole.strength) == (ItemStatus.MET, "All 2 criteria are met.", one.strength)
    assert whole.valid_until == two.valid_until


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        (
            [
                proof("fail", criterion_key="a"),
                proof(criterion_key="b", **EXPIRED),
                proof("unknown", criterion_key="c"),
            ],
            "not_met",
        ),
        ([proof(criterion_key="a"), proof(criterion_key="b", **EXPIRED), proof("unknown", criterion_key="c")], "stale"),
        ([proof(criterion_key="a"), proof(criterion_key="b"), proof("unknown", criterion_key="c")], "unknown"),
    ],
)
def test_proof_only_the_worst_criterion_speaks_for_the_item(proofs: list[Proof], expected: str) -> None:
    assert status(*proofs, pack_item=item(*(criterion(key=key) for key in "abc"))) == expected


def test_proof_of_another_criterion_is_ignored() -> None:
    assert status(proof(criterion_key="other")) == "unknown"


# unknown-blocks


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        ([proof("unknown")], "unknown"),
        ([proof("unknown"), proof(hours_ago=2)], "met"),
        ([proof("unknown"), proof("fail", hours_ago=2)], "not_met"),
        ([proof("unknown"), proof(**EXPIRED)], "stale"),
        ([proof("unknown"), proof("fail", **EXPIRED)], "stale"),
    ],
)
def test_unknown_blocks_is_neither_pass_nor_fail(proofs: list[Proof], expected: str) -> None:
    assert status(*proofs) == expected


def test_unknown_blocks_says_why_it_could_not_tell() -> None:
    assert reason(proof("unknown", reason="Connection refused.")) == "Connection refused."
    stale = reason(proof("unknown", reason="Connection refused."), proof(**EXPIRED))
    assert stale == "The proof expired on 28 February 2026. The last try could not tell: Connection refused."


# machine-first


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        ([proof("fail"), proof(way=DRILL, hours_ago=0.5)], "not_met"),
        ([proof("fail", way=REPORT), proof(way=DRILL, hours_ago=0.5)], "not_met"),
        ([proof("fail", is_active=False), proof(way=DRILL, hours_ago=0.5)], "met"),
        ([proof("fail", is_active=False), proof(way=DRILL, hours_ago=9)], "met"),
        ([proof("fail", **EXPIRED), proof(way=DRILL)], "stale"),
        ([proof("fail", **EXPIRED), proof(way=REPORT)], "met"),
        ([proof("fail"), proof(way=QUERY, hours_ago=0.5)], "not_met"),
        ([proof("fail", hours_ago=2), proof(hours_ago=1)], "met"),
        ([proof("fail", hours_ago=1), proof(hours_ago=2)], "not_met"),
        ([proof("fail", hours_ago=1, is_active=False), proof(hours_ago=2)], "unknown"),
        ([proof("fail", hours_ago=1, check_id=1), proof(hours_ago=0.5, check_id=2)], "not_met"),
        ([proof("fail", hours_ago=2, way=RECORD), proof(hours_ago=1, way=RECORD)], "met"),
        ([proof("fail", hours_ago=1, way=RECORD), proof(hours_ago=2, way=RECORD)], "not_met"),
    ],
)
def test_machine_first(proofs: list[Proof], expected: str) -> None:
    assert status(*proofs) == expected


def test_machine_first_the_newest_failure_is_the_one_named() -> None:
    failures = [proof("fail", hours_ago=3, reason="Old."), proof("fail", way=QUERY, reason="New.")]
    assert reason(*failures) == reason(*reversed(failures)) == "New."


def test_machine_first_switching_a_failing_check_off_leaves_nothing_but_says_so() -> None:
    assert (
        reason(proof("fail", is_active=False)) == "The check that failed was switched off, and there is no other proof."
    )


# three-dates


@pytest.mark.parametrize(("days_ago", "expected"), [(0, "met"), (29.9, "met"), (30, "stale"), (400, "stale")])
def test_three_dates_age_runs_from_when_it_was_observed(days_ago: float, expected: str) -> None:
    assert status(proof(hours_ago=days_ago * 24)) == expected


@pytest.mark.parametrize(
    ("observed", "is_refused"),
    [
        (timedelta(minutes=-1), False),
        (timedelta(minutes=5), False),
        (timedelta(minutes=5, seconds=1), True),
        (timedelta(days=9), True),
    ],
)
def test_three_dates_the_future_is_refused(observed: timedelta, *, is_refused: bool) -> None:
    assert bool(rules.date_problem(NOW + observed, NOW)) is is_refused


@pytest.mark.parametrize(("hours", "expected"), [(1, False), (24, False), (25, True)])
def test_three_dates_what_is_old_on_arrival_is_called_backdated(hours: int, *, expected: bool) -> None:
    assert rules.is_backdated(NOW - timedelta(hours=hours), NOW) is expected


def test_three_dates_the_next_change_is_when_the_first_proof_runs_out() -> None:
    both = item(criterion(key="one"), criterion(key="two"))
    judged = judge(proof(criterion_key="one"), proof(criterion_key="two", days=3), pack_item=both)
    assert rules.changes_at(judged, NOW) == NOW + timedelta(days=3, hours=-1)
    assert rules.changes_at(judge(proof(**EXPIRED)), NOW) is None
    assert rules.changes_at(judge(), NOW) is None


def test_three_dates_of_two_proofs_the_one_that_lasts_longer_counts() -> None:
    assert judge(proof(days=1), proof(way=QUERY, hours_ago=5, days=9)).standing.valid_until == NOW + timedelta(
        days=9, hours=-5
    )


# strength


@pytest.mark.parametrize(
    ("minimum", "strength", "expected"),
    [
        ("linked", "asserted", "unknown"),
        ("linked", "linked", "met"),
        ("uploaded", "linked", "unknown"),
        ("observed", "uploaded", "unknown"),
        ("observed", "exercised", "met"),
        ("exercised", "observed", "unknown"),
    ],
)
def test_strength(minimum: str, strength: str, expected: str) -> None:
    assert status(proof(strength=strength), minimum=minimum) == expected


def test_strength_weak_proof_is_named() -> None:
    sentence = "There is proof, but it is only linked; this needs observed or stronger."
    assert reason(proof(strength="linked"), minimum="observed") == sentence


def test_strength_weak_proof_does_not_hide_strong_proof() -> None:
    assert status(proof(way=REPORT, strength="linked"), proof(hours_ago=9), minimum="observed") == "met"


def test_strength_a_criterion_may_ask_for_more_or_less_than_its_item() -> None:
    assert status(proof(strength="linked"), ways=criterion(PROBE, minimum="linked"), minimum="observed") == "met"
    assert status(proof(), ways=criterion(PROBE, minimum="exercised"), minimum="linked") == "unknown"


def test_proof_by_a_way_that_was_not_asked_for_is_kept_and_decides_nothing() -> None:
    asked = criterion(QUERY, REPORT)
    assert status(proof(way=DOCUMENT, strength="exercised"), ways=asked) == "unknown"
    assert (
        reason(proof(way=DOCUMENT), ways=asked)
        == "There is proof, but not of the kind this needs: a query or a report."
    )
    assert status(proof("fail"), proof(way=QUERY), ways=asked) == "met"


# attestation


def test_attestation_waits_for_its_witness() -> None:
    waiting = proof(way=DRILL, is_confirmed=False)
    assert (status(waiting), reason(waiting)) == ("unknown", rules.WAITING_FOR_WITNESS)
    assert status(waiting, proof(hours_ago=5)) == "met"
    assert (status(waiting, proof(**EXPIRED)), reason(waiting, proof(**EXPIRED))) == (
        "stale",
        rules.WAITING_FOR_WITNESS,
    )


NOTE = "x" * 80


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"link": ""}, ["link"]),
        ({"link": "javascript:alert(1)"}, ["link"]),
        ({"performed_on": TODAY + timedelta(days=1)}, ["performed_on"]),
        ({"performed_on": TODAY - timedelta(days=90)}, ["performed_on"]),
        ({"performed_on": TODAY - timedelta(days=89)}, []),
        ({"witness": 1}, ["witness"]),
        ({"witness": 3}, ["witness"]),
        ({"recorded_by": 1}, []),
        ({"note": "x" * 79}, ["note"]),
        ({"note": "x" * 40 + " " * 80}, ["note"]),
        ({"link": "x", "note": "", "witness": 1}, ["link", "witness", "note"]),
    ],
)
def test_attestation_asks_for_link_date_performer_witness_and_note(
    changes: dict[str, object], fields: list[str]
) -> None:
    whole: dict[str, object] = {
        "link": "https://x.example", "performed_on": TODAY, "performed_by": 1, "witness": 2, "note": NOTE, "today": TODAY,
        "recorded_by": 3, "valid_days": 90,
    }  # fmt: skip
    assert list(rules.attestation_problems(**{**whole, **changes})) == fields  # type: ignore[arg-type]


# second-pair


@pytest.mark.parametrize(
    ("gate", "is_confirmed", "expected"),
    [(Gate.HARD, False, "unknown"), (Gate.HARD, True, "not_applicable"), (Gate.TRACKED, False, "not_applicable")],
)
def test_second_pair_not_applicable_on_a_hard_gate_takes_two(gate: Gate, *, is_confirmed: bool, expected: str) -> None:
    excuse = NotApplicable("No second region.", is_confirmed=is_confirmed)
    assert status(excuse=excuse, pack_item=item(gate=gate)) == expected


def test_second_pair_counts_the_gate_the_service_has_not_the_one_the_pack_names() -> None:
    narrowed = item(hard_when=AppliesWhen(tiers=(1,)))
    excuse = NotApplicable("No.", is_confirmed=False)
    assert status(excuse=excuse, pack_item=narrowed, tier=2) == "not_applicable"
    assert status(excuse=excuse, pack_item=narrowed, tier=1) == "unknown"


@pytest.mark.parametrize(
    ("proofs", "expected"),
    [
        ([proof(criterion_key="a"), proof(criterion_key="b")], True),
        ([proof(criterion_key="a"), proof(criterion_key="b", way=DRILL)], False),
        ([proof(criterion_key="a"), proof(criterion_key="b", way=DRILL, hours_ago=48)], True),
        ([proof(criterion_key="a", hours_ago=48), proof(criterion_key="b", way=DRILL, hours_ago=48)], False),
        ([proof(criterion_key="a"), proof(criterion_key="b", way=RECORD)], False),
        ([proof(criterion_key="a")], False),
    ],
)
def test_second_pair_a_gap_closes_by_itself_on_what_machines_proved_since(
    proofs: list[Proof], *, expected: bool
) -> None:
    both = item(criterion(PROBE, key="a"), criterion(QUERY, PROBE, DRILL, RECORD, key="b"))
    judged = judge(*proofs, pack_item=both)
    assert rules.closes_by_itself(judged, proofs, NOW - timedelta(days=1)) is expected


# waivers-expire


@pytest.mark.parametrize(("days", "is_fine"), [(-1, False), (0, False), (1, True), (90, True), (91, False)])
def test_waivers_expire_within_ninety_days(days: int, *, is_fine: bool) -> None:
    assert (rules.waiver_problem(TODAY + timedelta(days=days), TODAY) is None) is is_fine


# applicability


def test_what_does_not_apply_says_why_and_asks_for_nothing() -> None:
    elsewhere = item(applies_when=AppliesWhen(tiers=(1,)))
    judged = judge(proof("fail"), pack_item=elsewhere)
    assert judged.standing.status is ItemStatus.NOT_APPLICABLE
    assert "tier 1" in judged.standing.reason
    assert rules.next_step(elsewhere, judged) is None


def test_a_criterion_that_does_not_apply_is_not_asked_for() -> None:
    partly = item(criterion(key="one"), criterion(key="two", applies=AppliesWhen(tiers=(1,))))
    assert status(proof(criterion_key="one"), pack_item=partly, tier=2) == "met"
    assert status(proof(criterion_key="one"), pack_item=partly, tier=1) == "unknown"
    none = item(criterion(applies=AppliesWhen(tiers=(1,))))
    assert status(pack_item=none, tier=2) == "not_applicable"


# what is next


@pytest.mark.parametrize(
    ("proofs", "ways", "step"),
    [
        ([], [PROBE], "Set up the check with the address to call"),
        ([], [REPORT, QUERY], "Connect the system to ask, then run the check"),
        ([], [RECORD], "Fill it in on the service's page"),
        ([], [REPORT], "Upload a report, or push it from CI"),
        ([], [DRILL], "Attest it, with a link and a witness"),
        ([proof("fail")], [PROBE], "Fix what was found, then run it again"),
        ([proof("fail", way=REPORT)], [REPORT], "Fix what was found, then upload a new report"),
        ([proof("fail", way=RECORD)], [RECORD], "Complete it on the service's page"),
        ([proof(**EXPIRED)], [PROBE], "Renew the proof: it expired"),
        ([proof(way=DRILL, is_confirmed=False)], [DRILL], "Ask the witness to confirm"),
    ],
)
def test_what_is_next_in_words(proofs: list[Proof], ways: list[object], step: str) -> None:
    asked = item(criterion(*ways))  # type: ignore[arg-type]
    found = rules.next_step(asked, judge(*proofs, pack_item=asked))
    assert found is not None
    assert found.step == step


def test_what_is_next_names_the_cheapest_and_counts_all() -> None:
    several = item(criterion(DRILL, key="a"), criterion(PROBE, key="b"), criterion(RECORD, key="c"))
    found = rules.next_step(several, judge(pack_item=several))
    assert found is not None
    assert (found.step, found.cost) == ("Set up the check with the address to call", 5 + 1 + 3)


def test_what_is_next_a_fault_comes_before_what_nobody_has_looked_at() -> None:
    both = item(criterion(REPORT, key="a"), criterion(PROBE, key="b"))
    found = rules.next_step(both, judge(proof("fail", way=REPORT, criterion_key="a"), pack_item=both))
    assert found is not None
    assert found.step == "Fix what was found, then upload a new report"


def test_what_is_next_is_the_second_persons_word_where_somebody_says_it_does_not_apply() -> None:
    found = rules.next_step(item(), judge(), is_excuse_waiting=True)
    assert found is not None
    assert found.step == "Ask a second person to confirm that it does not apply"


def test_what_is_next_hard_gates_first_the_cheapest_first() -> None:
    steps = [
        rules.NextStep("d", Gate.TRACKED, "D", "", 1),
        rules.NextStep("b", Gate.HARD, "B", "", 5),
        rules.NextStep("a", Gate.HARD, "A", "", 2),
        rules.NextStep("c", Gate.HARD, "C", "", 5),
    ]
    assert [step.item_key for step in rules.what_is_next(steps)] == ["a", "b", "c", "d"]
