"""The queue of record. What decides is always one conditional statement, so workers and schedulers need no lock of
their own: who loses a race changes no row. (PostgreSQL also skips what others have locked, to save them the wait;
SQLite lets one write at a time anyway.)

The life of a run: queued → running → finished; an attempt that broke goes back to queued after a pause; after three
it is quarantined, and its check with it.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from readiness.checks import rules, turns
from readiness.checks.models import Check, Run, RunStatus
from readiness.checks.naming import subject_of
from readiness.checks.recording import finish, finish_together
from readiness.checks.turns import Candidate
from readiness.checks.types import ASKING
from readiness.history.actions import Actor, record

__all__ = [
    "Claimed",
    "claim",
    "enqueue_due",
    "finish",
    "finish_together",
    "hand_back",
    "put_back",
    "quarantine",
    "quarantine_lost",
    "renew",
]
log = structlog.get_logger(__name__)
RUNNER = Actor.machine("the check runner")
LOST_WORKER = "The worker was lost before it ended."
LONGEST_REASON = 2000


@dataclass(frozen=True, slots=True)
class Claimed:
    """A run that this worker may carry out until its lease ends. `fence` is its ticket for recording the result."""

    run: Run
    fence: int

    @property
    def check(self) -> Check:
        return self.run.check_row


def lease_time() -> timedelta:
    """Shorter than a minute by more than the scheduler's beat: what a killed worker held is taken over within the
    minute.
    """
    return timedelta(seconds=settings.CHECK_LEASE_SECONDS)


def enqueue_due(now: datetime, *, limit: int = 1000, among: Q | None = None) -> int:
    """Plans a run for each check that is due; returns how many. `among`: a condition on checks."""
    due = Check.objects.due(now).filter(among or Q())
    return _enqueue(now, limit, among or Q()) if due.exists() else 0


@transaction.atomic
def _enqueue(now: datetime, limit: int, among: Q) -> int:
    rows = Check.objects.due(now).filter(among).select_for_update(skip_locked=True, of=("self",))
    due = list(rows.order_by("next_due_at", "pk")[:limit])
    # A slot exists once and a check has one waiting run: the database ignores what somebody else has planned already.
    runs = [Run(check_row=check, slot=check.next_due_at, queued_at=now) for check in due]
    Run.objects.bulk_create(runs, ignore_conflicts=True)
    for check in due:
        check.next_due_at = _next(check, now)
    Check.objects.filter(next_due_at__lte=now).bulk_update(due, ["next_due_at"], batch_size=200)
    return Run.objects.waiting().filter(check_row__in=due, queued_at=now).count()


def _next(check: Check, now: datetime) -> datetime:
    if check.last_finished_at is None:
        return rules.first_due(check_id=check.pk, after=now, every=check.every)
    return rules.next_due(check_id=check.pk, after=now, every=check.every, unknown_in_a_row=check.unknown_in_a_row)


def claim(
    *, worker: str, now: datetime, limit: int = 100, lease: timedelta | None = None, among: Q | None = None
) -> list[Claimed]:
    """Takes up to `limit` waiting runs for `worker`; no two callers get the same. `among`: a condition on runs.

    Runs of one claim are alike: urgent ones don't wait for others, and what broke before goes in small company (see
    `rules.BATCH_BY_ATTEMPTS`).
    """
    quarantine_lost(now)
    holder = f"{worker[:100]} {uuid.uuid4().hex[:12]}"
    until = now + (lease or lease_time())
    with transaction.atomic():
        candidates = _candidates(now, limit, among or Q())
        wanted = [one.run_id for one in turns.take(candidates, holder=holder, now=now, until=until)]
        taken = Run.objects.claimable(now).filter(pk__in=wanted)
        taken.update(
            status=RunStatus.RUNNING, worker=holder, fence=F("fence") + 1, attempts=F("attempts") + 1,
            started_at=now, lease_until=until,
        )  # fmt: skip
    mine = Run.objects.filter(pk__in=wanted, worker=holder, status=RunStatus.RUNNING)
    return [Claimed(run, run.fence) for run in mine.to_carry_out().order_by("slot", "pk")]


def _candidates(now: datetime, limit: int, among: Q) -> list[Candidate]:
    rows = Run.objects.claimable(now).filter(among, attempts__lt=rules.MOST_ATTEMPTS)
    closed = turns.closed(now)
    if closed.held:
        rows = rows.exclude(check_row__origin__in=closed.held)
    if closed.resting:
        rows = rows.exclude(check_row__origin__in=closed.resting, check_row__type__in=ASKING, is_urgent=False)
    ordered = rows.select_for_update(skip_locked=True, of=("self",)).order_by("-attempts", "-is_urgent", "slot", "pk")
    columns = ordered.values_list("pk", "attempts", "is_urgent", "check_row__origin", "check_row__type")
    found = [Candidate(*row) for row in columns[:limit]]
    alike = [one for one in found if (one.attempts, one.is_urgent) == (found[0].attempts, found[0].is_urgent)]
    return alike[: rules.BATCH_BY_ATTEMPTS.get(alike[0].attempts, 1)] if alike else []


def renew(claimed: list[Claimed], *, now: datetime, lease: timedelta | None = None) -> int:
    """Prolongs the leases of runs under way; returns how many are still this worker's."""
    holders = {one.run.worker for one in claimed}
    held = Run.objects.filter(pk__in=[one.run.pk for one in claimed], worker__in=holders, status=RunStatus.RUNNING)
    until = now + (lease or lease_time())
    for holder in holders:  # one, as they come from one claim
        turns.renew(holder=holder, until=until)
    return held.update(lease_until=until)


def hand_back(*, run: Run, fence: int, is_put_off: bool = False) -> bool:
    """Unstarted after all, because the batch took too long: anybody may take it, and it cost no attempt. `is_put_off`: its
    source is down; no longer urgent, it waits for that like all others.
    """
    held = Run.objects.held_by(run.pk, fence)
    calm = {"is_urgent": False} if is_put_off else {}
    return bool(held.update(status=RunStatus.QUEUED, lease_until=None, attempts=F("attempts") - 1, **calm))


def put_back(*, run: Run, fence: int, problem: str, now: datetime) -> bool:
    """The attempt broke: again after a pause, or into quarantine after the last one. False: the lease was lost."""
    if run.attempts >= rules.MOST_ATTEMPTS:
        return quarantine(run=run, fence=fence, problem=problem, now=now)
    held = Run.objects.held_by(run.pk, fence)
    pause = rules.pause_after(run.attempts)
    return bool(held.update(status=RunStatus.QUEUED, lease_until=now + pause, reason=problem[:LONGEST_REASON]))


def quarantine_lost(now: datetime) -> int:
    """Puts aside what three workers were lost with; returns how many."""
    lost = Run.objects.filter(
        status=RunStatus.RUNNING, attempts__gte=rules.MOST_ATTEMPTS, lease_until__lte=now
    ).select_related("check_row__service", "check_row__item")
    return sum(quarantine(run=run, fence=run.fence, problem=run.reason or LOST_WORKER, now=now) for run in lost)


@transaction.atomic
def quarantine(*, run: Run, fence: int, problem: str, now: datetime) -> bool:
    """The run is over without a result and its check rests until a person releases it. False: the lease was lost."""
    held = Run.objects.held_by(run.pk, fence)
    ended = held.update(
        status=RunStatus.QUARANTINED, finished_at=now, lease_until=None, reason=problem[:LONGEST_REASON]
    )
    if not ended:
        return False
    reason = f"{run.attempts} attempts broke off. The last one: {problem}"[:LONGEST_REASON]
    Check.objects.filter(pk=run.check_row_id).update(
        quarantined_at=now, quarantine_reason=reason, version=F("version") + 1
    )
    record("check.quarantined", subject_of(run.check_row), by=RUNNER, at=now, reason=reason)
    log.warning("check quarantined", check_id=run.check_row_id, run_id=run.pk, problem=problem)
    return True
