"""The waivers' queue: what waits for me, what is in force and when it ends, what is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.http import QueryDict

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions import waivers
from readiness.assessments.models import Waiver, WaiverStatus
from readiness.assessments.models.waiver import ENDS_SOON, WaiverQuerySet
from readiness.assessments.queries import gap_of
from readiness.catalog.reach import services_where

PAGE_SIZE = 50
SHOWN = {
    "waiting": "Waiting for a decision",
    "ending": f"Ends in {ENDS_SOON.days} days",
    "in-force": "In force",
    "past": "Past",
}
OVER = (WaiverStatus.REFUSED, WaiverStatus.REVOKED, WaiverStatus.EXPIRED, WaiverStatus.RENEWED)


@dataclass(frozen=True, slots=True)
class WaiverCard:
    """`problem`, `revoke_problem`, `renew_problem`: why this person can't decide it, end it, renew it; empty when they can."""

    waiver: Waiver
    problem: str
    revoke_problem: str
    renew_problem: str
    is_soon: bool
    is_own: bool
    is_renewal_asked: bool = False

    @property
    def is_waiting(self) -> bool:
        return self.waiver.status == WaiverStatus.REQUESTED

    @property
    def is_live(self) -> bool:
        return self.waiver.is_live

    @property
    def is_running(self) -> bool:
        return self.waiver.status == WaiverStatus.APPROVED

    @property
    def concerns(self) -> User:
        """Whose it is to meet the item before it ends: the gap's owner, else the tech lead, else who asked for it."""
        gap = gap_of(self.waiver.item)
        return (gap.owner if gap else None) or self.waiver.service.tech_lead or self.waiver.requested_by

    @property
    def may_revoke(self) -> bool:
        """Whoever decides refuses a request; taking it back is for the one who asked."""
        return not self.revoke_problem and (self.is_own or not self.is_waiting)


def card_of(waiver: Waiver, user: User, today: date) -> WaiverCard:
    """For `assessments/_waiver_card.html`. No query when the waiver came through `waivers_with_context`."""
    target = waiver.service.target
    decide = policy.may(user, Action.DECIDE_WAIVER, target)
    end = policy.may(user, Action.REQUEST_WAIVER, target)
    return WaiverCard(
        waiver=waiver,
        problem=decide.reason or waivers.decision_problem(waiver, user),
        revoke_problem=end.reason or waivers.revocation_problem(waiver),
        is_own=waiver.requested_by_id == user.pk,
        renew_problem=end.reason,
        is_soon=waiver.status == WaiverStatus.APPROVED and waiver.ends_on - today <= ENDS_SOON,
        is_renewal_asked=getattr(waiver, "is_renewal_asked", False),
    )


def waivers_with_context(user: User) -> WaiverQuerySet:
    asked = Waiver.objects.waiting().filter(item=OuterRef("item"))
    rows = Waiver.objects.visible_to(user).annotate(is_renewal_asked=Exists(asked))
    people = ("item__gap__owner", "service__tech_lead", "requested_by", "decided_by")
    rows = rows.select_related("item__gap", "service__team", "renews", *people)
    return rows.fetch_mode(models.FETCH_RAISE)


@dataclass(frozen=True, slots=True)
class Selection:
    """What the address asks for."""

    show: str = "waiting"
    team: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> "Selection":
        show = query.get("show", "")
        return cls(show if show in SHOWN else "waiting", query.get("team", "")[:80])

    def rows(self, user: User, today: date) -> WaiverQuerySet:
        rows = waivers_with_context(user)
        if self.team:
            rows = rows.filter(service__team__slug=self.team)
        if self.show == "in-force":
            return rows.in_force(today).order_by("ends_on", "pk")
        if self.show == "ending":
            return rows.ending(today).order_by("ends_on", "pk")
        if self.show == "past":
            return rows.filter(Q(status__in=OVER) | Q(status=WaiverStatus.APPROVED, ends_on__lte=today)).order_by("-pk")
        mine = Q(service__in=services_where(user, Action.DECIDE_WAIVER)) & ~Q(requested_by=user)
        return (
            rows.waiting()
            .annotate(is_mine=models.ExpressionWrapper(mine, models.BooleanField()))
            .order_by("-is_mine", "ends_on", "pk")
        )


def counts(user: User, today: date) -> dict[str, int]:
    """How many there are under each tab. One statement."""
    found: dict[str, Any] = Waiver.objects.visible_to(user).aggregate(
        waiting=Count("pk", filter=Q(status=WaiverStatus.REQUESTED)),
        ending=Count("pk", filter=Q(status=WaiverStatus.APPROVED, ends_on__gt=today, ends_on__lte=today + ENDS_SOON)),
        in_force=Count("pk", filter=Q(status=WaiverStatus.APPROVED, ends_on__gt=today)),
    )
    return found


def page_of_waivers(user: User, selection: Selection, number: str | None, today: date) -> Page[Waiver]:
    return Paginator(selection.rows(user, today), PAGE_SIZE).get_page(number)


def cards(rows: Iterable[Waiver], user: User, today: date) -> list[WaiverCard]:
    return [card_of(waiver, user, today) for waiver in rows]
