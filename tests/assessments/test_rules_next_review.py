"""When the next review is due, and the sentence that says why."""

from datetime import date, timedelta
from typing import Any

import pytest

from readiness.assessments.rules import SinceDecision, is_raised, next_review

DECIDED = date(2026, 3, 2)
LATER = date(2026, 5, 6)
NEXT_YEAR = date(2027, 2, 25)


def since(**fields: Any) -> SinceDecision:
    values: dict[str, Any] = {"decided_on": DECIDED, "decided_for": 3, "tier": 3} | fields
    return SinceDecision(**values)


@pytest.mark.parametrize(
    ("facts", "due_on", "reason"),
    [
        ({}, date(2027, 3, 2), "A year after the decision of 2 March 2026."),
        ({"tier": 1, "raised_on": LATER}, date(2026, 5, 20), "The tier was raised from 3 to 1 on 6 May 2026."),
        ({"tier": 4, "raised_on": LATER}, date(2027, 3, 2), "A year after the decision of 2 March 2026."),
        (
            {"tier": 1, "decided_for": None, "raised_on": LATER},
            date(2027, 3, 2),
            "A year after the decision of 2 March 2026.",
        ),
        (
            {"fell_on": LATER, "fell": "Alerting"},
            date(2026, 5, 20),
            "“Alerting” stopped being met on 6 May 2026, after launch.",
        ),
        (
            {"fell_on": LATER, "fell": "Alerting", "tier": 2, "raised_on": LATER - timedelta(days=1)},
            date(2026, 5, 19),
            "The tier was raised from 3 to 2 on 5 May 2026.",
        ),
        (
            {"was_no_go": True},
            date(2026, 3, 16),
            "The review of 2 March 2026 was a no-go: what stood open needs another one.",
        ),
        ({"fell_on": NEXT_YEAR, "fell": "Alerting"}, date(2027, 3, 2), "A year after the decision of 2 March 2026."),
    ],
)
def test_the_earliest_of_what_calls_for_one_is_due(facts: dict[str, Any], due_on: date, reason: str) -> None:
    due = next_review(since(**facts))
    assert (due.due_on, due.reason) == (due_on, reason)


@pytest.mark.parametrize(
    ("tier", "decided_for", "raised"), [(1, 2, True), (2, 2, False), (3, 2, False), (1, None, False)]
)
def test_a_smaller_number_is_a_higher_tier(tier: int, decided_for: int | None, raised: bool) -> None:
    assert is_raised(tier, decided_for) is raised


def test_soon_is_thirty_days_and_overdue_the_day_after() -> None:
    due = next_review(since())
    assert [due.is_soon(due.due_on - timedelta(days=days)) for days in (31, 30, 0)] == [False, True, True]
    assert [due.is_overdue(due.due_on + timedelta(days=days)) for days in (0, 1)] == [False, True]
