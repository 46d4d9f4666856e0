"""The people of a review at this moment: who is connected, who is ready, who writes where, who leads. Read from the rows of a
`Meeting` without another query, but for who may be handed the lead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from reviews import rules
from reviews.models import AgendaItem
from reviews.rules import ParticipantRole, Presence, Traces

if TYPE_CHECKING:
    from reviews.meeting import Meeting, Seat

NOTES = "notes"
_IS = {
    Presence.AWAY: "is not here",
    Presence.LOOKING: "looks in, and is not marked present yet",
    Presence.LOST: "was here; the connection is lost",
    Presence.LEFT: "was here, and left",
    Presence.HERE: "is here",
}
ASKED_FOR = (ParticipantRole.LEAD, ParticipantRole.ON_CALL, ParticipantRole.PLATFORM)
"""Whom rule *led-by-owner* asks for."""


@dataclass(frozen=True, slots=True)
class Attendant:
    """One person of the review, as the others see them."""

    seat: Seat
    traces: Traces
    now: datetime
    leads: bool
    writes: str
    """Where, in words; empty while they write nowhere."""

    @property
    def person(self) -> User:
        return self.seat.person

    @property
    def presence(self) -> Presence:
        return self.traces.presence(self.now)

    @property
    def is_here(self) -> bool:
        return self.presence is Presence.HERE

    @property
    def is_lost(self) -> bool:
        return self.presence is Presence.LOST

    @property
    def has_left(self) -> bool:
        return self.presence is Presence.LEFT

    @property
    def is_quiet(self) -> bool:
        return self.traces.is_quiet(self.now)

    @property
    def silent_seconds(self) -> int:
        return int(self.traces.silent_for(self.now).total_seconds())

    @property
    def lost_at(self) -> datetime | None:
        """When they will count as lost, without another sign."""
        return self.traces.heard_at + rules.LOST_AFTER if self.traces.heard_at else None

    @property
    def is_ready(self) -> bool:
        return self.traces.is_ready(self.now)

    @property
    def is_waited_for(self) -> bool:
        """The facilitator says "ready" by going on."""
        return self.is_here and not self.leads and rules.is_waited_for(row.role for row in self.seat.rows)


@dataclass(frozen=True)
class Company:
    meeting: Meeting

    @cached_property
    def people(self) -> list[Attendant]:
        return [self._attendant(seat) for seat in self.meeting.seats]

    def _attendant(self, seat: Seat) -> Attendant:
        traces, now = seat.rows[0].traces, self.meeting.now
        leads = seat.person.pk == self.meeting.review.facilitator_id
        return Attendant(seat, traces, now, leads, self._words(traces.writes_in(now)))

    def _words(self, place: str) -> str:
        """As in "a verdict on Runbooks"."""
        if place == NOTES:
            return "the notes"
        point = self.meeting.point(point_in(place))
        return f"a verdict on {point.item.title}" if point else ""

    def of(self, person_id: int | None) -> Attendant | None:
        return next((one for one in self.people if one.person.pk == person_id), None)

    @property
    def mood(self) -> str:
        """See `rules.mood`; the clock's nudge is part of it."""
        traces = {one.person.pk: one.traces for one in self.people}
        review = self.meeting.review
        return rules.mood(traces, review.facilitator_id, self.meeting.now, self.meeting.nudge)

    # --- here, lost, missing ---------------------------------------------------------------------------------------------

    @property
    def here(self) -> int:
        return sum(one.is_here for one in self.people)

    @property
    def lost(self) -> list[Attendant]:
        return [one for one in self.people if one.is_lost]

    @property
    def missing(self) -> list[str]:
        """A sentence for each role of rule *led-by-owner* that nobody fills at this moment."""
        return list(self._missing())

    def _missing(self) -> Iterable[str]:
        for role in ASKED_FOR:
            invited = [one for one in self.people if any(row.role == role for row in one.seat.rows)]
            if any(one.is_here for one in invited):
                continue
            states = " ".join(f"{one.person} {_IS[one.presence]}." for one in invited)
            yield f"{role.label}: {states or 'nobody is invited.'}"

    # --- ready -----------------------------------------------------------------------------------------------------------

    @cached_property
    def waited_for(self) -> list[Attendant]:
        return [one for one in self.people if one.is_waited_for]

    @property
    def ready(self) -> int:
        """Of those that are waited for."""
        return sum(one.is_ready for one in self.waited_for)

    @property
    def ready_ids(self) -> str:
        """Who is ready, as `data-for` has it."""
        return " ".join(str(one.person.pk) for one in self.people if one.is_ready)

    @property
    def is_everybody_ready(self) -> bool:
        return bool(self.waited_for) and self.ready == len(self.waited_for)

    # --- who writes ------------------------------------------------------------------------------------------------------

    def writers_of(self, point: AgendaItem | None) -> list[Attendant]:
        """Who is writing the verdict on it."""
        place = verdict_on(point.pk) if point else ""
        return [one for one in self.people if place and one.traces.writes_in(one.now) == place]

    @property
    def writers_of_notes(self) -> list[Attendant]:
        return [one for one in self.people if one.traces.writes_in(one.now) == NOTES]

    # --- who leads -------------------------------------------------------------------------------------------------------

    @cached_property
    def leader(self) -> Attendant | None:
        return self.of(self.meeting.review.facilitator_id)

    @property
    def is_leaderless(self) -> bool:
        """The facilitator is lost, or about to be."""
        leader = self.leader
        return leader is not None and (leader.is_lost or leader.has_left or leader.is_quiet)

    @property
    def is_led_anew(self) -> bool:
        """Somebody else leads since the room came to where it is."""
        review = self.meeting.review
        anew, here = review.facilitator_since, review.current_since
        return bool(review.facilitator_before_id and anew) and (here is None or anew is None or here <= anew)

    @property
    def take_over_problem(self) -> str:
        """Why nobody but the service's tech lead can take over now; the action asks the same rule."""
        if self.leader is None:
            return ""
        return rules.take_over_problem(str(self.leader.person), self.leader.presence, is_tech_lead=False) or ""

    @cached_property
    def heirs(self) -> list[Attendant]:
        """Whom the facilitator can hand over to. One query."""
        target = self.meeting.review.target
        here = [one for one in self.people if one.is_here and not one.leads]
        speaking = policy.those_who_may([one.person for one in here], Action.RECORD_VERDICT, target)
        return [one for one in here if one.person.pk in speaking]


def verdict_on(agenda_id: int) -> str:
    return f"verdict:{agenda_id}"


def point_in(place: str) -> int | None:
    """The agenda item whose verdict is written in `place`."""
    what, _, number = place.partition(":")
    return int(number) if what == "verdict" and number.isdecimal() and len(number) < 19 else None
