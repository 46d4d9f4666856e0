"""Services, read. Registering and changing one touches higher rooms: `portfolio.api` adds those calls to this router."""

from datetime import date
from typing import Annotated, Literal

from django.db import models
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import BaseModel, Field

from readiness.accounts.api.callers import PERSON, PERSON_OR_TOKEN, Caller, caller_of, person_of
from readiness.accounts.api.contract import Paged, PageNumber, address_of, answers, page_of
from readiness.accounts.models import User
from readiness.catalog.models import Dependency, Lifecycle, Service, ServiceQuerySet
from readiness.catalog.rules import EndpointValue

router = Router(tags=["Services"])

TierNumber = Literal[1, 2, 3, 4]


class ServiceOut(BaseModel):
    """People are named by their mail address, teams and services by their short name."""

    slug: str
    name: str
    description: str
    team: str
    tech_lead: str | None
    on_call: str | None
    platform_owner: str | None
    tier: int = Field(description="1 is critical, 4 the least.")
    traits: list[str]
    lifecycle: str
    go_live_on: date | None
    launched_on: date | None
    repository: str
    endpoints: dict[str, EndpointValue]
    dependencies: list[str] = Field(
        description="Short names of services, or what a thing outside the catalog is called."
    )
    is_badge_public: bool = Field(description="Whether anybody who knows its address sees the badge.")
    version: int = Field(description="Send it back when you change the service.")


class ServicePage(Paged):
    items: list[ServiceOut]


def service_out(service: Service) -> ServiceOut:
    """`service` from `for_api`, or any other at the price of some queries."""
    plain = (
        *("slug", "name", "description", "tier", "lifecycle", "go_live_on", "launched_on", "repository", "version"),
        "is_badge_public",
    )
    return ServiceOut(
        **{name: getattr(service, name) for name in plain},
        team=service.team.slug,
        tech_lead=address_of(service.tech_lead),
        on_call=address_of(service.on_call),
        platform_owner=address_of(service.platform_owner),
        traits=list(service.traits),
        endpoints=dict(service.endpoints),
        dependencies=[dependency.label for dependency in service.dependencies.all()],
    )


def for_api(services: ServiceQuerySet) -> ServiceQuerySet:
    needed = Prefetch("dependencies", Dependency.objects.select_related("needed"))
    return services.with_people().prefetch_related(needed)


def services_of(caller: Caller) -> ServiceQuerySet:
    """What this caller may know of: a token knows its one service."""
    return (
        Service.objects.visible_to(caller) if isinstance(caller, User) else Service.objects.filter(pk=caller.service_id)
    )


def the_service(request: HttpRequest, slug: str) -> Service:
    """Raises Http404 for what this caller may not know of."""
    return get_object_or_404(for_api(services_of(caller_of(request))), slug=slug)


def with_etag(response: HttpResponse, version: int) -> None:
    """What `If-Match` takes."""
    response["ETag"] = f'"{version}"'


class ServiceFilters(BaseModel):
    q: str = Field("", max_length=100, description="Words in name, short name or description.")
    team: str = Field("", max_length=80, description="A team's short name.")
    tier: int | None = Field(None, ge=1, le=4)
    lifecycle: Lifecycle | None = Field(None, description="Without it: all but retired ones.")

    def apply(self, services: ServiceQuerySet) -> ServiceQuerySet:
        if self.q:
            words = Q(name__icontains=self.q) | Q(slug__icontains=self.q) | Q(description__icontains=self.q)
            services = services.filter(words)
        if self.team:
            services = services.filter(team__slug=self.team)
        if self.tier:
            services = services.filter(tier=self.tier)
        return services.filter(lifecycle=self.lifecycle) if self.lifecycle else services.in_force()


@router.get("", auth=PERSON, response=answers(200, ServicePage, 403, 422), operation_id="listServices")
def list_services(
    request: HttpRequest, filters: Annotated[ServiceFilters, Query()], page: PageNumber = 1
) -> ServicePage:
    """The services that you may see, by name."""
    rows = filters.apply(Service.objects.visible_to(person_of(request))).order_by("name", "slug")
    services, figures = page_of(for_api(rows).fetch_mode(models.FETCH_RAISE), page)
    return ServicePage(items=[service_out(service) for service in services], **figures)


@router.get("/{slug:slug}", auth=PERSON_OR_TOKEN, response=answers(200, ServiceOut, 404), operation_id="getService")
def get_service(request: HttpRequest, response: HttpResponse, slug: str) -> ServiceOut:
    """One service, with its version as `ETag`."""
    service = the_service(request, slug)
    with_etag(response, service.version)
    return service_out(service)
