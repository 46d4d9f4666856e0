"""Delivery drills: a test alert that a person starts, and that whoever is on call acknowledges in time, or not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse

from readiness.accounts.models import User
from readiness.catalog.models import Service
from readiness.checks.models.checks import Check, Run


class DrillState(models.TextChoices):
    STARTING = "starting", "Being sent"
    SENT = "sent", "Waits to be acknowledged"
    ACKNOWLEDGED = "acknowledged", "Acknowledged in time"
    MISSED = "missed", "Not acknowledged in time"
    CANCELLED = "cancelled", "Cancelled"
    NOT_SENT = "not_sent", "Not sent"


MOVES: Mapping[DrillState, frozenset[DrillState]] = {
    DrillState.STARTING: frozenset({DrillState.SENT, DrillState.NOT_SENT, DrillState.CANCELLED}),
    DrillState.SENT: frozenset({DrillState.ACKNOWLEDGED, DrillState.MISSED, DrillState.CANCELLED}),
    DrillState.ACKNOWLEDGED: frozenset(),
    DrillState.MISSED: frozenset(),
    DrillState.CANCELLED: frozenset(),
    DrillState.NOT_SENT: frozenset(),
}
"""State → those that may follow it. Nothing follows the last four."""
OPEN = tuple(state for state, following in MOVES.items() if following)


class DrillQuerySet(models.QuerySet["Drill"]):
    def visible_to(self, user: User | AnonymousUser) -> DrillQuerySet:
        return self.filter(check_row__service__in=Service.objects.visible_to(user))

    def open(self) -> DrillQuerySet:
        return self.filter(state__in=OPEN)

    def overdue(self, now: datetime) -> DrillQuerySet:
        """Sent, and the time to acknowledge is over."""
        return self.filter(state=DrillState.SENT, due_at__lt=now)

    def with_people(self) -> DrillQuerySet:
        return self.select_related(
            "check_row__service__team", "check_row__service__on_call", "check_row__service__platform_owner",
            "check_row__item__assessment", "started_by", "acknowledged_by", "cancelled_by", "late_by",
        )  # fmt: skip

    def waiting_for(self, user: User) -> DrillQuerySet:
        """Those that this person may acknowledge."""
        named = Q(check_row__service__on_call=user) | Q(check_row__service__platform_owner=user)
        return self.filter(named, state=DrillState.SENT).exclude(started_by=user)


class Drill(models.Model):
    """`key` is in the address that the alert links to, and the label that makes the alert unique. `run`: the run that sends it.

    `sent_at`: when Alertmanager took it; from then on `allowed_minutes` run, until `due_at`. `labels`: those that it was sent
    with; empty until then. `words`: how it ended, in a sentence. `late_at`: somebody acknowledged after the time.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4)
    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="drills", db_column="check_id")
    run = models.ForeignKey(Run, on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=DrillState, default=DrillState.STARTING)
    allowed_minutes = models.PositiveSmallIntegerField(default=15)
    labels = models.JSONField(default=dict)
    words = models.TextField(blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    late_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    late_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)

    objects = DrillQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["check_row"], condition=Q(state__in=["starting", "sent"]), name="drill_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["starting", "not_sent", "cancelled"])
                | Q(sent_at__isnull=False, due_at__isnull=False),
                name="drill_sent_and_until_when",
            ),
            models.CheckConstraint(
                condition=Q(state="acknowledged", acknowledged_by__isnull=False)
                | (~Q(state="acknowledged") & Q(acknowledged_by=None)),
                name="drill_acknowledged_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["starting", "sent"], ended_at=None)
                | (~Q(state__in=["starting", "sent"]) & Q(ended_at__isnull=False)),
                name="drill_ended_and_when",
            ),
            models.CheckConstraint(
                condition=Q(late_by=None, late_at=None) | Q(late_by__isnull=False, late_at__isnull=False),
                name="drill_late_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state__in=["starting", "sent"]), name="drill_open"),
            models.Index(fields=["check_row", "-id"], name="drill_of_check"),
        ]

    def __str__(self) -> str:
        return f"Delivery drill {self.pk} of {self.check_row_id}"

    def get_absolute_url(self) -> str:
        return reverse("checks:drill", args=[self.key])

    @property
    def absolute_link(self) -> str:
        """What the alert links to: from the configured base address only."""
        return f"{settings.BASE_URL}{self.get_absolute_url()}"

    @property
    def service(self) -> Service:
        return self.check_row.service

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_sent(self) -> bool:
        return self.state == DrillState.SENT

    @property
    def took(self) -> timedelta | None:
        """From being sent to being acknowledged."""
        return self.ended_at - self.sent_at if self.acknowledged_by_id and self.ended_at and self.sent_at else None

    def left(self, now: datetime) -> timedelta:
        """Of the time to acknowledge; never below zero."""
        return max(timedelta(0), (self.due_at or now) - now)

    @property
    def took_words(self) -> str:
        return spelled(self.took) if self.took is not None else ""

    @property
    def acknowledgers(self) -> list[User]:
        """Who may acknowledge it: the person on call for the service and the owner of its platform, but not who started it."""
        return [person for person in acknowledgers(self.service) if person.pk != self.started_by_id]


def acknowledgers(service: Service) -> list[User]:
    """The person on call and the platform owner, once each, as far as they have an account that is in use."""
    named = [person for person in (service.on_call, service.platform_owner) if person and person.is_active]
    return list(dict.fromkeys(named))


def spelled(span: timedelta) -> str:
    """`4 min 3 s`, `12 s`."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
