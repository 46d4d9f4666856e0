from datetime import timedelta

import pytest

from readiness.assessments.rules import Decision, ItemFacts, decide
from reviews.rules import heading, looser_problem
from tests.reviews.facts import TODAY, item, planned

WAIVED = TODAY + timedelta(days=30)


@pytest.mark.parametrize("computed", list(Decision))
@pytest.mark.parametrize("chosen", list(Decision))
def test_the_room_may_be_stricter_with_a_reason_and_never_looser(chosen: Decision, computed: Decision) -> None:
    looser = chosen.strictness < computed.strictness
    assert (looser_problem(chosen, computed, "The drill was chaotic.") is not None) == looser
    assert (looser_problem(chosen, computed, " ") is None) == (chosen is computed)


CASES: list[tuple[list[ItemFacts], str, str]] = [
    ([item("met")], "Every hard gate is met", "Nothing stands in the way."),
    (
        [item("met"), item("not_met", "tracked", gap=planned())],
        "Every hard gate is met; 1 tracked gap may ship open",
        "Nothing stands in the way.",
    ),
    (
        [item(), item("unknown", title="Roll-back")],
        "2 hard gates open",
        "Proof for “Alerting” and “Roll-back” would make it a go; an approved waiver for each, a conditional go.",
    ),
    (
        [item("stale", gap=planned(plan=False))],
        "1 hard gate open",
        (
            "Proof for “Alerting” would make it a go; "
            "an approved waiver for it with owner, date and plan for every gap, a conditional go."
        ),
    ),
    (
        [item(), item(title="Roll-back", waived_until=WAIVED, gap=planned())],
        "1 hard gate open",
        "Proof or an approved waiver for “Alerting” would make it a conditional go.",
    ),
    (
        [item(waived_until=WAIVED, gap=planned(plan=False))],
        "1 gap without owner, date or plan",
        "An owner, a due date and a plan for “Alerting” would make it a conditional go.",
    ),
    (
        [item(waived_until=WAIVED, gap=planned())],
        "1 hard gate under a waiver",
        "Proof for “Alerting” would make it a go.",
    ),
]


@pytest.mark.parametrize(("items", "why", "change"), CASES)
def test_the_heading_says_where_the_meeting_goes_and_what_would_change_it(
    items: list[ItemFacts], why: str, change: str
) -> None:
    found = heading(items, today=TODAY)
    assert (found.why, found.change) == (why, change)
    assert found.decision is decide(items, today=TODAY).decision


def test_many_open_gates_are_named_shortly() -> None:
    gates = [item(title=name) for name in ("A", "B", "C", "D")]
    assert heading(gates, today=TODAY).change.startswith("Proof for “A”, “B” and 2 more would")


def test_a_met_items_gap_that_nobody_closed_yet_stands_in_nobodys_way() -> None:
    """A record may complete an item whose gap a check or a second person has to close (rule *second-pair*)."""
    waived = item("not_met", gap=planned(), waived_until=WAIVED)
    done = item("met", title="Launch plan", key="ops-launch-plan", gap=planned(None, owner=False, plan=False))
    verdict = decide([waived, done], today=TODAY)
    assert verdict.decision is Decision.CONDITIONAL
    assert [blocker.item_key for blocker in verdict.blockers] == ["obs-alerting"]
    assert "Launch plan" not in heading([item(), done], today=TODAY).change
    bare = decide([item(), done], today=TODAY)
    assert [blocker.item_key for blocker in bare.blockers] == ["obs-alerting"]
