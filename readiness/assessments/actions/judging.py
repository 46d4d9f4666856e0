"""From rows to rules and back: an item's evidence is judged, and what the rules answer is written onto the item."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readiness.assessments import rules
from readiness.assessments.models import Assessment, Evidence, Item
from readiness.assessments.rules import ItemStanding, ItemStatus, NotApplicable, Proof, Standing
from readiness.checklists.pack import PackCriterion

ON_CALL_CONFIRMATION = "oncall_confirmation"
COMPUTED = (
    "status", "reason", "strength", "valid_until", "changes_at", "status_since",
    "next_step", "next_step_cost", "criteria", "gate", "waived_until", "new_until",
)  # fmt: skip
NOT_READ = ("figures", "findings", "note", "link", "idempotency_key", "file")


@dataclass(frozen=True, slots=True)
class Judged:
    """An item with its standing before and now. `proofs`: what it was judged by."""

    item: Item
    was: ItemStatus
    standing: ItemStanding
    proofs: tuple[Proof, ...]

    @property
    def status(self) -> ItemStatus:
        return self.standing.standing.status


def read_evidence(held: Assessment, keys: Collection[str] | None) -> Iterable[Evidence]:
    rows = held.evidence.that_counts().defer(*NOT_READ)
    return rows if keys is None else rows.filter(item_key__in=keys)


def judge_all(held: Assessment, items: Iterable[Item], evidence: Iterable[Evidence], now: datetime) -> list[Judged]:
    """Judges `items` by `evidence` and writes their new standing onto them (not into the database)."""
    proofs: dict[str, list[Proof]] = defaultdict(list)
    for row in evidence:
        if not _is_of_another(row, held):
            proofs[row.item_key].append(row.as_proof())
    outcomes = [_judged(held, item, tuple(proofs[item.key]), now) for item in items]
    for outcome in outcomes:
        _write(outcome, held, now)
    return outcomes


def _is_of_another(row: Evidence, held: Assessment) -> bool:
    """Whoever is on call now has to confirm; what the person before them confirmed is theirs."""
    return row.kind == ON_CALL_CONFIRMATION and row.added_by_id != held.service.on_call_id


def _judged(held: Assessment, item: Item, proofs: tuple[Proof, ...], now: datetime) -> Judged:
    excuse = None
    if item.excused_at is not None:
        excuse = NotApplicable(item.excused_reason, is_confirmed=item.excuse_confirmed_at is not None)
    standing = rules.judge_item(
        held.version.pack.item(item.key),
        tier=held.service.tier,
        traits=held.service.traits,
        proofs=proofs,
        now=now,
        not_applicable=excuse,
    )
    return Judged(item, ItemStatus(item.status), standing, proofs)


def _write(outcome: Judged, held: Assessment, now: datetime) -> None:
    item, judged = outcome.item, outcome.standing
    standing = judged.standing
    if outcome.status is not outcome.was:
        item.status_since = now
    item.gate = judged.gate.value
    item.status, item.reason = standing.status.value, standing.reason
    item.strength = standing.strength.value if standing.strength else ""
    item.valid_until = standing.valid_until
    item.changes_at = rules.changes_at(judged, now)
    item.criteria = [_criterion(criterion, part) for criterion, part in judged.criteria]
    step = rules.next_step(held.version.pack.item(item.key), judged, is_excuse_waiting=item.is_excuse_waiting)
    item.next_step, item.next_step_cost = (step.step, step.cost) if step else ("", 0)


def _criterion(criterion: PackCriterion, standing: Standing) -> dict[str, Any]:
    return {
        "key": criterion.key,
        "status": standing.status.value,
        "reason": standing.reason,
        "strength": standing.strength.value if standing.strength else "",
        "valid_until": standing.valid_until.isoformat() if standing.valid_until else None,
        "evidence": standing.proof_id,
    }


def computed(item: Item) -> tuple[Any, ...]:
    """What a refresh may change of an item, to see whether it did."""
    return tuple(getattr(item, name) for name in COMPUTED)
