"""Before the meeting: is it worth meeting yet, and what should each participant look at?"""

from collections.abc import Iterable
from dataclasses import dataclass

from readiness.checklists.rules import Category
from reviews.rules.words import ParticipantRole

POSTPONE_FROM = 5
"""So many items without any proof make a meeting that talks about nothing."""


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
