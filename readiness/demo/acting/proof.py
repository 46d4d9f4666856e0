"""Steps about proof: what machines saw, what people attest and record."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from readiness.assessments import actions as assessments
from readiness.assessments.launch import Audience, Step as RampStep, Threshold
from readiness.assessments.models import Assessment, Evidence, LaunchPlan
from readiness.assessments.outcome import Finding, Level, Outcome, Result, passed
from readiness.checklists.kinds import strongest
from readiness.checklists.rules import How
from readiness.checks.types import title_of
from readiness.demo import steps
from readiness.demo.proofs import SAYINGS, measure, say
from readiness.demo.stage import Acts, Scene
from readiness.history.actions import Actor

PUSHED_AFTER = timedelta(minutes=2)


def prove(scene: Scene, step: steps.Proved) -> None:
    assessment = scene.assessment
    for criterion in _criteria(assessment, step):
        reason, figures = say(criterion, scene.slug, scene.facts, scene.now)
        _record(scene, assessment, criterion, passed(reason, figures), valid_days=step.lasting)


def _criteria(assessment: Assessment, step: steps.Proved) -> Iterator[str]:
    """Those of the items named that count for this service and that a machine can prove."""
    service, pack = assessment.service, assessment.version.pack
    for named in step.items:
        key, _, only = named.partition("/")
        item = pack.item(key)
        if not item.applies_when.holds(service.tier, service.traits):
            continue
        for criterion in item.criteria_for(tier=service.tier, traits=service.traits):
            path = f"{key}/{criterion.key}"
            if path in SAYINGS and path not in step.leaving and only in {"", criterion.key}:
                yield path


def see(scene: Scene, step: steps.Seen) -> None:
    level = Level.WARNING if step.is_unknown else Level.ERROR
    findings = tuple(Finding(rule, level, message, where) for rule, message, where in step.findings)
    result = Result.UNKNOWN if step.is_unknown else Result.FAIL
    figures = {**measure(step.criterion, scene.slug, scene.facts, scene.now), **step.figures}
    _record(scene, scene.assessment, step.criterion, Outcome(result, step.reason, figures, findings))


def _record(
    scene: Scene, assessment: Assessment, criterion: str, outcome: Outcome, *, valid_days: int | None = None
) -> None:
    saying = SAYINGS[criterion]
    item_key, _, criterion_key = criterion.partition("/")
    is_pushed = saying.how is How.ARTIFACT
    source = f"CI pipeline of {scene.slug}" if is_pushed else f"check {saying.kind}"
    assessments.record_evidence(
        assessment=assessment,
        item_key=item_key,
        criterion_key=criterion_key,
        how=saying.how,
        kind=saying.kind,
        outcome=outcome,
        strength=strongest(saying.how, saying.kind),
        source=source,
        idempotency_key=f"demo:{scene.slug}:{criterion}:{scene.now:%Y%m%d%H%M}",
        by=Actor.machine(source if is_pushed else f"check “{title_of(saying.kind)}”"),
        now=scene.now,
        valid_days=valid_days,
    )


def push(scene: Scene, step: steps.Pushed) -> None:
    ended = scene.now - PUSHED_AFTER
    tool, version = step.tool
    envelope = assessments.Envelope(
        service=scene.slug,
        environment="production" if step.target and "staging" not in step.target else "staging",
        commit_sha=step.commit,
        tool=tool,
        tool_version=version,
        target_url=step.target,
        finished_at=ended,
        ci_run_url=f"https://ci.hollyhock.example/{scene.slug}/runs/{int(step.commit[:3], 16)}",
    )
    assessments.upload_artifact(
        by=Actor.machine(f"CI pipeline of {scene.slug}"),
        assessment=scene.assessment,
        file=SimpleUploadedFile(step.file, step.report(ended)),
        now=scene.now,
        item_key=step.item,
        envelope=envelope,
    )


def own_metric(scene: Scene, step: steps.MetricOwned) -> None:
    assessments.name_metric_owner(
        by=scene.stage.person(step.by),
        service=scene.service,
        owner=scene.stage.person(step.owner),
        metric=str(scene.facts["metric"]),
        normal=step.normal,
        now=scene.now,
    )


def attest(scene: Scene, step: steps.Attested) -> None:
    stage = scene.stage
    by = stage.person(step.by)
    item_key, _, criterion_key = step.criterion.partition("/")
    assessments.attest(
        by=by,
        item=scene.item(item_key),
        criterion_key=criterion_key,
        kind=step.kind,
        link=step.link,
        note=step.note,
        witness=stage.person(step.witness),
        performed_by=by,
        performed_on=scene.now.astimezone(by.zone).date(),
        now=scene.now,
    )


def witness(scene: Scene, step: steps.Witnessed) -> None:
    by = scene.stage.person(step.by)
    item_key, _, criterion_key = step.criterion.partition("/")
    waiting = Evidence.objects.filter(
        assessment__service__slug=scene.slug,
        item_key=item_key,
        criterion_key=criterion_key,
        witness=by,
        witnessed_at=None,
    )
    assessments.confirm_witness(by=by, evidence=waiting.latest("pk"), now=scene.now)


def excuse(scene: Scene, step: steps.Excused) -> None:
    item = scene.item(step.item)
    by = scene.stage.person(step.by)
    assessments.excuse(by=by, item=item, version=item.version, reason=step.reason, now=scene.now)


def confirm_excuse(scene: Scene, step: steps.ExcuseConfirmed) -> None:
    item = scene.item(step.item)
    assessments.confirm_excuse(by=scene.stage.person(step.by), item=item, version=item.version, now=scene.now)


def plan_launch(scene: Scene, step: steps.LaunchPlanned) -> None:
    stage, service = scene.stage, scene.service
    plan = LaunchPlan.objects.filter(service=service).first()
    assessments.save_launch_plan(
        by=stage.person(step.by),
        service=service,
        version=plan.version if plan else 0,
        audiences=[Audience(who=who, when=when, channel=channel) for who, when, channel in step.audiences],
        ramp=[RampStep(percent=percent, hold_minutes=minutes, metric=metric) for percent, minutes, metric in step.ramp],
        thresholds=[Threshold(metric=metric, limit=limit, action=action) for metric, limit, action in step.thresholds],
        decider=stage.person(step.decider),
        note=step.note,
        now=scene.now,
    )


def confirm_on_call(scene: Scene, step: steps.OnCallConfirmed) -> None:
    assessments.confirm_on_call(by=scene.stage.person(step.by), service=scene.service, now=scene.now)


ACTS: Acts = {
    steps.Proved: prove,
    steps.Seen: see,
    steps.Pushed: push,
    steps.MetricOwned: own_metric,
    steps.Attested: attest,
    steps.Witnessed: witness,
    steps.Excused: excuse,
    steps.ExcuseConfirmed: confirm_excuse,
    steps.LaunchPlanned: plan_launch,
    steps.OnCallConfirmed: confirm_on_call,
}
