"""Delivery drills as pages show them: the clock, who may do what and why not, and how the last ones ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.checks.actions.drills import acknowledge_problem, start_problem, with_people
from readiness.checks.models import Check, Drill
from readiness.checks.models.drills import spelled

DRILLS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class DrillPage:
    """One drill for one reader. `problem`: why they are not the one to acknowledge it; empty when they are."""

    drill: Drill
    problem: str
    may_cancel: Ruling
    now: datetime

    @property
    def left(self) -> str:
        return spelled(self.drill.left(self.now))

    @property
    def is_over(self) -> bool:
        """The time has passed, also when no sweep has come by yet."""
        return self.drill.due_at is not None and self.now > self.drill.due_at


def page_of(drill: Drill, user: User, now: datetime) -> DrillPage:
    may_cancel = policy.may(user, Action.RUN_CHECK, drill.service.target)
    return DrillPage(drill, acknowledge_problem(drill, user), may_cancel, now)


@dataclass(frozen=True, slots=True)
class DrillsShown:
    """Of one check. `problem`: why no drill can be started now; the action refuses with the same. `past`: newest first."""

    open: Drill | None
    past: Sequence[Drill]
    problem: str
    now: datetime

    @property
    def left(self) -> str:
        return spelled(self.open.left(self.now)) if self.open else ""


def drills_of(check: Check, user: User, now: datetime) -> DrillsShown:
    """Two statements."""
    found = list(Drill.objects.with_people().filter(check_row=check).order_by("-pk")[: DRILLS_SHOWN + 1])
    under_way = next((drill for drill in found if drill.is_open), None)
    may_run = policy.may(user, Action.RUN_CHECK, check.service.target)
    problem = may_run.reason or start_problem(with_people(check.pk), user)
    return DrillsShown(under_way, [drill for drill in found if not drill.is_open][:DRILLS_SHOWN], problem, now)
