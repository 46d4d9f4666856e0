"""Addresses outside that are told of events, and what each of them was told. A delivery is a row first and a call second."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from readiness.accounts.models import Team
from readiness.checks import sealing
from readiness.checks.sealing import SealedError
from readiness.outgoing.rules import TEST, Event

NOBODY_CAME_AFTER = timedelta(minutes=2)


class ReceiverKind(models.TextChoices):
    WEBHOOK = "webhook", "Webhook"
    CHAT = "chat", "Chat channel"


class DeliveryStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    DELIVERED = "delivered", "Delivered"
    GIVEN_UP = "given_up", "Given up"
    DROPPED = "dropped", "Dropped"  # its receiver was switched off before it went out


class ReceiverQuerySet(models.QuerySet["Receiver"]):
    def listening(self) -> ReceiverQuerySet:
        return self.filter(is_enabled=True)

    def with_last(self) -> ReceiverQuerySet:
        """`last_status`, `last_problem` and `last_tried_at`: of the newest call that was made."""
        tried = Delivery.objects.filter(receiver=OuterRef("pk"), tried_at__isnull=False).order_by("-tried_at", "-pk")
        return self.select_related("team", "secret_set_by").annotate(
            last_status=Subquery(tried.values("status")[:1]),
            last_problem=Subquery(tried.values("problem")[:1]),
            last_tried_at=Subquery(tried.values("tried_at")[:1]),
        )


class Receiver(models.Model):
    """`address` is where it listens; of a chat, whose address lets anybody write there, only the origin, and the whole address is
    the secret. `sealed_secret` opens for this receiver only. `events`: values of `rules.Event`, those that it is told of; with a
    `team`, only of its services. What happened before `listens_since` is not for it.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, choices=ReceiverKind)
    address = models.CharField(max_length=2000)
    sealed_secret = models.TextField()
    secret_set_at = models.DateTimeField()
    secret_set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    events = models.JSONField(default=list)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    is_enabled = models.BooleanField(default=True)
    listens_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    objects = ReceiverQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("outgoing:receiver", args=[self.pk])

    @property
    def is_chat(self) -> bool:
        return self.kind == ReceiverKind.CHAT

    @property
    def purpose(self) -> str:
        return f"outgoing {self.kind} {self.key}"

    @property
    def secret(self) -> str:
        """What signs its calls; of a chat, its whole address. Raises SealedError."""
        return sealing.unseal(self.sealed_secret, purpose=self.purpose)

    @property
    def secret_problem(self) -> str:
        """Why the secret can't be used, in a sentence; empty when it can."""
        try:
            _ = self.secret
        except SealedError:
            what, remedy = ("address", "Type it again") if self.is_chat else ("secret", "Make a new one")
            return (
                f"Its stored {what} can’t be read any more, as SECRET_KEY has changed. {remedy}, or add the earlier key to "
                "SECRET_KEY_FALLBACKS."
            )
        return ""

    @property
    def is_in_the_clear(self) -> bool:
        return not self.address.lower().startswith("https://")

    @property
    def event_labels(self) -> list[str]:
        return [event.label for event in Event if event in self.events]

    @property
    def state(self) -> str:
        """The one word that a page shows; for rows `with_last`."""
        if not self.is_enabled:
            return "off"
        last: str | None = getattr(self, "last_status", None)
        if last is None:
            return "not tested"
        return "works" if last == DeliveryStatus.DELIVERED else "fails"

    def wants(self, event: Event, team_id: int | None, at: datetime) -> bool:
        return event in self.events and self.team_id in {None, team_id} and at >= self.listens_since


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self, now: datetime) -> DeliveryQuerySet:
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        return self.filter(free, status=DeliveryStatus.QUEUED, next_attempt_at__lte=now, receiver__is_enabled=True)


class Delivery(models.Model):
    """One message to one receiver. `key` names it to the receiver, whichever attempt brings it: a duplicate can be told.
    `occasion` says what it is about, once for each receiver. `body` is what is sent, to the letter. `tries`, oldest first:
    [{"at", "ms", "status", "answer", "problem"}].
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    receiver = models.ForeignKey(Receiver, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    event = models.CharField(max_length=20)
    occasion = models.CharField(max_length=80)
    about = models.CharField(max_length=300)
    body = models.TextField()
    created_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=DeliveryStatus, default=DeliveryStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)  # the last time
    tries = models.JSONField(default=list)
    problem = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["receiver", "occasion"], name="delivery_once"),
            models.CheckConstraint(
                condition=~Q(status="delivered") | Q(tried_at__isnull=False), name="delivery_delivered_when"
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="queued"), name="delivery_waiting"),
            models.Index(fields=["receiver", "-id"], name="delivery_newest"),
            models.Index(fields=["receiver", "-tried_at"], name="delivery_tried"),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.receiver}"

    def get_absolute_url(self) -> str:
        return reverse("outgoing:delivery", args=[self.pk])

    @property
    def message_id(self) -> str:
        return f"msg_{self.key.hex}"

    @property
    def event_label(self) -> str:
        return "A test" if self.event == TEST else Event(self.event).label

    @property
    def is_queued(self) -> bool:
        return self.status == DeliveryStatus.QUEUED

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The newest first, with their time."""
        return [one | {"at": datetime.fromisoformat(one["at"])} for one in reversed(self.tries)]

    @property
    def answered(self) -> str:
        """What came of the last call, in a few words."""
        if not self.tries:
            return ""
        last = self.tries[-1]
        return self.problem or f"{last['status']} in {last['ms']} ms"


class Heard(models.Model):
    """Up to where something was read: the history by its seals, which have no holes, and due dates by the day."""

    source = models.CharField(max_length=20, unique=True)
    position = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "heard"

    def __str__(self) -> str:
        return f"{self.source} up to {self.position}"
