"""The register of gaps: what the address asks for, as rows, figures and CSV. A page costs the same however many there are."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, F, Q
from django.http import QueryDict

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.models.gap import GapQuerySet
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from readiness.checklists.rules import Gate

PAGE_SIZE = 50
SOON = timedelta(days=7)
NOBODY = "none"
ME = "me"
ALL = "all"
ORDERS: dict[str, Any] = {
    "due": F("due_on").asc(nulls_last=True),
    "gap": F("item__title").asc(),
    "service": F("service__name").asc(),
    "gate": F("gate").asc(),
    "status": F("status").asc(),
    "owner": F("owner__name").asc(nulls_last=True),
    "open": F("open_since").asc(),
}
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
class Filters:
    """What the address asks for. An unknown value is no filter: an old link still shows something."""

    q: str = ""
    team: str = ""
    service: str = ""
    gate: str = ""
    status: str = ""
    owner: str = ""
    is_overdue: bool = False
    is_soon: bool = False
    sort: str = "due"

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        owner = query.get("owner", "")
        sort = query.get("sort", "")
        return cls(
            q=query.get("q", "").strip()[:100],
            team=query.get("team", "")[:80],
            service=query.get("service", "")[:100],
            gate=_known(query.get("gate", ""), [*Gate]),
            status=_known(query.get("status", ""), [*GapStatus.values, ALL]),
            owner=owner if owner in {ME, NOBODY} or owner.isdecimal() else "",
            is_overdue=query.get("overdue") == "1",
            is_soon=query.get("soon") == "1",
            sort=sort if sort.removeprefix("-") in ORDERS else "due",
        )

    @property
    def are_set(self) -> bool:
        return self != Filters(sort=self.sort)

    def apply(self, gaps: GapQuerySet, user: User, today: date) -> GapQuerySet:
        return self.by_state(self.by_place(gaps), user, today)

    def by_place(self, gaps: GapQuerySet) -> GapQuerySet:
        """Which services and which gates: what the figures above the list follow too."""
        if self.q:
            words = Q(item__title__icontains=self.q) | Q(item__key__icontains=self.q) | Q(plan__icontains=self.q)
            gaps = gaps.filter(words | Q(service__name__icontains=self.q) | Q(service__slug__icontains=self.q))
        if self.team:
            gaps = gaps.filter(service__team__slug=self.team)
        if self.service:
            gaps = gaps.filter(service__slug=self.service)
        return gaps.filter(gate=self.gate) if self.gate else gaps

    def by_state(self, gaps: GapQuerySet, user: User, today: date) -> GapQuerySet:
        if self.status in GapStatus.values:
            gaps = gaps.filter(status=self.status)
        elif self.status != ALL:
            gaps = gaps.open()
        if self.owner:
            gaps = gaps.filter(owner_id=self._owner_id(user))
        if self.is_overdue:
            gaps = gaps.overdue(today)
        return gaps.filter(due_on__gte=today, due_on__lte=today + SOON).open() if self.is_soon else gaps

    def _owner_id(self, user: User) -> int | None:
        if self.owner == ME:
            return user.pk
        return None if self.owner == NOBODY else int(self.owner)

    def order(self, gaps: GapQuerySet) -> GapQuerySet:
        first = ORDERS[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            first = first.expression.desc(nulls_last=True)
        return gaps.order_by(first, "due_on", "id")


def _known(value: str, among: list[str]) -> str:
    return value if value in among else ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Of the open gaps in the chosen services and gates, whatever else is filtered."""

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


def page_of_gaps(user: User, filters: Filters, number: str | None, today: date) -> Page[Gap]:
    """Two statements: how many, and the rows with all that a row shows."""
    rows = filters.order(filters.apply(Gap.objects.visible_to(user), user, today))
    return Paginator(rows.with_context().fetch_mode(models.FETCH_RAISE), PAGE_SIZE).get_page(number)


def gaps_to_export(user: User, filters: Filters, today: date) -> GapQuerySet:
    """The same rows as on the pages, as far as this person may export them."""
    rows = Gap.objects.visible_to(user).filter(service__in=services_where(user, Action.EXPORT))
    return filters.order(filters.apply(rows, user, today)).with_context()


def teams_with_gaps(user: User) -> models.QuerySet[Team]:
    """For the filter: teams of services this person may see."""
    return Team.objects.filter(pk__in=Service.objects.visible_to(user).values("team_id"))
