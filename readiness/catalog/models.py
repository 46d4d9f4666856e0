"""What is reviewed: services with tier, traits, people and dates, and what they depend on."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Case, F, Q, When
from django.urls import reverse
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import Target
from readiness.accounts.rules import Action, Role
from readiness.catalog.rules import Trait


class Tier(models.IntegerChoices):
    CRITICAL = 1, "1 · critical"
    HIGH = 2, "2 · high"
    MEDIUM = 3, "3 · medium"
    LOW = 4, "4 · low"


class Lifecycle(models.TextChoices):
    PROTOTYPE = "prototype", "Prototype"
    PRODUCTION = "production", "Production"
    DEPRECATED = "deprecated", "Deprecated"
    RETIRED = "retired", "Retired"


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, user: User | AnonymousUser) -> ServiceQuerySet:
        """Rule *readable*, as joins rather than a list of ids."""
        if not isinstance(user, User):
            return self.none()
        if policy.is_everywhere(user, Action.SEE):
            return self
        grants = Grant.objects.live(timezone.now()).filter(user=user)
        return self.filter(
            Q(team_id__in=grants.filter(team__isnull=False).values("team_id"))
            | Q(pk__in=grants.filter(service_id__isnull=False).values("service_id"))
            | Q(tech_lead=user)
            | Q(on_call=user)
            | Q(platform_owner=user)
        )

    def in_force(self) -> ServiceQuerySet:
        return self.exclude(lifecycle=Lifecycle.RETIRED)

    def named(self, word: str) -> ServiceQuerySet:
        """Services that `word` is the short name or the name of, in any case."""
        return self.filter(Q(slug__iexact=word) | Q(name__iexact=word))

    def with_next_go_live(self, today: date) -> ServiceQuerySet:
        """`next_go_live`: the day it is planned for, while that is to come and it has not been launched."""
        ahead = When(launched_on=None, go_live_on__gte=today, then=F("go_live_on"))
        return self.annotate(next_go_live=Case(ahead, default=None, output_field=models.DateField()))

    def with_people(self) -> ServiceQuerySet:
        return self.select_related("team", "tech_lead", "on_call", "platform_owner")


class Service(models.Model):
    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="services")
    tech_lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="leads"
    )
    on_call = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="on_call_for"
    )
    platform_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="platform_for"
    )
    tier = models.PositiveSmallIntegerField(choices=Tier, default=Tier.MEDIUM)
    traits = models.JSONField(default=list, blank=True)  # sorted Trait values
    lifecycle = models.CharField(max_length=12, choices=Lifecycle, default=Lifecycle.PROTOTYPE)
    go_live_on = models.DateField(null=True, blank=True)
    launched_on = models.DateField(null=True, blank=True)
    repository = models.URLField(max_length=400, blank=True)
    endpoints = models.JSONField(
        default=dict, blank=True
    )  # see rules.ENDPOINTS: {"base_url": "https://…", "prometheus": …}
    # Whether anybody who knows the address, signed in or not, sees the badge: a word and a colour, nothing else.
    is_badge_public = models.BooleanField(default=False)
    source = models.CharField(max_length=12, default="hand")  # hand, backstage, csv
    external_ref = models.CharField(max_length=200, null=True, blank=True, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        ordering = ["name", "slug"]
        indexes = [
            models.Index(fields=["team", "name"], name="service_team"),
            models.Index(fields=["go_live_on"], name="service_go_live"),
            models.Index(fields=["tier", "name"], name="service_tier"),
        ]
        constraints = [models.CheckConstraint(condition=Q(tier__gte=1, tier__lte=4), name="service_tier_1_to_4")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:service", args=[self.slug])

    @property
    def target(self) -> Target:
        """What policy needs to know of this service."""
        named = {
            (Role.TECH_LEAD, self.tech_lead_id),
            (Role.ON_CALL, self.on_call_id),
            (Role.ON_CALL, self.platform_owner_id),
        }
        return Target(
            team_id=self.team_id,
            service_id=self.pk,
            named=frozenset((role, person) for role, person in named if person is not None),
        )

    @property
    def trait_labels(self) -> list[str]:
        return [Trait(value).label for value in self.traits if value in Trait]

    def endpoint(self, name: str) -> str:
        """What `rules.ENDPOINTS` calls `name`; empty where nobody said it, and for a list (see `addresses`)."""
        value: Any = self.endpoints.get(name, "")
        return value if isinstance(value, str) else ""

    def addresses(self, name: str) -> list[str]:
        """The same for an endpoint that is a list."""
        value: Any = self.endpoints.get(name, [])
        return [value] if isinstance(value, str) else list(value)

    @property
    def name_in_traces(self) -> str:
        return self.endpoint("trace_service") or self.slug

    @property
    def is_launched(self) -> bool:
        return self.launched_on is not None

    @property
    def people(self) -> list[tuple[str, User | None]]:
        """(what they are to this service, who), for pages that name everyone."""
        return [("Tech lead", self.tech_lead), ("On-call", self.on_call), ("Platform", self.platform_owner)]


class Dependency(models.Model):
    """`needed` is empty for what the catalog does not know (a vendor's API, a database): then `name` says what it is."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="dependencies")
    needed = models.ForeignKey(Service, on_delete=models.CASCADE, null=True, blank=True, related_name="dependents")
    name = models.CharField(max_length=160)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["service", "name"], name="dependency_once")]
        verbose_name_plural = "dependencies"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """The short name of a service we know, else what was written: how a dependency is given to an action."""
        return self.needed.slug if self.needed else self.name

    @property
    def name_in_traces(self) -> str:
        return self.needed.name_in_traces if self.needed else self.name


class ImportedEntry(models.Model):
    """What an import wrote last about one entry of a source. A later import writes only what changed in the source since then, so
    that what people changed by hand stays.

    `ref`: the entry's own name ("component:default/checkout", "group:default/payments", "csv:checkout").
    """

    ref = models.CharField(max_length=250, unique=True)
    values = models.JSONField(default=dict)
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "imported entries"

    def __str__(self) -> str:
        return self.ref
