"""When each step happened: from a day and a time of day in a story to a moment, with all stories in one row.

People don't work on weekends: what a story puts there happens on the Monday after, except in the last days,
which are told as they are. Machines don't know what a weekend is. Nothing happens before what the story tells before it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from readiness.demo.steps import Step, Story

SATURDAY = 5
AS_THEY_ARE = -4
"""From this day on nothing is moved."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """`now`: the moment of loading. `zone_of`: where the person with this short name lives; a machine lives in UTC."""

    now: datetime
    zone_of: Callable[[str], ZoneInfo]

    def planned_on(self, day: int) -> date:
        """A day of a plan: a working day, before the weekend where it is past and after it where it is to come."""
        found = self._day(day)
        beyond = found.weekday() - SATURDAY
        if beyond < 0 or AS_THEY_ARE <= day <= 0:
            return found
        return found - timedelta(days=beyond + 1) if day < 0 else found + timedelta(days=2 - beyond)

    def moment(self, day: int, at: str, by: str) -> datetime:
        """Of a time of day ("09:40", or "09:40 theo" where somebody else lives), or of minutes before loading ("-12")."""
        if at.startswith("-"):
            return self.now - timedelta(minutes=int(at[1:]))
        found = self._day(day)
        if by and not AS_THEY_ARE <= day <= 0 and found.weekday() >= SATURDAY:
            found += timedelta(days=7 - found.weekday())
        return self._at(found, at, by)

    def _told_at(self, step: Step) -> datetime:
        """Where the step stands in its story, before weekends are thought of."""
        return (
            self.moment(0, step.at, "") if step.at.startswith("-") else self._at(self._day(step.day), step.at, step.by)
        )

    def _day(self, day: int) -> date:
        return self.now.astimezone(UTC).date() + timedelta(days=day)

    def _at(self, day: date, at: str, by: str) -> datetime:
        clock, _, elsewhere = at.partition(" ")
        return datetime.combine(day, time.fromisoformat(clock), self.zone_of(elsewhere or by)).astimezone(UTC)

    def in_order(self, stories: Iterable[Story]) -> list[tuple[datetime, Story, Step]]:
        """Every step of every story, by its moment."""
        steps = [(moment, story, step) for story in stories for moment, step in self._of_one(story)]
        return sorted(steps, key=lambda entry: entry[0])

    def _of_one(self, story: Story) -> list[tuple[datetime, Step]]:
        # In the order of the story first: what was moved off a weekend pushes on what came after it.
        groups = sorted(_groups(story.steps), key=lambda group: self._told_at(group[0]))
        placed: list[tuple[datetime, Step]] = []
        last = datetime.min.replace(tzinfo=UTC)
        for head, *followers in groups:
            last = max(self.moment(head.day, head.at, head.by), last + timedelta(minutes=1))
            placed.append((last, head))
            for step in followers:
                last += timedelta(minutes=int(step.at))
                placed.append((last, step))
        return placed


def _groups(steps: Iterable[Step]) -> list[list[Step]]:
    """A step with a time of its own, and those that follow it by minutes."""
    groups: list[list[Step]] = []
    for step in steps:
        if step.at.startswith("+"):
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups
