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
from readiness.checks.models.integrations import Integration

__all__ = [
    "DOUBTFUL_AFTER",
    "RUNS_IN_STRIP",
    "WAITING",
    "Check",
    "CheckQuerySet",
    "Integration",
    "Plan",
    "Run",
    "RunStatus",
    "Tally",
]
