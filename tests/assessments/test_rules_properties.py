"""What holds for all evidence, not only for the tables: tried on what chance comes up with."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings, strategies as st

from readiness.assessments.outcome import Result
from readiness.assessments.rules import (
    GapFacts,
    ItemFacts,
    ItemStatus,
    Proof,
    changes_at,
    decide,
    judge_criterion,
    judge_item,
    next_step,
    supersedes,
)
from readiness.checklists.pack import PackItem
from readiness.checklists.rules import Gate, How, Strength
from tests.assessments.proofs import DOCUMENT, DRILL, NOW, PROBE, QUERY, RECORD, REPORT, TODAY, criterion, item

WAYS = (PROBE, QUERY, REPORT, RECORD, DRILL, DOCUMENT)
ASKED = item(criterion(PROBE, QUERY, REPORT, RECORD, DRILL), minimum="uploaded")
"""Everything but a document counts, so that chance also makes proof that does not."""


@st.composite
def proofs(draw: st.DrawFn) -> list[Proof]:
    found = []
    for number in range(draw(st.integers(0, 8))):
        way = draw(st.sampled_from(WAYS))
        observed_at = NOW - timedelta(hours=draw(st.integers(0, 60)))
        is_person = way.how is How.ATTESTATION
        found.append(
            Proof(
                id=number, criterion_key="shown", how=way.how, kind=way.kind,
                result=Result.PASS if is_person else draw(st.sampled_from(Result)),
                strength=draw(st.sampled_from(Strength)), observed_at=observed_at,
                valid_until=observed_at + timedelta(hours=draw(st.sampled_from([24, 48]))), reason=f"number {number}",
                is_confirmed=not is_person or draw(st.booleans()), is_active=not way.how.is_machine or draw(st.booleans()),
                check_id=draw(st.sampled_from([1, 2])) if way.how in (How.PROBE, How.QUERY) else None, counts_since=observed_at,
            )
        )  # fmt: skip
    return found


def judged(found: list[Proof], pack_item: PackItem = ASKED) -> ItemStatus:
    return judge_criterion(pack_item, pack_item.criteria[0], found, NOW).status


def new(result: Result, found: list[Proof], way: object = PROBE) -> Proof:
    """Seen just now, by the check with the number 1."""
    return Proof(
        id=len(found) + 100, criterion_key="shown", how=way.how, kind=way.kind, result=result, strength=Strength.OBSERVED,  # type: ignore[attr-defined]
        observed_at=NOW, valid_until=NOW + timedelta(days=1), check_id=1, reason="new",
    )  # fmt: skip


@given(proofs())
def test_unknown_never_changes_the_status_of_what_was_known(found: list[Proof]) -> None:
    before = judged(found)
    after = judged([*found, new(Result.UNKNOWN, found)])
    assert after is before or before is ItemStatus.UNKNOWN


@given(proofs())
def test_a_new_failure_of_an_active_machine_is_never_met(found: list[Proof]) -> None:
    assert judged([*found, new(Result.FAIL, found)]) is ItemStatus.NOT_MET


@given(proofs(), st.integers(0, 60))
def test_a_failure_never_meets_what_was_not_met(found: list[Proof], hours_ago: int) -> None:
    failure = replace(new(Result.FAIL, found), observed_at=NOW - timedelta(hours=hours_ago))
    if judged(found) is not ItemStatus.MET:
        assert judged([*found, failure]) is not ItemStatus.MET


@given(proofs())
def test_a_person_never_meets_what_a_machine_says_is_failing(found: list[Proof]) -> None:
    people = [proof for proof in found if proof.how is How.ATTESTATION]
    machines = [proof for proof in found if proof.how.is_machine]
    if judged(machines) is ItemStatus.NOT_MET:
        assert judged(machines + people) is ItemStatus.NOT_MET


@given(proofs())
def test_what_is_met_rests_on_current_confirmed_proof_that_is_strong_enough(found: list[Proof]) -> None:
    standing = judge_criterion(ASKED, ASKED.criteria[0], found, NOW)
    if standing.status is ItemStatus.MET:
        proof = next(proof for proof in found if proof.id == standing.proof_id)
        assert proof.result is Result.PASS
        assert proof.is_confirmed
        assert proof.is_current(NOW)
        assert proof.strength.meets(Strength.UPLOADED)
        assert proof.kind != "document"


@given(proofs())
def test_the_order_of_arrival_does_not_matter(found: list[Proof]) -> None:
    first = judge_criterion(ASKED, ASKED.criteria[0], found, NOW)
    assert judge_criterion(ASKED, ASKED.criteria[0], list(reversed(found)), NOW) == first


@settings(max_examples=2000)
@given(proofs(), st.sampled_from([0, 1, 24, 30, 48, 500]))
def test_what_is_superseded_decides_nothing_now_or_later(found: list[Proof], hours: int) -> None:
    left = [old for old in found if not any(supersedes(newer, old) for newer in found)]
    later = NOW + timedelta(hours=hours)
    assert judge_criterion(ASKED, ASKED.criteria[0], left, later) == judge_criterion(
        ASKED, ASKED.criteria[0], found, later
    )


@settings(max_examples=500)
@given(proofs(), st.integers(0, 200))
def test_nothing_changes_before_the_moment_that_was_named(found: list[Proof], hours: int) -> None:
    first = judge_item(ASKED, tier=1, traits=[], proofs=found, now=NOW)
    moment = changes_at(first, NOW)
    later = NOW + timedelta(hours=hours)
    if moment is None or later < moment:
        assert judge_item(ASKED, tier=1, traits=[], proofs=found, now=later) == first


@given(proofs())
def test_what_is_not_met_has_a_next_step_and_what_is_met_has_none(found: list[Proof]) -> None:
    standing = judge_item(ASKED, tier=1, traits=[], proofs=found, now=NOW)
    step = next_step(ASKED, standing)
    assert (step is None) == (standing.standing.status is ItemStatus.MET)


# The decision

days = st.one_of(st.none(), st.integers(-3, 3).map(lambda offset: TODAY + timedelta(days=offset)))
gaps = st.one_of(st.none(), st.builds(GapFacts, st.booleans(), days, st.booleans(), st.booleans()))


@st.composite
def items(draw: st.DrawFn) -> list[ItemFacts]:
    return [
        ItemFacts(
            f"item-{number}", "X", draw(st.sampled_from(Gate)), draw(st.sampled_from(ItemStatus)),
            waived_until=draw(days), gap=draw(gaps), new_until=draw(days),
        )
        for number in range(draw(st.integers(1, 6)))
    ]  # fmt: skip


def strictness(found: list[ItemFacts], today: date = TODAY) -> int:
    return decide(found, today=today).decision.strictness


@given(items(), st.data())
def test_meeting_an_item_never_makes_the_decision_worse(found: list[ItemFacts], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    closed = GapFacts(has_owner=False, due_on=None, has_plan=False, is_closed=True)
    for gap in (found[index].gap, closed):
        fixed = replace(
            found[index],
            status=ItemStatus.MET,
            gap=gap if found[index].status is not ItemStatus.NOT_APPLICABLE else closed,
        )
        assert strictness([*found[:index], fixed, *found[index + 1 :]]) <= strictness(found)


@given(items(), st.data())
def test_a_waiver_never_makes_the_decision_worse(found: list[ItemFacts], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(found) - 1))
    waived = replace(found[index], waived_until=TODAY + timedelta(days=30))
    assert strictness([*found[:index], waived, *found[index + 1 :]]) <= strictness(found)


@given(items())
def test_a_go_has_no_blockers_and_nothing_else_is_without(found: list[ItemFacts]) -> None:
    verdict = decide(found, today=TODAY)
    assert (verdict.decision.value == "go") == (not verdict.blockers)


@given(items())
def test_time_alone_never_makes_the_decision_better(found: list[ItemFacts]) -> None:
    assert strictness(found, TODAY + timedelta(days=1)) >= strictness(found)
