"""Where an item stands, what is next, what the decision is. Pure: facts in, values out, the clock is an argument. No Django.

The rules by name: *proof-only*, *unknown-blocks*, *machine-first*, *three-dates*, *strength*, *attestation*, *second-pair*,
*waivers-expire*, *derived-decision*. Each function says which it keeps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
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


class Decision(StrEnum):
    GO = "go"
    CONDITIONAL = "conditional_go"
    NO_GO = "no_go"

    @property
    def label(self) -> str:
        return {"go": "Go", "conditional_go": "Conditional go", "no_go": "No-go"}[self.value]

    @property
    def strictness(self) -> int:
        return [Decision.GO, Decision.CONDITIONAL, Decision.NO_GO].index(self)


ATTESTATION_NOTE_MINIMUM = 80
WAIVER_LONGEST = timedelta(days=90)
CLOCK_SKEW = timedelta(minutes=5)
BACKDATED_AFTER = timedelta(days=1)
WAITING_FOR_WITNESS = "Attested, and waiting for the witness to confirm it."


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence, as the rules need it.

    `is_confirmed` False: an attestation still waits for its witness. `is_active` False: the check that made it is switched off.
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

    def is_current(self, now: datetime) -> bool:
        return now < self.valid_until


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


def judge_criterion(item: PackItem, criterion: PackCriterion, proofs: Iterable[Proof], now: datetime) -> Standing:
    """One criterion's standing from its proofs (those of other criteria are ignored).

    *unknown-blocks*: an unknown result changes nothing while an earlier definite one is current.
    *machine-first*: where the newest definite machine result is a failure, and its check is still active, nothing else counts.
    *strength*: weaker proof is passed over, and named when nothing else is there.
    """
    own = sorted((proof for proof in proofs if proof.criterion_key == criterion.key), key=lambda p: (p.observed_at, p.id))
    definite = [proof for proof in own if proof.result is not Result.UNKNOWN]
    machine = next((proof for proof in reversed(definite) if proof.how.is_machine), None)
    if machine and machine.result is Result.FAIL and machine.is_active:
        return _failed(machine, now)
    minimum = item.strength_for(criterion)
    passes = [proof for proof in definite if proof.result is Result.PASS and not _is_overruled(proof, machine)]
    good = [proof for proof in passes if proof.is_confirmed and proof.strength.meets(minimum)]
    current = [proof for proof in good if proof.is_current(now)]
    if current:
        best = max(current, key=lambda proof: (proof.valid_until, proof.strength.rank))
        return _of(best, ItemStatus.MET, best.reason)
    if good:
        last = max(good, key=lambda proof: proof.valid_until)
        return _of(last, ItemStatus.STALE, f"The proof expired on {last.valid_until:%d %B %Y}.")
    return _without_good_proof(own, passes, minimum, now)


def _is_overruled(proof: Proof, machine: Proof | None) -> bool:
    """Switching a failing check off does not bring the pass before it back to life."""
    return proof.how.is_machine and machine is not None and machine.result is Result.FAIL


def _failed(machine: Proof, now: datetime) -> Standing:
    if machine.is_current(now):
        return _of(machine, ItemStatus.NOT_MET, machine.reason)
    return _of(machine, ItemStatus.STALE, "The last result was a failure and has expired; run the check again.")


def _without_good_proof(own: Sequence[Proof], passes: Sequence[Proof], minimum: Strength, now: datetime) -> Standing:
    waiting = next((proof for proof in reversed(passes) if not proof.is_confirmed), None)
    if waiting:
        return _of(waiting, ItemStatus.UNKNOWN, WAITING_FOR_WITNESS)
    weak = next((proof for proof in reversed(passes) if proof.is_current(now)), None)
    if weak:
        reason = f"There is proof, but it is only {weak.strength.label.lower()}; this needs {minimum.label.lower()} or stronger."
        return _of(weak, ItemStatus.UNKNOWN, reason)
    if own:
        return _of(own[-1], ItemStatus.UNKNOWN, own[-1].reason)
    return Standing(ItemStatus.UNKNOWN, "No proof yet.")


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
    """An item's standing (rule *proof-only*: from evidence and nothing else). Met only when all its applicable criteria are."""
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
    """The worst criterion speaks for the item; a met item is as strong as its weakest proof, and valid as long as its shortest."""
    for status in (ItemStatus.NOT_MET, ItemStatus.STALE, ItemStatus.UNKNOWN):
        worst = [standing for standing in standings if standing.status is status]
        if worst:
            return replace(worst[0], reason=_and_more(worst[0].reason, len(worst) - 1, len(standings)))
    weakest = min((s.strength for s in standings if s.strength), key=lambda strength: strength.rank)
    soonest = min(s.valid_until for s in standings if s.valid_until)
    reason = standings[0].reason if len(standings) == 1 else f"All {len(standings)} criteria are met."
    return Standing(ItemStatus.MET, reason, weakest, soonest, standings[0].proof_id)


def _and_more(reason: str, others: int, criteria: int) -> str:
    return reason if others == 0 else f"{reason} ({others + 1} of {criteria} criteria)"


# What to do next


COST: dict[How, int] = {How.PROBE: 1, How.QUERY: 2, How.RECORD: 3, How.ARTIFACT: 4, How.ATTESTATION: 5}
NEXT_STEP: dict[How, str] = {
    How.PROBE: "Set up the check with the address to call",
    How.QUERY: "Connect the system to ask, then run the check",
    How.RECORD: "Fill it in on the service's page",
    How.ARTIFACT: "Upload a report, or push it from CI",
    How.ATTESTATION: "Attest it, with a link and a witness",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do. A lower `cost` is cheaper: seconds for a probe, an afternoon for a drill."""

    item_key: str
    gate: Gate
    title: str
    step: str
    cost: int


def next_step(item: PackItem, judged: ItemStanding) -> NextStep | None:
    """What would bring an unmet item forward most cheaply; None when it is met or does not apply."""
    open_criteria = [(c, s) for c, s in judged.criteria if s.status is not ItemStatus.MET]
    if not open_criteria:
        return None
    cheapest = min(open_criteria, key=lambda pair: min(COST[way.how] for way in pair[0].ways))
    how = min((way.how for way in cheapest[0].ways), key=lambda h: COST[h])
    total = sum(min(COST[way.how] for way in criterion.ways) for criterion, _ in open_criteria)
    return NextStep(item.key, judged.gate, item.title, _step_words(cheapest[1], how), total)


def _step_words(standing: Standing, how: How) -> str:
    if standing.reason == WAITING_FOR_WITNESS:
        return "Ask the witness to confirm"
    if standing.status is ItemStatus.NOT_MET:
        return "Fix what was found, then run it again" if how.is_machine else "Fix it, then attest again"
    if standing.status is ItemStatus.STALE:
        return "Renew the proof: it expired"
    return NEXT_STEP[how]


def what_is_next(steps: Iterable[NextStep]) -> list[NextStep]:
    """Hard gates first, the cheapest first among them."""
    return sorted(steps, key=lambda step: (step.gate is not Gate.HARD, step.cost, step.item_key))


# The decision


@dataclass(frozen=True, slots=True)
class GapFacts:
    has_owner: bool
    due_on: date | None
    has_plan: bool
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item as the decision sees it. `waived_until`: the end of an approved waiver that is not revoked, if there is one."""

    key: str
    title: str
    gate: Gate
    status: ItemStatus
    reason: str = ""
    waived_until: date | None = None
    gap: GapFacts | None = None


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why not: which item, which rule, and a sentence that says what would satisfy it."""

    item_key: str
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    decision: Decision
    blockers: tuple[Blocker, ...] = ()


def is_waived(item: ItemFacts, today: date) -> bool:
    """*waivers-expire*: the day a waiver ends the item counts again as what it is."""
    return item.waived_until is not None and today < item.waived_until


def decide(items: Iterable[ItemFacts], *, today: date) -> Verdict:
    """*derived-decision*. Blockers are what stands between this and a better decision; empty only for a go."""
    applicable = [item for item in items if item.status is not ItemStatus.NOT_APPLICABLE]
    unmet_hard = [item for item in applicable if item.gate is Gate.HARD and item.status is not ItemStatus.MET]
    if not unmet_hard:
        return Verdict(Decision.GO)
    bare = [_hard_gate_blocker(item) for item in unmet_hard if not is_waived(item, today)]
    loose = [_gap_blocker(item) for item in applicable if _lacks_accountability(item)]
    if bare or loose:
        return Verdict(Decision.NO_GO, tuple(bare + loose))
    return Verdict(Decision.CONDITIONAL, tuple(_waived_blocker(item) for item in unmet_hard))


def _lacks_accountability(item: ItemFacts) -> bool:
    gap = item.gap
    return gap is not None and not gap.is_closed and not (gap.has_owner and gap.due_on and gap.has_plan)


def _hard_gate_blocker(item: ItemFacts) -> Blocker:
    rule = "derived-decision" if item.status is ItemStatus.NOT_MET else "unknown-blocks"
    return Blocker(item.key, rule, f"{item.title} is {item.status.label.lower()}: {item.reason}")


def _gap_blocker(item: ItemFacts) -> Blocker:
    gap = item.gap
    missing = [] if gap is None else [
        name for name, there in (("an owner", gap.has_owner), ("a due date", gap.due_on), ("a plan", gap.has_plan)) if not there
    ]  # fmt: skip
    return Blocker(item.key, "derived-decision", f"The gap {item.title} has no {' and no '.join(m.split(' ', 1)[1] for m in missing)}.")


def _waived_blocker(item: ItemFacts) -> Blocker:
    return Blocker(item.key, "derived-decision", f"{item.title} is under a waiver until {item.waived_until:%d %B %Y}.")


# Dates, attestations, waivers


def date_problem(observed_at: datetime, received_at: datetime) -> str | None:
    """*three-dates*: proof from the future is refused; small differences between clocks are not."""
    if observed_at > received_at + CLOCK_SKEW:
        return f"Observed at {observed_at:%d %B %Y %H:%M} is in the future; check the clock of the machine that made it."
    return None


def is_backdated(observed_at: datetime, received_at: datetime) -> bool:
    return received_at - observed_at > BACKDATED_AFTER


def attestation_problems(
    *, link: str, performed_on: date, performed_by: int, witness: int, note: str, today: date
) -> dict[str, str]:
    """*attestation*: field → what is wrong with it. Empty when it may be recorded."""
    problems: dict[str, str] = {}
    if not link.startswith(("https://", "http://")):
        problems["link"] = "Give the address of a document, a ticket or a recording that shows it."
    if performed_on > today:
        problems["performed_on"] = "It can't have been performed in the future."
    if performed_by == witness:
        problems["witness"] = "The witness must be somebody other than the person who performed it."
    if len(note.strip()) < ATTESTATION_NOTE_MINIMUM:
        problems["note"] = (
            f"Say in at least {ATTESTATION_NOTE_MINIMUM} characters what was done and seen; this has {len(note.strip())}."
        )
    return problems


def waiver_problem(ends_on: date, today: date) -> str | None:
    """*waivers-expire*: at most 90 days, and not over before it begins."""
    if ends_on <= today:
        return "A waiver ends in the future; choose a later day."
    if ends_on - today > WAIVER_LONGEST:
        return f"A waiver lasts at most {WAIVER_LONGEST.days} days; choose {today + WAIVER_LONGEST:%d %B %Y} or earlier."
    return None
