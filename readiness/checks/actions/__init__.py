"""Every change a person makes here, by topic. Those about checks by their own names; about the organisation's sources:
`actions.integrations`.
"""

from readiness.checks.actions import integrations
from readiness.checks.actions.checks import (
    Planned,
    WrongConfig,
    configure,
    plan,
    release,
    run_all,
    run_now,
    switch,
)
from readiness.checks.actions.drills import acknowledge_drill, cancel_drill, start_drill
from readiness.checks.actions.trials import try_query

__all__ = [
    "Planned",
    "WrongConfig",
    "acknowledge_drill",
    "cancel_drill",
    "configure",
    "integrations",
    "plan",
    "release",
    "run_all",
    "run_now",
    "start_drill",
    "switch",
    "try_query",
]
