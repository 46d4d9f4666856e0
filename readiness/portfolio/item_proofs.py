"""The proof of one item as its page shows it: what was seen, what it is for, and why it counts less than it seems to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.accounts.models import User
from readiness.assessments.asked import limits_for
from readiness.assessments.models import Evidence
from readiness.assessments.seen import Seen, seen_of
from readiness.catalog.models import Service
from readiness.checklists.pack import PackCriterion
from readiness.checklists.rules import How, Strength
from readiness.checks.course import asked_of
from readiness.checks.models import Check
from readiness.checks.types import title_of


@dataclass(frozen=True, slots=True)
class ProofRow:
    """One piece of evidence as a reader sees it. `remarks`: why it counts less than it seems to."""

    evidence: Evidence
    criterion: str
    seen: Seen
    remarks: list[str]
    is_deciding: bool
    awaits_reader: bool
    check: Check | None = None

    @property
    def is_past(self) -> bool:
        """A later word replaced it: kept in one line, to be opened."""
        return self.evidence.is_superseded and not self.is_deciding

    @property
    def source(self) -> str:
        """Who or what said it, in words: a check's title, a person, the tool that made a report."""
        if How(self.evidence.how) in (How.PROBE, How.QUERY):
            return f"the check “{title_of(self.evidence.kind)}”"
        if self.evidence.added_by and not self.evidence.file:
            return str(self.evidence.added_by)
        return self.evidence.source.removeprefix("upload: ")


@dataclass(frozen=True, slots=True)
class Asking:
    """What the item asks of its proof. `needed`: criterion's key → the least strength; `deciding`: ids of proof that decides."""

    criteria: Mapping[str, PackCriterion]
    needed: Mapping[str, Strength]
    deciding: frozenset[int]
    checks: Mapping[int, Check]
    service: Service

    def limits(self, row: Evidence) -> dict[str, Any]:
        """What this proof is held against: the settings of its check, else what the criterion asks of such a report."""
        if check := self.check_of(row):
            return asked_of(check)
        return limits_for(row.kind, self.criteria.get(row.criterion_key), self.service)

    def check_of(self, row: Evidence) -> Check | None:
        return self.checks.get(row.check_id) if row.check_id else None


def proofs_of(rows: Iterable[Evidence], asking: Asking, user: User, now: datetime) -> list[ProofRow]:
    return [
        ProofRow(
            evidence=row,
            criterion=asking.criteria[row.criterion_key].text
            if row.criterion_key in asking.criteria
            else row.criterion_key,
            seen=_seen(row, asking),
            remarks=_remarks(row, asking.needed.get(row.criterion_key), now),
            is_deciding=row.pk in asking.deciding and not row.needs_witness,
            awaits_reader=row.needs_witness and row.witness_id == user.pk,
            check=asking.check_of(row),
        )
        for row in rows
    ]


def _seen(row: Evidence, asking: Asking) -> Seen:
    return seen_of(
        kind=row.kind, result=row.result, reason=row.reason, figures=row.figures, findings=row.findings,
        asked=asking.limits(row),
    )  # fmt: skip


def _remarks(row: Evidence, needed: Strength | None, now: datetime) -> list[str]:
    """Why it does not count, or not as much as it seems to."""
    remarks = []
    if now >= row.valid_until:
        remarks.append("expired")
    if row.is_superseded:
        remarks.append("replaced by a later one")
    if not row.is_active:
        remarks.append("its check is switched off")
    if row.needs_witness:
        remarks.append(f"waits for {row.witness} to confirm it")
    if needed and not Strength(row.strength).meets(needed):
        remarks.append(f"weaker than the {needed.label.lower()} that is asked for")
    return remarks
