"""Who takes part in a campaign, who may know of it, and who may run it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import ORGANISATION, Ruling, Target
from readiness.accounts.reach import seen_teams
from readiness.accounts.rules import Action
from readiness.catalog.models import Service, ServiceQuerySet, Tier
from readiness.catalog.rules import Trait
from readiness.portfolio.models import Campaign

type Stored = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scope:
    """Services of these teams and tiers that have one of these traits; what is empty leaves nobody out."""

    teams: tuple[int, ...] = ()
    tiers: tuple[int, ...] = ()
    traits: tuple[str, ...] = ()

    @classmethod
    def of(cls, stored: Stored) -> "Scope":
        return cls(*(tuple(sorted(stored.get(name, ()))) for name in ("teams", "tiers", "traits")))

    @property
    def stored(self) -> dict[str, list[Any]]:
        parts = {"teams": self.teams, "tiers": self.tiers, "traits": self.traits}
        return {name: sorted(values) for name, values in parts.items() if values}

    def services(self) -> ServiceQuerySet:
        """As they are now: a service that is registered tomorrow takes part from tomorrow on."""
        found = Service.objects.in_force()
        if self.teams:
            found = found.filter(team__in=self.teams)
        if self.tiers:
            found = found.filter(tier__in=self.tiers)
        if not self.traits:
            return found
        has_one = Q()
        for trait in self.traits:
            has_one |= Q(said_traits__contains=f'"{trait}"')
        # A JSON list has no "contains" on SQLite; its text has, and quotes keep `ml` apart from `html`.
        return found.annotate(said_traits=Cast("traits", TextField())).filter(has_one)

    def covers(self, service: Service) -> bool:
        """The same of one service that is at hand."""
        return (
            (not self.teams or service.team_id in self.teams)
            and (not self.tiers or service.tier in self.tiers)
            and (not self.traits or bool(set(self.traits) & set(service.traits)))
        )


def may_run(user: User, scope: Scope) -> Ruling:
    """In each of its teams; one that names no team is the whole organisation's."""
    for target in [Target(team_id=team) for team in scope.teams] or [ORGANISATION]:
        ruling = policy.may(user, Action.RUN_CAMPAIGN, target)
        if not ruling:
            return ruling
    return Ruling(is_allowed=True, is_visible=True)


def sees_all(user: User, scope: Scope) -> bool:
    """Whether every service that takes part is this person's to see, so that figures of all of them are too."""
    if policy.is_everywhere(user, Action.SEE):
        return True
    return bool(scope.teams) and set(scope.teams) <= policy.teams_where(user, Action.SEE)


def visible_to(user: User) -> QuerySet[Campaign]:
    """Those about a team that this person has to do with, and their own. There are few, so Python reads their scopes."""
    rows = Campaign.objects.all()
    if policy.is_everywhere(user, Action.SEE):
        return rows
    teams = set(seen_teams(user).values_list("pk", flat=True))
    known = rows.values_list("pk", "scope", "owner_id", "started_by_id")
    return rows.filter(pk__in=[pk for pk, scope, *people in known if user.pk in people or _touches(scope, teams)])


def _touches(scope: Stored, teams: Collection[int]) -> bool:
    named = Scope.of(scope).teams
    return bool(set(named) & set(teams)) if named else bool(teams)


def campaigns_of(service: Service, keys: Collection[str]) -> list[Campaign]:
    """Those that run and ask this service for one of these items. One statement."""
    running = Campaign.objects.filter(ended_at=None, item_key__in=keys).select_related("owner")
    return [campaign for campaign in running if Scope.of(campaign.scope).covers(service)]


def words_of(scope: Scope) -> list[str]:
    """What narrows it, in words; empty when nothing does."""
    teams = Team.objects.filter(pk__in=scope.teams).values_list("name", flat=True) if scope.teams else []
    return [*teams, *(f"Tier {Tier(tier).label}" for tier in scope.tiers), *(Trait(one).label for one in scope.traits)]
