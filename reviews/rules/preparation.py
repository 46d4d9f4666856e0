"""Before the meeting: is it worth meeting yet, and what should each participant look at?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Category, Gate
from reviews.rules.words import ParticipantRole

POSTPONE_FROM = 5
"""So many items without any proof make a meeting that talks about nothing."""


POSTPONED_BY = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """One item as a reader meets it. `is_by_people`: it is met, and no machine saw it. `is_near`: a figure of its proof is just
    inside its limit. `has_moved`: it changed lately, or since the last decision. `waiver`: there is one, asked for or approved.
    """

    key: str
    title: str
    gate: Gate
    status: ItemStatus
    is_waived: bool = False
    waiver: bool = False
    is_by_people: bool = False
    is_near: bool = False
    has_moved: bool = False
    is_planned: bool = False
    is_bare: bool = False

    @property
    def is_open(self) -> bool:
        return self.status not in {ItemStatus.MET, ItemStatus.NOT_APPLICABLE}

    @property
    def blocks(self) -> bool:
        return self.is_open and self.gate is Gate.HARD and not self.is_waived


@dataclass(frozen=True, slots=True)
class Chapter:
    """What one role looks at under one heading: keys of items, what is open first."""

    title: str
    keys: tuple[str, ...]


type Wanted = Callable[[ReadFacts], bool]


def _about(*words: str) -> Wanted:
    """Items by what their key speaks of; by their title where the key says nothing of the kind, as in an imported checklist."""

    def wanted(item: ReadFacts) -> bool:
        said = item.key if any(word in item.key for word in _TOPICS) else item.title.lower()
        return item.status != ItemStatus.NOT_APPLICABLE and any(word in said for word in words)

    _TOPICS.update(words)
    return wanted


_TOPICS: set[str] = set()


READING: Mapping[ParticipantRole, tuple[tuple[str, Wanted], ...]] = {
    ParticipantRole.LEAD: (
        ("Hard gates that nobody has planned yet", lambda item: item.blocks and not item.is_planned),
        ("Without any proof", lambda item: item.is_open and item.is_bare),
    ),
    ParticipantRole.ON_CALL: (
        ("Alerts", _about("alert", "golden", "page")),
        ("Runbooks", _about("runbook")),
        ("Escalation", _about("on-call", "oncall", "escalation", "on call")),
        ("Roll-back", _about("rollback", "roll-back", "roll back")),
    ),
    ParticipantRole.PLATFORM: (
        ("Probes and shutdown", _about("probe", "health", "shutdown", "drain")),
        ("Pools and time-outs", _about("pool", "timeout", "time-out")),
        ("Capacity", _about("capacity", "load-test", "load test", "trend")),
    ),
    ParticipantRole.OUTSIDE: (
        ("Waived", lambda item: item.is_waived),
        ("On people’s word alone", lambda item: item.is_by_people),
        ("Just inside the limit", lambda item: item.is_near),
        ("Changed lately", lambda item: item.has_moved),
    ),
    ParticipantRole.MANAGER: (
        ("Waivers", lambda item: item.waiver),
        ("What blocks the launch", lambda item: item.blocks),
    ),
    ParticipantRole.MEMBER: (("Open, and nobody’s yet", lambda item: item.is_open and not item.is_planned),),
}


def reading(roles: Iterable[str], items: Iterable[ReadFacts]) -> list[Chapter]:
    """What somebody with these roles looks at before the meeting; chapters with nothing in them are left out."""
    items = sorted(items, key=lambda item: (not item.is_open, item.gate is not Gate.HARD))
    chapters = [part for role in dict.fromkeys(roles) for part in READING[ParticipantRole(role)]]
    found = (Chapter(title, tuple(item.key for item in items if wanted(item))) for title, wanted in chapters)
    return [chapter for chapter in found if chapter.keys]


@dataclass(frozen=True, slots=True)
class Emphasis:
    """`sentence` says to the reader what is theirs; `categories` are marked for them."""

    sentence: str
    categories: frozenset[Category]


EMPHASIS: dict[ParticipantRole, Emphasis] = {
    ParticipantRole.LEAD: Emphasis(
        "You lead this review. Every open hard gate needs an owner and a date before go-live when you leave the room.",
        frozenset(),
    ),
    ParticipantRole.ON_CALL: Emphasis(
        "You will be woken by this service: look at its alerts, runbooks, escalation and roll-back.",
        frozenset({Category.OBSERVABILITY, Category.OPERATIONS}),
    ),
    ParticipantRole.PLATFORM: Emphasis(
        "It runs on your platform: look at its probes, its shutdown, its pools and its capacity.",
        frozenset({Category.RELIABILITY, Category.PERFORMANCE}),
    ),
    ParticipantRole.OUTSIDE: Emphasis(
        "You bring fresh eyes: look for what is waived, what rests on people's word alone, and what looks odd.",
        frozenset({Category.SECURITY}),
    ),
    ParticipantRole.MANAGER: Emphasis(
        "You decide on waivers: look at the hard gates that will not be met before go-live.", frozenset()
    ),
    ParticipantRole.MEMBER: Emphasis(
        "You know how it was built: look for what the open items do not say.", frozenset()
    ),
}


def emphasis(roles: Iterable[str]) -> Emphasis | None:
    """Of all the reader's roles together; None for somebody who is not invited."""
    own = [EMPHASIS[ParticipantRole(role)] for role in roles]
    if not own:
        return None
    return Emphasis(" ".join(part.sentence for part in own), frozenset().union(*(part.categories for part in own)))


def worth_meeting(without_proof: int, applicable: int) -> str | None:
    """Why it may be better to meet later; None when there is enough to talk about."""
    if without_proof < POSTPONE_FROM or without_proof * 3 < applicable:
        return None
    return f"{without_proof} of {applicable} items still lack any proof. A meeting settles what is known; think of postponing it."


def postponed(starts_on: date, go_live_on: date | None) -> date | None:
    """A week later; None when go-live would be there or over by then."""
    day = starts_on + POSTPONED_BY
    return day if go_live_on is None or day < go_live_on else None
