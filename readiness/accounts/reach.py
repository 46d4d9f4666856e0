"""How far a person's word reaches, as sets of rows for lists: `policy` says the same of one thing at a time.

Services belong to a higher room; teams and people know them by the way back from the service.
"""

from django.db.models import Q

from readiness.accounts import policy
from readiness.accounts.models import Grant, GrantQuerySet, Team, TeamQuerySet, User, UserQuerySet
from readiness.accounts.rules import Action

NAMED = ("tech_lead", "on_call", "platform_owner")
"""The ways in which a service names a person."""


def managed_people(by: User) -> UserQuerySet:
    """Everybody, or whoever holds a role or has a service in a team that `by` manages."""
    everybody: UserQuerySet = User.objects.all()
    if policy.is_everywhere(by, Action.MANAGE_PEOPLE):
        return everybody
    return everybody.in_teams(policy.teams_where(by, Action.MANAGE_PEOPLE))


def managed_teams(by: User) -> TeamQuerySet:
    if policy.is_everywhere(by, Action.MANAGE_PEOPLE):
        return Team.objects.all()
    return Team.objects.filter(pk__in=policy.teams_where(by, Action.MANAGE_PEOPLE))


def managed_grants(by: User) -> GrantQuerySet:
    """Every grant, or those in the teams that `by` manages and over the services of those teams."""
    if policy.is_everywhere(by, Action.MANAGE_PEOPLE):
        return Grant.objects.all()
    teams = managed_teams(by)
    return Grant.objects.filter(Q(team__in=teams) | Q(service_id__in=teams.service_ids()))


def seen_teams(by: User) -> TeamQuerySet:
    """Teams in which `by` holds a role, and those of the services that `by` has something to do with."""
    if policy.is_everywhere(by, Action.SEE):
        return Team.objects.all()
    granted = [grant.service_id for grant in by.live_grants() if grant.service_id]
    through_services = Team.objects.filter(Q(services__in=granted) | naming(by, "services__"))
    return Team.objects.filter(Q(pk__in=policy.teams_where(by, Action.SEE)) | Q(pk__in=through_services.values("pk")))


def naming(person: User, prefix: str = "") -> Q:
    """Services that name this person, seen from where `prefix` leads to them."""
    condition = Q()
    for name in NAMED:
        condition |= Q(**{f"{prefix}{name}": person})
    return condition
