"""The figures above the heat map. Each counts rows that its link shows."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Min, Q

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.rules import Decision
from readiness.catalog.models import ServiceQuerySet
from readiness.portfolio.launches import AHEAD
from readiness.portfolio.reach import services_where
from readiness.portfolio.selection import in_window


@dataclass(frozen=True, slots=True)
class Summary:
    """`blocked`: due in 60 days and a no-go as of now. `exportable`: so many of them this person may take along as a file."""

    services: int
    measured: int
    due_soon: int
    passed: int
    upcoming: int
    blocked: int
    first_blocked_on: date | None
    ready: int
    exportable: int

    @property
    def unmeasured(self) -> int:
        return self.services - self.measured


def summary(services: ServiceQuerySet, user: User, today: date) -> Summary:
    """One statement over everything selected."""
    soon, due = in_window("30", today), in_window(str(AHEAD // timedelta(days=1)), today)
    is_blocked = due & Q(assessment__computed_decision=Decision.NO_GO)
    may_export_all = policy.is_everywhere(user, Action.EXPORT)
    figures = services.aggregate(
        services=Count("pk"),
        measured=Count("assessment"),
        due_soon=Count("pk", filter=soon),
        passed=Count("pk", filter=in_window("passed", today)),
        upcoming=Count("pk", filter=due),
        blocked=Count("pk", filter=is_blocked),
        first_blocked_on=Min("go_live_on", filter=is_blocked),
        ready=Count("pk", filter=Q(assessment__computed_decision=Decision.GO)),
        **({} if may_export_all else {"exportable": _exportable(user)}),
    )
    return Summary(**({"exportable": figures["services"]} | figures))


def _exportable(user: User) -> Count:
    return Count("pk", filter=Q(pk__in=services_where(user, Action.EXPORT).values("pk")))
