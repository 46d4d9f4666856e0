"""Where a person may do something: what `policy.may` says of one service, said of all of them as a condition on rows.

A list of ten thousand services asks once, not ten thousand times; a test holds both to the same answer.
"""

from django.db.models import Q

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import MATRIX, Action, Role
from readiness.catalog.models import Service, ServiceQuerySet

NAMED_ON_SERVICES = ((Role.TECH_LEAD, "tech_lead"), (Role.ON_CALL, "on_call"), (Role.ON_CALL, "platform_owner"))
"""The roles that a service itself gives to people (`Service.target`)."""


def services_where(user: User, action: Action) -> ServiceQuerySet:
    """The services in which `user` may do `action`. At most one query for the person's own grants, which are few."""
    if policy.is_everywhere(user, action):
        return Service.objects.all()
    allowed = MATRIX[action]
    grants = [grant for grant in user.live_grants() if grant.role in allowed]
    reach = Q(team__in={grant.team_id for grant in grants if grant.team_id})
    reach |= Q(pk__in={grant.service_id for grant in grants if grant.service_id})
    for role, named in NAMED_ON_SERVICES:
        if role in allowed:
            reach |= Q(**{named: user})
    return Service.objects.filter(reach)
