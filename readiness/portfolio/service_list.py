"""The list of services: filters and order come from the address, and one page costs the same however many services there are."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast
from django.http import QueryDict

from readiness.accounts.models import Team, User
from readiness.assessments.models import Assessment
from readiness.catalog.models import Lifecycle, Service, ServiceQuerySet, Tier
from readiness.catalog.rules import Trait

PAGE_SIZE = 50
ORDERS: dict[str, tuple[Any, ...]] = {
    "name": (F("name").asc(), "slug"),
    "team": (F("team__name").asc(), "name"),
    "tier": (F("tier").asc(), "name"),
    "go-live": (F("next_go_live").asc(nulls_last=True), "name"),
    "standing": (F("assessment__hard_open").asc(nulls_last=True), "name"),
}
COLUMNS = (
    ("name", "Service"),
    ("team", "Team"),
    ("tier", "Tier"),
    ("standing", "Hard gates"),
    ("go-live", "Go-live"),
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. An unknown value is no filter: an old link still shows something."""

    q: str = ""
    team: str = ""
    tier: int | None = None
    trait: str = ""
    lifecycle: str = ""
    is_mine: bool = False
    sort: str = "name"

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        tier = query.get("tier", "")
        return cls(
            q=query.get("q", "").strip()[:100],
            team=query.get("team", ""),
            tier=int(tier) if tier in {str(value) for value in Tier.values} else None,
            trait=_known(query.get("trait", ""), [trait.value for trait in Trait]),
            lifecycle=_known(query.get("lifecycle", ""), Lifecycle.values),
            is_mine=query.get("mine") == "1",
            sort=_known(query.get("sort", ""), [*ORDERS, *(f"-{name}" for name in ORDERS)]) or "name",
        )

    @property
    def are_set(self) -> bool:
        return self != Filters(sort=self.sort)

    def apply(self, services: ServiceQuerySet, user: User) -> ServiceQuerySet:
        if self.q:
            services = services.filter(
                Q(name__icontains=self.q) | Q(slug__icontains=self.q) | Q(description__icontains=self.q)
            )
        if self.team:
            services = services.filter(team__slug=self.team)
        if self.tier:
            services = services.filter(tier=self.tier)
        if self.trait:
            # A JSON list has no "contains" on SQLite; its text has, and quotes keep `ml` apart from `html`.
            services = services.annotate(said_traits=Cast("traits", TextField())).filter(
                said_traits__contains=f'"{self.trait}"'
            )
        if self.is_mine:
            services = services.filter(Q(tech_lead=user) | Q(on_call=user) | Q(platform_owner=user))
        if self.lifecycle:
            return services.filter(lifecycle=self.lifecycle)
        return services.in_force()

    def order(self, services: ServiceQuerySet) -> ServiceQuerySet:
        first, *rest = ORDERS[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            first = first.expression.desc(nulls_last=True)
        return services.order_by(first, *rest)


def _known(value: str, among: list[str]) -> str:
    return value if value in among else ""


@dataclass(frozen=True, slots=True)
class Row:
    """`bar`: how its hard gates stand, for {% standing_bar %}."""

    service: Service
    bar: dict[str, int]


def rows_of(page: Page[Service]) -> list[Row]:
    return [Row(service, _bar(getattr(service, "assessment", None))) for service in page.object_list]


def _bar(assessment: Assessment | None) -> dict[str, int]:
    """Red is for gates that are known not to be met; without proof they are grey."""
    if assessment is None:
        return dict.fromkeys(("met", "waived", "hard", "unknown"), 0)
    failing = sum(counts.get("open_hard", 0) for counts in assessment.counts.values())
    rest = assessment.hard_applicable - assessment.hard_met - assessment.hard_open
    return {
        "met": assessment.hard_met,
        "waived": rest,
        "hard": min(failing, assessment.hard_open),
        "unknown": max(assessment.hard_open - failing, 0),
    }


def page_of_services(user: User | AnonymousUser, filters: Filters, number: str | None, today: date) -> Page[Service]:
    """Three statements: whom this person may see (grants), how many, and the rows with all that a row shows."""
    if not isinstance(user, User):
        return Paginator(Service.objects.none(), PAGE_SIZE).get_page(number)
    rows = filters.order(filters.apply(Service.objects.visible_to(user), user).with_next_go_live(today))
    shown = rows.with_people().select_related("assessment").fetch_mode(models.FETCH_RAISE)
    return Paginator(shown, PAGE_SIZE).get_page(number)


def teams_seen(user: User | AnonymousUser) -> models.QuerySet[Team]:
    """For the filter: teams of services this person may see."""
    return Team.objects.filter(pk__in=Service.objects.visible_to(user).values("team_id"))
