"""The meeting and who takes part in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.policy import Target
from readiness.assessments.models import Assessment
from readiness.assessments.models.assessment import DECISIONS
from readiness.catalog.models import Service
from reviews.rules import ParticipantRole, ReviewStatus, Traces

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from reviews.models.agenda import AgendaItem, ParkedTopic, TalkRequest
    from reviews.models.packet import SignOff

LIVE = [ReviewStatus.SCHEDULED.value, ReviewStatus.IN_PROGRESS.value, ReviewStatus.PAUSED.value]


class ReviewQuerySet(models.QuerySet["Review"]):
    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Rule *readable*: the reviews of every service that this person sees. A guest sees the service for the sake of one
        review, and so that review only.
        """
        if not isinstance(user, User):
            return self.none()
        seen = self.filter(service__in=Service.objects.visible_to(user))
        grants = user.live_grants()
        guest_of = {grant.service_id for grant in grants if grant.review_id}
        if not guest_of:
            return seen
        belongs = Q(service__tech_lead=user) | Q(service__on_call=user) | Q(service__platform_owner=user)
        teams = {grant.team_id for grant in grants if grant.team_id}
        services = {grant.service_id for grant in grants if grant.service_id and not grant.review_id}
        invited = {grant.review_id for grant in grants if grant.review_id}
        at_home = belongs | Q(service__team__in=teams) | Q(service__in=services) | ~Q(service__in=guest_of)
        return seen.filter(at_home | Q(pk__in=invited))

    def live(self) -> ReviewQuerySet:
        return self.filter(status__in=LIVE)

    def upcoming(self) -> ReviewQuerySet:
        return self.filter(status=ReviewStatus.SCHEDULED)

    def running(self) -> ReviewQuerySet:
        return self.filter(status__in=[ReviewStatus.IN_PROGRESS, ReviewStatus.PAUSED])

    def over(self) -> ReviewQuerySet:
        return self.filter(status__in=[ReviewStatus.DECIDED, ReviewStatus.CANCELLED])

    def decided(self) -> ReviewQuerySet:
        return self.filter(status=ReviewStatus.DECIDED)

    def of(self, user: User) -> ReviewQuerySet:
        """Those that this person leads or takes part in."""
        taking_part = Participant.objects.filter(person=user).values("review_id")
        return self.filter(Q(lead=user) | Q(pk__in=taking_part))

    def for_list(self) -> ReviewQuerySet:
        people = Participant.objects.select_related("person")
        return self.select_related("service__team", "assessment", "lead").prefetch_related(
            models.Prefetch("participants", queryset=people)
        )

    def for_page(self) -> ReviewQuerySet:
        """With everything that a page of one review touches. The checklist's body stays: a process knows it by its digest."""
        of_service = ("service__team", "service__tech_lead", "service__on_call", "service__platform_owner")
        of_meeting = ("lead", "facilitator", "facilitator_before", "passed_acknowledged_by", "current")
        rows = self.select_related(*of_service, *of_meeting, "assessment__version__checklist")
        return rows.defer("assessment__version__body")

    def for_glimpse(self) -> ReviewQuerySet:
        """With what every word in the room can change on a screen; the people are read with the meeting. A dozen joins less."""
        return self.select_related("service", "assessment").defer("notes", "assessment__counts")


class Review(models.Model):
    """`decision` is what the room said (never looser than `computed_decision`, see rule *derived-decision*).

    Two counters: `version` is compared and swapped by whoever moves the meeting; `pulse` counts everything that anybody sees
    change in the room, so that a screen can ask "anything new?" and somebody's verdict never collides with a move.
    """

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="reviews")
    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="reviews")
    status = models.CharField(
        max_length=12, choices=[(s.value, s.label) for s in ReviewStatus], default=ReviewStatus.SCHEDULED.value
    )
    lead = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(default=30)
    place = models.CharField(max_length=300, blank=True)
    go_live_on = models.DateField(null=True)  # as planned when it was last scheduled; null once in production
    timing_reason = models.TextField(blank=True)  # why it is outside 14-21 days before go-live
    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    scheduled_at = models.DateTimeField(default=timezone.now)
    invitation_sequence = models.PositiveSmallIntegerField(default=0)

    facilitator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    facilitator_since = models.DateTimeField(null=True)
    facilitator_before = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )  # from whom it was taken over or handed over
    current = models.ForeignKey("AgendaItem", on_delete=models.SET_NULL, null=True, related_name="+")
    current_since = models.DateTimeField(null=True)  # null while the clock stands still
    started_at = models.DateTimeField(null=True)
    running_since = models.DateTimeField(null=True)  # null while the clock stands still
    ran_seconds = models.PositiveIntegerField(default=0)  # before `running_since`
    paused_itself_at = models.DateTimeField(null=True)  # nobody was there; until somebody resumes
    person_seconds = models.PositiveIntegerField(null=True)  # of all who were there, counted at the decision
    passed_acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    passed_acknowledged_at = models.DateTimeField(null=True)
    notes = models.TextField(blank=True)
    notes_version = models.PositiveIntegerField(default=1)

    computed_decision = models.CharField(max_length=16, choices=DECISIONS, blank=True)
    decision = models.CharField(max_length=16, choices=DECISIONS, blank=True)
    stricter_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    cancelled_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    pulse = models.PositiveIntegerField(default=1)

    objects = ReviewQuerySet.as_manager()

    if TYPE_CHECKING:
        agenda: RelatedManager[AgendaItem]
        participants: RelatedManager[Participant]
        sign_offs: RelatedManager[SignOff]
        parked_topics: RelatedManager[ParkedTopic]
        talk_requests: RelatedManager[TalkRequest]

    class Meta:
        ordering = ["-starts_at"]
        indexes = [
            models.Index(fields=["status", "starts_at"], name="review_status"),
            models.Index(fields=["service", "-starts_at"], name="review_service"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["assessment"], condition=Q(status__in=LIVE), name="review_one_live"),
            models.CheckConstraint(
                condition=~Q(status="decided")
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision="") & ~Q(computed_decision=""),
                name="review_decided_who_when_what",
            ),
            models.CheckConstraint(
                condition=Q(passed_acknowledged_by=None, passed_acknowledged_at=None)
                | Q(passed_acknowledged_by__isnull=False, passed_acknowledged_at__isnull=False),
                name="review_acknowledged_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(status="in_progress", running_since__isnull=False)
                | ~Q(status="in_progress") & Q(running_since=None),
                name="review_clock_runs_while_in_progress",
            ),
            models.CheckConstraint(
                condition=Q(paused_itself_at=None) | Q(status__in=["paused", "cancelled"]),
                name="review_that_paused_itself_does_not_run",
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
    def outcome(self) -> Target:
        """What came out of it: whoever has a seat in the review may take it home. One query."""
        return self.outcome_for(self.participants.values_list("person_id", flat=True))

    def outcome_for(self, seated: Iterable[int]) -> Target:
        """As `outcome`, for who has read already whose the seats are."""
        return replace(self.target, seated=frozenset(seated))

    @property
    def held_at(self) -> datetime:
        """When it began; while it has not, when it is planned for."""
        return self.started_at or self.starts_at

    @property
    def is_scheduled(self) -> bool:
        return self.status == ReviewStatus.SCHEDULED

    @property
    def is_running(self) -> bool:
        return self.status == ReviewStatus.IN_PROGRESS

    @property
    def is_paused(self) -> bool:
        return self.status == ReviewStatus.PAUSED

    @property
    def is_live(self) -> bool:
        return self.is_running or self.is_paused

    @property
    def is_decided(self) -> bool:
        return self.status == ReviewStatus.DECIDED

    @property
    def is_over(self) -> bool:
        return self.status in {ReviewStatus.DECIDED, ReviewStatus.CANCELLED}

    def seconds_run(self, now: datetime) -> int:
        """How long the meeting has run, without its pauses."""
        running = (now - self.running_since).total_seconds() if self.running_since else 0
        return self.ran_seconds + max(0, int(running))

    def seconds_on_current(self, now: datetime) -> int:
        """How long the room has been on the current item this time, not counting earlier visits."""
        return max(0, int((now - self.current_since).total_seconds())) if self.current_since else 0


def go_live_of(service: Service) -> date | None:
    """The day that a review of this service prepares for; None once it is in production."""
    return None if service.launched_on else service.go_live_on


class Participant(models.Model):
    """One row for each role that a person has in the review; presence is the person's, so all their rows share it."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="participants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(max_length=10, choices=[(role.value, role.label) for role in ParticipantRole])
    present_since = models.DateTimeField(null=True)  # rule *led-by-owner* asks who took part
    seen_at = models.DateTimeField(null=True)  # when a screen of theirs was last heard of; all their rows share it
    ready_at = models.DateTimeField(null=True)  # ready to go on from the current item; every move clears it
    writing_in = models.CharField(
        max_length=40, blank=True
    )  # "verdict:<agenda id>", "notes": the form under their hands
    writing_at = models.DateTimeField(null=True)  # when they last wrote there; a few seconds later they no longer do
    read_at = models.DateTimeField(null=True)  # when they said that they read the pre-read
    output_acknowledged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "person", "role"], name="participant_once")]

    def __str__(self) -> str:
        return f"{self.person} as {self.get_role_display()}"

    @property
    def traces(self) -> Traces:
        return Traces(self.present_since, self.seen_at, self.ready_at, self.writing_in, self.writing_at)
