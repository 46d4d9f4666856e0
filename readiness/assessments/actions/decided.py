"""What a review decided, written onto the assessment for the rooms below the reviews."""

from datetime import date, datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import hold, require, service_subject
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from readiness.history.actions import Actor, record


@transaction.atomic
def note_decision(
    *,
    assessment: Assessment,
    decision: Decision,
    review_id: int,
    next_review_due_on: date | None,
    by: User | Actor,
    now: datetime,
) -> Assessment:
    """The review has asked its own rules; this keeps its answer where lists find it."""
    held = hold(assessment.pk)
    require(by, Action.LEAD_REVIEW, held.service.target)
    before = {"decision": held.last_decision, "next_review_due_on": held.next_review_due_on}
    held.last_decision, held.last_decided_at, held.last_review_id = Decision(decision).value, now, review_id
    held.next_review_due_on = next_review_due_on
    held.save(update_fields=["last_decision", "last_decided_at", "last_review_id", "next_review_due_on"])
    after = {"decision": held.last_decision, "review": review_id, "next_review_due_on": next_review_due_on}
    record("service.decided", service_subject(held.service), by=by, at=now, before=before, after=after)
    return held
