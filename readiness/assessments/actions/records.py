"""The structured records that some criteria ask for: the launch plan, the confirmation of whoever is on call, a metric's owner.

What is written here is proof for each criterion that asks for a record of that kind, in the same transaction.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import launch
from readiness.assessments.actions.evidence import Said, take_in
from readiness.assessments.actions.holding import WrongFields, hold, service_subject, swap
from readiness.assessments.actions.judging import ON_CALL_CONFIRMATION
from readiness.assessments.launch import Audience, Step, Threshold
from readiness.assessments.models import Assessment, LaunchPlan, OnCallConfirmation
from readiness.assessments.outcome import Outcome, failed, passed
from readiness.catalog.models import Service
from readiness.checklists.pack import PackCriterion, PackItem, Way
from readiness.checklists.rules import How, Strength
from readiness.history.actions import record

METRIC_OWNER = "metric_owner"
NORMAL_MINIMUM = 10


@transaction.atomic
def save_launch_plan(
    *,
    by: User,
    service: Service,
    version: int,
    audiences: Sequence[Audience],
    ramp: Sequence[Step],
    thresholds: Sequence[Threshold],
    decider: User | None,
    note: str,
    now: datetime,
) -> LaunchPlan:
    """Writes the plan, complete or not, and what it proves. `version` is 0 for the first one.

    Raises Conflict when somebody else wrote first, Refused for a decider who can't see the service.
    """
    held = _held(service)
    policy.require(by, Action.EDIT_SERVICE, held.service.target)
    if decider is not None and not policy.may(decider, Action.SEE, held.service.target):
        raise WrongFields(
            "readable", {"decider": f"{decider} can't see this service; choose somebody who works on it."}
        )
    changes: dict[str, Any] = {
        "audiences": list(audiences), "ramp": list(ramp), "thresholds": list(thresholds),
        "decider": decider, "note": note.strip(), "updated_at": now,
    }  # fmt: skip
    plan = LaunchPlan.objects.filter(service=service).first()
    before = _said(plan) if plan else {}
    plan = _written(plan, held.service, version, changes)
    record("service.launch_plan", service_subject(held.service), by=by, at=now, before=before, after=_said(plan))
    _prove_launch(held, plan, by, now)
    return plan


def _written(plan: LaunchPlan | None, service: Service, version: int, changes: Mapping[str, Any]) -> LaunchPlan:
    if plan is not None:
        return swap(plan, version, **changes)
    if version:
        raise Conflict("The launch plan is gone; reload the page and write it anew.")
    return LaunchPlan.objects.create(service=service, **changes)


def _said(plan: LaunchPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("audiences", "ramp", "thresholds", "decider", "note")}


def _prove_launch(held: Assessment, plan: LaunchPlan, by: User, now: datetime) -> None:
    """A part that was never begun says nothing; one that is begun, or was emptied again, says pass or fail."""
    known = set(held.evidence.filter(how=How.RECORD).values_list("kind", flat=True).distinct())
    parts = {"launch_announcement": plan.audiences, "launch_ramp": plan.ramp, "launch_thresholds": plan.thresholds}
    for item, criterion, way in _asked_for(held, parts):
        if parts[way.kind] or way.kind in known:
            key = f"launch-plan:{plan.pk}:{plan.version}:{item.key}:{criterion.key}"
            _take(held, item, criterion, way.kind, launch_outcome(plan, way), by=by, now=now, key=key)


def launch_outcome(plan: LaunchPlan, way: Way) -> Outcome:
    """What the plan says of one of its three parts."""
    minimum = way.params.get("min_steps", 2)
    problem, done = {
        "launch_announcement": (
            launch.announcement_problem(plan.audiences),
            "It is recorded who is told, when and where.",
        ),
        "launch_ramp": (
            launch.ramp_problem(plan.ramp, minimum if isinstance(minimum, int) else 2),
            f"Traffic grows to 100 % in {len(plan.ramp)} steps.",
        ),
        "launch_thresholds": (
            launch.thresholds_problem(plan.thresholds, has_decider=plan.decider_id is not None),
            f"Thresholds are recorded, and {plan.decider} decides.",
        ),
    }[way.kind]
    return failed(problem) if problem else passed(done)


@transaction.atomic
def confirm_on_call(*, by: User, service: Service, now: datetime) -> OnCallConfirmation:
    """The person on call says: I know the scope, the runbooks and the escalation. Nobody can say it for them."""
    held = _held(service)
    policy.require(by, Action.SEE, held.service.target)
    if problem := on_call_problem(held.service, by):
        raise Refused("attestation", problem)
    confirmation, _ = OnCallConfirmation.objects.update_or_create(
        service=service, person=by, defaults={"confirmed_at": now}
    )
    record("service.on_call_confirmed", service_subject(held.service), by=by, at=now, after={"person": by})
    outcome = passed(f"{by} confirmed scope, runbooks and escalation.")
    for item, criterion, way in _asked_for(held, {ON_CALL_CONFIRMATION: None}):
        key = f"on-call:{service.pk}:{by.pk}:{item.key}:{criterion.key}:{now.isoformat()}"
        _take(held, item, criterion, way.kind, outcome, by=by, now=now, key=key)
    return confirmation


def on_call_problem(service: Service, by: User) -> str:
    if service.on_call is None:
        return "Nobody is named as on call for this service yet; name them on the service's page."
    return "" if service.on_call_id == by.pk else f"Only the person on call can confirm it: that is {service.on_call}."


@transaction.atomic
def name_metric_owner(*, by: User, service: Service, owner: User, metric: str, normal: str, now: datetime) -> None:
    """Who owns the metric of the core function, and what is normal. Raises WrongFields; Refused when no criterion asks."""
    held = _held(service)
    policy.require(by, Action.ATTACH_EVIDENCE, held.service.target)
    metric, normal = metric.strip(), normal.strip()
    problems = {
        "metric": "" if metric else "Name the metric.",
        "normal": "" if len(normal) >= NORMAL_MINIMUM else "Say what is normal: a range, and when it is lower.",
        "owner": "" if policy.may(owner, Action.SEE, held.service.target) else f"{owner} can't see this service.",
    }
    if any(problems.values()):
        raise WrongFields("attestation", {name: problem for name, problem in problems.items() if problem})
    wanted = list(_asked_for(held, {METRIC_OWNER: None}))
    if not wanted:
        raise Refused("pinned", "The checklist this service is measured against does not ask for a metric's owner.")
    outcome = passed(
        f"{owner} owns {metric}. Normal: {normal}", {"metric": metric, "owner": str(owner), "normal": normal}
    )
    words = hashlib.sha256(f"{owner.pk}\n{metric}\n{normal}\n{now.date()}".encode()).hexdigest()[:24]
    record("service.metric_owner", service_subject(held.service), by=by, at=now, after=dict(outcome.figures))
    for item, criterion, way in wanted:
        key = f"metric-owner:{service.pk}:{item.key}:{criterion.key}:{words}"
        _take(held, item, criterion, way.kind, outcome, by=by, now=now, key=key)


def _held(service: Service) -> Assessment:
    """Raises Refused when the service is not measured yet."""
    assessment_id = Assessment.objects.filter(service=service).values_list("pk", flat=True).first()
    if assessment_id is None:
        raise Refused("pinned", "This service is not measured against a checklist yet.")
    return hold(assessment_id)


def _asked_for(held: Assessment, kinds: Mapping[str, Any]) -> Iterator[tuple[PackItem, PackCriterion, Way]]:
    """Every criterion of the pinned checklist that a record of one of `kinds` can meet."""
    for item in held.version.pack.items:
        for criterion in item.criteria:
            for way in criterion.ways:
                if way.how is How.RECORD and way.kind in kinds:
                    yield item, criterion, way


def _take(
    held: Assessment,
    item: PackItem,
    criterion: PackCriterion,
    kind: str,
    outcome: Outcome,
    *,
    by: User,
    now: datetime,
    key: str,
) -> None:
    said = Said(
        item_key=item.key, criterion_key=criterion.key, how=How.RECORD, kind=kind, outcome=outcome,
        strength=Strength.LINKED, source="record", idempotency_key=key, by=by,
    )  # fmt: skip
    take_in(held, said, now=now)
