"""What a review decided, written onto the assessment for the rooms below the reviews; and what has happened since that calls for
another one.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import hold, require, service_subject
from readiness.assessments.models import Assessment, Gap, LaunchPlan, ReviewedPlan
from readiness.assessments.queries import house_day
from readiness.assessments.rules import Decision, is_raised
from readiness.history.actions import Actor, record

DECIDED = (
    "last_decision", "last_decided_at", "last_review_id", "last_tier",
    "tier_raised_on", "gate_fell_on", "gate_fell", "next_review_due_on",
)  # fmt: skip
SINCE = ("tier_raised_on", "gate_fell_on", "gate_fell", "next_review_due_on")


@transaction.atomic
def note_decision(
    *, assessment: Assessment, decision: Decision, review_id: int, by: User | Actor, now: datetime
) -> Assessment:
    """The review has asked its own rules; this keeps its answer where lists find it. The next one is due in a year from here."""
    held = hold(assessment.pk)
    require(by, Action.LEAD_REVIEW, held.service.target)
    before = {"decision": held.last_decision, "next_review_due_on": held.next_review_due_on}
    held.last_decision, held.last_decided_at, held.last_review_id = Decision(decision).value, now, review_id
    held.last_tier, held.tier_raised_on, held.gate_fell_on, held.gate_fell = held.service.tier, None, None, ""
    held.next_review_due_on = _due_on(held)
    held.save(update_fields=DECIDED)
    after = {"decision": held.last_decision, "review": review_id, "next_review_due_on": held.next_review_due_on}
    _keep_plan(held, review_id, now)
    record("service.decided", service_subject(held.service), by=by, at=now, before=before, after=after)
    return held


def call_for_review(held: Assessment, fallen: Iterable[Gap], *, now: datetime, by: User | Actor) -> None:
    """Keeps in step when the next review is due. `fallen`: gaps of items that just stopped being met. One statement and its
    history when something changed, none otherwise.
    """
    if held.last_decided_at is None:
        return
    before, was_due = [getattr(held, name) for name in SINCE], held.next_review_due_on
    _note_tier(held, now)
    _note_fallen(held, fallen, now)
    held.next_review_due_on = _due_on(held)
    if before == [getattr(held, name) for name in SINCE]:
        return
    held.save(update_fields=SINCE)
    if was_due != held.next_review_due_on and held.next_review:
        due = {"before": {"next_review_due_on": was_due}, "after": {"next_review_due_on": held.next_review_due_on}}
        subject = service_subject(held.service)
        record("service.review_due", subject, by=by, at=now, reason=held.next_review.reason, **due)


def _note_tier(held: Assessment, now: datetime) -> None:
    if not is_raised(held.service.tier, held.last_tier):
        held.tier_raised_on = None
    elif held.tier_raised_on is None:
        held.tier_raised_on = house_day(now)


def _note_fallen(held: Assessment, fallen: Iterable[Gap], now: datetime) -> None:
    """The first one counts: later ones are talked about in the same review. What is under a waiver was talked about already."""
    today = house_day(now)
    if held.gate_fell_on or held.service.launched_on is None or today < held.service.launched_on:
        return
    for gap in fallen:
        item = gap.item
        if item.is_hard and not (item.waived_until and today < item.waived_until):
            held.gate_fell_on, held.gate_fell = today, item.title
            return


def _due_on(held: Assessment) -> date | None:
    due = held.next_review
    return due.due_on if due else None


def _keep_plan(held: Assessment, review_id: int, now: datetime) -> None:
    """The launch plan as these people saw it, so that the day's page can say what was changed behind their backs."""
    plan = LaunchPlan.objects.filter(service=held.service_id).select_related("decider").first()
    said = plan.spoken if plan else {}
    kept = {"review_id": review_id, "decided_at": now, "said": said}
    ReviewedPlan.objects.update_or_create(service_id=held.service_id, defaults=kept)
