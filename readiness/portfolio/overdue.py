"""Overdue gaps: whose they are, and which teams'."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from readiness.assessments.models import GapStatus
from readiness.catalog.models import ServiceQuerySet
from readiness.checklists.rules import Gate

SHOWN = 6
OPEN = [status for status in GapStatus if status != GapStatus.CLOSED]


@dataclass(frozen=True, slots=True)
class Share:
    """What one owner or team has overdue. `value` is what the register of gaps filters by; empty for nobody."""

    value: str
    label: str
    number: int
    hard: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """`owners` and `teams`: those with the most first; of the owners the first few."""

    total: int
    hard: int
    owners: tuple[Share, ...]
    more_owners: int
    teams: tuple[Share, ...]

    @property
    def most_of_an_owner(self) -> int:
        return self.owners[0].number if self.owners else 0


def overdue(services: ServiceQuerySet, today: date) -> Overdue:
    """One statement, grouped by owner and team; what it answers is as long as there are people with something overdue.

    It begins at the services, whose conditions then stand in the same join; asked from the gaps they cost a second one.
    """
    late = services.filter(gaps__due_on__lt=today, gaps__status__in=OPEN).order_by()
    named = late.values_list("gaps__owner_id", "gaps__owner__name", "team__slug", "team__name")
    rows = list(named.annotate(number=Count("gaps"), hard=Count("gaps", filter=Q(gaps__gate=Gate.HARD))))
    owners = _shares((str(owner or ""), name or "No owner", number, hard) for owner, name, _, _, number, hard in rows)
    teams = _shares((slug, name, number, hard) for _, _, slug, name, number, hard in rows)
    return Overdue(
        total=sum(row[-2] for row in rows),
        hard=sum(row[-1] for row in rows),
        owners=owners[:SHOWN],
        more_owners=len(owners) - SHOWN,
        teams=teams,
    )


def _shares(parts: Iterable[tuple[str, str, int, int]]) -> tuple[Share, ...]:
    numbers: Counter[str] = Counter()
    hard: Counter[str] = Counter()
    labels: dict[str, str] = {}
    for value, label, number, hard_number in parts:
        labels[value] = label
        numbers[value] += number
        hard[value] += hard_number
    shares: Any = (Share(value, labels[value], number, hard[value]) for value, number in numbers.items())
    return tuple(sorted(shares, key=lambda share: (-share.number, share.label)))
