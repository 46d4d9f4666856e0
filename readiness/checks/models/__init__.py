"""The tables of this room, by topic."""

from readiness.checks.models.checks import (
    DOUBTFUL_AFTER,
    RUNS_IN_STRIP,
    WAITING,
    Check,
    CheckQuerySet,
    Plan,
    Run,
    RunStatus,
    Tally,
)
from readiness.checks.models.drills import MOVES, Drill, DrillState
from readiness.checks.models.integrations import Integration
from readiness.checks.models.origins import Origin
from readiness.checks.models.trials import Trial

__all__ = [
    "DOUBTFUL_AFTER",
    "MOVES",
    "RUNS_IN_STRIP",
    "WAITING",
    "Check",
    "CheckQuerySet",
    "Drill",
    "DrillState",
    "Integration",
    "Origin",
    "Plan",
    "Run",
    "RunStatus",
    "Tally",
    "Trial",
]
