"""Plans of many gaps that stand or fall together, as a sheet brings them. Each goes through the action of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments.actions.gaps import plan_gap
from readiness.assessments.models import Gap


@dataclass(frozen=True, slots=True)
class GapPlan:
    """`version`: of the gap as it was when this was looked at."""

    gap_id: int
    version: int
    owner: User | None
    due_on: date | None
    plan: str
    reason: str


class NotStored(Refused):
    """Nothing was. `refused`: the gap (None: it is gone) and the sentence, for each that stood in the way."""

    def __init__(self, refused: list[tuple[Gap | None, str]]) -> None:
        number = len(refused)
        noun = "gap stands" if number == 1 else "gaps stand"
        super().__init__("two-at-once", f"Nothing was stored: {number} {noun} otherwise than when you looked.")
        self.refused = refused


@transaction.atomic
def plan_gaps(*, by: User, plans: Sequence[GapPlan], now: datetime) -> int:
    """Answers how many were changed. Raises NotStored, with each that stands in the way, and changes none then."""
    gaps = Gap.objects.visible_to(by).with_context().in_bulk([plan.gap_id for plan in plans])
    refused: list[tuple[Gap | None, str]] = []
    # In one order for everybody: two sheets at once wait for each other, and never each for the other.
    for plan in sorted(plans, key=lambda plan: _place(gaps.get(plan.gap_id))):
        gap = gaps.get(plan.gap_id)
        if sentence := _problem(by, gap, plan, now):
            refused.append((gap, sentence))
    if refused:
        raise NotStored(refused)
    return len(plans)


def _problem(by: User, gap: Gap | None, plan: GapPlan, now: datetime) -> str:
    """Plans the gap; empty, or why it could not be."""
    if gap is None:
        return f"There is no gap {plan.gap_id} that you may see any more."
    try:
        plan_gap(
            by=by, gap=gap, version=plan.version, owner=plan.owner, due_on=plan.due_on, plan=plan.plan,
            reason=plan.reason, now=now,
        )  # fmt: skip
    except Refused as refusal:
        return refusal.sentence
    return ""


def _place(gap: Gap | None) -> tuple[int, int]:
    return (gap.item.assessment_id, gap.pk) if gap else (0, 0)
