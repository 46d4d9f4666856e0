"""Carrying out a step: one function for each kind, each of them one call of an action with the step's own time."""

from readiness.demo.acting import campaigns, company, gaps, launches, meetings, proof, services
from readiness.demo.stage import Acts, Scene
from readiness.demo.steps import Step

ACTS: Acts = {
    **company.ACTS,
    **services.ACTS,
    **proof.ACTS,
    **gaps.ACTS,
    **meetings.ACTS,
    **launches.ACTS,
    **campaigns.ACTS,
}


def carry_out(scene: Scene, step: Step) -> None:
    ACTS[type(step)](scene, step)
