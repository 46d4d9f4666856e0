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

__all__ = [
    "Planned",
    "WrongConfig",
    "configure",
    "integrations",
    "plan",
    "release",
    "run_all",
    "run_now",
    "switch",
]
