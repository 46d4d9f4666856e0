"""Who is in the room as far as their screens tell, and who may lead through the agenda.

Taking part is for good (`present_since`); being connected is of this moment: every screen is heard of every few seconds. Whose
screens fall silent is shown as lost, loses nothing, and is back with the first sign.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2s

from reviews.rules.words import ParticipantRole

HEARD_EVERY = timedelta(seconds=2)
"""How often it is written down that a screen was heard of: three signs may go missing before its person counts as lost."""
QUIET_AFTER = timedelta(seconds=6)
LOST_AFTER = timedelta(seconds=8)
WRITES_FOR = timedelta(seconds=6)
ABANDONED_AFTER = timedelta(minutes=15)
LEFT_AFTER = ABANDONED_AFTER


class Presence(StrEnum):
    AWAY = "away"  # did not come, or looked in and left
    LOOKING = "looking"  # has the room before them, and is not marked present
    HERE = "here"
    LOST = "lost"  # takes part, and their screens are silent
    LEFT = "left"  # the same, for so long that nobody waits for their connection

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Presence.AWAY: "Not here yet",
    Presence.LOOKING: "Looking in",
    Presence.HERE: "Here",
    Presence.LOST: "Connection lost",
    Presence.LEFT: "Left",
}


@dataclass(frozen=True, slots=True)
class Traces:
    """What a person's screens left behind in a review; None where there is nothing."""

    present_since: datetime | None = None
    seen_at: datetime | None = None
    ready_at: datetime | None = None
    writing_in: str = ""
    writing_at: datetime | None = None

    @property
    def heard_at(self) -> datetime | None:
        """Marking oneself present is a sign as well."""
        return max((moment for moment in (self.present_since, self.seen_at) if moment), default=None)

    def silent_for(self, now: datetime) -> timedelta:
        return now - self.heard_at if self.heard_at else timedelta.max

    def presence(self, now: datetime) -> Presence:
        silent = self.silent_for(now)
        if not self.present_since:
            return Presence.AWAY if silent >= LOST_AFTER else Presence.LOOKING
        if silent < LOST_AFTER:
            return Presence.HERE
        return Presence.LOST if silent < LEFT_AFTER else Presence.LEFT

    def is_quiet(self, now: datetime) -> bool:
        """On the way to being lost: a sign or two are missing."""
        return bool(self.present_since) and QUIET_AFTER <= self.silent_for(now) < LOST_AFTER

    def is_ready(self, now: datetime) -> bool:
        """Who is gone is not ready, whatever they said before."""
        return self.ready_at is not None and self.presence(now) is Presence.HERE

    def writes_in(self, now: datetime) -> str:
        """The form under their hands; empty when there is none."""
        is_fresh = self.writing_at is not None and now - self.writing_at < WRITES_FOR
        return self.writing_in if is_fresh and self.presence(now) is Presence.HERE else ""


def is_waited_for(roles: Iterable[str]) -> bool:
    """Whether the room waits for this person's "ready": whoever was asked to speak, and not a team mate who came along."""
    return any(role != ParticipantRole.MEMBER for role in roles)


def mood(people: Mapping[int, Traces], leader: int | None, now: datetime, nudge: str = "") -> str:
    """A few letters that differ when the room looks different although nobody did anything: somebody fell silent, came back or
    stopped writing, or the clock has something else to say. `people` by person, `leader` the facilitator, whose silence is
    counted aloud.
    """
    signs = [
        f"{person}{traces.presence(now)}{traces.writes_in(now)}{person == leader and traces.is_quiet(now)}"
        for person, traces in sorted(people.items())
    ]
    signs.append(nudge)
    return blake2s("|".join(signs).encode(), digest_size=4).hexdigest()


# --- Who leads -----------------------------------------------------------------------------------------------------------------


def take_over_problem(leader: str, presence: Presence, *, is_tech_lead: bool) -> str | None:
    """Why somebody can't take over from `leader` (a name; empty when nobody leads); None when they can.

    A room is never without a hand on it for longer than a lost connection takes to show, and nobody who is here is pushed aside,
    but by the one who leads by right (rule *led-by-owner*).
    """
    if is_tech_lead or not leader or presence is not Presence.HERE:
        return None
    return (
        f"{leader} leads through the agenda and is connected; "
        "ask them to hand over, or wait until their connection is lost."
    )


def hand_over_problem(to: str, presence: Presence, *, may_speak: bool) -> str | None:
    """Why the facilitator can't hand over to somebody; None when they can."""
    if not may_speak:
        return f"{to} only looks on: hand over to somebody who may record verdicts."
    match presence:
        case Presence.HERE:
            return None
        case Presence.LOST | Presence.LEFT:
            return f"The connection of {to} is lost; hand over to somebody who is here."
        case _:
            return f"{to} is not marked present; hand over to somebody who is here."
