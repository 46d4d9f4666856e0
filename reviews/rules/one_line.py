"""A verdict typed as one line: `gap olga +5d run the drill with platform`, `park come back with figures`, `met`.

    gap [owner] [date] plan // note     owner and date in either order; a date may also end the line as `by friday`
    na reason · park note · met note

An owner is any part of a name or an address that only one person has, with or without `@`. A date is `+5d`, `2w`, `today`,
`tomorrow`, `fri`, `3 march`, `march 3 2027` or `2026-03-03`. A word without `@` that is nobody's name begins the plan. Nothing
raises: what can't be understood is a sentence.
"""

import re
from calendar import day_abbr, day_name, month_abbr, month_name
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from reviews.rules.words import Word

WORDS = {
    "gap": Word.GAP,
    "g": Word.GAP,
    "met": Word.MET,
    "m": Word.MET,
    "park": Word.PARKED,
    "parked": Word.PARKED,
    "p": Word.PARKED,
    "na": Word.NOT_APPLICABLE,
    "n/a": Word.NOT_APPLICABLE,
    "n": Word.NOT_APPLICABLE,
}
DAYS = {name.lower(): number for names in (day_name, day_abbr) for number, name in enumerate(names)}
MONTHS = {name.lower(): number for names in (month_name, month_abbr) for number, name in enumerate(names) if name}
SHORTEST_PART = 2
"""Letters of a name without `@`."""
MOST_NAMED = 4
NOTE = " // "

_SPAN = re.compile(r"\+?(\d{1,4})([dw])", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?", re.ASCII)
_YEAR = re.compile(r"20\d\d", re.ASCII)
_PART = re.compile(r"[\s.@+_-]+")


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody who may own a gap."""

    id: int
    name: str
    email: str

    @property
    def parts(self) -> list[str]:
        local = self.email.partition("@")[0]
        return [part for part in _PART.split(f"{self.name} {local}".lower()) if part]


@dataclass(frozen=True, slots=True)
class Line:
    """What was understood. `problem`: what was not; then nothing can be recorded."""

    word: Word | None = None
    owner: Named | None = None
    due_on: date | None = None
    plan: str = ""
    note: str = ""
    problem: str = ""


def read_line(text: str, people: Sequence[Named], today: date) -> Line:
    """`people`: whoever may own a gap."""
    first, _, rest = " ".join(text.split()).partition(" ")
    if first.lower() == "not" and rest.lower().startswith("applicable"):
        first, rest = "na", rest[len("applicable") :].strip()
    word = WORDS.get(first.lower())
    if word is None:
        return Line(problem="Begin with gap, met, na or park." if first else "")
    return _gap(rest, people, today) if word is Word.GAP else Line(word, note=rest)


def _gap(text: str, people: Sequence[Named], today: date) -> Line:
    text, _, note = f" {text} ".partition(NOTE)
    line, rest = Line(Word.GAP, note=note.strip()), text.split()
    for _ in range(2):
        line, rest = _take_date(line, rest, today) if line.due_on is None else (line, rest)
        line, rest = _take_owner(line, rest, people) if line.owner is None else (line, rest)
        if line.problem:
            return line
    if line.due_on is None:
        line, rest = _take_last_date(line, rest, today)
    return replace(line, plan=" ".join(rest))


# --- Who ------------------------------------------------------------------------------------------------------------------


def _take_owner(line: Line, rest: list[str], people: Sequence[Named]) -> tuple[Line, list[str]]:
    if not rest:
        return line, rest
    typed = rest[0].strip(",:").lower()
    if typed.startswith("@"):
        found = _named(typed[1:], people)
        if not found:
            return replace(line, problem=f"Nobody who may own it is called “{rest[0]}”."), rest
    else:
        found = _beginning(typed, people)
    if len(found) > 1:
        narrowed = [one for one in found if len(rest) > 1 and rest[1].strip(",:").lower() in one.parts]
        if len(narrowed) != 1:
            return replace(line, problem=f"“{rest[0]}” may be {_either(found)}; type a little more."), rest
        found = narrowed
    if not found:
        return line, rest
    rest = rest[1:]
    while rest and len(rest[0]) >= SHORTEST_PART and rest[0].strip(",:").lower() in found[0].parts:
        rest = rest[1:]  # the rest of the name
    return replace(line, owner=found[0]), rest


def _either(people: Sequence[Named]) -> str:
    names = [f"{one.name} ({one.email})" for one in people[:MOST_NAMED]]
    more = len(people) - len(names)
    return " or ".join([*names, *([f"one of {more} others"] if more else [])])


def _named(typed: str, people: Iterable[Named]) -> list[Named]:
    """By the whole address, else by a word of the name, else by its beginning, else by anything in it."""
    people = list(people)
    for fits in (
        lambda one: typed == one.email.lower(),
        lambda one: typed in one.parts,
        lambda one: any(part.startswith(typed) for part in one.parts),
        lambda one: typed in f"{one.name} {one.email}".lower(),
    ):
        if found := [one for one in people if typed and fits(one)]:
            return found
    return []


def _beginning(typed: str, people: Iterable[Named]) -> list[Named]:
    """Without `@` it may as well be the first word of the plan: only a whole address, a word of the name, or its beginning."""
    if len(typed) < SHORTEST_PART:
        return []
    people = list(people)
    exact = [one for one in people if typed == one.email.lower() or typed in one.parts]
    return exact or [one for one in people if any(part.startswith(typed) for part in one.parts)]


# --- When -----------------------------------------------------------------------------------------------------------------

type Day = date | str
"""A day, or the sentence about what only looks like one."""


def _take_date(line: Line, rest: list[str], today: date) -> tuple[Line, list[str]]:
    start = 1 if rest and rest[0].lower() in {"by", "until", "on"} else 0
    for length in (3, 2, 1):
        words = rest[start : start + length]
        if len(words) == length and (found := _date(words, today)):
            return _due(line, found), rest[start + length :]
    return line, rest


def _take_last_date(line: Line, rest: list[str], today: date) -> tuple[Line, list[str]]:
    for length in (3, 2, 1):
        words, before = rest[-length:], rest[:-length]
        is_said = bool(before) and before[-1].lower() in {"by", "until"}
        if len(words) == length and (is_said or words[0].startswith("+")) and (found := _date(words, today)):
            return _due(line, found), before[:-1] if is_said else before
    return line, rest


def _due(line: Line, found: Day) -> Line:
    return replace(line, due_on=found) if isinstance(found, date) else replace(line, problem=found)


def _date(words: Sequence[str], today: date) -> Day | None:
    words = [word.strip(",").lower() for word in words]
    if len(words) > 1:
        return _spelled_date(words, today)
    (word,) = words
    if found := _SPAN.fullmatch(word):
        return today + timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1))
    if found := _ISO.fullmatch(word):
        return _day(int(found[1]), int(found[2]), int(found[3]), word)
    if word in {"today", "tomorrow"}:
        return today + timedelta(days=int(word == "tomorrow"))
    if word in DAYS:
        return today + timedelta(days=(DAYS[word] - today.weekday() - 1) % 7 + 1)
    return None


def _spelled_date(words: Sequence[str], today: date) -> Day | None:
    """As in "3 march", "march 3rd", "3 march 2027". Without a year: the next one."""
    first, second, *more = words
    number, month = (first, second) if second in MONTHS else (second, first)
    found = _DAY.fullmatch(number)
    if not found or month not in MONTHS or (more and not _YEAR.fullmatch(more[0])):
        return None
    said = " ".join(words)
    if more:
        return _day(int(more[0]), MONTHS[month], int(found[1]), said)
    this_year = _day(today.year, MONTHS[month], int(found[1]), said)
    is_to_come = isinstance(this_year, date) and this_year >= today
    return this_year if is_to_come else _day(today.year + 1, MONTHS[month], int(found[1]), said)


def _day(year: int, month: int, number: int, said: str) -> Day:
    try:
        return date(year, month, number)
    except ValueError:
        return f"“{said}” is no day."


def suggested_due(today: date, last_day: date | None, *, is_hard: bool) -> date:
    """A week for a hard gate, a month for a tracked gap; never later than `last_day`, and no weekend."""
    day = today + timedelta(days=7 if is_hard else 30)
    day = min(day, last_day) if last_day else day
    friday = day - timedelta(days=max(0, day.weekday() - 4))
    return max(friday, today)
