"""What several workers have to agree on about a place that checks call: whose turn it is there, and whether it answers.

The rule: *one batch at a time calls an origin*, and within a batch at most eight calls go there at once; so eight is the
limit for all workers together. And a source that did not answer several checks in a row is asked by one check at a time,
after a pause, until it answers again; the runs of the others wait.
"""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q


class OriginQuerySet(models.QuerySet["Origin"]):
    def free(self, now: datetime) -> OriginQuerySet:
        """It is nobody's turn there (any more)."""
        return self.filter(Q(held_until=None) | Q(held_until__lte=now))

    def closed(self, now: datetime) -> OriginQuerySet:
        """Somebody's turn, or resting."""
        return self.filter(Q(held_until__gt=now) | Q(next_try_at__gt=now))

    def down(self) -> OriginQuerySet:
        return self.filter(down_since__isnull=False)


class Origin(models.Model):
    """`url`: scheme, host and port, as `places.origin_of` writes it.

    `failing`: ids of the checks that got no answer there since the last one that did, few of them; `failures`: how many.
    `tries`: how often it was tried since it is down; the next time is `next_try_at`.
    """

    url = models.CharField(max_length=300, unique=True)
    holder = models.CharField(max_length=120, blank=True)
    held_until = models.DateTimeField(null=True)
    failing = models.JSONField(default=list)
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(blank=True)
    down_since = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)

    objects = OriginQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(down_since=None, next_try_at=None) | Q(down_since__isnull=False, next_try_at__isnull=False),
                name="origin_down_and_next_try",
            ),
        ]
        indexes = [
            models.Index(fields=["held_until"], condition=Q(held_until__isnull=False), name="origin_held"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="origin_resting"),
        ]

    def __str__(self) -> str:
        return self.url
