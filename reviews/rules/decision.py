"""Rule *derived-decision*, as the room sees it: the decision is computed, shown while the meeting runs, and never made looser."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from readiness.assessments.rules import Decision, ItemFacts, ItemStatus, decide, is_new, is_waived
from readiness.checklists.rules import Gate

NAMED_AT_MOST = 2


def looser_problem(chosen: Decision, computed: Decision, reason: str) -> str | None:
    """The room may be stricter than the computed decision, with a reason, and never looser."""
    if chosen.strictness < computed.strictness:
        return (
            f"The computed decision is {computed.label.lower()}; the room may be stricter, never looser. "
            f"Only proof or an approved waiver changes it."
        )
    if chosen is not computed and not reason.strip():
        return f"Say why the room decides {chosen.label.lower()} where {computed.label.lower()} was computed."
    return None


@dataclass(frozen=True, slots=True)
class Heading:
    """Where the meeting is heading: the decision as computed now, why in a few words, and what would change it."""

    decision: Decision
    why: str
    change: str


def heading(items: Sequence[ItemFacts], *, today: date) -> Heading:
    decision = decide(items, today=today).decision
    unmet = [item for item in items if item.gate is Gate.HARD and _is_open(item) and not is_new(item, today)]
    bare = [item for item in unmet if not is_waived(item, today)]
    waived = [item for item in unmet if is_waived(item, today)]
    loose = [item for item in items if _is_loose(item)]
    if bare:
        return Heading(decision, f"{_count(bare, 'hard gate')} open", _what_bare_gates_need(bare, waived, loose))
    if decision is Decision.NO_GO:
        change = f"An owner, a due date and a plan for {_named(loose)} would make it a conditional go."
        return Heading(decision, f"{_count(loose, 'gap')} without owner, date or plan", change)
    if decision is Decision.CONDITIONAL:
        return Heading(
            decision, f"{_count(waived, 'hard gate')} under a waiver", f"Proof for {_named(waived)} would make it a go."
        )
    tracked = [item for item in items if _is_open(item)]
    shipping = f"; {_count(tracked, 'tracked gap')} may ship open" if tracked else ""
    return Heading(decision, f"Every hard gate is met{shipping}", "Nothing stands in the way.")


def _what_bare_gates_need(bare: Sequence[ItemFacts], waived: Sequence[ItemFacts], loose: Sequence[ItemFacts]) -> str:
    """A conditional go also asks every open gap for owner, due date and plan; a go does not."""
    each = "it" if len(bare) == 1 else "each"
    plans = " with owner, date and plan for every gap" if loose else ""
    if waived:
        return f"Proof or an approved waiver for {_named(bare)}{f',{plans},' if plans else ''} would make it a conditional go."
    return f"Proof for {_named(bare)} would make it a go; an approved waiver for {each}{plans}, a conditional go."


_ORDER = (ItemStatus.NOT_MET, ItemStatus.UNKNOWN, ItemStatus.STALE)


def _worst_first(item: ItemFacts) -> int:
    return _ORDER.index(item.status) if item.status in _ORDER else len(_ORDER)


def _is_open(item: ItemFacts) -> bool:
    return item.status not in {ItemStatus.MET, ItemStatus.NOT_APPLICABLE}


def _is_loose(item: ItemFacts) -> bool:
    return _is_open(item) and item.gap is not None and bool(item.gap.lacks)


def _count(items: Iterable[ItemFacts], noun: str) -> str:
    number = len(list(items))
    return f"1 {noun}" if number == 1 else f"{number} {noun}s"


def _named(items: Sequence[ItemFacts]) -> str:
    """As in “A” and “B”, or “A”, “B” and 3 more; what failed before what nobody knows."""
    titles = [f"“{item.title}”" for item in sorted(items, key=_worst_first)]
    if len(titles) > NAMED_AT_MOST + 1:
        return f"{', '.join(titles[:NAMED_AT_MOST])} and {len(titles) - NAMED_AT_MOST} more"
    return titles[0] if len(titles) == 1 else f"{', '.join(titles[:-1])} and {titles[-1]}"
