"""What a manager should know on Monday: what goes live in thirty days and what blocks it, what got worse in a week, what was
closed in it. Of the services of the teams that this person manages, whatever else they may see.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.models.gap import GapQuerySet
from readiness.assessments.rules import Decision
from readiness.catalog.models import ServiceQuerySet
from readiness.catalog.reach import services_where
from readiness.portfolio.launches import Launch, worries
from readiness.portfolio.selection import Selection, in_window
from readiness.portfolio.worry import reviews_beside
from readiness.portfolio.worse import Worse, getting_worse

MANAGES = Action.DECIDE_WAIVER
"""Whoever decides waivers is a manager."""
WINDOW = "30"
A_WEEK = timedelta(weeks=1)
CLOSED_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Week:
    """`launches` are the first few of `due`, whatever worries most first; `closed` the first few of `closed_number`, hard gates
    first. The week of the closed ones is the last whole one, `first` to `last`.
    """

    today: date
    first: date
    last: date
    due: int = 0
    blocked: int = 0
    unmeasured: int = 0
    launches: Sequence[Launch] = ()
    worse: Worse = field(default_factory=Worse)
    closed: Sequence[Gap] = ()
    closed_number: int = 0

    @property
    def more_launches(self) -> int:
        return self.due - len(self.launches)

    @property
    def more_closed(self) -> int:
        return self.closed_number - len(self.closed)

    @property
    def is_empty(self) -> bool:
        return not (self.launches or self.worse.services or self.closed)


def week(user: User, today: date) -> Week:
    """Eight statements at most. `today`: any day of the week after the one whose closed gaps are told."""
    services = services_where(user, MANAGES).in_force()
    first = today - timedelta(days=today.weekday()) - A_WEEK
    closed = _closed(services, first)
    return Week(
        today=today,
        first=first,
        last=first + A_WEEK - timedelta(days=1),
        **_due(services, today),
        launches=worries(services.filter(in_window(WINDOW, today)), today, reviews_beside(user)),
        worse=getting_worse(user, Selection.of(QueryDict(), today), back=A_WEEK, action=MANAGES),
        closed=list(closed[:CLOSED_SHOWN]),
        closed_number=closed.count(),
    )


def _due(services: ServiceQuerySet, today: date) -> dict[str, int]:
    soon = services.filter(in_window(WINDOW, today)).order_by()
    is_blocked = Q(assessment__computed_decision=Decision.NO_GO)
    is_unmeasured = Q(assessment=None)
    return soon.aggregate(
        due=Count("pk"),
        blocked=Count("pk", filter=is_blocked),
        unmeasured=Count("pk", filter=is_unmeasured),
    )


def _closed(services: ServiceQuerySet, first: date) -> GapQuerySet:
    begins, ends = (timezone.make_aware(datetime.combine(day, time())) for day in (first, first + A_WEEK))
    gaps = Gap.objects.filter(service__in=services.order_by().values("pk"), status=GapStatus.CLOSED)
    within = gaps.filter(closed_at__gte=begins, closed_at__lt=ends).select_related("service", "item", "verified_by")
    return within.order_by("gate", "service__name", "closed_at", "pk")
