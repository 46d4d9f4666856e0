"""The rows of the register, and what stands above them."""

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Q

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.models.gap import GapQuerySet
from readiness.assessments.register.filters import SOON, Filters
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where

PAGE_SIZE = 50
COLUMNS = (
    ("gap", "Gap"),
    ("service", "Service"),
    ("gate", "Gate"),
    ("status", "Status"),
    ("owner", "Owner"),
    ("due", "Due"),
    ("open", "Open since"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the open gaps in the chosen services and items, whatever else is filtered."""

    open: int
    overdue: int
    soon: int
    unowned: int
    awaiting: int


def figures(user: User, filters: Filters, today: date) -> Figures:
    """One statement."""
    gaps = filters.by_place(Gap.objects.visible_to(user)).open().order_by()
    return Figures(
        **gaps.aggregate(
            open=Count("pk"),
            overdue=Count("pk", filter=Q(due_on__lt=today)),
            soon=Count("pk", filter=Q(due_on__gte=today, due_on__lte=today + SOON)),
            unowned=Count("pk", filter=Q(owner=None)),
            awaiting=Count("pk", filter=Q(status=GapStatus.AWAITING)),
        )
    )


def matching(user: User, filters: Filters, today: date) -> GapQuerySet:
    """All that the address asks for, in its order."""
    return filters.order(filters.apply(Gap.objects.visible_to(user), user, today))


def page_of_gaps(user: User, filters: Filters, number: str | None, today: date) -> Page[Gap]:
    """Two statements: how many, and the rows with all that a row shows."""
    rows = matching(user, filters, today).with_context().fetch_mode(models.FETCH_RAISE)
    return Paginator(rows, PAGE_SIZE).get_page(number)


def gaps_to_export(user: User, filters: Filters, today: date) -> GapQuerySet:
    """The same rows as on the pages, as far as this person may export them."""
    return matching(user, filters, today).filter(service__in=services_where(user, Action.EXPORT)).with_context()


def teams_with_gaps(user: User) -> models.QuerySet[Team]:
    """For the filter: teams of services this person may see."""
    return Team.objects.filter(pk__in=Service.objects.visible_to(user).values("team_id"))


def owners_of_gaps(user: User) -> models.QuerySet[User]:
    """For the filter: who owns a gap that this person may see."""
    owned = Gap.objects.visible_to(user).filter(owner__isnull=False)
    owners: models.QuerySet[User] = User.objects.filter(pk__in=owned.values("owner_id"))
    return owners.order_by("name", "email")
