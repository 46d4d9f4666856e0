"""When a digest is due, and who hears of which gap. Pure.

Rule *one-mail*: one digest a person and local day, from their chosen hour on. Overdue for three days: the service's tech lead
hears of it too; seven days: the managers of the team. What is due within a week is told to the owner only. A review that is due
again within 30 days, or overdue, stands in its lead's digest; a mail of its own it is worth once a week.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SOON = timedelta(days=7)
TO_LEAD_AFTER = timedelta(days=3)
TO_MANAGER_AFTER = timedelta(days=7)
MONDAY, SATURDAY = 0, 5


class Why(StrEnum):
    """Why a gap stands in somebody's digest."""

    OVERDUE = "overdue"
    SOON = "soon"
    LEAD = "lead"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class OpenGap:
    """One open gap with a due date. Persons by id; `manager_ids` are those of the service's team."""

    id: int
    title: str
    is_hard: bool
    due_on: date
    service: str
    owner_id: int | None
    owner_name: str
    lead_id: int | None
    manager_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Wishes:
    time_zone: str
    wants_digest: bool = True
    digest_hour: int = 8
    has_quiet_weekends: bool = True


def local_day_due(wishes: Wishes, now: datetime) -> date | None:
    """The person's local day whose digest is due at `now`; None before their hour, on quiet days, or when they want none."""
    local = now.astimezone(ZoneInfo(wishes.time_zone))
    is_quiet = wishes.has_quiet_weekends and local.weekday() >= SATURDAY
    if not wishes.wants_digest or is_quiet or local.hour < wishes.digest_hour:
        return None
    return local.date()


def why(gap: OpenGap, person_id: int, today: date) -> Why | None:
    """Why this gap belongs into this person's digest of `today`; None when it doesn't. The owner's reason comes first."""
    late = today - gap.due_on
    if person_id == gap.owner_id:
        if late > timedelta(0):
            return Why.OVERDUE
        return Why.SOON if -late <= SOON else None
    if late >= TO_MANAGER_AFTER and person_id in gap.manager_ids:
        return Why.MANAGER
    if late >= TO_LEAD_AFTER and person_id == gap.lead_id:
        return Why.LEAD
    return None


def is_worth_a_mail(day: date, *, gaps: int, reviews: int) -> bool:
    """Gaps always; reviews that are due again have weeks, so that they alone are worth one on Mondays."""
    return gaps > 0 or (reviews > 0 and day.weekday() == MONDAY)


def concerned(gap: OpenGap) -> Iterable[int]:
    """Everybody who might hear of it, each once."""
    people = dict.fromkeys([gap.owner_id, gap.lead_id, *gap.manager_ids])
    return (person for person in people if person is not None)
