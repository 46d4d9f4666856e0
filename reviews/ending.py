"""The end of the meeting, as the room sees it: what has to be settled before the decision, and where each of it is mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from readiness.assessments.models import Gap
from reviews.forms import VerdictForm, who_may_own
from reviews.meeting import Meeting, Seat, is_of_a_gap
from reviews.models import AgendaItem
from reviews.rules import Blocker, Word

if TYPE_CHECKING:
    from django.forms.widgets import ChoiceWidget


@dataclass(frozen=True, slots=True)
class Repair:
    """A gap that lacks something, what it lacks, and the form that mends it without leaving the page. `theirs`, `their_plan`:
    what somebody else said of it, or planned for it, while this was written.
    """

    point: AgendaItem
    lacks: tuple[str, ...]
    form: VerdictForm
    theirs: AgendaItem | None = None
    their_plan: Gap | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """Something else to settle. `awaited` are those who were invited for it and are not there."""

    blocker: Blocker
    point: AgendaItem | None
    awaited: tuple[Seat, ...] = ()


@dataclass(frozen=True)
class Ending:
    """`refused`: agenda id → the form that was refused, and what somebody else wrote meanwhile."""

    meeting: Meeting
    refused: Mapping[int, tuple[VerdictForm, object]] = field(default_factory=dict)

    @cached_property
    def repairs(self) -> list[Repair]:
        """In the order of the agenda."""
        lacks: dict[int, list[str]] = {}
        for blocker in self.meeting.blockers:
            if is_of_a_gap(blocker) and blocker.agenda_id:
                lacks.setdefault(blocker.agenda_id, []).append(blocker.sentence.partition("”: ")[2])
        return [self._repair(agenda_id, sentences) for agenda_id, sentences in lacks.items()]

    def _repair(self, agenda_id: int, sentences: list[str]) -> Repair:
        point = self.meeting.point(agenda_id)
        assert point is not None  # noqa: S101 - a blocker names a point of this meeting's agenda
        form, theirs = self.refused.get(agenda_id) or (self._form(point), None)
        said = theirs if isinstance(theirs, AgendaItem) else None
        planned = theirs if isinstance(theirs, Gap) else None
        return Repair(point, tuple(sentences), form, said, planned)

    def _form(self, point: AgendaItem) -> VerdictForm:
        """All of them offer the same people: one query for however many gaps."""
        form = VerdictForm(point=point, now=self.meeting.now)
        cast("ChoiceWidget", form.fields["owner"].widget).choices = self._owners
        return form

    @cached_property
    def _owners(self) -> list[tuple[Any, str]]:
        people = who_may_own(self.meeting.review)
        return [("", "Owner"), *((person.pk, person.get_full_name()) for person in people)]

    @cached_property
    def steps(self) -> list[Step]:
        others = [blocker for blocker in self.meeting.blockers if not is_of_a_gap(blocker)]
        return [Step(one, self.meeting.point(one.agenda_id), self._awaited(one)) for one in others]

    def _awaited(self, blocker: Blocker) -> tuple[Seat, ...]:
        if not blocker.role:
            return ()
        return tuple(
            seat
            for seat in self.meeting.seats
            if not seat.is_present and any(row.role == blocker.role for row in seat.rows)
        )

    @property
    def count(self) -> int:
        return self.meeting.to_settle


def repaired(typed: Mapping[str, Any], point: AgendaItem) -> dict[str, Any]:
    """What a small form of the end says, as a verdict: a gap, with the note that was there."""
    said = {name: typed.get(name, "") for name in ("version", "gap_version", "owner", "due_on", "plan")}
    return said | {"word": Word.GAP.value, "note": point.note}
