"""What is worth talking about, and in which order: the exceptions only, hard gates first.

What passed stays off the agenda; a named person acknowledges it as one line.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from reviews.rules.words import AgendaReason


@dataclass(frozen=True, slots=True)
class Candidate:
    """One item, as the agenda sees it. `last_status` is what the last decision's packet says of it; None when it says nothing:
    an item that the checklist brought in since is new, and no change (rule *pinned*). `is_disputed`: somebody wants to talk
    about it.
    """

    item_id: int
    position: int
    gate: Gate
    status: ItemStatus
    is_waived: bool = False
    last_status: ItemStatus | None = None
    is_disputed: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    item_id: int
    reason: AgendaReason
    status: ItemStatus


_OPEN = {
    ItemStatus.NOT_MET: AgendaReason.UNMET,
    ItemStatus.UNKNOWN: AgendaReason.UNKNOWN,
    ItemStatus.STALE: AgendaReason.STALE,
}
_ORDER = {reason: place for place, reason in enumerate(AgendaReason)}


def reason_to_talk(item: Candidate) -> AgendaReason | None:
    """None: it passed, nothing changed, nobody wants to hear of it."""
    if item.status in _OPEN:
        return AgendaReason.WAIVED if item.is_waived else _OPEN[item.status]
    if item.last_status is not None and item.last_status is not item.status:
        return AgendaReason.CHANGED
    return AgendaReason.DISPUTED if item.is_disputed else None


def agenda(items: Iterable[Candidate]) -> list[Point]:
    """In the order in which the room takes them: hard gates first, then by reason, then as in the checklist."""
    points = [(item, reason) for item in items if (reason := reason_to_talk(item))]
    points.sort(key=lambda pair: (pair[0].gate is not Gate.HARD, _ORDER[pair[1]], pair[0].position))
    return [Point(item.item_id, reason, item.status) for item, reason in points]
