"""The day of a launch: who was told, which step began, and how it ended. What the rules say is in `rules.launching`.

Each action holds the service's row until its transaction ends. What two people tick at once is ticked once; the second is told
by whom.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused, Target
from readiness.accounts.rules import Action, Role
from readiness.assessments import launch as plans
from readiness.assessments.actions.holding import swap
from readiness.assessments.launch import Audience
from readiness.assessments.launch_figures import watched_in
from readiness.assessments.models import Assessment, Launch, LaunchPlan, LaunchState, LaunchTick, TickKind
from readiness.assessments.models.launch import MOVES
from readiness.assessments.rules import launching
from readiness.assessments.rules.launching import AS_PLANNED, Problem
from readiness.catalog import actions as catalog
from readiness.catalog.models import Service
from readiness.history.actions import Actor, Subject, record


def launch_target(service: Service, decider_id: int | None) -> Target:
    """Whoever decides takes part, whatever else they are to the service."""
    if decider_id is None:
        return service.target
    return replace(service.target, named=service.target.named | {(Role.ON_CALL, decider_id)})


def launch_subject(launch: Launch, service: Service) -> Subject:
    return Subject("launch", launch.pk, str(service), service.pk, service.team_id)


def plan_of(service: Service) -> LaunchPlan | None:
    return LaunchPlan.objects.filter(service=service).select_related("decider").first()


def missing_in(plan: LaunchPlan | None) -> list[str]:
    if plan is None:
        return []
    return plans.missing(plan.audiences, plan.ramp, plan.thresholds, has_decider=plan.decider_id is not None)


def start_problem(service: Service, plan: LaunchPlan | None, decision: str) -> Problem | None:
    return launching.start_problem(
        decision=decision,
        missing=missing_in(plan),
        has_plan=plan is not None,
        launched_on=service.launched_on,
        name=service.name,
    )


# Holding


def _service(service: Service) -> Service:
    """As it is now, and held: two people who prepare the first attempt make one."""
    return Service.objects.select_for_update(of=("self",)).with_people().get(pk=service.pk)


def _latest(service: Service) -> Launch | None:
    return Launch.objects.with_people().filter(service=service).order_by("-attempt").first()


def _allowed(by: User, service: Service) -> tuple[Service, Launch | None]:
    held = _service(service)
    latest = _latest(held)
    plan = None if latest and not latest.is_preparing else plan_of(held)
    decider_id = plan.decider_id if plan else latest.decider_id if latest else None
    policy.require(by, Action.CARRY_OUT_LAUNCH, launch_target(held, decider_id))
    return held, latest


def _require_running(latest: Launch | None) -> Launch:
    if latest is None or latest.is_preparing:
        raise Refused(AS_PLANNED, "The launch has not started yet; start it first.")
    _require_move(latest, LaunchState.LAUNCHED)
    return latest


def _require_move(launch: Launch, to: LaunchState) -> None:
    if to in MOVES[LaunchState(launch.state)]:
        return
    if launch.is_running:
        raise Conflict(f"{launch.started_by} started this launch {_at(launch.started_at)}.", launch)
    said = "rolled this launch back" if launch.is_rolled_back else "ended this launch, it is live,"
    raise Conflict(f"{launch.ended_by} {said} {_at(launch.ended_at)}.", launch)


def _at(moment: datetime | None) -> str:
    """In the time zone of whoever is told."""
    return f"at {timezone.localtime(moment):%H:%M}" if moment else ""


def _new_attempt(service: Service) -> Launch:
    last = Launch.objects.filter(service=service).aggregate(last=Max("attempt"))["last"] or 0
    return Launch.objects.create(service=service, attempt=last + 1)


@transaction.atomic
def prepare_launch(*, by: User, service: Service, now: datetime) -> Launch:
    """Another attempt, after one that was rolled back: everybody is told anew. One that is being prepared is the same."""
    held, latest = _allowed(by, service)
    if latest and latest.is_preparing:
        return latest
    if latest and latest.is_running:
        _require_move(latest, LaunchState.RUNNING)
    if held.is_launched:
        raise Refused(AS_PLANNED, f"{held.name} is live; there is nothing to prepare.")
    launch = _new_attempt(held)
    record("launch.prepared", launch_subject(launch, held), by=by, at=now, after={"attempt": launch.attempt})
    return launch


# Who is told


@transaction.atomic
def tell(*, by: User, service: Service, key: str, now: datetime) -> LaunchTick:
    """Says that the people of one line of the plan were told. Raises Conflict when somebody ticked it already."""
    held, latest = _allowed(by, service)
    if latest is None:
        latest = _new_attempt(held)
    _require_not_rolled_back(latest)
    lines = _audiences(held, latest)
    line = next((line for line in lines if plans.line_key(line) == key), None)
    if line is None:
        raise Conflict("The plan was changed, and this line is not in it any more. Reload the page.", latest)
    if ticked := _live(latest, TickKind.TOLD, key):
        raise Conflict(f"{ticked.by} told {line['who']} {_at(ticked.at)}.", ticked)
    tick = _tick(latest, TickKind.TOLD, key, line["who"], by=by, now=now)
    after = {"who": line["who"], "channel": line["channel"], "attempt": latest.attempt}
    record("launch.told", launch_subject(latest, held), by=by, at=now, after=after)
    swap(latest, latest.version)
    return tick


def _require_not_rolled_back(latest: Launch) -> None:
    if latest.is_rolled_back:
        raise Refused(
            AS_PLANNED, f"Attempt {latest.attempt} was rolled back. Prepare another one, then tell people again."
        )


def _audiences(service: Service, launch: Launch) -> Sequence[Audience]:
    if not launch.is_preparing:
        return list(launch.audiences)
    plan = plan_of(service)
    return list(plan.audiences) if plan else []


def _live(launch: Launch, kind: TickKind, key: str) -> LaunchTick | None:
    return launch.ticks.filter(kind=kind, key=key, undone_at=None).select_related("by").first()


def _tick(
    launch: Launch, kind: TickKind, key: str, words: str, *, by: User, now: datetime, reason: str = ""
) -> LaunchTick:
    return LaunchTick.objects.create(
        launch=launch, kind=kind, key=key, words=words[:200], by=by, at=now, reason=reason.strip()
    )


@transaction.atomic
def untell(*, by: User, service: Service, key: str, now: datetime) -> LaunchTick:
    """It was ticked by mistake. Refused when that is too long ago: then it is history."""
    held, latest = _allowed(by, service)
    ticked = _live(latest, TickKind.TOLD, key) if latest else None
    if latest is None or ticked is None:
        raise Conflict("Somebody took this back already. Reload the page.", latest)
    if now - ticked.at > launching.UNTELL_WITHIN:
        raise Refused(
            AS_PLANNED, f"That was ticked more than {_minutes(launching.UNTELL_WITHIN)} ago, and stays as it is."
        )
    LaunchTick.objects.filter(pk=ticked.pk, undone_at=None).update(undone_by=by, undone_at=now)
    record("launch.untold", launch_subject(latest, held), by=by, at=now, before={"who": ticked.words})
    swap(latest, latest.version)
    return ticked


def _minutes(length: timedelta) -> str:
    return f"{int(length.total_seconds()) // 60} minutes"


# Start, go on, end


@transaction.atomic
def start_launch(*, by: User, service: Service, reason: str = "", now: datetime) -> Launch:
    """Traffic goes to the first step. `reason`: where today is not the day that was planned."""
    held, latest = _allowed(by, service)
    if latest:
        _require_not_rolled_back(latest)
        _require_move(latest, LaunchState.RUNNING)
    plan = plan_of(held)
    decision = Assessment.objects.filter(service=held).values_list("last_decision", "last_review_id").first()
    decided, review_id = decision or ("", None)
    if problem := start_problem(held, plan, decided):
        raise Refused(problem.rule, problem.sentence)
    if plan is None:
        raise Conflict("The launch plan is gone; reload the page.", latest)
    other_day = launching.other_day_problem(_day(by, now), held.go_live_on)
    if other_day and launching.reason_problem(reason):
        raise Refused(AS_PLANNED, other_day)
    launch = latest or _new_attempt(held)
    values = {**plan.spoken, "decider": plan.decider, "plan_version": plan.version, "review_id": review_id}
    values.pop("note")
    swap(
        launch, launch.version, state=LaunchState.RUNNING, step=1, decision=decided, started_by=by, started_at=now,
        start_reason=reason.strip() if other_day else "", **values,
    )  # fmt: skip
    step = launch.ramp[0]
    _tick(launch, TickKind.STEP, "1", f"{step['percent']} %", by=by, now=now)
    after = {"attempt": launch.attempt, "percent": step["percent"], "decision": decided, "plan_version": plan.version}
    record("launch.started", launch_subject(launch, held), by=by, at=now, after=after, reason=launch.start_reason)
    return launch


def _day(by: User, now: datetime) -> date:
    """Of whoever acts: a plan says a day, and no time zone."""
    return now.astimezone(by.zone).date()


@transaction.atomic
def next_step(*, by: User, service: Service, step: int, reason: str = "", now: datetime) -> Launch:
    """Traffic grows to step number `step` (from 1). Raises Conflict when somebody was quicker, Refused where a reason lacks."""
    held, latest = _allowed(by, service)
    launch = _require_running(latest)
    if ticked := _live(launch, TickKind.STEP, str(step)):
        raise Conflict(f"{ticked.by} began {ticked.words} {_at(ticked.at)}.", ticked)
    if step != launch.step + 1 or step > len(launch.ramp):
        raise Refused(AS_PLANNED, "Steps are taken one after the other; this is not the next one.")
    problems = leaving_problems(launch, now)
    if problems and launching.reason_problem(reason):
        raise Refused(AS_PLANNED, f"{' '.join(problems)} Say why you go on.")
    line = launch.ramp[step - 1]
    swap(launch, launch.version, step=step)
    _tick(launch, TickKind.STEP, str(step), f"{line['percent']} %", by=by, now=now, reason=reason if problems else "")
    before = {"percent": launch.ramp[step - 2]["percent"]}
    after = {"percent": line["percent"]}
    record(
        "launch.step", launch_subject(launch, held), by=by, at=now, before=before, after=after,
        reason=reason.strip() if problems else "",
    )  # fmt: skip
    return launch


def leaving_problems(launch: Launch, now: datetime) -> list[str]:
    """What speaks against leaving the step that traffic is at."""
    line = launch.ramp[launch.step - 1]
    return launching.going_on_problems(
        percent=line["percent"], held_until=held_until(launch), now=now, watched=watched_in(launch, now)
    )


def held_until(launch: Launch) -> datetime:
    since = launch.ticks.get(kind=TickKind.STEP, key=str(launch.step), undone_at=None).at
    return since + timedelta(minutes=launch.ramp[launch.step - 1]["hold_minutes"])


@transaction.atomic
def roll_back(*, by: User, service: Service, reason: str, now: datetime) -> Launch:
    """Ends the attempt. Whoever takes part may: waiting for the one who decides costs more than a roll-back too many."""
    held, latest = _allowed(by, service)
    launch = _require_running(latest)
    if problem := launching.reason_problem(reason):
        raise Refused(AS_PLANNED, problem)
    before = {"percent": launch.percent}
    swap(launch, launch.version, state=LaunchState.ROLLED_BACK, ended_by=by, ended_at=now, end_reason=reason.strip())
    record("launch.rolled_back", launch_subject(launch, held), by=by, at=now, before=before, reason=reason.strip())
    return launch


@transaction.atomic
def finish_launch(*, by: User, service: Service, reason: str = "", is_confirmed: bool, now: datetime) -> Launch:
    """The last step was held, and the one who decides says that it stays. The catalog learns that the service is live."""
    held, latest = _allowed(by, service)
    launch = _require_running(latest)
    if problem := finish_problem(launch, by):
        raise Refused(AS_PLANNED, problem)
    if not is_confirmed:
        raise Refused(AS_PLANNED, "Tick that you have looked at the figures: this ends the launch.")
    problems = leaving_problems(launch, now)
    if problems and launching.reason_problem(reason):
        raise Refused(AS_PLANNED, f"{' '.join(problems)} Say why it is launched all the same.")
    said = reason.strip() if problems else ""
    swap(launch, launch.version, state=LaunchState.LAUNCHED, ended_by=by, ended_at=now, end_reason=said)
    record("launch.finished", launch_subject(launch, held), by=by, at=now, after={"step": launch.step}, reason=said)
    # The plan gave them this decision, whether or not their role lets them edit the service.
    catalog.mark_launched(
        by=Actor.person(by), now=now, service=held, version=held.version, launched_on=min(_day(by, now), now.date())
    )
    return launch


def finish_problem(launch: Launch, by: User) -> str:
    if not launch.is_at_last_step:
        return "There are steps left; it is launched when the last one was held."
    if launch.decider_id != by.pk:
        return f"{launch.decider} decides in this launch; only they can say that it is launched."
    return ""


@transaction.atomic
def adopt_plan(*, by: User, service: Service, now: datetime) -> Launch:
    """The plan was changed while the launch runs: go by it as it is now. What was taken already has to stand in it unchanged."""
    held, latest = _allowed(by, service)
    launch = _require_running(latest)
    plan = plan_of(held)
    if plan is None or plan.version == launch.plan_version:
        raise Conflict("This launch goes by the plan as it is now already.", launch)
    if missing := missing_in(plan):
        raise Refused(AS_PLANNED, f"The launch plan is not complete: {missing[0]}")
    if plan.ramp[: launch.step] != launch.ramp[: launch.step]:
        raise Refused(
            AS_PLANNED, "The changed plan differs in a step that was taken already; only what is to come can change."
        )
    before: dict[str, Any] = {**launch.spoken, "decider": launch.decider}
    after: dict[str, Any] = {name: getattr(plan, name) for name in before}
    swap(launch, launch.version, **after, plan_version=plan.version)
    record("launch.plan_adopted", launch_subject(launch, held), by=by, at=now, before=before, after=after)
    return launch
