"""A threshold that is tried while its plan is written: which number does this query say now? The row is the request for it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from readiness.catalog.models import Service

LEASE = timedelta(seconds=60)
KEPT_FOR = timedelta(days=1)


class TrialQuerySet(models.QuerySet["Trial"]):
    def waiting(self, now: datetime) -> TrialQuerySet:
        """Asked for, and nobody carries it out (any more)."""
        return self.filter(tried_at=None).filter(Q(lease_until=None) | Q(lease_until__lte=now))


class Trial(models.Model):
    """One for each query of a service; asking again begins anew. `value` None and `tried_at` set: `problem` says why."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=16)
    query = models.TextField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    observed_at = models.DateTimeField(null=True)
    value = models.FloatField(null=True)
    problem = models.CharField(max_length=600, blank=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "key"], name="trial_once")]
        indexes = [models.Index(fields=["asked_at"], condition=Q(tried_at=None), name="trial_waiting")]

    def __str__(self) -> str:
        return self.query

    def claim(self, now: datetime) -> bool:
        """False: another worker has it."""
        mine = Trial.objects.waiting(now).filter(pk=self.pk, asked_at=self.asked_at)
        return bool(mine.update(lease_until=now + LEASE))

    def note(self, *, value: float | None, observed_at: datetime, problem: str, now: datetime) -> None:
        """What was asked anew meanwhile is tried anew."""
        Trial.objects.filter(pk=self.pk, asked_at=self.asked_at).update(
            tried_at=now, observed_at=observed_at, value=value, problem=problem[:600], lease_until=None
        )
