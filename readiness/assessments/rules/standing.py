"""The status of a criterion and of an item, computed from proof and nothing else (rule *proof-only*)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from readiness.assessments.outcome import Result
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import Gate, How, Strength, gate_for


class ItemStatus(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"
    STALE = "stale"
    NOT_APPLICABLE = "not_applicable"

    @property
    def label(self) -> str:
        return self.value.replace("_", " ").capitalize()


WAITING_FOR_WITNESS = "Attested, and waiting for the witness to confirm it."
NO_PROOF = "No proof yet."
SWITCHED_OFF = "The check that failed was switched off, and there is no other proof."

type Origin = tuple[How, str, int | None]


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence, as the rules need it.

    `is_confirmed` False: an attestation still waits for its witness. `is_active` False: the check that made it is switched off.
    `kind`: the check type, artifact format, record or attestation kind; empty counts as any. `counts_since`: when we got to know
    of it (for an attestation, when its witness confirmed it).
    """

    id: int
    criterion_key: str
    how: How
    result: Result
    strength: Strength
    observed_at: datetime
    valid_until: datetime
    source: str = ""
    reason: str = ""
    is_confirmed: bool = True
    is_active: bool = True
    kind: str = ""
    check_id: int | None = None
    counts_since: datetime | None = None

    def is_current(self, now: datetime) -> bool:
        return now < self.valid_until

    @property
    def origin(self) -> Origin:
        """What speaks with one voice: a later word of the same origin replaces its earlier ones."""
        return self.how, self.kind, self.check_id


@dataclass(frozen=True, slots=True)
class NotApplicable:
    """A person's claim that an item does not apply; on a hard gate it counts once a second person confirmed it."""

    reason: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A criterion's or an item's status with the reason in one sentence. `proof_id`: the evidence that decides."""

    status: ItemStatus
    reason: str
    strength: Strength | None = None
    valid_until: datetime | None = None
    proof_id: int | None = None


@dataclass(frozen=True, slots=True)
class ItemStanding:
    gate: Gate
    standing: Standing
    criteria: tuple[tuple[PackCriterion, Standing], ...] = ()


def accepts(criterion: PackCriterion, proof: Proof) -> bool:
    """Whether the proof comes by one of the criterion's ways; what does not is kept and shown, and decides nothing."""
    return any(way.how is proof.how and proof.kind in ("", way.kind) for way in criterion.ways)


def judge_criterion(item: PackItem, criterion: PackCriterion, proofs: Iterable[Proof], now: datetime) -> Standing:
    """One criterion's standing from its proofs (those of other criteria are ignored).

    *unknown-blocks*: an unknown result changes nothing while an earlier definite one is current.
    *machine-first*: while any machine's last definite word is a failure, nothing else counts; once that failure is out of date,
    another machine's pass does, an attestation still does not. A check that is switched off blocks nothing.
    *strength*: weaker proof is passed over, and named when nothing else is there.
    """
    own = sorted(
        (proof for proof in proofs if proof.criterion_key == criterion.key), key=lambda p: (p.observed_at, p.id)
    )
    definite = [proof for proof in own if proof.result is not Result.UNKNOWN and accepts(criterion, proof)]
    last_word = {proof.origin: proof for proof in definite if proof.how is not How.ATTESTATION}
    failures = [proof for proof in last_word.values() if proof.result is Result.FAIL and proof.is_active]
    standing_failures = [proof for proof in failures if proof.is_current(now)]
    if standing_failures:
        return _of(standing_failures[-1], ItemStatus.NOT_MET, standing_failures[-1].reason)
    passes = [proof for proof in definite if proof.result is Result.PASS and not _is_overruled(proof, last_word)]
    if any(proof.how.is_machine for proof in failures):
        passes = [proof for proof in passes if proof.how is not How.ATTESTATION]
    minimum = item.strength_for(criterion)
    good = [proof for proof in passes if proof.is_confirmed and proof.strength.meets(minimum)]
    current = [proof for proof in good if proof.is_current(now)]
    if current:
        best = max(current, key=lambda proof: (proof.valid_until, proof.strength.rank))
        return _of(best, ItemStatus.MET, best.reason)
    if failures:
        return _of(failures[-1], ItemStatus.STALE, "The last result was a failure and is out of date; run it again.")
    if good:
        return _expired(max(good, key=lambda proof: proof.valid_until), own[-1])
    return _without_good_proof(own, passes, minimum, criterion, now)


def _is_overruled(proof: Proof, last_word: Mapping[Origin, Proof]) -> bool:
    """A failure ends the passes of its origin before it; switching the check off does not bring them back to life."""
    last = last_word.get(proof.origin)
    return last is not None and last.result is Result.FAIL


def _expired(good: Proof, last: Proof) -> Standing:
    reason = f"The proof expired on {good.valid_until.astimezone(UTC):%d %B %Y}."
    if last.result is Result.UNKNOWN and last.observed_at > good.observed_at:
        reason = f"{reason} The last try could not tell: {last.reason}"
    return _of(good, ItemStatus.STALE, reason)


def _without_good_proof(
    own: Sequence[Proof], passes: Sequence[Proof], minimum: Strength, criterion: PackCriterion, now: datetime
) -> Standing:
    """Nothing decides: say of the proof that is there why it does not, the nearest miss first."""
    current = [proof for proof in reversed(passes) if proof.is_current(now)]
    waiting = next((proof for proof in current if proof.strength.meets(minimum)), None)
    if waiting:
        return _of(waiting, ItemStatus.UNKNOWN, WAITING_FOR_WITNESS)
    if current:
        weak = current[0]
        reason = f"There is proof, but it is only {weak.strength.label.lower()}; this needs {minimum.label.lower()} or stronger."
        return _of(weak, ItemStatus.UNKNOWN, reason)
    foreign = next((p for p in reversed(own) if not accepts(criterion, p) and p.is_current(now)), None)
    if foreign:
        return _of(foreign, ItemStatus.UNKNOWN, f"There is proof, but not of the kind this needs: {_ways(criterion)}.")
    if own and own[-1].result is Result.UNKNOWN:
        return _of(own[-1], ItemStatus.UNKNOWN, own[-1].reason)
    if any(proof.result is Result.FAIL and not proof.is_active for proof in own):
        return Standing(ItemStatus.UNKNOWN, SWITCHED_OFF)
    return Standing(ItemStatus.UNKNOWN, NO_PROOF)


def _ways(criterion: PackCriterion) -> str:
    return " or ".join(dict.fromkeys(_WAY_WORDS[way.how] for way in criterion.ways))


_WAY_WORDS = {
    How.PROBE: "a probe of the service",
    How.QUERY: "a query",
    How.ARTIFACT: "a report",
    How.RECORD: "a record kept here",
    How.ATTESTATION: "an attestation",
}


def _of(proof: Proof, status: ItemStatus, reason: str) -> Standing:
    return Standing(status, reason, proof.strength, proof.valid_until, proof.id)


def judge_item(
    item: PackItem,
    *,
    tier: int,
    traits: Collection[str],
    proofs: Sequence[Proof],
    now: datetime,
    not_applicable: NotApplicable | None = None,
) -> ItemStanding:
    """An item's standing. Met only when all its applicable criteria are."""
    gate = gate_for(item.gate, item.hard_when, tier=tier, traits=traits)
    applies = item.applies_when.decide(tier, traits)
    if not applies.applies:
        return ItemStanding(gate, Standing(ItemStatus.NOT_APPLICABLE, applies.reason))
    if not_applicable and (not_applicable.is_confirmed or gate is Gate.TRACKED):
        return ItemStanding(gate, Standing(ItemStatus.NOT_APPLICABLE, not_applicable.reason))
    counted = [criterion for criterion in item.criteria if criterion.applies_when.decide(tier, traits).applies]
    if not counted:
        return ItemStanding(gate, Standing(ItemStatus.NOT_APPLICABLE, "None of its criteria counts for this service."))
    judged = tuple((criterion, judge_criterion(item, criterion, proofs, now)) for criterion in counted)
    return ItemStanding(gate, _together([standing for _criterion, standing in judged]), judged)


def _together(standings: Sequence[Standing]) -> Standing:
    """The worst criterion speaks for the item; a met one is as strong as its weakest proof, and valid as its shortest."""
    for status in (ItemStatus.NOT_MET, ItemStatus.STALE, ItemStatus.UNKNOWN):
        worst = [standing for standing in standings if standing.status is status]
        if worst:
            return replace(worst[0], reason=_and_more(worst[0].reason, len(worst) - 1, len(standings)))
    weakest = min((s.strength for s in standings if s.strength), key=lambda strength: strength.rank)
    soonest = min(
        (s for s in standings if s.valid_until), key=lambda s: s.valid_until or datetime.max.replace(tzinfo=UTC)
    )
    reason = standings[0].reason if len(standings) == 1 else f"All {len(standings)} criteria are met."
    return Standing(ItemStatus.MET, reason, weakest, soonest.valid_until, soonest.proof_id)


def _and_more(reason: str, others: int, criteria: int) -> str:
    return reason if others == 0 else f"{reason} ({others + 1} of {criteria} criteria)"


def changes_at(judged: ItemStanding, now: datetime) -> datetime | None:
    """The next moment at which time alone changes something about this item; None when only new proof can."""
    return min((s.valid_until for _, s in judged.criteria if s.valid_until and s.valid_until > now), default=None)


def is_proved_by_machines_since(judged: ItemStanding, proofs: Iterable[Proof], since: datetime) -> bool:
    """*second-pair*: a gap opened at `since` closes by itself when whatever was proved after that was proved by a machine.

    Proof by people that was there before (the drill of an item whose check failed) needs no second look.
    """
    by_id = {proof.id: proof for proof in proofs}
    deciding = [by_id[standing.proof_id] for _, standing in judged.criteria if standing.proof_id in by_id]
    fresh = [proof for proof in deciding if proof.counts_since is None or proof.counts_since >= since]
    return judged.standing.status is ItemStatus.MET and bool(fresh) and all(proof.how.is_machine for proof in fresh)
