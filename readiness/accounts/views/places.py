"""What a person is, and where: by grants, and because a service names them."""

from collections.abc import Iterable

from readiness.accounts.models import Grant, Team, TeamQuerySet, User


def with_places(grants: Iterable[Grant]) -> list[tuple[Grant, str]]:
    """(grant, what it is for in words)."""
    found = list(grants)
    wanted = [grant.service_id for grant in found if grant.service_id]
    names = dict(Team.objects.filter(services__in=wanted).values_list("services__pk", "services__name"))
    return [(grant, _place(grant, names.get(grant.service_id or 0, ""))) for grant in found]


def _place(grant: Grant, service: str) -> str:
    if grant.review_id and service:
        return f"a review of {service}"
    return service or grant.scope_name


def services_of(person: User, *, in_teams: TeamQuerySet | None = None) -> list[tuple[str, object]]:
    """(what this person is to it, the service); of these teams only, where they are given."""
    roles = (("Tech lead", person.leads), ("On-call", person.on_call_for), ("Platform", person.platform_for))
    found: list[tuple[str, object]] = []
    for role, services in roles:
        shown = services.all() if in_teams is None else services.filter(team__in=in_teams)
        found += [(role, service) for service in shown.select_related("team")]
    return found
