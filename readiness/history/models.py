"""Who or what changed what, when, from what, to what (rule *history*).

Entries carry no foreign keys: they outlive what they describe. Both tables are append-only in the database itself (a trigger
refuses UPDATE and DELETE on both engines). The chain of digests is sealed by a separate step so that two people who save at
the same moment never wait for each other's place in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Now

if TYPE_CHECKING:
    from datetime import datetime


class ActorKind(models.TextChoices):
    PERSON = "person", "person"
    MACHINE = "machine", "machine"  # a check, an upload, an import
    SYSTEM = "system", "system"  # the passing of time: expiry, sweeps


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, object_type: str, object_id: object) -> EntryQuerySet:
        return self.filter(object_type=object_type, object_id=str(object_id))

    def of_service(self, service_id: int) -> EntryQuerySet:
        return self.filter(service_id=service_id)

    def newest_first(self) -> EntryQuerySet:
        return self.order_by("-id")


class Entry(models.Model):
    at = models.DateTimeField()
    written_at = models.DateTimeField(db_default=Now(), editable=False)
    actor_kind = models.CharField(max_length=8, choices=ActorKind)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    verb = models.CharField(max_length=60)  # "gap.closed"
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=60)
    object_label = models.CharField(max_length=300)
    service_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="history_object"),
            models.Index(fields=["service_id", "id"], name="history_service"),
            models.Index(fields=["team_id", "id"], name="history_team"),
            models.Index(fields=["actor_id", "id"], name="history_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}"

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, from, to) for each field that differs."""
        fields = dict.fromkeys([*self.before, *self.after])
        rows = [(name, self.before.get(name), self.after.get(name)) for name in fields]
        return [(name, old, new) for name, old, new in rows if old != new]


class Seal(models.Model):
    """One link of the chain: `digest` = SHA-256 over the previous digest and the canonical entry."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="seal")
    position = models.BigIntegerField(unique=True)
    digest = models.CharField(max_length=64)
    sealed_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.digest[:12]}"
