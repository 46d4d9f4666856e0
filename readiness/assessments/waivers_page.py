"""The waivers' queue: what waits for me, what is in force and when it ends, what is over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, Q
from django.http import QueryDict

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.actions import waivers
from readiness.assessments.models import Waiver, WaiverStatus
from readiness.assessments.models.waiver import WaiverQuerySet
from readiness.catalog.reach import services_where

PAGE_SIZE = 50
SOON = timedelta(days=14)
SHOWN = {"waiting": "Waiting for a decision", "in-force": "In force", "past": "Past"}
OVER = (WaiverStatus.REFUSED, WaiverStatus.REVOKED, WaiverStatus.EXPIRED)


@dataclass(frozen=True, slots=True)
class WaiverCard:
    """`problem` and `revoke_problem`: why this person can't decide it or end it; empty when they can."""

    waiver: Waiver
    problem: str
    revoke_problem: str
    is_soon: bool
    is_own: bool

    @property
    def is_waiting(self) -> bool:
        return self.waiver.status == WaiverStatus.REQUESTED

    @property
    def is_live(self) -> bool:
        return self.waiver.status in {WaiverStatus.REQUESTED, WaiverStatus.APPROVED}

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
        is_soon=waiver.status == WaiverStatus.APPROVED and waiver.ends_on - today <= SOON,
    )


def waivers_with_context(user: User) -> WaiverQuerySet:
    rows = Waiver.objects.visible_to(user).select_related("item", "service__team", "requested_by", "decided_by")
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
        in_force=Count("pk", filter=Q(status=WaiverStatus.APPROVED, ends_on__gt=today)),
    )
    return found


def page_of_waivers(user: User, selection: Selection, number: str | None, today: date) -> Page[Waiver]:
    return Paginator(selection.rows(user, today), PAGE_SIZE).get_page(number)


def cards(rows: Iterable[Waiver], user: User, today: date) -> list[WaiverCard]:
    return [card_of(waiver, user, today) for waiver in rows]
