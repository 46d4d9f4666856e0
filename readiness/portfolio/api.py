"""Services, written: through `registration`, which also measures them and plans their checks."""

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja.responses import Status
from pydantic import Field

from readiness.accounts import policy
from readiness.accounts.api.callers import PERSON, person_of
from readiness.accounts.api.contract import Body, Day, Version, answers, person_named, team_named, version_seen
from readiness.accounts.models import Team, User
from readiness.accounts.rules import Action
from readiness.catalog.api import ServiceOut, TierNumber, router, service_out, the_service, with_etag
from readiness.catalog.models import Lifecycle
from readiness.catalog.rules import LONGEST_SLUG, EndpointValue, Trait
from readiness.portfolio import registration

PEOPLE = ("tech_lead", "on_call", "platform_owner")
Name = Annotated[str, Field(min_length=1, max_length=160)]
Words = Annotated[str, Field(max_length=20_000)]
TeamName = Annotated[str, Field(min_length=1, max_length=80, description="A team's short name.")]
Address = Annotated[str, Field(max_length=254, description="The mail address of somebody who is here.")]
Repository = Annotated[str, Field(max_length=400)]
Endpoints = Annotated[dict[str, EndpointValue], Field(max_length=50)]
Names = Annotated[list[str], Field(max_length=200)]


class NewService(Body):
    slug: str = Field(min_length=1, max_length=LONGEST_SLUG, description="Small letters, digits, single hyphens.")
    name: Name
    team: TeamName
    description: Words = ""
    tech_lead: Address | None = None
    on_call: Address | None = None
    platform_owner: Address | None = None
    tier: TierNumber = 3
    traits: list[Trait] = Field([], max_length=len(Trait))
    lifecycle: Lifecycle = Lifecycle.PROTOTYPE
    go_live_on: Day | None = None
    repository: Repository = ""
    endpoints: Endpoints = {}
    dependencies: Names = []
    is_badge_public: bool = False


class ServiceChanges(Body):
    """What is left out stays as it is. The short name never changes."""

    version: Version | None = None
    name: Name | None = None
    team: TeamName | None = None
    description: Words | None = None
    tech_lead: Address | None = None
    on_call: Address | None = None
    platform_owner: Address | None = None
    tier: TierNumber | None = None
    traits: list[Trait] | None = Field(None, max_length=len(Trait))
    lifecycle: Lifecycle | None = None
    go_live_on: Day | None = None
    repository: Repository | None = None
    endpoints: Endpoints | None = None
    dependencies: Names | None = None
    is_badge_public: bool | None = None


CLEARABLE = {*PEOPLE, "go_live_on"}
"""Fields for which null says "none"; for the others it would say nothing."""


@router.post(
    "", auth=PERSON, response=answers(201, ServiceOut, 400, 403, 413, 415, 422), operation_id="registerService"
)
def register_service(request: HttpRequest, response: HttpResponse, body: NewService) -> Status[ServiceOut]:
    """Registers a service; its assessment and its checks begin at once."""
    person = person_of(request)
    said = body.model_dump(mode="python")
    policy.require_anywhere(person, Action.CREATE_SERVICE)
    team = team_named("team", said.pop("team"), _teams_of(person))
    service = registration.register(by=person, now=timezone.now(), team=team, **_with_people(said))
    response["Location"] = f"{request.path}/{service.slug}"
    with_etag(response, service.version)
    return Status(201, service_out(service))


@router.patch(
    "/{slug:slug}",
    auth=PERSON,
    response=answers(200, ServiceOut, 400, 403, 404, 409, 413, 415, 422),
    operation_id="changeService",
)
def change_service(request: HttpRequest, response: HttpResponse, slug: str, body: ServiceChanges) -> ServiceOut:
    """Writes what is given, if `version` (or `If-Match`) is still the current one; its items are judged anew."""
    person, service = person_of(request), the_service(request, slug)
    policy.require(person, Action.EDIT_SERVICE, service.target)
    version = version_seen(request, body.version)
    given = body.model_dump(mode="python", exclude_unset=True, exclude={"version"})
    changes = {name: value for name, value in given.items() if value is not None or name in CLEARABLE}
    dependencies = changes.pop("dependencies", None)
    if "team" in changes:
        among = _teams_of(person) | Team.objects.filter(pk=service.team_id)
        changes["team"] = team_named("team", changes["team"], among)
    fresh = registration.change(
        by=person,
        now=timezone.now(),
        service=service,
        version=version,
        changes=_with_people(changes),
        dependencies=dependencies,
    )
    with_etag(response, fresh.version)
    return service_out(fresh)


def _teams_of(person: User) -> Any:
    """Those in which this person may register a service."""
    if policy.is_everywhere(person, Action.CREATE_SERVICE):
        return Team.objects.all()
    return Team.objects.filter(pk__in=policy.teams_where(person, Action.CREATE_SERVICE))


def _with_people(said: dict[str, Any]) -> dict[str, Any]:
    return said | {name: person_named(name, said[name]) for name in PEOPLE if name in said}
