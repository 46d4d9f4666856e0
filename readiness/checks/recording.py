"""A run ends: its result, the evidence it makes and the check's own state, in one transaction, and only for whoever
holds the lease.

Every run that ends is evidence: a pass renews the validity of what it proves. What piles up is cut by `retention`, a
run together with its evidence; what still counts is never cut.
"""

import math
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, When

from readiness.accounts.policy import Refused
from readiness.assessments import actions as assessments
from readiness.assessments.outcome import Figure, Finding, Outcome, Result
from readiness.checklists.rules import How, Strength
from readiness.checks import rules
from readiness.checks.models import Check, Run, RunStatus
from readiness.checks.types import TYPES
from readiness.history.actions import Actor

MOST_FINDINGS, MOST_FIGURES = 100, 60
LONGEST_TEXT = 2000


class LeaseLostError(Exception):
    """Somebody else has taken the run over; what was written on the way here is undone."""


def finish(*, run: Run, fence: int, outcome: Outcome, now: datetime) -> bool:
    """Records what the run saw, once. False: the lease was lost, and nothing was recorded.

    A result that the assessment refuses (it is from the future, the checklist no longer asks) ends the run without
    evidence.
    """
    said = storable(outcome)
    try:
        with transaction.atomic():
            said, evidence_id = _evidence(run, said, now)
            _end(run, fence, said, evidence_id, now)
            _remember(run, said, now)
    except LeaseLostError:
        return False
    return True


def _evidence(run: Run, outcome: Outcome, now: datetime) -> tuple[Outcome, int | None]:
    check = run.check_row
    try:
        recorded = assessments.record_evidence(
            assessment=check.item.assessment,
            item_key=check.item.key,
            criterion_key=check.criterion_key,
            how=How(check.how),
            kind=check.type,
            outcome=outcome,
            strength=_strength(check),
            source=f"check {check.type} #{check.pk}",
            idempotency_key=f"run:{run.pk}",
            by=machine(check),
            now=now,
            check_id=check.pk,
            is_active=check.is_enabled,
        )
    except Refused as refusal:
        return replace(outcome, result=Result.UNKNOWN, reason=f"{refusal.sentence} ({outcome.reason})"), None
    return outcome, recorded.evidence.pk


def machine(check: Check) -> Actor:
    known = TYPES.get(check.type)
    return Actor.machine(f"check “{known.title if known else check.type}”")


def _strength(check: Check) -> Strength:
    known = TYPES.get(check.type)
    return Strength(known.strength) if known else Strength.OBSERVED


def _end(run: Run, fence: int, outcome: Outcome, evidence_id: int | None, now: datetime) -> None:
    values = {
        "status": RunStatus.FINISHED,
        "finished_at": now,
        "lease_until": None,
        "result": outcome.result.value,
        "reason": outcome.reason,
        "figures": dict(outcome.figures),
        "findings": [_mapping(finding) for finding in outcome.findings],
        "evidence_id": evidence_id,
    }
    if not Run.objects.held_by(run.pk, fence).update(**values):
        raise LeaseLostError


def _remember(run: Run, outcome: Outcome, now: datetime) -> None:
    check = run.check_row
    in_a_row = check.unknown_in_a_row + 1 if outcome.result is Result.UNKNOWN else 0
    due = rules.next_due(check_id=check.pk, after=now, every=check.every, unknown_in_a_row=in_a_row)
    if check.last_finished_at is None:
        due = min(due, rules.first_due(check_id=check.pk, after=now, every=check.every))
    values = {
        "last_finished_at": now,
        "last_result": outcome.result.value,
        "last_reason": outcome.reason,
        "unknown_in_a_row": min(in_a_row, 1000),
        "finished_runs": F("finished_runs") + 1,
        # Whoever set it up anew meanwhile wants it to run anew.
        "next_due_at": Case(When(version=check.version, then=due), default=F("next_due_at")),
    }
    rows = Check.objects.filter(pk=check.pk)
    if rows.filter(is_enabled=check.is_enabled).update(**values):
        return
    rows.update(**values)
    is_active = not check.is_enabled  # switched while it ran, so what it said is the other way round
    assessments.switch_evidence(check_id=check.pk, is_active=is_active, now=now, by=machine(check))


def storable(outcome: Outcome) -> Outcome:
    """Within bounds, and without what a database can't hold (null characters, lone surrogates, infinite numbers): a
    source decides what a check says, and must not decide whether its result can be written.
    """
    findings = tuple(_clean_finding(finding) for finding in outcome.findings[:MOST_FINDINGS])
    figures = {_text(name, 60): _figure(value) for name, value in list(outcome.figures.items())[:MOST_FIGURES]}
    return replace(outcome, reason=_text(outcome.reason), figures=figures, findings=findings)


def _clean_finding(finding: Finding) -> Finding:
    return replace(finding, rule=_text(finding.rule, 100), message=_text(finding.message), where=_text(finding.where))


def _figure(value: Figure) -> Figure:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return _text(value, 500) if isinstance(value, str) else value


def _text(text: str, longest: int = LONGEST_TEXT) -> str:
    plain = text.replace("\x00", "�").encode("utf-8", "replace").decode()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _mapping(finding: Finding) -> dict[str, str]:
    return {"rule": finding.rule, "level": finding.level.value, "message": finding.message, "where": finding.where}
