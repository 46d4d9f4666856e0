"""When a digest is due, and who hears of what. Pure.

Rule *one-mail*: one digest a person and local day, from their chosen hour on, on the days of their rhythm. Overdue for three
days, the service's tech lead hears of it too; for seven, the managers of the team. What is due within a week, or open again,
is told to the owner only. What waits for a second person is told to those whom the service names, and to its managers when
nobody is left among them. That a waiver ends is told to whoever has to meet its item, a month before and in the last week.
How far a campaign is, whoever runs it is told from a week before its day on. Decided reviews to read, reviews that are due again
and campaigns have time: they alone are worth a mail once a week.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from readiness.mail.rules import Rhythm

SOON = timedelta(days=7)
A_MONTH = timedelta(days=30)
OPEN_AGAIN = timedelta(days=7)
TO_LEAD_AFTER = timedelta(days=3)
TO_MANAGER_AFTER = timedelta(days=7)
LATE = timedelta(hours=2)
"""A digest that is to go out late in the evening may arrive so long after its moment, even past midnight."""
CATCH_UP = timedelta(days=1)
"""What could not be sent on a Monday comes on the day after, and no later."""
NOT_DUE = -timedelta(days=100_000)
MONDAY, SATURDAY = 0, 5


class Why(StrEnum):
    """Why a line stands in somebody's digest."""

    OVERDUE = "overdue"
    VERIFY = "verify"
    DECIDE = "decide"
    CONFIRM = "confirm"
    WITNESS = "witness"
    AGAIN = "again"
    SOON = "soon"
    LEAD = "lead"
    MANAGER = "manager"
    READ = "read"
    REVIEW = "review"
    ENDING = "ending"
    CAMPAIGN = "campaign"


ESCALATED = {Why.LEAD: TO_LEAD_AFTER, Why.MANAGER: TO_MANAGER_AFTER}
HAVE_TIME = frozenset({Why.READ, Why.REVIEW, Why.CAMPAIGN})
PERSONAL = frozenset({Why.READ, Why.WITNESS, Why.CAMPAIGN})
"""What no deputy can do: it waits until its person is back."""


@dataclass(frozen=True, slots=True)
class OpenGap:
    """One open gap. Persons by id; `manager_ids` are those of the service's team, `verifier_ids` those whom a proposal to close
    it waits for. `again_on`: the day it was last reopened, `times` how often.
    """

    id: int
    title: str
    is_hard: bool
    due_on: date | None
    service_id: int
    owner_id: int | None
    owner_name: str
    lead_id: int | None
    manager_ids: tuple[int, ...] = ()
    verifier_ids: tuple[int, ...] = ()
    is_proposed: bool = False
    again_on: date | None = None
    times: int = 0


@dataclass(frozen=True, slots=True)
class Wishes:
    """`weekly_on`: 0 is Monday."""

    zone: tzinfo
    rhythm: Rhythm = Rhythm.WEEKDAYS
    hour: int = 8
    weekly_on: int = MONDAY


@dataclass(frozen=True, slots=True)
class Absence:
    """Both days included."""

    first: date
    last: date
    deputy_id: int

    def covers(self, day: date) -> bool:
        return self.first <= day <= self.last


def stand_in(person_id: int, day: date, absences: Mapping[int, Absence]) -> int:
    """Who gets this person's digest of `day`: their deputy, or the deputy's deputy while that one is away too; themselves when
    they are there, and when all the deputies are away.
    """
    asked, at = {person_id}, person_id
    while (absence := absences.get(at)) and absence.covers(day):
        at = absence.deputy_id
        if at in asked:
            return person_id
        asked.add(at)
    return at


def goes_out_at(wishes: Wishes, day: date) -> datetime:
    """An hour that the clocks leave out is the next that there is, on whatever date; of one that there is twice, the first."""
    return datetime.combine(day, time(wishes.hour), wishes.zone).astimezone(UTC)


def comes_on(wishes: Wishes, day: date) -> bool:
    match wishes.rhythm:
        case Rhythm.DAILY:
            return True
        case Rhythm.WEEKLY:
            return day.weekday() == wishes.weekly_on
        case _:
            return day.weekday() < SATURDAY


def local_day_due(wishes: Wishes, now: datetime) -> date | None:
    """The person's local day whose digest is due at `now`; None before their hour, and on days without one."""
    day = local_day_begun(wishes, now)
    return day if day and comes_on(wishes, day) else None


def local_day_begun(wishes: Wishes, now: datetime) -> date | None:
    """The same, whether or not one comes on that day."""
    day = now.astimezone(wishes.zone).date()
    if now < goes_out_at(wishes, day):
        # Where the clocks go forward at 23:00, that hour of Saturday is the first of Sunday.
        today, day = day, day - timedelta(days=1)
        if goes_out_at(wishes, day).astimezone(wishes.zone).date() != today:
            return None
    return day


def next_moment(wishes: Wishes, now: datetime) -> datetime:
    """When the first digest after `now` goes out, should there be anything to say."""
    day = now.astimezone(wishes.zone).date() - timedelta(days=1)
    while not comes_on(wishes, day) or goes_out_at(wishes, day) <= now:
        day += timedelta(days=1)
    return goes_out_at(wishes, day)


def is_over(wishes: Wishes, day: date, now: datetime) -> bool:
    """Whether it is too late to send the digest of `day`."""
    return now.astimezone(wishes.zone).date() > day and now >= goes_out_at(wishes, day) + LATE


def week_due(wishes: Wishes, now: datetime) -> date | None:
    """The Monday whose weekly mail is due at `now`: from the person's hour of that day on. None when there is none now."""
    today = now.astimezone(wishes.zone).date()
    monday = today - timedelta(days=today.weekday())
    return monday if now >= goes_out_at(wishes, monday) and not is_week_over(wishes, monday, now) else None


def is_week_over(wishes: Wishes, monday: date, now: datetime) -> bool:
    """Whether it is too late to send the weekly mail of `monday`."""
    return now.astimezone(wishes.zone).date() > monday + CATCH_UP


def why(gap: OpenGap, person_id: int, today: date) -> Why | None:
    """Why this gap belongs into this person's digest of `today`; None when it doesn't. It is there once: what the person can do
    about it comes first.
    """
    if gap.is_proposed and person_id in gap.verifier_ids:
        return Why.VERIFY
    late = today - gap.due_on if gap.due_on else NOT_DUE
    if person_id == gap.owner_id:
        return _why_to_owner(gap, late, today)
    if late >= TO_MANAGER_AFTER and person_id in gap.manager_ids:
        return Why.MANAGER
    if late >= TO_LEAD_AFTER and person_id == gap.lead_id:
        return Why.LEAD
    return None


def _why_to_owner(gap: OpenGap, late: timedelta, today: date) -> Why | None:
    if late > timedelta(0):
        return Why.OVERDUE
    if gap.again_on and (gap.due_on is None or today - gap.again_on < OPEN_AGAIN):
        return Why.AGAIN
    return Why.SOON if -late <= SOON else None


def second_pair(named: Iterable[int | None], managers: Iterable[int], *, but: set[int | None]) -> tuple[int, ...]:
    """Whom to ask for a second pair of eyes: those whom the service names, else its managers."""
    near = tuple(dict.fromkeys(person for person in named if person is not None and person not in but))
    return near or tuple(person for person in managers if person not in but)


def tells_of_end(wishes: Wishes, day: date, ends_on: date) -> bool:
    """Whether a digest of `day` says that something ends: the first one a month before, then each one in the last week."""
    left = ends_on - day
    if left <= timedelta(0) or left > A_MONTH:
        return False
    before = next((back for back in range(1, 8) if comes_on(wishes, day - timedelta(days=back))), 1)
    return left <= SOON or left + timedelta(days=before) > A_MONTH


def lets_through(day: date, late: Sequence[tuple[Why, int]]) -> bool:
    """Whether somebody who wants only what is escalated gets it on this day: when something has just been, and on Mondays what
    still is. `late`: (why, days overdue) of what was escalated to them.
    """
    if not late:
        return False
    return day.weekday() == MONDAY or any(timedelta(days=days) == ESCALATED[why] for why, days in late)


def is_worth_a_mail(wishes: Wishes, day: date, reasons: Iterable[Why]) -> bool:
    """What has time is worth one a week by itself."""
    found = set(reasons)
    is_the_day = wishes.rhythm is Rhythm.WEEKLY or day.weekday() == MONDAY
    return bool(found - HAVE_TIME) or (bool(found) and is_the_day)


def concerned(gap: OpenGap) -> Iterable[int]:
    """Everybody who might hear of it, each once."""
    people = dict.fromkeys([gap.owner_id, gap.lead_id, *gap.manager_ids, *gap.verifier_ids])
    return (person for person in people if person is not None)
