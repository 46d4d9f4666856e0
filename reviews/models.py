"""The meeting: who comes, what is talked about, what the room says, what was decided, who signed, and the frozen packet."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.policy import Target
from readiness.assessments.models import Assessment, Item
from readiness.assessments.models.assessment import DECISIONS, STATUSES
from readiness.catalog.models import Service


class ReviewStatus(models.TextChoices):
    SCHEDULED = "scheduled", "Scheduled"
    IN_PROGRESS = "in_progress", "In progress"
    PAUSED = "paused", "Paused"
    DECIDED = "decided", "Decided"
    CANCELLED = "cancelled", "Cancelled"


MOVES: dict[str, frozenset[str]] = {
    ReviewStatus.SCHEDULED: frozenset({ReviewStatus.IN_PROGRESS, ReviewStatus.CANCELLED}),
    ReviewStatus.IN_PROGRESS: frozenset({ReviewStatus.PAUSED, ReviewStatus.DECIDED, ReviewStatus.CANCELLED}),
    ReviewStatus.PAUSED: frozenset({ReviewStatus.IN_PROGRESS, ReviewStatus.CANCELLED}),
    ReviewStatus.DECIDED: frozenset(),
    ReviewStatus.CANCELLED: frozenset(),
}


class ParticipantRole(models.TextChoices):
    LEAD = "lead", "Tech lead"
    ON_CALL = "on_call", "On-call"
    PLATFORM = "platform", "Platform"
    MANAGER = "manager", "Engineering manager"
    OUTSIDE = "outside", "Outside engineer"
    MEMBER = "member", "Team member"


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        if not isinstance(user, User):
            return self.none()
        mine = Participant.objects.filter(person=user).values("review_id")
        return self.filter(Q(service__in=Service.objects.visible_to(user)) | Q(pk__in=mine))

    def upcoming(self) -> ReviewQuerySet:
        return self.filter(status__in=[ReviewStatus.SCHEDULED, ReviewStatus.IN_PROGRESS, ReviewStatus.PAUSED])

    def with_people(self) -> ReviewQuerySet:
        return self.select_related("service__team", "assessment__version__checklist", "lead", "facilitator")


class Review(models.Model):
    """`decision` is what the room said (never looser than `computed_decision`, see rule *derived-decision*)."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="reviews")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(max_length=12, choices=ReviewStatus, default=ReviewStatus.SCHEDULED)
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=30)
    place = models.CharField(max_length=300, blank=True)
    go_live_on = models.DateField()
    timing_reason = models.TextField(blank=True)  # why it is outside 14-21 days before go-live
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scheduled_at = models.DateTimeField(default=timezone.now)
    invitation_sequence = models.PositiveSmallIntegerField(default=0)

    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    current = models.ForeignKey("AgendaItem", on_delete=models.SET_NULL, null=True, related_name="+")
    current_since = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    passed_acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    passed_acknowledged_at = models.DateTimeField(null=True)
    notes = models.TextField(blank=True)

    computed_decision = models.CharField(max_length=16, choices=DECISIONS, blank=True)
    decision = models.CharField(max_length=16, choices=DECISIONS, blank=True)
    stricter_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    cancelled_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at"]
        indexes = [models.Index(fields=["status", "starts_at"], name="review_status"), models.Index(fields=["service", "-starts_at"], name="review_service")]
        constraints = [
            models.UniqueConstraint(
                fields=["assessment"], condition=Q(status__in=["scheduled", "in_progress", "paused"]), name="review_one_live"
            ),
            models.CheckConstraint(
                condition=~Q(status="decided") | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision=""),
                name="review_decided_who_when_what",
            ),
        ]

    def __str__(self) -> str:
        return f"Review of {self.service} on {self.starts_at:%d %B %Y}"

    def get_absolute_url(self) -> str:
        return reverse("reviews:review", args=[self.pk])

    @property
    def target(self) -> Target:
        """The service's target, seen from this review: an outside reviewer's grant names the review."""
        service = self.service.target
        return Target(service.team_id, service.service_id, self.pk, service.named)

    @property
    def is_live(self) -> bool:
        return self.status in {ReviewStatus.IN_PROGRESS, ReviewStatus.PAUSED}

    @property
    def is_over(self) -> bool:
        return self.status in {ReviewStatus.DECIDED, ReviewStatus.CANCELLED}


class Participant(models.Model):
    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(max_length=10, choices=ParticipantRole)
    present_since = models.DateTimeField(null=True)  # rule *led-by-owner* asks who took part
    output_acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "person", "role"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.person} as {self.get_role_display()}"


class AgendaReason(models.TextChoices):
    UNMET = "unmet", "Not met"
    UNKNOWN = "unknown", "Unknown"
    STALE = "stale", "Stale"
    CHANGED = "changed", "Changed since the last decision"
    DISPUTED = "disputed", "Somebody wants to talk about it"
    WAIVED = "waived", "Under a waiver"


class Word(models.TextChoices):
    """What the room says of an item. `met` is refused while the proof does not say so (rule *proof-only*)."""

    MET = "met", "Met"
    GAP = "gap", "Gap"
    NOT_APPLICABLE = "not_applicable", "Not applicable"
    PARKED = "parked", "Parked"


class AgendaItem(models.Model):
    """One item worth talking about, and what was said. Owner, date and plan are also written onto the gap."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="agenda")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=10, choices=AgendaReason)
    status_before = models.CharField(max_length=16, choices=STATUSES)
    word = models.CharField(max_length=16, choices=Word, blank=True)
    note = models.TextField(blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    plan = models.TextField(blank=True)
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    said_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0)  # time spent on it
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "item"], name="agenda_item_once"),
            models.CheckConstraint(
                condition=Q(word="", said_by=None) | (~Q(word="") & Q(said_by__isnull=False, said_at__isnull=False)),
                name="agenda_said_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.item.title}"


class Packet(models.Model):
    """Rule *frozen*: written once when the review is decided; the database refuses any later change. `body` is canonical JSON text."""

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="packet")
    body = models.TextField()
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Packet {self.digest[:12]}"


class SignOff(models.Model):
    """A named person's approval by role, bound to the packet's digest."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="sign_offs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=ParticipantRole)
    digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [models.UniqueConstraint(fields=["review", "person", "role"], name="sign_off_once")]

    def __str__(self) -> str:
        return f"{self.person} signed {self.digest[:12]}"
