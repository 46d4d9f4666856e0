"""Time-bound exceptions: asked for by the team, decided by a manager who is another, over on their day (*waivers-expire*).

One that runs can be renewed: the renewal is asked for and decided as any other, and takes over when it is approved, so that
there is no day on which neither counts. Refused, it leaves the one that runs as it is.
"""

from datetime import date, datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import rules
from readiness.assessments.actions.holding import WrongFields, hold, swap, waiver_subject
from readiness.assessments.actions.standing import settle
from readiness.assessments.models import Assessment, Item, Waiver, WaiverStatus
from readiness.assessments.models.waiver import LIVE
from readiness.assessments.queries import house_day
from readiness.history.actions import record


@transaction.atomic
def request_waiver(*, by: User, item: Item, reason: str, mitigation: str, ends_on: date, now: datetime) -> Waiver:
    """Asks for an exception until `ends_on`, the first day on which it no longer counts; while one runs, for its renewal.

    Raises Refused or WrongFields.
    """
    held = hold(item.assessment_id)
    policy.require(by, Action.REQUEST_WAIVER, held.service.target)
    item = held.items.get(pk=item.pk)
    if problem := request_problem(item):
        raise Refused("derived-decision", problem)
    running = Waiver.objects.filter(item=item, status=WaiverStatus.APPROVED).first()
    problems = {
        "reason": "" if reason.strip() else "Say why it can't be met in time.",
        "mitigation": "" if mitigation.strip() else "Say what keeps the risk small meanwhile.",
        "ends_on": rules.waiver_problem(ends_on, house_day(now)) or renewal_problem(running, ends_on),
    }
    if any(problems.values()):
        raise WrongFields("waivers-expire", {name: problem for name, problem in problems.items() if problem})
    waiver = Waiver.objects.create(
        item=item, service=held.service, reason=reason.strip(), mitigation=mitigation.strip(), ends_on=ends_on,
        requested_by=by, requested_at=now, renews=running, renewal=running.renewal + 1 if running else 0,
    )  # fmt: skip
    after = {"status": waiver.status, "ends_on": ends_on, "mitigation": waiver.mitigation}
    verb = "waiver.renewal_requested" if running else "waiver.requested"
    record(verb, waiver_subject(waiver, item, held.service), by=by, at=now, after=after, reason=waiver.reason)
    return waiver


def request_problem(item: Item) -> str:
    """Why no waiver can be asked for; empty when one can. One query, and only for an unmet hard gate."""
    if not item.is_open:
        return f"{item.title} is {item.get_status_display().lower()}: there is nothing to waive."
    if not item.is_hard:
        return "A tracked gap may ship open; it needs an owner, a date and a plan, not a waiver."
    asked = Waiver.objects.waiting().filter(item=item).first()
    if asked is not None:
        return f"There is a waiver for this item already: requested, until {asked.ends_on:%d %B %Y}."
    return ""


def renewal_problem(running: Waiver | None, ends_on: date) -> str:
    if running is None or ends_on > running.ends_on:
        return ""
    return f"The waiver that runs ends on {running.ends_on:%d %B %Y}; a renewal ends later."


@transaction.atomic
def decide_waiver(*, by: User, waiver: Waiver, version: int, is_approved: bool, note: str, now: datetime) -> Waiver:
    """Approves or refuses. Raises Refused to whoever asked for it (*second-pair*), Conflict when somebody decided before."""
    held, item = _held(waiver)
    policy.require(by, Action.DECIDE_WAIVER, held.service.target)
    fresh = Waiver.objects.get(pk=waiver.pk)
    if problem := decision_problem(fresh, by):
        raise Refused("second-pair", problem)
    if is_approved and (too_late := rules.waiver_problem(fresh.ends_on, house_day(now))):
        raise Refused("waivers-expire", too_late)
    if not is_approved and not note.strip():
        raise WrongFields("second-pair", {"note": "Say why not, so that the team knows what to do instead."})
    status = WaiverStatus.APPROVED if is_approved else WaiverStatus.REFUSED
    before, after = {"status": fresh.status}, {"status": status, "ends_on": fresh.ends_on}
    if is_approved:
        _take_over(held, item, fresh, now, by)
    swap(fresh, version, status=status, decided_by=by, decided_at=now, decision_note=note.strip())
    verb = "waiver.approved" if is_approved else "waiver.refused"
    subject = waiver_subject(waiver, item, held.service)
    record(verb, subject, by=by, at=now, before=before, after=after, reason=note.strip())
    if is_approved:
        _cover(held, item, fresh.ends_on, now, by)
    return fresh


def _take_over(held: Assessment, item: Item, renewal: Waiver, now: datetime, by: User) -> None:
    """What runs ends in the transaction that approves its renewal: there is never none, and never two."""
    running = Waiver.objects.filter(item=item, status=WaiverStatus.APPROVED).first()
    if running is None:
        return
    before, after = {"status": running.status}, {"status": WaiverStatus.RENEWED, "ends_on": renewal.ends_on}
    swap(running, running.version, status=WaiverStatus.RENEWED, ended_at=now)
    record("waiver.renewed", waiver_subject(running, item, held.service), by=by, at=now, before=before, after=after)


def decision_problem(waiver: Waiver, by: User) -> str:
    if waiver.status != WaiverStatus.REQUESTED:
        return f"It has been decided: {waiver.get_status_display().lower()}."
    if waiver.requested_by_id == by.pk:
        return "You asked for it; somebody else decides."
    return ""


@transaction.atomic
def revoke_waiver(*, by: User, waiver: Waiver, version: int, note: str, now: datetime) -> Waiver:
    """Ends it before its day, so that from now on the item counts as what it is. That only makes the gate stricter, so
    whoever may ask for waivers here may do it.
    """
    held, item = _held(waiver)
    fresh = Waiver.objects.get(pk=waiver.pk)
    policy.require(by, Action.REQUEST_WAIVER, held.service.target)
    if problem := revocation_problem(fresh):
        raise Refused("waivers-expire", problem)
    if not note.strip():
        raise WrongFields("waivers-expire", {"note": "Say why it ends early."})
    before, after = {"status": fresh.status}, {"status": WaiverStatus.REVOKED}
    swap(fresh, version, status=WaiverStatus.REVOKED, ended_at=now)
    subject = waiver_subject(waiver, item, held.service)
    record("waiver.revoked", subject, by=by, at=now, before=before, after=after, reason=note.strip())
    if before["status"] == WaiverStatus.APPROVED:
        _cover(held, item, None, now, by)
    return fresh


def revocation_problem(waiver: Waiver) -> str:
    return "" if waiver.status in LIVE else f"It is over: {waiver.get_status_display().lower()}."


def _cover(held: Assessment, item: Item, until: date | None, now: datetime, by: User) -> None:
    Item.objects.filter(pk=item.pk).update(waived_until=until)
    settle(held, now=now, by=by, keys=[item.key])


def _held(waiver: Waiver) -> tuple[Assessment, Item]:
    """The assessment first, then its item: what is read before the lock may be old."""
    held = hold(Item.objects.values_list("assessment_id", flat=True).get(pk=waiver.item_id))
    return held, held.items.get(pk=waiver.item_id)
