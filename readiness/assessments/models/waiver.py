"""A time-bound, approved exception (rules *second-pair* and *waivers-expire*)."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from readiness.accounts.models import User
from readiness.assessments.models.assessment import Item
from readiness.catalog.models import Service


class WaiverStatus(models.TextChoices):
    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"
    RENEWED = "renewed", "Renewed"


MOVES: dict[str, frozenset[str]] = {
    WaiverStatus.REQUESTED: frozenset({WaiverStatus.APPROVED, WaiverStatus.REFUSED, WaiverStatus.REVOKED}),
    WaiverStatus.APPROVED: frozenset({WaiverStatus.REVOKED, WaiverStatus.EXPIRED, WaiverStatus.RENEWED}),
    WaiverStatus.REFUSED: frozenset(),
    WaiverStatus.REVOKED: frozenset(),
    WaiverStatus.EXPIRED: frozenset(),
    WaiverStatus.RENEWED: frozenset(),
}


LIVE = (WaiverStatus.APPROVED, WaiverStatus.REQUESTED)
ENDS_SOON = timedelta(days=30)


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def visible_to(self, user: User | AnonymousUser) -> WaiverQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def waiting(self) -> WaiverQuerySet:
        return self.filter(status=WaiverStatus.REQUESTED)

    def in_force(self, today: date) -> WaiverQuerySet:
        return self.filter(status=WaiverStatus.APPROVED, ends_on__gt=today)

    def ending(self, today: date) -> WaiverQuerySet:
        return self.in_force(today).filter(ends_on__lte=today + ENDS_SOON)

    def live(self) -> WaiverQuerySet:
        """Asked for or approved, what is approved first: beside it a renewal may wait."""
        return self.filter(status__in=LIVE).order_by("status", "pk")

    def by_item(self) -> dict[int, Waiver]:
        """Item's id → the live one that says how the item stands: the approved one, else the one that waits."""
        return {waiver.item_id: waiver for waiver in list(self.live())[::-1]}


class Waiver(models.Model):
    """`renews` the one before it, for the `renewal`-th time; approved, it takes over from that one without a day between."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="waivers")
    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="waivers")
    status = models.CharField(max_length=10, choices=WaiverStatus, default=WaiverStatus.REQUESTED)
    reason = models.TextField()
    mitigation = models.TextField()  # what keeps the risk small meanwhile
    ends_on = models.DateField()  # the first day on which it no longer counts
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True)
    renews = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="renewals")
    renewal = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["status", "ends_on"], name="waiver_status")]
        constraints = [
            models.UniqueConstraint(fields=["item"], condition=Q(status="requested"), name="waiver_one_asked_per_item"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(status="approved"), name="waiver_one_approved_per_item"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("requested_by")), name="waiver_second_pair"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="waiver_approved_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Waiver for {self.item.title} until {self.ends_on}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:waiver", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.status in LIVE
