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
    own = sorted((proof for proof in proofs if proof.criterion_key == criterion.key), key=_age)
    definite = [proof for proof in own if proof.result is not Result.UNKNOWN]
    last_word = {proof.origin: proof for proof in definite if proof.how is not How.ATTESTATION}
    failures = [p for p in last_word.values() if p.result is Result.FAIL and p.is_active and accepts(criterion, p)]
    standing_failures = [proof for proof in failures if proof.is_current(now)]
    if standing_failures:
        last = max(standing_failures, key=_age)
        return _of(last, ItemStatus.NOT_MET, last.reason)
    last_failure = {proof.origin: proof for proof in definite if proof.result is Result.FAIL}
    passes = [proof for proof in definite if proof.result is Result.PASS and not _is_overruled(proof, last_failure)]
    if any(proof.how.is_machine for proof in failures):
        passes = [proof for proof in passes if proof.how is not How.ATTESTATION]
    minimum = item.strength_for(criterion)
    good = [p for p in passes if accepts(criterion, p) and p.is_confirmed and p.strength.meets(minimum)]
    best = max(good, key=lambda proof: (proof.valid_until, proof.strength.rank, *_age(proof)), default=None)
    if best and best.is_current(now):
        return _of(best, ItemStatus.MET, best.reason)
    if failures:
        reason = "The last result was a failure and is out of date; renew it."
        return _of(max(failures, key=_age), ItemStatus.STALE, reason)
    current = [proof for proof in reversed(passes) if proof.is_current(now)]
    if best:
        return _expired(best, own[-1], _waiting(current, minimum, criterion))
    is_switched_off = any(p.result is Result.FAIL and accepts(criterion, p) for p in last_word.values())
    return _near_miss(current, minimum, criterion) or _nothing(own, is_switched_off=is_switched_off)


def _age(proof: Proof) -> tuple[datetime, int]:
    return proof.observed_at, proof.id


def _is_overruled(proof: Proof, last_failure: Mapping[Origin, Proof]) -> bool:
    """A failure ends the passes of its origin before it; switching the check off does not bring them back to life."""
    failure = last_failure.get(proof.origin)
    return failure is not None and _age(failure) > _age(proof)


def _expired(good: Proof, last: Proof, waiting: Proof | None) -> Standing:
    if waiting:
        return _of(waiting, ItemStatus.STALE, WAITING_FOR_WITNESS)
    reason = f"The proof expired on {good.valid_until.astimezone(UTC):%d %B %Y}."
    if last.result is Result.UNKNOWN and last.observed_at > good.observed_at:
        reason = f"{reason} The last try could not tell: {last.reason}"
    return _of(good, ItemStatus.STALE, reason)


def _waiting(current: Sequence[Proof], minimum: Strength, criterion: PackCriterion) -> Proof | None:
    """The attestation that would do, had its witness confirmed it; asked for only when nothing that does is current."""
    return next((p for p in current if accepts(criterion, p) and p.strength.meets(minimum)), None)


def _near_miss(current: Sequence[Proof], minimum: Strength, criterion: PackCriterion) -> Standing | None:
    """Nothing decides: of the passes that are there, newest first, the one that comes nearest, and why it does not do."""
    accepted = [proof for proof in current if accepts(criterion, proof)]
    if waiting := _waiting(current, minimum, criterion):
        return _of(waiting, ItemStatus.UNKNOWN, WAITING_FOR_WITNESS)
    if accepted:
        has, needs = accepted[0].strength.label.lower(), minimum.label.lower()
        reason = f"There is proof, but it is only {has}; this needs {needs} or stronger."
        return _of(accepted[0], ItemStatus.UNKNOWN, reason)
    if current:
        reason = f"There is proof, but not of the kind this needs: {_ways(criterion)}."
        return _of(current[0], ItemStatus.UNKNOWN, reason)
    return None


def _nothing(own: Sequence[Proof], *, is_switched_off: bool) -> Standing:
    if own and own[-1].result is Result.UNKNOWN:
        return _of(own[-1], ItemStatus.UNKNOWN, own[-1].reason)
    return Standing(ItemStatus.UNKNOWN, SWITCHED_OFF if is_switched_off else NO_PROOF)


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
    return reason if others == 0 else f"{reason} (open: {others + 1} of {criteria} criteria)"


def changes_at(judged: ItemStanding, now: datetime) -> datetime | None:
    """The next moment at which time alone changes something about this item; None when only new proof can."""
    return min((s.valid_until for _, s in judged.criteria if s.valid_until and s.valid_until > now), default=None)


def supersedes(newer: Proof, older: Proof) -> bool:
    """Whether `older` decides nothing any more, now or later, because `newer` of the same origin was observed after it.

    Judging without what is superseded gives the same standing; a property test holds this function to it.
    """
    if newer.origin != older.origin or newer.how is How.ATTESTATION or _age(newer) <= _age(older):
        return False
    if newer.result is Result.UNKNOWN or older.result is Result.UNKNOWN:
        return older.result is Result.UNKNOWN
    if newer.result is Result.FAIL or older.result is Result.FAIL:
        return True
    return newer.strength.meets(older.strength) and newer.valid_until >= older.valid_until


def closes_by_itself(judged: ItemStanding, proofs: Iterable[Proof], since: datetime) -> bool:
    """*second-pair*: a gap opened at `since` closes by itself when whatever was proved after that was proved by a machine.

    Proof by people that was there before (the drill of an item whose check failed) needs no second look.
    """
    by_id = {proof.id: proof for proof in proofs}
    deciding = [by_id[standing.proof_id] for _, standing in judged.criteria if standing.proof_id in by_id]
    fresh = [proof for proof in deciding if proof.counts_since is None or proof.counts_since >= since]
    return judged.standing.status is ItemStatus.MET and bool(fresh) and all(proof.how.is_machine for proof in fresh)
