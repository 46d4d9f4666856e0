"""What the pages about campaigns show. A page costs the same however many services take part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.http import QueryDict
from django.utils.safestring import SafeString

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Ruling
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap, Item
from readiness.assessments.queries import gap_of, house_day
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.history.models import Entry
from readiness.portfolio.campaigns import curve, picking
from readiness.portfolio.campaigns.days import Course, course_of
from readiness.portfolio.campaigns.progress import MISSING, Progress, Standing, progress, standings
from readiness.portfolio.campaigns.scope import Scope, may_run, sees_all, visible_to, words_of
from readiness.portfolio.models import Campaign, CampaignDay

PAGE_SIZE = 50
TEAMS_SHOWN = 8
OWNERS_SHOWN = 8
ENTRIES_SHOWN = 10
NOBODY = "none"
SHOWS: Mapping[str, str] = {
    "missing": "Still missing",
    **{standing.value: standing.label for standing in Standing},
    "all": "All that take part",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A campaign in the list. `met` and `services` as of the last count; None for who may not see all of them."""

    campaign: Campaign
    met: int | None
    services: int | None
    is_late: bool

    @property
    def missing(self) -> int:
        return (self.services or 0) - (self.met or 0)


def page_of_campaigns(user: User, *, has_ended: bool, number: str | None, today: date) -> Page[Line]:
    last = CampaignDay.objects.filter(campaign=OuterRef("pk")).order_by("-day")
    rows: QuerySet[Any] = visible_to(user).filter(ended_at__isnull=not has_ended).select_related("owner", "ended_by")
    rows = rows.annotate(met=Subquery(last.values("met")[:1]), services=Subquery(last.values("services")[:1]))
    page = Paginator(rows.order_by("-ended_at", "due_on", "pk"), PAGE_SIZE).get_page(number)
    return Page([_line(row, user, today) for row in page], page.number, page.paginator)


def _line(row: Any, user: User, today: date) -> Line:
    is_all = sees_all(user, Scope.of(row.scope))
    is_late = not row.has_ended and row.due_on < today and row.met != row.services
    return Line(row, row.met if is_all else None, row.services if is_all else None, is_late)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows stand below the figures. An unknown value is no filter."""

    show: str = "missing"
    team: str = ""
    owner: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        show, owner = query.get("show", ""), query.get("owner", "")
        return cls(
            show=show if show in SHOWS else "missing",
            team=query.get("team", "")[:80],
            owner=owner if owner == NOBODY or (owner.isascii() and owner.isdecimal() and len(owner) < 18) else "",
        )

    @property
    def label(self) -> str:
        return SHOWS[self.show]

    def apply(self, rows: Any) -> Any:
        if self.show == "missing":
            rows = rows.filter(standing__in=MISSING)
        elif self.show != "all":
            rows = rows.filter(standing=self.show)
        if self.team:
            rows = rows.filter(team__slug=self.team)
        if self.owner:
            rows = rows.filter(falls_to=None if self.owner == NOBODY else int(self.owner))
        return rows


@dataclass(frozen=True, slots=True)
class Row:
    service: Service
    standing: str
    item: Item | None
    gap: Gap | None


@dataclass(frozen=True, slots=True)
class CampaignPage:
    campaign: Campaign
    what: picking.What
    scope: list[str]
    progress: Progress
    owners: list[tuple[str, str, int]]
    """(what the address says, name, how many are missing)"""
    more_owners: int
    course: Course | None
    """None for who may not see every service that takes part."""
    picture: SafeString
    filters: Filters
    page: Page[Service]
    rows: list[Row]
    running: Ruling
    may_export: bool
    history: list[Entry]
    today: date

    @property
    def is_late(self) -> bool:
        return not self.campaign.has_ended and self.campaign.due_on < self.today and self.progress.figures.missing > 0

    @property
    def most_missing(self) -> int:
        return self.owners[0][2] if self.owners else 0

    @property
    def first_teams(self) -> Any:
        return self.progress.teams[:TEAMS_SHOWN]

    @property
    def other_teams(self) -> Any:
        return self.progress.teams[TEAMS_SHOWN:]


def read_campaign(campaign: Campaign, user: User, query: QueryDict, now: datetime) -> CampaignPage:
    """`campaign` with its people. The caller has asked whether `user` may see it; the figures are of services that they may."""
    scope, today, filters = Scope.of(campaign.scope), house_day(now), Filters.of(query)
    services = scope.services().filter(pk__in=Service.objects.visible_to(user).values("pk"))
    counted = progress(services, campaign, today)
    page = _page(services, campaign, today, filters, query.get("page"))
    course = course_of(campaign) if sees_all(user, scope) else None
    running = may_run(user, scope)
    return CampaignPage(
        campaign=campaign,
        what=picking.found(campaign.item_key, campaign.criterion_key) or _no_longer_asked(campaign),
        scope=words_of(scope),
        progress=counted,
        owners=_owners(counted),
        more_owners=len(counted.owners) - OWNERS_SHOWN,
        course=course,
        picture=curve.drawn(course) if course else SafeString(""),
        filters=filters,
        page=page,
        rows=_rows(page, campaign),
        running=running,
        may_export=policy.may_anywhere(user, Action.EXPORT),
        history=list(Entry.objects.about("campaign", campaign.pk).newest_first()[:ENTRIES_SHOWN]) if running else [],
        today=today,
    )


def _no_longer_asked(campaign: Campaign) -> picking.What:
    return picking.What(
        campaign.item_key, campaign.criterion_key, campaign.item_key, "No checklist asks for it any more."
    )


def _page(
    services: ServiceQuerySet, campaign: Campaign, today: date, filters: Filters, number: str | None
) -> Page[Service]:
    rows = filters.apply(standings(services, campaign, today))
    # What is due first comes first; ordered by their standing, each row's would be told anew for each comparison.
    ordered = rows.order_by(F("asked__gap__due_on").asc(nulls_last=True), "tier", "name", "slug")
    return Paginator(ordered.select_related("team", "tech_lead"), PAGE_SIZE).get_page(number)


def _rows(page: Page[Service], campaign: Campaign) -> list[Row]:
    """One statement more, for the items of one page."""
    asked = Item.objects.filter(assessment__service__in=list(page), key=campaign.item_key, retired_at=None)
    items = {item.assessment.service_id: item for item in asked.select_related("assessment", "gap__owner")}
    return [_row(service, items.get(service.pk)) for service in page]


def _row(service: Any, item: Item | None) -> Row:
    return Row(service, service.standing, item, gap_of(item) if item else None)


def _owners(counted: Progress) -> list[tuple[str, str, int]]:
    shown = counted.owners[:OWNERS_SHOWN]
    names = User.objects.in_bulk([pk for pk, _ in shown if pk])
    return [(str(pk or NOBODY), str(names[pk]) if pk else "Nobody", number) for pk, number in shown]
