"""One item to be met by many services until a day: "every service exports p99 by 1 March"."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse


class Campaign(models.Model):
    """`item_key` is the item of the checklists it is about, `criterion_key` one criterion of it (empty: the whole item). `scope`
    says which services take part, as they are at any time: {"teams": [ids], "tiers": [1, 2], "traits": ["worker"]}; an empty or
    missing part leaves nobody out.
    """

    name = models.CharField(max_length=120)
    why = models.TextField(blank=True)
    item_key = models.CharField(max_length=60)
    criterion_key = models.CharField(max_length=60, blank=True)
    scope = models.JSONField(default=dict)
    due_on = models.DateField()
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="campaigns")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_note = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["due_on", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="campaign_ended_who_and_when",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portfolio:campaign", args=[self.pk])

    @property
    def has_ended(self) -> bool:
        return self.ended_at is not None


class CampaignDay(models.Model):
    """How far a campaign was at the end of a day."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="days", db_index=False)
    day = models.DateField()
    services = models.PositiveIntegerField()
    met = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "day"], name="campaign_day_once")]

    def __str__(self) -> str:
        return f"{self.campaign} on {self.day}"
