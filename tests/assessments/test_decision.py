"""*derived-decision*, *accountable-output*, *pinned*, *waivers-expire*: what the decision is, from the items."""

from datetime import date, timedelta
from typing import Any

import pytest

from readiness.assessments.rules import Decision, GapFacts, ItemFacts, ItemStatus, decide, due_problem
from readiness.checklists.rules import Gate
from tests.assessments.proofs import TODAY

PLANNED = GapFacts(has_owner=True, due_on=TODAY, has_plan=True)
LOOSE = GapFacts(has_owner=False, due_on=None, has_plan=False)
CLOSED = GapFacts(has_owner=False, due_on=None, has_plan=False, is_closed=True)


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def fact(status: str = "met", gate: str = "hard", **changes: Any) -> ItemFacts:
    return ItemFacts(changes.pop("key", "x"), "X", Gate(gate), ItemStatus(status), "Because.", **changes)


@pytest.mark.parametrize(
    ("items", "decision"),
    [
        ([], "go"),
        ([fact()], "go"),
        ([fact(), fact("not_applicable")], "go"),
        ([fact(), fact("not_met", "tracked")], "go"),
        ([fact(), fact("not_met", "tracked", gap=LOOSE)], "go"),
        ([fact("not_met")], "no_go"),
        ([fact("unknown")], "no_go"),
        ([fact("stale")], "no_go"),
        ([fact("not_met", waived_until=day(1))], "conditional_go"),
        ([fact("not_met", waived_until=day(0))], "no_go"),
        ([fact("unknown", waived_until=day(1))], "conditional_go"),
        ([fact("not_met", waived_until=day(1), gap=PLANNED)], "conditional_go"),
        ([fact("not_met", waived_until=day(1), gap=LOOSE)], "no_go"),
        ([fact("not_met", waived_until=day(1)), fact("not_met", "tracked", gap=LOOSE)], "no_go"),
        ([fact("not_met", waived_until=day(1)), fact("not_met", "tracked", gap=PLANNED)], "conditional_go"),
        ([fact("not_met", waived_until=day(1)), fact("met", "tracked", gap=CLOSED)], "conditional_go"),
        ([fact("not_met", waived_until=day(1)), fact("not_met")], "no_go"),
        ([fact("unknown", new_until=day(1))], "go"),
        ([fact("unknown", new_until=day(0))], "no_go"),
        ([fact("unknown", new_until=day(1)), fact("not_met", waived_until=day(1))], "conditional_go"),
    ],
)  # fmt: skip
def test_derived_decision(items: list[ItemFacts], decision: str) -> None:
    assert decide(items, today=TODAY).decision is Decision(decision)


def test_what_stands_in_the_way_says_what_would_satisfy_it() -> None:
    items = [fact("stale", key="a"), fact("not_met", key="b"), fact("not_met", "tracked", key="c", gap=LOOSE)]
    verdict = decide(items, today=TODAY)
    assert [(blocker.item_key, blocker.rule) for blocker in verdict.blockers] == [
        ("a", "unknown-blocks"), ("b", "derived-decision"), ("c", "derived-decision"),
    ]  # fmt: skip
    assert verdict.blockers[0].reason == "X is stale: Because."
    assert verdict.blockers[2].reason == "The gap X has no owner, no due date and no plan."


@pytest.mark.parametrize(
    ("gap", "words"),
    [
        (GapFacts(has_owner=True, due_on=None, has_plan=True), "The gap X has no due date."),
        (GapFacts(has_owner=False, due_on=TODAY, has_plan=False), "The gap X has no owner and no plan."),
    ],
)
def test_a_loose_gap_names_what_it_lacks(gap: GapFacts, words: str) -> None:
    items = [fact("not_met", waived_until=day(5)), fact("not_met", "tracked", gap=gap)]
    assert [blocker.reason for blocker in decide(items, today=TODAY).blockers] == [words]


def test_a_conditional_go_names_its_waivers() -> None:
    verdict = decide([fact("not_met", waived_until=date(2026, 4, 1))], today=TODAY)
    assert [blocker.reason for blocker in verdict.blockers] == ["X is under a waiver until 01 April 2026."]


def test_a_go_has_no_blockers() -> None:
    assert decide([fact("not_met", "tracked", gap=LOOSE)], today=TODAY).blockers == ()


def test_decisions_are_ordered_by_strictness() -> None:
    assert sorted(Decision, key=lambda decision: decision.strictness) == [
        Decision.GO,
        Decision.CONDITIONAL,
        Decision.NO_GO,
    ]


@pytest.mark.parametrize(
    ("gate", "due", "go_live", "waived", "is_fine"),
    [
        ("hard", 5, 10, None, True),
        ("hard", 10, 10, None, False),
        ("hard", 11, 10, None, False),
        ("hard", 11, 10, 20, True),
        ("hard", 21, 10, 20, False),
        ("hard", 11, None, None, True),
        ("hard", 11, -3, None, True),
        ("tracked", 11, 10, None, True),
    ],
)
def test_accountable_output_a_hard_gate_is_due_before_go_live(
    gate: str, due: int, go_live: int | None, waived: int | None, *, is_fine: bool
) -> None:
    problem = due_problem(
        Gate(gate), day(due), go_live_on=None if go_live is None else day(go_live),
        waived_until=None if waived is None else day(waived), today=TODAY,
    )  # fmt: skip
    assert (problem is None) is is_fine
