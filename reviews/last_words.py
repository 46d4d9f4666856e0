"""The last verdicts of a meeting, as the room lists them: what was said, and which of it can be taken back."""

from dataclasses import dataclass

from reviews import rules
from reviews.meeting import Meeting
from reviews.models import AgendaItem, SpokenWord


@dataclass(frozen=True, slots=True)
class LastWord:
    """`can_undo`: no later word stands on its item. `is_next`: the one that "undo" without a choice takes back."""

    spoken: SpokenWord
    point: AgendaItem
    can_undo: bool
    is_next: bool


def last_words(meeting: Meeting) -> list[LastWord]:
    """The newest first. One query."""
    found: list[LastWord] = []
    settled: set[int] = set()
    for spoken in SpokenWord.objects.last_of(meeting.review):
        point = meeting.point(spoken.agenda_item_id)
        if point is None:
            continue  # an upgrade of the checklist took the item out of the meeting
        problem = rules.undo_problem(is_recent=True, has_later_word=point.pk in settled)
        can_undo = spoken.stands and problem is None
        is_next = can_undo and not any(word.is_next for word in found)
        found.append(LastWord(spoken, point, can_undo, is_next))
        settled |= {point.pk} if spoken.stands else set()
    return found
