"""Whom one may name: people who have something to do with a service, for the menus of owners, witnesses and deciders."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from readiness.accounts.models import Grant, User
from readiness.accounts.rules import MATRIX, Action
from readiness.catalog.models import Service

type People = QuerySet[User]


def people_of(service: Service, now: datetime, action: Action = Action.SEE) -> People:
    """Active people whose role lets them do `action` here, by name. One statement."""
    return people_of_all([service], now, action)


def people_of_all(services: Collection[Service], now: datetime, action: Action = Action.SEE) -> People:
    """The same for several services: whoever may at one of them. Administrators are left out: they own nothing."""
    roles = {role for role in MATRIX[action] if role != "admin"}
    grants = Grant.objects.live(now).filter(role__in=roles)
    here = Q(team__in={service.team_id for service in services}) | Q(
        service_id__in={service.pk for service in services}
    )
    everywhere = Q(team=None, service_id=None)
    granted = Q(pk__in=grants.filter(here | everywhere).values("user_id"))
    people: People = User.objects.active().filter(granted | Q(pk__in=_named(services))).order_by("name", "email")
    return people


def _named(services: Iterable[Service]) -> set[int]:
    ids = {person for s in services for person in (s.tech_lead_id, s.on_call_id, s.platform_owner_id)}
    return {person for person in ids if person is not None}
