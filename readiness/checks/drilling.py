"""What machines do with delivery drills: note that the alert was sent, end what nobody acknowledged in time, resolve the alert.

A run of a drill is no evidence; the end of the drill is: a pass when it was acknowledged in time, a fail when it was not. What
was never sent, or was cancelled, says nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q

from readiness.accounts.policy import Refused
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.assessments.outcome import Outcome, failed, unknown
from readiness.checklists.rules import How, Strength
from readiness.checks.models import MOVES, Check, Drill, DrillState, Run, RunStatus
from readiness.checks.naming import drill_subject, machine
from readiness.checks.types.am_delivery import LABEL
from readiness.history.actions import TIME, Actor, record

log = structlog.get_logger(__name__)
SENT_WITHIN = timedelta(minutes=10)
"""A drill that no worker has sent by then is given up: nobody waits for it any more."""
NOT_SENT_BY_ANYBODY = "No worker sent the test alert, so the drill did not begin. Start another one."


def move(drill: Drill, state: DrillState, **values: object) -> bool:
    """Compare-and-swap on the state. False: somebody else moved it first, and nothing was written."""
    before = DrillState(drill.state)
    if state not in MOVES[before]:
        return False
    return bool(Drill.objects.filter(pk=drill.pk, state=before).update(state=state, **values))


# A run ended


def note_run(run: Run, outcome: Outcome, now: datetime) -> None:
    """What a run of a drill saw, in the transaction that ends it."""
    drill = Drill.objects.with_people().filter(key=run.told.get("drill")).first()
    if drill is None:
        return
    if "is_resolved" in outcome.figures:
        if outcome.figures["is_resolved"]:
            Drill.objects.filter(pk=drill.pk).update(resolved_at=now)
        return
    if outcome.figures.get("is_sent") is True:
        is_noted = _note_sent(drill, outcome, now)
    else:
        is_noted = _note_not_sent(drill, outcome.reason, machine(run.check_row), now)
    if is_noted:
        remember(run.check_row, outcome, now)


def _note_sent(drill: Drill, outcome: Outcome, now: datetime) -> bool:
    labels = {name.removeprefix(LABEL): value for name, value in outcome.figures.items() if name.startswith(LABEL)}
    minutes = int(outcome.figures.get("allowed_minutes") or drill.allowed_minutes)
    due_at = now + timedelta(minutes=minutes)
    sent = {"sent_at": now, "due_at": due_at, "allowed_minutes": minutes}
    if move(drill, DrillState.SENT, labels=labels, **sent):
        record("drill.sent", drill_subject(drill), by=machine(drill.check_row), at=now, after=sent)
        return True
    # It was cancelled while it was on its way.
    Drill.objects.filter(pk=drill.pk).update(labels=labels)
    drill.labels = labels
    ask_to_resolve(drill, now)
    return False


def _note_not_sent(drill: Drill, reason: str, by: Actor, now: datetime) -> bool:
    if not move(drill, DrillState.NOT_SENT, words=reason, ended_at=now):
        return False
    record("drill.not_sent", drill_subject(drill), by=by, at=now, reason=reason)
    return True


def remember(check: Check, outcome: Outcome, now: datetime) -> None:
    """What the page of the check says of its last drill."""
    Check.objects.filter(pk=check.pk).update(
        last_finished_at=now,
        last_result=outcome.result.value,
        last_reason=outcome.reason,
        unknown_in_a_row=0,
        finished_runs=F("finished_runs") + 1,
    )


def take_back(drill: Drill) -> None:
    """The alert is not to be sent any more; if a worker has it already, it is resolved when it comes back."""
    if drill.run_id:
        Run.objects.filter(pk=drill.run_id, status=RunStatus.QUEUED).delete()


# The end of a drill


def prove(drill: Drill, outcome: Outcome, now: datetime) -> None:
    """The drill's end as evidence, exercised. A checklist that no longer asks for it keeps none, and says why."""
    check = drill.check_row
    try:
        assessments.record_evidence(
            assessment=check.item.assessment,
            item_key=check.item.key,
            criterion_key=check.criterion_key,
            how=How(check.how),
            kind=check.type,
            outcome=outcome,
            strength=Strength.EXERCISED,
            source=f"delivery drill #{drill.pk}",
            idempotency_key=f"drill:{drill.pk}",
            by=machine(check),
            now=now,
            check_id=check.pk,
            is_active=check.is_enabled,
        )
    except Refused as refusal:
        log.info("drill kept without proof", drill_id=drill.pk, why=refusal.sentence)
    remember(check, outcome, now)


def ask_to_resolve(drill: Drill, now: datetime) -> None:
    """Plans the run that resolves the alert. While another one waits nothing is planned: the alert then ends by itself."""
    if not drill.labels:
        return
    told = {**told_of(drill), "labels": drill.labels}
    run = Run(check_row=drill.check_row, slot=now + timedelta(microseconds=1), queued_at=now, is_urgent=True, told=told)
    Run.objects.bulk_create([run], ignore_conflicts=True)


def told_of(drill: Drill) -> dict[str, object]:
    return {"drill": str(drill.key), "link": drill.absolute_link, "service": str(drill.service)}


def miss(drill: Drill, now: datetime) -> bool:
    """The time is over: a fail, with the sentence. Once, however many workers sweep. False: it had ended already."""
    words = missed_words(drill)
    if not move(drill, DrillState.MISSED, words=words, ended_at=now):
        return False
    drill.state, drill.words, drill.ended_at = DrillState.MISSED, words, now
    record("drill.missed", drill_subject(drill), by=TIME, at=now, reason=words)
    prove(drill, failed(words, figures_of(drill)), now)
    ask_to_resolve(drill, now)
    return True


def missed_words(drill: Drill) -> str:
    who = " or ".join(map(str, drill.acknowledgers)) or "Nobody who is on call"
    return f"The test alert was not acknowledged within {drill.allowed_minutes} minutes; {who} could have."


def figures_of(drill: Drill) -> Mapping[str, float | str | None]:
    took = drill.took
    return {
        "seconds_to_acknowledge": round(took.total_seconds()) if took else None,
        "allowed_s": drill.allowed_minutes * 60,
        "acknowledged_by": str(drill.acknowledged_by) if drill.acknowledged_by else None,
        "started_by": str(drill.started_by),
    }


def lock(drill: Drill) -> None:
    """The assessment before the drill, as everywhere: two that lock in opposite order would wait for each other for ever."""
    Assessment.objects.select_for_update().get(pk=drill.check_row.item.assessment_id)


# What time alone changes


def sweep(now: datetime) -> int:
    """Ends the drills whose time is over; returns how many. Twice at once does no harm."""
    overdue = list(Drill.objects.overdue(now).with_people().order_by("due_at"))
    return sum(_ended(_miss, drill, now) for drill in overdue) + _give_up(now)


def _ended(end: Callable[[Drill, datetime], bool], drill: Drill, now: datetime) -> bool:
    """One drill that can't be ended must not keep the others, nor the checks of everybody, waiting."""
    try:
        return end(drill, now)
    except Exception:
        log.exception("drill not ended", drill_id=drill.pk)
        return False


@transaction.atomic
def _miss(drill: Drill, now: datetime) -> bool:
    lock(drill)
    return miss(drill, now)


def _give_up(now: datetime) -> int:
    """Those whose run broke, was taken away, or waits for a worker that is not there."""
    lost = Q(run=None) | Q(run__status=RunStatus.QUARANTINED) | Q(started_at__lt=now - SENT_WITHIN)
    stuck = Drill.objects.filter(lost, state=DrillState.STARTING).with_people()
    return sum(_ended(_end_unsent, drill, now) for drill in stuck)


@transaction.atomic
def _end_unsent(drill: Drill, now: datetime) -> bool:
    take_back(drill)
    if not _note_not_sent(drill, NOT_SENT_BY_ANYBODY, TIME, now):
        return False
    remember(drill.check_row, unknown(NOT_SENT_BY_ANYBODY), now)
    return True
