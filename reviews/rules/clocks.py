"""What a moment is on other people's clocks, and for whom it is an odd hour."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, tzinfo

SATURDAY = 5
WORK_BEGINS, WORK_ENDS = time(8), time(18)


@dataclass(frozen=True, slots=True)
class Clock:
    """As in "14:30 for Pia in Kolkata". `is_odd`: outside what most people call working hours."""

    name: str
    place: str
    says: str
    is_odd: bool


def clocks(starts_at: datetime, ends_at: datetime, mine: tzinfo, people: Iterable[tuple[str, tzinfo]]) -> list[Clock]:
    """Of the people for whom it is another time than for the reader; those at the same time on the same place share a line."""
    here = starts_at.astimezone(mine)
    found: dict[tuple[str, str], Clock] = {}
    for name, zone in people:
        there = starts_at.astimezone(zone)
        if there.utcoffset() == here.utcoffset():
            continue
        says = f"{there:%H:%M}" if there.date() == here.date() else f"{there:%H:%M} on {there:%A}"
        key = (place_of(zone), says)
        name = f"{found[key].name} and {name}" if key in found else name  # noqa: PLW2901 - the line's name grows
        found[key] = Clock(name, *key, is_odd=is_odd(there, ends_at.astimezone(zone)))
    return list(found.values())


def is_odd(starts_at: datetime, ends_at: datetime) -> bool:
    """In somebody's own time: before eight, after six, or on a weekend."""
    is_early = starts_at.time() < WORK_BEGINS
    is_late = ends_at.date() > starts_at.date() or ends_at.time() > WORK_ENDS
    return is_early or is_late or starts_at.weekday() >= SATURDAY


def place_of(zone: tzinfo) -> str:
    """As people name it: "Asia/Kolkata" is "Kolkata"."""
    return str(zone).rpartition("/")[2].replace("_", " ")
