"""Who or what changed what, when, from what, to what (rule *history*).

Entries carry no foreign keys: they outlive what they describe. Both tables are append-only in the database itself (a trigger
refuses UPDATE and DELETE on both engines). The chain of digests is sealed by a separate step so that two people who save at
the same moment never wait for each other's place in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.functions import Now
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from readiness.history import sentences

if TYPE_CHECKING:
    from datetime import date, datetime


class ActorKind(models.TextChoices):
    PERSON = "person", "person"
    MACHINE = "machine", "machine"  # a check, an upload, an import
    SYSTEM = "system", "system"  # the passing of time: expiry, sweeps


PAGES = {
    "gap": "assessments:gap", "review": "reviews:review", "check": "checks:check", "incident": "reviews:incident",
    "campaign": "portfolio:campaign", "receiver": "outgoing:receiver",
}  # fmt: skip
"""Pages that are named by the number of what they show."""
KIND_ICONS = {
    "service": "box", "item": "circle-dot", "evidence": "file-certificate", "check": "refresh", "drill": "bell", "gap": "flag",
    "waiver": "shield-off", "review": "presentation", "packet": "file-certificate", "checklist": "list-check",
    "team": "users-group", "person": "user", "grant": "key", "token": "key", "mail": "mail", "integration": "plug",
    "launch": "rocket",
    "incident": "bolt", "campaign": "target", "view": "bookmark", "share": "link", "receiver": "broadcast",
}  # fmt: skip
TONES = {
    "gap.closed": "good", "gap.reopened": "warn", "gap.opened": "warn", "waiver.approved": "waived",
    "waiver.expired": "warn", "check.quarantined": "warn", "review.decided": "busy", "packet.signed": "good",
    "checklist.published": "good", "service.launched": "good",
    "launch.finished": "good", "launch.rolled_back": "warn", "launch.started": "busy",
}  # fmt: skip
STATUS_TONES = {"met": "good", "not_met": "warn"}


class EntryQuerySet(models.QuerySet["Entry"]):
    def about(self, object_type: str, object_id: object) -> EntryQuerySet:
        return self.filter(object_type=object_type, object_id=str(object_id))

    def of_service(self, service_id: int) -> EntryQuerySet:
        return self.filter(service_id=service_id)

    def saying(self, prefix: str) -> EntryQuerySet:
        """Entries whose verb starts so: "gap." is everything about gaps, "gap.closed" one verb."""
        return self.filter(verb__startswith=prefix)

    def between(self, start: datetime | None, end: datetime | None) -> EntryQuerySet:
        """From `start` on, before `end`; either may be open."""
        found = self.filter(at__gte=start) if start else self
        return found.filter(at__lt=end) if end else found

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

    service: object | None = None
    """The service it belongs to, where a page shows entries of several and sets it."""

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="history_object"),
            models.Index(fields=["service_id", "id"], name="history_service"),
            models.Index(fields=["team_id", "id"], name="history_team"),
            models.Index(fields=["actor_id", "id"], name="history_actor"),
            models.Index(fields=["at"], name="history_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_label}"

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """(field, from, to) for each field that differs."""
        fields = dict.fromkeys([*self.before, *self.after])
        rows = [(name, self.before.get(name), self.after.get(name)) for name in fields]
        return [(name, old, new) for name, old, new in rows if old != new]

    @property
    def sentence(self) -> sentences.Sentence:
        """What follows the actor's name, in the reader's time zone."""
        return sentences.sentence(self.verb, self.object_label, self.changes, timezone.get_current_timezone())

    @property
    def change_lines(self) -> list[sentences.Change]:
        """What the sentence leaves unsaid; first the item that it is about, where the object is a whole review."""
        item = self.after.get("item")
        about = [("item", None, item)] if item and item == self.before.get("item") else []
        changes = [*about, *self.changes]
        return sentences.change_lines(self.verb, self.object_label, changes, timezone.get_current_timezone())

    @property
    def icon(self) -> str:
        """A name of static/icons.txt: what did it, where that was no person; else what kind of thing it was done to."""
        actors = {ActorKind.MACHINE.value: "robot", ActorKind.SYSTEM.value: "clock"}
        return actors.get(self.actor_kind) or KIND_ICONS.get(self.object_type, "pencil")

    @property
    def tone(self) -> str:
        if self.verb == "item.status":
            return STATUS_TONES.get(str(self.after.get("status")), "calm")
        return TONES.get(self.verb, "calm")

    @property
    def url(self) -> str:
        """Where the thing is; empty when its page is not named by its number, or is not there."""
        try:
            return reverse(PAGES[self.object_type], args=[self.object_id]) if self.object_type in PAGES else ""
        except NoReverseMatch:
            return ""

    @property
    def local_day(self) -> date:
        return timezone.localdate(self.at)


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
