"""The structured records that some criteria ask for (the launch plan, each on-call person's confirmation), and the launch itself:
what was done on the day, by whom and when, and what the figures said meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from readiness.accounts.models import User
from readiness.catalog.models import Service

PARTS = ("audiences", "ramp", "thresholds")


class LaunchPlan(models.Model):
    """`audiences` [{"who", "when", "channel"}] · `ramp` [{"percent", "hold_minutes", "metric"}] ·
    `thresholds` [{"metric", "limit", "action"}] with action "roll back" or "go on"; `metric` is words or a query, as
    `promql.thresholds` tells them apart.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="launch_plan")
    audiences = models.JSONField(default=list)
    ramp = models.JSONField(default=list)
    thresholds = models.JSONField(default=list)
    decider = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.TextField(blank=True)
    updated_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"Launch plan of {self.service}"

    @property
    def spoken(self) -> dict[str, Any]:
        """All that the plan says, as it can be kept."""
        return {
            **{name: getattr(self, name) for name in PARTS},
            "decider": str(self.decider) if self.decider else "",
            "note": self.note,
        }


class ReviewedPlan(models.Model):
    """The plan as it was when the last review decided: what people agreed on. `said` is `LaunchPlan.spoken`, empty where there
    was no plan.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="reviewed_plan")
    review_id = models.BigIntegerField()
    decided_at = models.DateTimeField()
    said = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"Launch plan of {self.service} as reviewed"


class OnCallConfirmation(models.Model):
    """A person on call says: I know the scope, the runbooks and the escalation."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="on_call_confirmations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    confirmed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "person"], name="on_call_confirmed_once")]

    def __str__(self) -> str:
        return f"{self.person} for {self.service}"


# The day itself


class LaunchState(models.TextChoices):
    PREPARING = "preparing", "Not started"
    RUNNING = "running", "Under way"
    ROLLED_BACK = "rolled-back", "Rolled back"
    LAUNCHED = "launched", "Launched"


MOVES: Mapping[LaunchState, frozenset[LaunchState]] = {
    LaunchState.PREPARING: frozenset({LaunchState.RUNNING}),
    LaunchState.RUNNING: frozenset({LaunchState.ROLLED_BACK, LaunchState.LAUNCHED}),
    LaunchState.ROLLED_BACK: frozenset(),
    LaunchState.LAUNCHED: frozenset(),
}


class LaunchQuerySet(models.QuerySet["Launch"]):
    def visible_to(self, user: User | AnonymousUser) -> LaunchQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def running(self) -> LaunchQuerySet:
        return self.filter(state=LaunchState.RUNNING)

    def to_be_read(self, now: datetime, every: timedelta) -> LaunchQuerySet:
        """Their figures were not looked at for that long."""
        return self.running().filter(Q(read_at=None) | Q(read_at__lte=now - every))

    def with_people(self) -> LaunchQuerySet:
        return self.select_related("decider", "started_by", "ended_by")


class Launch(models.Model):
    """One attempt. Until it starts it goes by the plan as that is; from then on by the plan as it was at that moment, kept here.

    `step` counts the steps of the ramp that have begun. `decision` and `review_id` are what it rests on. `read_at`: when a worker
    last went to look at its figures.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="launches")
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=LaunchState, default=LaunchState.PREPARING)
    step = models.PositiveSmallIntegerField(default=0)

    audiences = models.JSONField(default=list)
    ramp = models.JSONField(default=list)
    thresholds = models.JSONField(default=list)
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    plan_version = models.PositiveIntegerField(default=0)
    decision = models.CharField(max_length=16, blank=True)
    review_id = models.BigIntegerField(null=True)

    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(null=True)
    start_reason = models.TextField(blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = LaunchQuerySet.as_manager()

    class Meta:
        ordering = ["service", "-attempt"]
        constraints = [
            models.UniqueConstraint(fields=["service", "attempt"], name="launch_attempt_once"),
            models.UniqueConstraint(
                fields=["service"], condition=Q(state__in=["preparing", "running"]), name="launch_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(state="preparing", started_by=None, started_at=None, step=0)
                | (~Q(state="preparing") & Q(started_by__isnull=False, started_at__isnull=False, step__gte=1)),
                name="launch_started_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["preparing", "running"], ended_by=None, ended_at=None)
                | Q(state__in=["rolled-back", "launched"], ended_by__isnull=False, ended_at__isnull=False),
                name="launch_ended_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="rolled-back") | ~Q(end_reason=""), name="launch_rolled_back_with_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["read_at"], condition=Q(state="running"), name="launch_running_read_at"),
        ]

    def __str__(self) -> str:
        return f"Launch {self.attempt} of {self.service}"

    @property
    def is_preparing(self) -> bool:
        return self.state == LaunchState.PREPARING

    @property
    def is_running(self) -> bool:
        return self.state == LaunchState.RUNNING

    @property
    def is_rolled_back(self) -> bool:
        return self.state == LaunchState.ROLLED_BACK

    @property
    def is_launched(self) -> bool:
        return self.state == LaunchState.LAUNCHED

    @property
    def percent(self) -> int:
        """How much of the traffic it has; 0 before it starts."""
        return int(self.ramp[self.step - 1]["percent"]) if self.step else 0

    @property
    def is_at_last_step(self) -> bool:
        return self.step >= len(self.ramp)

    @property
    def spoken(self) -> dict[str, Sequence[Any]]:
        return {name: getattr(self, name) for name in PARTS}


class TickKind(models.TextChoices):
    TOLD = "told", "Told"
    STEP = "step", "Step begun"


class LaunchTick(models.Model):
    """Somebody was told, or a step began. `key` names the line: a digest of its words, or the number of the step, from 1.

    `undone_*`: it was ticked by mistake; the row stays.
    """

    launch = models.ForeignKey(Launch, on_delete=models.CASCADE, related_name="ticks")
    kind = models.CharField(max_length=4, choices=TickKind)
    key = models.CharField(max_length=16)
    words = models.CharField(max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["launch", "kind", "key"], condition=Q(undone_at=None), name="launch_ticked_once"
            ),
            models.CheckConstraint(
                condition=Q(undone_by=None, undone_at=None) | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="launch_tick_undone_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.words} ({self.get_kind_display()})"


class LaunchReading(models.Model):
    """One look at a query. `value` as the query says it; None with a `problem`. `observed_at`: when what it rests on was scraped.

    The newest are kept, so many for each query (`actions.launch_readings`).
    """

    launch = models.ForeignKey(Launch, on_delete=models.CASCADE, related_name="readings")
    key = models.CharField(max_length=16)
    read_at = models.DateTimeField()
    observed_at = models.DateTimeField()
    value = models.FloatField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["read_at", "id"]
        indexes = [models.Index(fields=["launch", "key", "read_at"], name="launch_reading_by_query")]
        constraints = [
            models.UniqueConstraint(fields=["launch", "key", "read_at"], name="launch_read_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, problem="") | (Q(value=None) & ~Q(problem="")),
                name="launch_reading_value_or_problem",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.value if self.value is not None else self.problem} at {self.read_at}"
