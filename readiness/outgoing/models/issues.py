"""An issue on GitHub or GitLab that was asked for: a row until it is there, so that no crash loses it or makes it twice."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from readiness.assessments.models import Gap


class IssueStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    MADE = "made", "Made"
    GIVEN_UP = "given_up", "Given up"


class IssueQuerySet(models.QuerySet["Issue"]):
    def due(self, now: datetime) -> IssueQuerySet:
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, status=IssueStatus.QUEUED, next_attempt_at__lte=now)


class Issue(models.Model):
    """`key` stands in the issue's text: whoever looks for it before making one finds what an earlier attempt made. So one that
    was given up is asked for again with the same key, and its `asked_at` stays: no attempt was earlier.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="issues")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=IssueStatus, default=IssueStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    url = models.URLField(max_length=500, blank=True)
    name = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField(null=True)

    objects = IssueQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["gap"], condition=~Q(status="made"), name="issue_one_under_way"),
            models.CheckConstraint(
                condition=~Q(status="made") | (~Q(url="") & Q(made_at__isnull=False)), name="issue_made_where_and_when"
            ),
        ]
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(status="queued"), name="issue_waiting")]

    def __str__(self) -> str:
        return self.name or f"issue for gap {self.gap_id}"

    @property
    def marker(self) -> str:
        """What stands in its text, where people don't see it."""
        return f"<!-- readiness: {self.key} -->"

    @property
    def is_queued(self) -> bool:
        return self.status == IssueStatus.QUEUED

    @property
    def is_made(self) -> bool:
        return self.status == IssueStatus.MADE
