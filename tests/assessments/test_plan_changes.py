from typing import Any

from readiness.assessments.plan_changes import PlanChange, changes_between
from tests.assessments.launches import EVERYBODY, RAMP, SUPPORT, THRESHOLDS

PLAN: dict[str, Any] = {
    "audiences": [SUPPORT], "ramp": RAMP, "thresholds": THRESHOLDS[2:], "decider": "Mia", "note": "",
}  # fmt: skip


def test_the_same_plan_has_no_changes() -> None:
    assert changes_between(PLAN, PLAN) == []


def test_a_line_with_other_words_is_one_change() -> None:
    after = {**PLAN, "thresholds": [{**THRESHOLDS[2], "limit": "five"}]}
    assert changes_between(PLAN, after) == [
        PlanChange("Thresholds", "Complaints three: roll back", "Complaints five: roll back")
    ]


def test_what_is_new_and_what_is_gone() -> None:
    after = {
        **PLAN,
        "audiences": [SUPPORT, EVERYBODY],
        "ramp": RAMP[1:],
        "decider": "Olga",
        "note": "Not on a Thursday.",
    }
    assert changes_between(PLAN, after) == [
        PlanChange("Who is told", "", "Everybody, when it is done, #general"),
        PlanChange("Traffic", "5 % for 30 min, watching errors", ""),
        PlanChange("Who decides", "Mia", "Olga"),
        PlanChange("Note", "", "changed"),
    ]


def test_another_order_is_a_change() -> None:
    before, after = {**PLAN, "audiences": [SUPPORT, EVERYBODY]}, {**PLAN, "audiences": [EVERYBODY, SUPPORT]}
    assert changes_between(before, after) == [PlanChange("Who is told", "", "in another order")]


def test_a_plan_that_nobody_reviewed_is_all_new() -> None:
    assert [change.part for change in changes_between({}, PLAN)] == ["Plan"]
