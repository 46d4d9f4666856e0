"""Automated checks and their runs. The run table is the queue of record: Celery only wakes workers up.

A run is claimed with a lease and a fencing number; who lost the lease can't record. A slot (check, planned time) exists once, so three
schedulers do no harm.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments.models import Item
from readiness.assessments.outcome import Result
from readiness.catalog.models import Service

RESULTS = [(result.value, result.value) for result in Result]


class CheckQuerySet(models.QuerySet["Check"]):
    def visible_to(self, user: User | AnonymousUser) -> CheckQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def ready(self) -> CheckQuerySet:
        return self.filter(is_enabled=True, needs=[])

    def due(self, now: datetime) -> CheckQuerySet:
        return self.ready().filter(next_due_at__lte=now, quarantined_at=None)


class Check(models.Model):
    """One way of verifying one criterion of one service. `type` is a slug of `types.TYPES`, no choices: a new type needs no migration.

    `needs`: sentences that say what its configuration still lacks; only a check with none of them runs.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="checks")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="checks")
    criterion_key = models.CharField(max_length=60)
    type = models.CharField(max_length=40)
    config = models.JSONField(default=dict)
    needs = models.JSONField(default=list)
    is_enabled = models.BooleanField(default=True)
    every_seconds = models.PositiveIntegerField(default=3600)
    next_due_at = models.DateTimeField(default=timezone.now)
    last_finished_at = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=8, choices=RESULTS, blank=True)
    last_reason = models.TextField(blank=True)
    unknown_in_a_row = models.PositiveSmallIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True)
    quarantine_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CheckQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "criterion_key", "type"], name="check_once")]
        indexes = [
            models.Index(fields=["next_due_at"], condition=Q(is_enabled=True, quarantined_at=None), name="check_due"),
            models.Index(fields=["service", "item"], name="check_service"),
        ]

    def __str__(self) -> str:
        return f"{self.type} for {self.item} of {self.service}"


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    QUARANTINED = "quarantined", "Quarantined"


class Run(models.Model):
    """`config` is the check's configuration at the time of the plan. `fence` grows with each claim; a result is recorded only by the
    worker that holds the current one. `requested_by` is empty for the schedule's own runs."""

    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="runs", db_column="check_id")
    slot = models.DateTimeField()
    status = models.CharField(max_length=12, choices=RunStatus, default=RunStatus.QUEUED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=8, choices=RESULTS, blank=True)
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    evidence_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_row", "slot"], name="run_slot_once"),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(finished_at__isnull=False), name="run_finished_at"
            ),
        ]
        indexes = [
            models.Index(fields=["slot"], condition=Q(status__in=["queued", "running"]), name="run_waiting"),
            models.Index(fields=["check_row", "-id"], name="run_of_check"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.check_row_id}"
