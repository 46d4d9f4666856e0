"""The structured records that some criteria ask for: the launch plan, and each on-call person's confirmation."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from readiness.catalog.models import Service


class LaunchPlan(models.Model):
    """`audiences` [{"who", "when", "channel"}] · `ramp` [{"percent", "hold_minutes", "metric"}] ·
    `thresholds` [{"metric", "limit", "action"}] with action "roll back" or "go on".
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="launch_plan")
    audiences = models.JSONField(default=list)
    ramp = models.JSONField(default=list)
    thresholds = models.JSONField(default=list)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Launch plan of {self.service}"


class OnCallConfirmation(models.Model):
    """A person on call says: I know the scope, the runbooks and the escalation."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="on_call_confirmations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    confirmed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "person"], name="on_call_confirmed_once")]

    def __str__(self) -> str:
        return f"{self.person} for {self.service}"
