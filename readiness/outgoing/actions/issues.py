"""Asking for an issue about a gap. A worker makes it; asked twice, it is one."""

from datetime import datetime

from django.db import IntegrityError, transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.gaps import closed_problem
from readiness.assessments.actions.holding import gap_subject
from readiness.assessments.models import Gap
from readiness.history.actions import record
from readiness.outgoing import issues, tasks
from readiness.outgoing.models import Issue, IssueStatus

RULE = "one-issue"


@transaction.atomic
def ask_for_issue(*, by: User, gap: Gap, now: datetime) -> Issue:
    """`gap` comes with its item and service. Raises Refused (see `issue_problem`), NotAllowed, NotVisible."""
    policy.require(by, Action.PLAN_GAP, gap.service.target)
    fresh = Gap.objects.with_context().get(pk=gap.pk)
    if problem := issue_problem(fresh) or issues.tracker_of(fresh.service, issues.code_host()).problem:
        raise Refused(RULE, problem)
    issue, is_new = _asked(by, fresh, now)
    if is_new:
        record("gap.issue_asked", gap_subject(fresh, fresh.item, fresh.service), by=by, at=now)
    transaction.on_commit(tasks.wake_soon, robust=True)
    return issue


def _asked(by: User, gap: Gap, now: datetime) -> tuple[Issue, bool]:
    """The one under way, the one that was given up once more, or a new one; whether anything was written."""
    rows = Issue.objects.filter(gap=gap).exclude(status=IssueStatus.MADE)
    again = rows.filter(status=IssueStatus.GIVEN_UP)
    if again.update(status=IssueStatus.QUEUED, attempts=0, next_attempt_at=now, problem="", lease_until=None):
        return rows.get(), True
    if found := rows.first():
        return found, False
    try:
        with transaction.atomic():
            return Issue.objects.create(gap=gap, asked_by=by, asked_at=now, next_attempt_at=now), True
    except IntegrityError:  # somebody else pressed at the same moment
        return rows.get(), False


def issue_problem(gap: Gap) -> str:
    if gap.ticket_url:
        return f"It is tracked already: {gap.ticket_label}."
    return closed_problem(gap)
