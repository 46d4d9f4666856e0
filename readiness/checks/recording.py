"""A run ends: its result, the evidence it makes and the check's own state, in one transaction, and only for whoever
holds the lease.

Every run that ends is evidence: a pass renews the validity of what it proves. What piles up is cut by `retention`, a
run together with its evidence; what still counts is never cut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Case, F, When

from readiness.accounts.policy import Refused
from readiness.assessments import actions as assessments
from readiness.assessments.outcome import Figure, Finding, Outcome, Result
from readiness.assessments.writing import Values, write_each
from readiness.checklists.rules import How, Strength
from readiness.checks import drilling, rules
from readiness.checks.models import Check, Run, RunStatus
from readiness.checks.naming import machine
from readiness.checks.types import TYPES

log = structlog.get_logger(__name__)
MOST_FINDINGS, MOST_FIGURES = 100, 60
LONGEST_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Ended:
    """A run and what it saw, with the fence of whoever carried it out."""

    run: Run
    fence: int
    outcome: Outcome

    @property
    def key(self) -> str:
        return _key(self.run)


class LeaseLostError(Exception):
    """Somebody else has taken the run over; what was written on the way here is undone."""


def finish_together(ended: Sequence[Ended], *, now: datetime) -> set[int]:
    """`finish` for those of several runs that say what was said before, as most runs do: in one transaction and a
    constant number of statements. Returns the ids of the runs that are recorded; the others are left to `finish`.

    When one of them is in doubt (its lease lost, its check changed), none is.
    """
    usual = [one for one in ended if one.run.check_row.is_enabled and not one.run.told]
    said = [replace(one, outcome=storable(one.outcome)) for one in usual]
    try:
        with transaction.atomic():
            return _finish_quiet(said, now)
    except (LeaseLostError, DatabaseError) as error:
        log.info("recorded one by one", runs=len(ended), why=type(error).__name__)
        return set()


def _finish_quiet(ended: Sequence[Ended], now: datetime) -> set[int]:
    recorded = assessments.renew([_word(one) for one in ended], now=now)
    quiet = [one for one in ended if one.key in recorded]
    runs = write_each(Run, [_run_change(one, recorded[one.key].pk, now) for one in quiet])
    checks = write_each(Check, [_check_change(one, now) for one in quiet])
    if not runs == checks == len(quiet):
        raise LeaseLostError
    return {one.run.pk for one in quiet}


def _word(one: Ended) -> assessments.Word:
    check = one.run.check_row
    return assessments.Word(
        assessment_id=check.item.assessment_id,
        item_key=check.item.key,
        criterion_key=check.criterion_key,
        how=How(check.how),
        kind=check.type,
        outcome=one.outcome,
        strength=_strength(check),
        source=_source(check),
        idempotency_key=one.key,
        by=machine(check),
        check_id=check.pk,
    )


def _run_change(one: Ended, evidence_id: int, now: datetime) -> tuple[Values, Values]:
    where = {"id": one.run.pk, "fence": one.fence, "status": RunStatus.RUNNING.value}
    return _ending(one.outcome, evidence_id, now), where


def _check_change(one: Ended, now: datetime) -> tuple[Values, Values]:
    """Only of a check that nobody touched since the run was claimed."""
    check = one.run.check_row
    memory = _memory(check, one.outcome, now) | {"finished_runs": check.finished_runs + 1}
    return memory, {"id": check.pk, "version": check.version, "is_enabled": True}


def finish(*, run: Run, fence: int, outcome: Outcome, now: datetime) -> bool:
    """Records what the run saw, once. False: the lease was lost, and nothing was recorded.

    A result that the assessment refuses (it is from the future, the checklist no longer asks) ends the run without
    evidence.
    """
    said = storable(outcome)
    try:
        if run.told:
            return _finish_drill(run, fence, said, now)
        with transaction.atomic():
            said, evidence_id = _evidence(run, said, now)
            _end(run, fence, said, evidence_id, now)
            _remember(run.check_row, said, now)
    except LeaseLostError:
        return False
    return True


@transaction.atomic
def _finish_drill(run: Run, fence: int, outcome: Outcome, now: datetime) -> bool:
    """No evidence: that the alert was sent proves nothing, only the end of the drill does."""
    _end(run, fence, outcome, None, now)
    drilling.note_run(run, outcome, now)
    return True


def _end(run: Run, fence: int, outcome: Outcome, evidence_id: int | None, now: datetime) -> None:
    if not Run.objects.held_by(run.pk, fence).update(**_ending(outcome, evidence_id, now)):
        raise LeaseLostError


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
            source=_source(check),
            idempotency_key=_key(run),
            by=machine(check),
            now=now,
            check_id=check.pk,
            is_active=check.is_enabled,
        )
    except Refused as refusal:
        return replace(outcome, result=Result.UNKNOWN, reason=f"{refusal.sentence} ({outcome.reason})"), None
    return outcome, recorded.evidence.pk


def _key(run: Run) -> str:
    return f"run:{run.pk}"


def _source(check: Check) -> str:
    return f"check {check.type} #{check.pk}"


def _strength(check: Check) -> Strength:
    known = TYPES.get(check.type)
    return Strength(known.strength) if known else Strength.OBSERVED


def _ending(outcome: Outcome, evidence_id: int | None, now: datetime) -> dict[str, Any]:
    return {
        "status": RunStatus.FINISHED.value,
        "finished_at": now,
        "lease_until": None,
        "result": outcome.result.value,
        "reason": outcome.reason,
        "figures": dict(outcome.figures),
        "findings": [_mapping(finding) for finding in outcome.findings],
        "evidence_id": evidence_id,
    }


def _memory(check: Check, outcome: Outcome, now: datetime) -> dict[str, Any]:
    """What the check keeps of the run, and when it runs next."""
    in_a_row = check.unknown_in_a_row + 1 if outcome.result is Result.UNKNOWN else 0
    due = rules.next_due(check_id=check.pk, after=now, every=check.every, unknown_in_a_row=in_a_row)
    if check.last_finished_at is None:
        due = min(due, rules.first_due(check_id=check.pk, after=now, every=check.every))
    return {
        "last_finished_at": now,
        "last_result": outcome.result.value,
        "last_reason": outcome.reason,
        "unknown_in_a_row": min(in_a_row, 1000),
        "next_due_at": due,
    }


def _remember(check: Check, outcome: Outcome, now: datetime) -> None:
    values = _memory(check, outcome, now) | {"finished_runs": F("finished_runs") + 1}
    # Whoever set it up anew meanwhile wants it to run anew.
    values["next_due_at"] = Case(When(version=check.version, then=values["next_due_at"]), default=F("next_due_at"))
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
    figures = {plain_text(name, 60): _figure(value) for name, value in list(outcome.figures.items())[:MOST_FIGURES]}
    return replace(outcome, reason=plain_text(outcome.reason), figures=figures, findings=findings)


def _clean_finding(finding: Finding) -> Finding:
    return replace(
        finding,
        rule=plain_text(finding.rule, 100),
        message=plain_text(finding.message),
        where=plain_text(finding.where),
    )


def _figure(value: Figure) -> Figure:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return plain_text(value, 500) if isinstance(value, str) else value


def plain_text(text: str, longest: int = LONGEST_TEXT) -> str:
    plain = text.replace("\x00", "�").encode("utf-8", "replace").decode()
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _mapping(finding: Finding) -> dict[str, str]:
    return {"rule": finding.rule, "level": finding.level.value, "message": finding.message, "where": finding.where}
