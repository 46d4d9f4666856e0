"""An item that is not met, with owner, due date, plan. One gap per item for good: it reopens (rule *reopen*)."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments.models.assessment import Item
from readiness.assessments.rules.extensions import extension_words
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate


class GapStatus(models.TextChoices):
    OPEN = "open", "Open"
    IN_PROGRESS = "in_progress", "In progress"
    AWAITING = "awaiting_verification", "Awaiting verification"
    CLOSED = "closed", "Closed"


MOVES: dict[str, frozenset[str]] = {
    GapStatus.OPEN: frozenset({GapStatus.IN_PROGRESS, GapStatus.AWAITING, GapStatus.CLOSED}),
    GapStatus.IN_PROGRESS: frozenset({GapStatus.OPEN, GapStatus.AWAITING, GapStatus.CLOSED}),
    GapStatus.AWAITING: frozenset({GapStatus.IN_PROGRESS, GapStatus.OPEN, GapStatus.CLOSED}),
    GapStatus.CLOSED: frozenset({GapStatus.OPEN}),
}


class ClosedHow(models.TextChoices):
    CHECK = "check", "a passing check"
    VERIFIER = "verifier", "a second person"
    EXCUSED = "excused", "the item no longer applies"


class GapQuerySet(models.QuerySet["Gap"]):
    def visible_to(self, user: User | AnonymousUser) -> GapQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def open(self) -> GapQuerySet:
        return self.exclude(status=GapStatus.CLOSED)

    def overdue(self, today: date) -> GapQuerySet:
        return self.open().filter(due_on__lt=today)

    def due_by(self, day: date) -> GapQuerySet:
        return self.open().filter(due_on__lte=day)

    def owned_by(self, user: User) -> GapQuerySet:
        return self.filter(owner=user)

    def with_context(self) -> GapQuerySet:
        return self.select_related("service__team", "item", "owner")


class Gap(models.Model):
    """`service` and `gate` repeat what the item knows, so that the register of ten thousand gaps filters without joins."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, related_name="gap")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="gaps")
    gate = models.CharField(max_length=8, choices=[(g.value, g.label) for g in Gate])
    status = models.CharField(max_length=24, choices=GapStatus, default=GapStatus.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="gaps"
    )
    due_on = models.DateField(null=True, blank=True)
    plan = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    open_since = models.DateTimeField(default=timezone.now)  # the last time; `opened_at` is the first
    opened_because = models.TextField(blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    extended = models.PositiveSmallIntegerField(default=0)  # so often its due date was moved later since `open_since`
    ticket_url = models.URLField(max_length=500, blank=True)  # where the work is tracked, when that is elsewhere
    ticket_name = models.CharField(max_length=80, blank=True)  # as people call it there: "PAY-123", "acme/shop#12"
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposal_note = models.TextField(blank=True)
    sent_back_note = models.TextField(blank=True)  # what was still missing when the last proposal was sent back
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_how = models.CharField(max_length=10, choices=ClosedHow, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1)

    objects = GapQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], condition=~Q(status="closed"), name="gap_open_due"),
            models.Index(fields=["owner", "due_on"], condition=~Q(status="closed"), name="gap_owner_due"),
            models.Index(fields=["service", "status"], name="gap_service"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False) | (~Q(status="closed") & Q(closed_at=None)),
                name="gap_closed_at",
            ),
            models.CheckConstraint(
                condition=~Q(closed_how="verifier") | Q(verified_by__isnull=False), name="gap_verifier_named"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item.title} · {self.service}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:gap", args=[self.pk])

    @property
    def ticket_label(self) -> str:
        return self.ticket_name or self.ticket_url.partition("://")[2]

    @property
    def extension(self) -> str:
        """How often its date was moved later, in words: "third extension". Empty for never."""
        return extension_words(self.extended)

    @property
    def is_closed(self) -> bool:
        return self.status == GapStatus.CLOSED

    @property
    def lacks(self) -> list[str]:
        """What nobody has said yet: rule *accountable-output* asks for all three."""
        parts = (("an owner", self.owner_id), ("a due date", self.due_on), ("a plan", self.plan.strip()))
        return [] if self.is_closed else [name for name, is_there in parts if not is_there]

    def is_overdue(self, today: date) -> bool:
        return not self.is_closed and self.due_on is not None and self.due_on < today
