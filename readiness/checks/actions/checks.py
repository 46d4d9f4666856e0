"""What people do about checks: plan them with the service, set them up, switch them, run them now, let them out of
quarantine.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from readiness.checks import places, planning, tasks
from readiness.checks.models import Check, Run, RunStatus
from readiness.checks.naming import subject_of
from readiness.checks.plans import Planned, plan, require
from readiness.checks.types import TYPES
from readiness.checks.types.contract import problems
from readiness.history.actions import Actor, Subject, record

__all__ = ["Planned", "WrongConfig", "configure", "plan", "release", "run_all", "run_now", "switch"]
RULE = "check-ready"


class WrongConfig(Refused):
    """422 with the place: `problems` is field (`rules.selector` for a field in a field, empty for all together) →
    sentence.
    """

    def __init__(self, found: Mapping[str, str]) -> None:
        super().__init__(RULE, " ".join(found.values()))
        self.problems = dict(found)


# Setting up and switching


@transaction.atomic
def configure(*, by: User | Actor, check: Check, version: int, config: Mapping[str, Any], now: datetime) -> Check:
    """Sets a check up with a whole configuration; what equals the plan goes on following it. It runs soon after.

    Raises WrongConfig with a sentence for each field, Conflict, and the refusals of `policy.require`.
    """
    require(by, Action.CONFIGURE_CHECK, check.service)
    if found := problems(TYPES[check.type], config):
        raise WrongConfig(found)
    configured = planning.set_by_person(check.type, check.planned, dict(config))
    together = planning.together(check.planned, configured)
    before = check.configured
    fresh = _swap(
        check,
        version,
        configured=configured,
        config=together,
        origin=places.place_of(check.type, together),
        needs=[],
        is_set_up=True,
        next_due_at=now,
        unknown_in_a_row=0,
    )
    record("check.configured", subject_of(fresh), by=by, at=now, before=before, after=configured)
    return fresh


@transaction.atomic
def switch(*, by: User | Actor, check: Check, version: int, is_enabled: bool, now: datetime) -> Check:
    """Off: it runs no more, and what it said last blocks nothing (rule *machine-first*) and proves nothing new. On:
    the other way.

    Raises Conflict, and the refusals of `policy.require`.
    """
    require(by, Action.CONFIGURE_CHECK, check.service)
    # The assessment before the check, as in `finish`: two that lock in opposite order would wait for each other for ever.
    Assessment.objects.select_for_update().get(pk=check.item.assessment_id)
    changes = {"next_due_at": now} if is_enabled else {}
    fresh = _swap(check, version, is_enabled=is_enabled, **changes)
    if not is_enabled:
        Run.objects.filter(check_row=fresh, status=RunStatus.QUEUED).delete()
    assessments.switch_evidence(check_id=fresh.pk, is_active=is_enabled, now=now, by=by)
    words = {True: "check.switched_on", False: "check.switched_off"}
    record(words[is_enabled], subject_of(fresh), by=by, at=now, after={"is_enabled": is_enabled})
    return fresh


def _swap(check: Check, version: int, **changes: Any) -> Check:
    """Compare-and-swap on the version."""
    written = Check.objects.filter(pk=check.pk, version=version).update(version=F("version") + 1, **changes)
    fresh = Check.objects.select_related("service", "item__assessment").get(pk=check.pk)
    if not written:
        raise Conflict(
            "Somebody changed this check meanwhile. Look at what stands there now, then decide again.", fresh
        )
    return fresh


# Running


@transaction.atomic
def run_now(*, by: User | Actor, check: Check, now: datetime, is_waking: bool = True) -> Run:
    """Asks for a run at once; a worker is woken when this is committed. Pressed twice, it is the same run.

    Raises Refused (rule *check-ready*) with what would make it run, and the refusals of `policy.require`.
    """
    require(by, Action.RUN_CHECK, check.service)
    if check.is_on_demand:
        raise Refused(RULE, "It runs as a drill: start one on the page of this check.")
    run, is_new = _request(check, by, now)
    if is_new:
        record("check.run_requested", subject_of(check), by=by, at=now)
    if is_waking:
        transaction.on_commit(tasks.wake_soon, robust=True)
    return run


@transaction.atomic
def run_all(*, by: User | Actor, service: Service, now: datetime) -> list[Run]:
    """The same for every check of the service that is ready; those that are not are passed over."""
    require(by, Action.RUN_CHECK, service)
    rows = Check.objects.ready().by_itself().filter(service=service)
    ready = rows.select_related("service", "item").order_by("item__position", "pk")
    requested = [(check, *_request(check, by, now)) for check in ready]
    if new := [check.type for check, _, is_new in requested if is_new]:
        subject = Subject("service", service.pk, service.name, service.pk, service.team_id)
        record("service.checks_requested", subject, by=by, at=now, after={"checks": new})
    if requested:
        transaction.on_commit(tasks.wake_soon, robust=True)
    return [run for _, run, _ in requested]


def _request(check: Check, by: User | Actor, now: datetime) -> tuple[Run, bool]:
    current = Check.objects.get(pk=check.pk)
    if reason := current.blocked_because:
        raise Refused(RULE, reason)
    waiting = Run.objects.waiting().filter(check_row=check)
    if waiting.update(is_urgent=True):
        return waiting.get(), False
    person = by if isinstance(by, User) else None
    run = Run(check_row=check, slot=free_slot(check, now), queued_at=now, is_urgent=True, requested_by=person)
    Run.objects.bulk_create([run], ignore_conflicts=True)  # somebody else may have asked in the same moment
    found = waiting.first() or Run.objects.filter(check_row=check).latest("pk")
    return found, (found.slot, found.requested_by_id) == (run.slot, run.requested_by_id)


def free_slot(check: Check, now: datetime) -> datetime:
    last = Run.objects.filter(check_row=check, slot__gte=now).order_by("-slot").first()
    return last.slot + timedelta(microseconds=1) if last else now


@transaction.atomic
def release(*, by: User | Actor, check: Check, now: datetime) -> Check:
    """Ends the quarantine: the check is tried again at once.

    Raises Conflict when it is not in quarantine (any more), and the refusals of `policy.require`.
    """
    require(by, Action.RUN_CHECK, check.service)
    rows = Check.objects.filter(pk=check.pk, quarantined_at__isnull=False)
    reason = rows.values_list("quarantine_reason", flat=True).first()
    released = rows.update(
        quarantined_at=None, quarantine_reason="", unknown_in_a_row=0, next_due_at=now, version=F("version") + 1
    )
    fresh = Check.objects.select_related("service", "item__assessment").get(pk=check.pk)
    if not released:
        raise Conflict("This check is not in quarantine any more.", fresh)
    record("check.released", subject_of(fresh), by=by, at=now, before={"quarantine_reason": reason})
    return fresh
