"""Carrying out a step: one function for each kind, each of them one call of an action with the step's own time."""

from collections.abc import Callable
from typing import Any

from readiness.demo.acting import company, gaps, meetings, proof, services
from readiness.demo.stage import Scene
from readiness.demo.steps import Step

ACTS: dict[type[Step], Callable[[Scene, Any], object]] = {
    **company.ACTS,
    **services.ACTS,
    **proof.ACTS,
    **gaps.ACTS,
    **meetings.ACTS,
}


def carry_out(scene: Scene, step: Step) -> None:
    ACTS[type(step)](scene, step)
