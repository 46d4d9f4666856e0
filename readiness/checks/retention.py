"""What is kept of the past: a check's last 200 runs. With a run goes the evidence it made, unless that still counts.

A check that passes every hour for years leaves a bounded trail; how its item stood when is told by the history, which
is never cut.
"""

from collections.abc import Iterable

from readiness.assessments.models import Evidence
from readiness.checks.models import Check, Run, RunStatus

RUNS_KEPT = 200
PRUNED_EVERY = 20
"""Runs of a check between two cuts, so that most runs pay nothing for it."""
MOST_AT_ONCE = 500


def prune(checks: Iterable[Check]) -> int:
    """Cuts the runs of those checks (as claimed, before their last run was counted) whose turn it is; returns how
    many went.
    """
    return sum(_prune(check) for check in checks if (check.finished_runs + 1) % PRUNED_EVERY == 0)


def _prune(check: Check) -> int:
    over = Run.objects.filter(check_row=check).exclude(status__in=[RunStatus.QUEUED, RunStatus.RUNNING]).order_by("-id")
    old = list(over.values_list("pk", "evidence_id")[RUNS_KEPT : RUNS_KEPT + MOST_AT_ONCE])
    if not old:
        return 0
    # The evidence first: should this end in between, the runs that are left lead to it again.
    evidence = [evidence_id for _, evidence_id in old if evidence_id]
    Evidence.objects.filter(pk__in=evidence, is_superseded=True, check_id=check.pk).delete()
    deleted, _ = Run.objects.filter(pk__in=[pk for pk, _ in old]).delete()
    return deleted
