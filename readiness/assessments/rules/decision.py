"""*derived-decision*: go, conditional go or no-go follows from the items; nobody chooses it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from readiness.assessments.rules.standing import ItemStatus
from readiness.checklists.rules import Gate

RULE = "derived-decision"


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


@dataclass(frozen=True, slots=True)
class GapFacts:
    has_owner: bool
    due_on: date | None
    has_plan: bool
    is_closed: bool = False

    @property
    def lacks(self) -> list[str]:
        """What an open gap still needs before anybody answers for it."""
        parts = (("owner", self.has_owner), ("due date", self.due_on is not None), ("plan", self.has_plan))
        return [] if self.is_closed else [name for name, is_there in parts if not is_there]


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item as the decision sees it. `waived_until`: the end of an approved waiver that is not revoked, if there is one.
    `new_until`: an upgrade of the checklist brought it in (rule *pinned*).
    """

    key: str
    title: str
    gate: Gate
    status: ItemStatus
    reason: str = ""
    waived_until: date | None = None
    gap: GapFacts | None = None
    new_until: date | None = None


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


def is_new(item: ItemFacts, today: date) -> bool:
    """*pinned*: what an upgrade brought in is new until its day, and turns no go into a no-go before."""
    return item.new_until is not None and today < item.new_until


def decide(items: Iterable[ItemFacts], *, today: date) -> Verdict:
    """Go: every applicable hard gate is met. Conditional: met or waived, and every open gap has owner, due date and plan.
    Blockers are what stands between this and a better decision; empty only for a go.
    """
    applicable = [item for item in items if item.status is not ItemStatus.NOT_APPLICABLE]
    unmet_hard = [
        i for i in applicable if i.gate is Gate.HARD and i.status is not ItemStatus.MET and not is_new(i, today)
    ]
    if not unmet_hard:
        return Verdict(Decision.GO)
    bare = [_hard_gate_blocker(item) for item in unmet_hard if not is_waived(item, today)]
    # A met item's gap may still be open, until somebody closes it (*second-pair*): it stands in nobody's way any more.
    loose = [
        _gap_blocker(item, item.gap)
        for item in applicable
        if item.gap and item.gap.lacks and item.status is not ItemStatus.MET
    ]
    if bare or loose:
        return Verdict(Decision.NO_GO, tuple(bare + loose))
    return Verdict(Decision.CONDITIONAL, tuple(_waived_blocker(item) for item in unmet_hard))


def _hard_gate_blocker(item: ItemFacts) -> Blocker:
    rule = RULE if item.status is ItemStatus.NOT_MET else "unknown-blocks"
    return Blocker(item.key, rule, f"{item.title} is {item.status.label.lower()}: {item.reason}")


def _gap_blocker(item: ItemFacts, gap: GapFacts) -> Blocker:
    lacks = gap.lacks
    named = lacks[0] if len(lacks) == 1 else f"{', no '.join(lacks[:-1])} and no {lacks[-1]}"
    return Blocker(item.key, RULE, f"The gap {item.title} has no {named}.")


def _waived_blocker(item: ItemFacts) -> Blocker:
    return Blocker(item.key, RULE, f"{item.title} is under a waiver until {item.waived_until:%d %B %Y}.")


def due_problem(
    gate: Gate, due_on: date, *, go_live_on: date | None, waived_until: date | None, today: date
) -> str | None:
    """*accountable-output*: a hard gate's due date is before go-live, unless a waiver covers it. None when that holds."""
    if gate is not Gate.HARD or go_live_on is None or go_live_on <= today or due_on < go_live_on:
        return None
    if waived_until and due_on <= waived_until:
        return None
    return f"A hard gate is due before go-live on {go_live_on:%d %B %Y}; choose an earlier day or ask for a waiver."
