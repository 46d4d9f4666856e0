"""The last thing that somebody did in the room, in one sentence: who looks elsewhere or only listens hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone

from readiness.history.models import Entry
from readiness.history.sentences import sentence
from reviews.meeting import Meeting
from reviews.rules import Word

ON_AN_ITEM = {
    "review.raised": "put “{}” on the agenda.",
    "review.confirmed": "confirmed that “{}” does not apply.",
}
PLAIN = {
    "review.begun": "began the meeting.",
    "review.joined": "is here.",
    "review.resumed": "went on with the meeting.",
    "review.passed_acknowledged": "acknowledged what passed.",
    "review.notes": "wrote notes.",
    "review.decided": "decided.",
}


@dataclass(frozen=True, slots=True)
class News:
    """`number` grows with every one."""

    number: int
    sentence: str


def last_news(meeting: Meeting) -> News | None:
    """One query. None before anything happened."""
    entry = Entry.objects.about("review", meeting.review.pk).newest_first().first()
    return News(entry.pk, _sentence(entry, meeting)) if entry else None


def _sentence(entry: Entry, meeting: Meeting) -> str:
    short = _short_names(meeting)
    name = short.get(entry.actor_name, entry.actor_name)
    key = entry.after.get("item") or entry.before.get("item")
    title = next((item.title for item in meeting.items if item.key == key), "")
    if entry.verb == "review.verdict":
        current = meeting.review.current
        about = f" on “{title}”" if title and not (current and current.item.key == key) else ""
        return f"{name} recorded{about}: {_verdict(entry.after, short)}."
    if entry.verb == "review.taken_back":
        return f"{name} took back {_whose(entry, short)} on “{title}”: {_verdict(entry.before, short)}."
    if title and entry.verb in ON_AN_ITEM:
        return f"{name} {ON_AN_ITEM[entry.verb].format(title)}"
    return f"{name} {PLAIN.get(entry.verb) or _in_history(entry)}"


def _whose(entry: Entry, short: Mapping[str, str]) -> str:
    """As in "Olga’s word"."""
    said_by = str(entry.before.get("said_by") or "")
    if said_by in {"", entry.actor_name}:
        return "their own word" if said_by else "a word"
    return f"{short.get(said_by, said_by)}’s word"


def _verdict(after: Mapping[str, object], short: Mapping[str, str]) -> str:
    """As in "gap, owner Pia, due 3 March"."""
    owner, due_on = str(after.get("owner") or ""), str(after.get("due_on") or "")
    said = [Word(str(after["word"])).label.lower()]
    if owner:
        said.append(f"owner {short.get(owner, owner)}")
    if due_on:
        said.append(f"due {date_format(date.fromisoformat(due_on), 'j F')}")
    return ", ".join(said)


def _in_history(entry: Entry) -> str:
    """As the history says it, of the meeting."""
    return f"{sentence(entry.verb, 'meeting', [], get_current_timezone())}."


def _short_names(meeting: Meeting) -> dict[str, str]:
    """Full name → given name, where that names one person in the room."""
    full = [str(seat.person.get_full_name()) for seat in meeting.seats]
    given = [name.split()[0] if name.split() else name for name in full]
    return {name: first for name, first in zip(full, given, strict=True) if given.count(first) == 1}
