"""What went wrong after all, and which items of the checklist should have prevented it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate
from reviews.models.review import Review
from reviews.rules.incidents import Standing, calls_for_review

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User | AnonymousUser) -> IncidentQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def standing(self) -> IncidentQuerySet:
        """Those that nobody withdrew."""
        return self.filter(withdrawn_at=None)

    def for_list(self) -> IncidentQuerySet:
        return self.select_related("service", "written_by", "review").prefetch_related("items")


class Incident(models.Model):
    """`review` is the last one that was decided before it: by its packet the items were judged."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="incidents")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, null=True, related_name="incidents")
    happened_at = models.DateTimeField()
    title = models.CharField(max_length=200)
    link = models.URLField(max_length=1000, blank=True)
    what_happened = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = IncidentQuerySet.as_manager()

    if TYPE_CHECKING:
        items: RelatedManager[IncidentItem]

    class Meta:
        ordering = ["-happened_at", "-id"]
        indexes = [models.Index(fields=["service", "-happened_at"], name="incident_service")]
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
                name="incident_withdrawn_who_when_why",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reviews:incident", args=[self.pk])

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @property
    def calls_for_review(self) -> bool:
        """No query when its items were fetched with it."""
        return not self.is_withdrawn and calls_for_review((item.gate, item.standing) for item in self.items.all())


class IncidentItem(models.Model):
    """One item that the incident names. `key` is empty where the checklist has none: then `title` says what is missing."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=60, blank=True)
    title = models.CharField(max_length=300)
    gate = models.CharField(max_length=8, choices=[(g.value, g.label) for g in Gate], blank=True)
    standing = models.CharField(max_length=16, choices=[(s.value, s.label) for s in Standing])
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "key"], name="incident_item_once"),
            models.CheckConstraint(
                condition=Q(key="", standing="missing") | ~Q(key="") & ~Q(standing="missing"),
                name="incident_item_key_or_missing",
            ),
        ]
        indexes = [models.Index(fields=["key", "standing"], name="incident_item_key")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_let_through(self) -> bool:
        return Standing(self.standing).is_let_through

    @property
    def icon(self) -> str:
        """A state that the badges know."""
        return _ICONS.get(Standing(self.standing), "unknown")


_ICONS = {
    Standing.PASSED: "met",
    Standing.WAIVED: "waived",
    Standing.GAP: "gap",
    Standing.NOT_APPLICABLE: "not_applicable",
}
