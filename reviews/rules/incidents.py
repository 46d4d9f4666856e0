"""What an incident says of a checklist: for each item that it names, how that item stood at the last decision before it.

It is computed from the frozen packet and never typed: an incident is where memory is kindest.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from enum import StrEnum

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules.drift import StoodFacts

RULE = "incident"


class Standing(StrEnum):
    """`missing`: people say that the checklist has no item for this. `not_asked`: it has one now, and had none then."""

    PASSED = "passed"
    WAIVED = "waived"
    GAP = "gap"
    NOT_APPLICABLE = "not_applicable"
    NOT_ASKED = "not_asked"
    NOT_DECIDED = "not_decided"
    MISSING = "missing"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def is_let_through(self) -> bool:
        """The checklist asked for it, and a decision went by it all the same."""
        return self in {Standing.PASSED, Standing.WAIVED}


_LABELS = {
    Standing.PASSED: "Had passed",
    Standing.WAIVED: "Was waived",
    Standing.GAP: "Was an open gap",
    Standing.NOT_APPLICABLE: "Did not apply",
    Standing.NOT_ASKED: "Was not asked for",
    Standing.NOT_DECIDED: "Before any decision",
    Standing.MISSING: "No item for this",
}


def standing_of(stood: StoodFacts | None, *, is_decided: bool) -> Standing:
    """`stood`: as the packet of the last decision before the incident has the item; None where it does not have it."""
    if not is_decided:
        return Standing.NOT_DECIDED
    if stood is None:
        return Standing.NOT_ASKED
    if stood.status is ItemStatus.MET:
        return Standing.PASSED
    if stood.status is ItemStatus.NOT_APPLICABLE:
        return Standing.NOT_APPLICABLE
    return Standing.WAIVED if stood.is_waived else Standing.GAP


def calls_for_review(items: Iterable[tuple[str, str]]) -> bool:
    """(gate, standing): a hard gate that had passed did not hold what it promised."""
    return any(gate == Gate.HARD and standing == Standing.PASSED for gate, standing in items)


def incident_problems(
    *,
    title: str,
    what_happened: str,
    link: str,
    happened_at: datetime,
    named: Collection[str],
    missing: str,
    now: datetime,
) -> dict[str, str]:
    """Field → what is wrong with it. Empty when it may be written down."""
    problems = {}
    if not title.strip():
        problems["title"] = "Give it a name by which people know it."
    if not what_happened.strip():
        problems["what_happened"] = "Say in a few sentences what happened; the next review reads it."
    if link and not link.startswith(("https://", "http://")):
        problems["link"] = "A link starts with https://."
    if happened_at > now:
        problems["happened_at"] = "An incident lies in the past; choose when it began."
    if not named and not missing.strip():
        problems["named"] = "Name at least one item, or say what the checklist has no item for."
    return problems
