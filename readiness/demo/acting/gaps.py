"""Steps about gaps and waivers."""

from readiness.assessments import actions as assessments
from readiness.demo import steps
from readiness.demo.stage import Acts, Scene


def open_gap(scene: Scene, step: steps.GapOpened) -> None:
    assessments.open_gap(
        by=scene.stage.person(step.by), item=scene.item(step.item), because=step.because, now=scene.now
    )


def plan(scene: Scene, step: steps.GapPlanned) -> None:
    gap, stage = scene.gap(step.item), scene.stage
    assessments.plan_gap(
        by=stage.person(step.by),
        gap=gap,
        version=gap.version,
        owner=stage.person(step.owner),
        due_on=stage.planned_on(step.due),
        plan=step.plan,
        now=scene.now,
    )


def start(scene: Scene, step: steps.WorkStarted) -> None:
    gap = scene.gap(step.item)
    assessments.start_work(by=scene.stage.person(step.by), gap=gap, version=gap.version, now=scene.now)


def propose(scene: Scene, step: steps.ClosingProposed) -> None:
    gap, by = scene.gap(step.item), scene.stage.person(step.by)
    assessments.propose_closed(by=by, gap=gap, version=gap.version, note=step.note, now=scene.now)


def verify(scene: Scene, step: steps.ClosingVerified) -> None:
    gap = scene.gap(step.item)
    assessments.verify_closed(by=scene.stage.person(step.by), gap=gap, version=gap.version, now=scene.now)


def send_back(scene: Scene, step: steps.SentBack) -> None:
    gap, by = scene.gap(step.item), scene.stage.person(step.by)
    assessments.send_back(by=by, gap=gap, version=gap.version, reason=step.reason, now=scene.now)


def request_waiver(scene: Scene, step: steps.WaiverRequested) -> None:
    assessments.request_waiver(
        by=scene.stage.person(step.by),
        item=scene.item(step.item),
        reason=step.reason,
        mitigation=step.mitigation,
        ends_on=scene.stage.planned_on(step.ends),
        now=scene.now,
    )


def decide_waiver(scene: Scene, step: steps.WaiverDecided) -> None:
    waiver = scene.waiver(step.item)
    assessments.decide_waiver(
        by=scene.stage.person(step.by),
        waiver=waiver,
        version=waiver.version,
        is_approved=step.is_approved,
        note=step.note,
        now=scene.now,
    )


def revoke_waiver(scene: Scene, step: steps.WaiverRevoked) -> None:
    waiver, by = scene.waiver(step.item), scene.stage.person(step.by)
    assessments.revoke_waiver(by=by, waiver=waiver, version=waiver.version, note=step.note, now=scene.now)


ACTS: Acts = {
    steps.GapOpened: open_gap,
    steps.GapPlanned: plan,
    steps.WorkStarted: start,
    steps.ClosingProposed: propose,
    steps.ClosingVerified: verify,
    steps.SentBack: send_back,
    steps.WaiverRequested: request_waiver,
    steps.WaiverDecided: decide_waiver,
    steps.WaiverRevoked: revoke_waiver,
}
