"""Who is on call when: shifts against a span of time, the holes between them, the people.

The rule: *a hole is a minute or more in which nobody is named*. Times are UTC; a shift includes its start and not its end.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import floor

from readiness.assessments.outcome import Figure, Finding, Level
from readiness.checks.types.contract import joined, plural, shortened

SHORTEST_HOLE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    since: datetime
    until: datetime

    @property
    def words(self) -> str:
        return f"until {self.until:%d %B %Y, %H:%M} UTC".replace("until 0", "until ")


@dataclass(frozen=True, slots=True)
class Shift:
    start: datetime
    end: datetime
    person: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Hole:
    """`before`, `after`: who is on call at its ends; empty at the ends of the span."""

    start: datetime
    end: datetime
    before: str = ""
    after: str = ""


def span_of(now: datetime, go_live_on: date | None, days: int, *, furthest: timedelta) -> Span:
    """From now until the end of the day that is `days` after go-live; after today where that is over or not known.

    `furthest`: how far ahead the source can see.
    """
    since = now.astimezone(UTC).replace(second=0, microsecond=0)
    day = max(since.date(), go_live_on) if go_live_on else since.date()
    until = datetime.combine(min(day, date.max - timedelta(days=days + 2)), time(), UTC) + timedelta(days=days + 1)
    return Span(since, min(until, since + furthest))


def sweep(shifts: Iterable[Shift], span: Span) -> Iterator[tuple[datetime, datetime, Mapping[int, Counter[str]]]]:
    """The span in pieces in which nothing changes: start, end, and for each level who is on call.

    The mapping is the same object each time, changed in place: what is kept of it has to be copied.
    """
    on_call: dict[int, Counter[str]] = {}
    at = span.since
    for moment, is_start, shift in _changes(shifts, span):
        if moment > at:
            yield at, moment, on_call
            at = moment
        people = on_call.setdefault(shift.level, Counter())
        people[shift.person] += 1 if is_start else -1
        if not people[shift.person]:
            del people[shift.person]
    if at < span.until:
        yield at, span.until, on_call


def _changes(shifts: Iterable[Shift], span: Span) -> list[tuple[datetime, bool, Shift]]:
    changes = []
    for shift in shifts:
        start, end = max(shift.start, span.since), min(shift.end, span.until)
        if start < end:
            changes += [(start, True, shift), (end, False, shift)]
    return sorted(changes, key=lambda change: change[0])


def holes(shifts: Iterable[Shift], span: Span, level: int = 1) -> list[Hole]:
    found: list[Hole] = []
    start: datetime | None = None
    before = last = ""
    for piece_start, _, on_call in sweep(shifts, span):
        people = on_call.get(level)
        if not people and start is None:
            start, before = piece_start, last
        elif people and start is not None:
            found.append(Hole(start, piece_start, before, next(iter(people))))
            start = None
        last = next(iter(people)) if people else last
    if start is not None:
        found.append(Hole(start, span.until, before))
    return [hole for hole in found if hole.end - hole.start >= SHORTEST_HOLE]


def people_in(shifts: Iterable[Shift], span: Span, level: int = 1) -> list[str]:
    """Everybody who is on call within the span, sorted."""
    inside = {shift.person for shift in shifts if shift.level == level and _touches(shift, span)}
    return sorted(inside)


def _touches(shift: Shift, span: Span) -> bool:
    return max(shift.start, span.since) < min(shift.end, span.until)


def figures(found: Sequence[Hole], people: Sequence[str], span: Span) -> dict[str, Figure]:
    # Rounded down, so that only a span without a hole is 100.
    missing = sum((hole.end - hole.start for hole in found), timedelta())
    share = 1 - missing / (span.until - span.since)
    return {
        "covered_percent": floor(share * 1000) / 10,
        "people": len(people),
        "holes": len(found),
        "first_hole": found[0].start.strftime("%Y-%m-%dT%H:%MZ") if found else None,
        "until": span.until.strftime("%Y-%m-%dT%H:%MZ"),
    }


def problems(found: Sequence[Hole], people: Sequence[str], min_people: int, where: str) -> list[Finding]:
    listed = [Finding("hole", Level.ERROR, in_words(hole), where) for hole in found]
    if len(people) < min_people:
        who = joined([f"Only {shortened(name, 60)} is on call." for name in people]) or "Nobody is on call."
        message = f"{who} At least {plural(min_people, 'person')} are needed.".replace("persons", "people")
        listed.append(Finding("too-few-people", Level.ERROR, message, where))
    return listed


def in_words(hole: Hole) -> str:
    ends = [f"{word} {shortened(who, 60)}" for word, who in (("after", hole.before), ("before", hole.after)) if who]
    between = f" ({' and '.join(ends)})" if ends else ""
    return f"Nobody is on call from {_moment(hole.start)} to {_moment(hole.end)} UTC{between}."


def _moment(at: datetime) -> str:
    return f"{at:%d %b %Y, %H:%M}".lstrip("0")
