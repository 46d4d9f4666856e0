"""What people do about delivery drills: start one, acknowledge it, cancel it."""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.outcome import passed, unknown
from readiness.assessments.rules import ItemStatus
from readiness.checks import drilling, tasks
from readiness.checks.actions.checks import RULE, free_slot
from readiness.checks.models import Check, Drill, DrillState, Run
from readiness.checks.models.drills import acknowledgers, spelled
from readiness.checks.naming import drill_subject
from readiness.checks.types.am_delivery import Config
from readiness.history.actions import record

SECOND_PAIR = "second-pair"
LATE = "acknowledged-in-time"
STILL_ENDING = "The last test alert is still being resolved. Try again in a moment."
UNDER_WAY = "A drill is under way already; look at that one."


@transaction.atomic
def start_drill(*, by: User, check: Check, now: datetime) -> Drill:
    """A drill begins: a worker is woken to send the alert. Raises Refused with what would make it possible, Conflict while
    another one is under way, and the refusals of `policy.require`.
    """
    policy.require(by, Action.RUN_CHECK, check.service.target)
    current = with_people(check.pk)
    if problem := start_problem(current, by):
        raise Refused(RULE, problem)
    drill = Drill(check_row=current, started_by=by, started_at=now, allowed_minutes=allowed_minutes(current))
    Drill.objects.bulk_create([drill], ignore_conflicts=True)  # one is open at most, whoever asks at the same moment
    started = Drill.objects.with_people().filter(key=drill.key).first()
    if started is None:
        raise Conflict(UNDER_WAY, Drill.objects.with_people().filter(check_row=current).open().first())
    _send(started, by, now)
    after = {"acknowledges": [str(person) for person in started.acknowledgers], "minutes": started.allowed_minutes}
    record("drill.started", drill_subject(started), by=by, at=now, after=after)
    transaction.on_commit(tasks.wake_soon, robust=True)
    return started


def _send(drill: Drill, by: User, now: datetime) -> None:
    """Plans the run that sends the alert. Raises Refused while the last one is being resolved."""
    check, told = drill.check_row, drilling.told_of(drill)
    slot = free_slot(check, now)
    wanted = Run(check_row=check, slot=slot, queued_at=now, is_urgent=True, requested_by=by, told=told)
    Run.objects.bulk_create([wanted], ignore_conflicts=True)
    run = Run.objects.waiting().filter(check_row=check, slot=slot).first()
    if run is None or run.told.get("drill") != told["drill"]:
        raise Refused(RULE, STILL_ENDING)
    Drill.objects.filter(pk=drill.pk).update(run=run)
    drill.run = run


def with_people(check_id: int) -> Check:
    related = ("service__team", "service__on_call", "service__platform_owner", "item__assessment")
    return Check.objects.select_related(*related).get(pk=check_id)


def allowed_minutes(check: Check) -> int:
    value = check.config.get("max_ack_minutes", Config.model_fields["max_ack_minutes"].default)
    return value if isinstance(value, int) else 15


def start_problem(check: Check, by: User) -> str:
    """Why this person can't start a drill now, in a sentence that says what would change it; empty when they can."""
    if not check.is_on_demand:
        return "This check runs by itself; nobody has to start it."
    if check.blocked_because:
        return check.blocked_because
    if check.item.status == ItemStatus.NOT_APPLICABLE:
        return "Its item does not count for this service."
    people = acknowledgers(check.service)
    if not people:
        return (
            "Nobody is named as on call or as platform owner, so nobody could acknowledge it; name them on the service."
        )
    if people == [by]:
        return "Only you could acknowledge it, and who starts a drill does not acknowledge it: ask somebody else to start it."
    return ""


def acknowledge_drill(*, by: User, drill: Drill, now: datetime) -> Drill:
    """The person on call says: the alert has reached me. In time it is proof, of strength *exercised*.

    By the person on call for the service or the owner of its platform, but never by who started the drill (*second-pair*): that
    person knew of it without any alert. Raises Refused for everybody else and after the time, when that somebody came late is
    kept; Conflict when another person was faster.
    """
    policy.require(by, Action.SEE, drill.service.target)
    current = Drill.objects.with_people().get(pk=drill.pk)
    if problem := acknowledge_problem(current, by):
        raise Refused(SECOND_PAIR, problem)
    if current.state == DrillState.SENT and current.due_at and now <= current.due_at:
        return _acknowledge(current, by, now)
    if current.state in (DrillState.SENT, DrillState.MISSED):
        _note_late(current, by, now)
        raise Refused(LATE, late_words(current, now))
    raise Conflict(ended_words(current), current)


def acknowledge_problem(drill: Drill, by: User) -> str:
    """Why this person is not the one to acknowledge it; empty when they are."""
    if drill.started_by_id == by.pk:
        return (
            "You started this drill, so you knew of it without an alert; somebody else who is on call acknowledges it."
        )
    if by in acknowledgers(drill.service):
        return ""
    names = " or ".join(map(str, drill.acknowledgers)) or "nobody at the moment"
    return f"Only who is on call for {drill.service}, or owns its platform, can acknowledge it: that is {names}."


@transaction.atomic
def _acknowledge(drill: Drill, by: User, now: datetime) -> Drill:
    drilling.lock(drill)
    words = f"The test alert reached {by}, who acknowledged it after {spelled(now - (drill.sent_at or now))}."
    if not drilling.move(drill, DrillState.ACKNOWLEDGED, acknowledged_by=by, ended_at=now, words=words):
        current = Drill.objects.with_people().get(pk=drill.pk)
        raise Conflict(ended_words(current), current)
    ended = Drill.objects.with_people().get(pk=drill.pk)
    figures = drilling.figures_of(ended)
    record("drill.acknowledged", drill_subject(ended), by=by, at=now, after=figures)
    drilling.prove(ended, passed(words, figures), now)
    drilling.ask_to_resolve(ended, now)
    transaction.on_commit(tasks.wake_soon, robust=True)
    return ended


@transaction.atomic
def _note_late(drill: Drill, by: User, now: datetime) -> None:
    """Kept, and not counted. The drill ends as missed, if no sweep has come by yet."""
    drilling.lock(drill)
    drilling.miss(drill, now)
    if Drill.objects.filter(pk=drill.pk, state=DrillState.MISSED, late_at=None).update(late_by=by, late_at=now):
        record("drill.acknowledged_late", drill_subject(drill), by=by, at=now, after={"due_at": drill.due_at})
    transaction.on_commit(tasks.wake_soon, robust=True)


def late_words(drill: Drill, now: datetime) -> str:
    late = now - drill.due_at if drill.due_at else None
    minutes = max(1, round(late.total_seconds() / 60)) if late else 1
    return (
        f"This comes {minutes} minute{'s' * (minutes != 1)} too late: {drill.allowed_minutes} minutes were allowed. "
        "That you came is kept, but the drill was missed; start another one."
    )


def ended_words(drill: Drill) -> str:
    """What became of a drill that can't be acknowledged (any more)."""
    match drill.state:
        case DrillState.ACKNOWLEDGED:
            return f"{drill.acknowledged_by} was faster and has acknowledged it; there is nothing left to do."
        case DrillState.CANCELLED:
            return f"{drill.cancelled_by} cancelled this drill; there is nothing left to do."
        case DrillState.STARTING:
            return "The test alert is not sent yet; try again in a moment."
        case DrillState.NOT_SENT:
            return "The test alert was never sent, so there is nothing to acknowledge."
        case _:
            return "This drill has ended."


@transaction.atomic
def cancel_drill(*, by: User, drill: Drill, now: datetime) -> Drill:
    """Ends a drill that nobody has acknowledged yet; it says nothing about the service. Raises Conflict when it has ended,
    and the refusals of `policy.require`.
    """
    policy.require(by, Action.RUN_CHECK, drill.service.target)
    current = Drill.objects.with_people().get(pk=drill.pk)
    words = f"{by} cancelled it."
    if not drilling.move(current, DrillState.CANCELLED, cancelled_by=by, ended_at=now, words=words):
        current.refresh_from_db()
        raise Conflict(ended_words(current), current)
    drilling.take_back(current)
    record("drill.cancelled", drill_subject(current), by=by, at=now)
    drilling.remember(current.check_row, unknown(f"The last drill was cancelled by {by}."), now)
    drilling.ask_to_resolve(current, now)
    transaction.on_commit(tasks.wake_soon, robust=True)
    return Drill.objects.with_people().get(pk=drill.pk)
