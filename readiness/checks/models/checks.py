"""Automated checks and their runs. The run table is the queue of record: Celery only wakes workers up.

A run is claimed with a lease and a fencing number; who lost the lease can't record. A slot (check, planned time)
exists once, so three schedulers do no harm; and a check has one waiting run at most, so pressing "Run now" twice is
pressing it once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments.models import Assessment, Item
from readiness.assessments.outcome import Result
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Lifecycle, Service
from readiness.checklists.rules import How
from readiness.checks.types import ON_DEMAND

RESULTS = [(result.value, result.value) for result in Result]
RUNS_IN_STRIP = 30
DOUBTFUL_AFTER = 3
"""As many unknown results in a row, and somebody should look."""


class CheckQuerySet(models.QuerySet["Check"]):
    def visible_to(self, user: User | AnonymousUser) -> CheckQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))

    def in_force(self) -> CheckQuerySet:
        """Those that the service's checklist asks for now."""
        return self.filter(retired_at=None)

    def ready(self) -> CheckQuerySet:
        """Those that may run: set up, switched on, and asked for by an item that counts."""
        able = self.in_force().filter(is_enabled=True, is_set_up=True, quarantined_at=None)
        return able.exclude(item__status=ItemStatus.NOT_APPLICABLE).exclude(service__lifecycle=Lifecycle.RETIRED)

    def by_itself(self) -> CheckQuerySet:
        """Without those that run only when a person starts them."""
        return self.exclude(type__in=ON_DEMAND)

    def due(self, now: datetime) -> CheckQuerySet:
        return self.ready().by_itself().filter(next_due_at__lte=now)

    def quarantined(self) -> CheckQuerySet:
        return self.in_force().exclude(quarantined_at=None)

    def unread(self) -> CheckQuerySet:
        """Those that could not tell, several times in a row."""
        return self.in_force().filter(is_enabled=True, quarantined_at=None, unknown_in_a_row__gte=DOUBTFUL_AFTER)

    def without_setup(self) -> CheckQuerySet:
        """Those that wait to be told something, where no other check at work verifies the same criterion."""
        others = Check.objects.in_force().filter(item=OuterRef("item"), criterion_key=OuterRef("criterion_key"))
        waiting = self.in_force().filter(is_enabled=True, is_set_up=False, quarantined_at=None)
        return waiting.exclude(Exists(others.filter(is_enabled=True, is_set_up=True)))

    def for_rows(self, *, with_figures: bool = False) -> CheckQuerySet:
        """With everything that a row on a page shows, in three statements: `recent_runs` (those that ended, newest
        first) and `waiting_runs`. `with_figures`: also what the runs measured, for the few checks of one page.
        """
        newest = Run.objects.filter(status__in=[RunStatus.FINISHED, RunStatus.QUARANTINED]).order_by("-id")
        shown = ["check_row_id", "status", "result", "reason", "started_at", "finished_at"]
        strip = newest.only(*shown, *(["figures"] if with_figures else []))[:RUNS_IN_STRIP]
        waiting = Run.objects.waiting().only("check_row_id", "status", "queued_at", "started_at", "attempts")
        past, coming = Prefetch("runs", strip, to_attr="recent_runs"), Prefetch("runs", waiting, to_attr="waiting_runs")
        # The plugin would declare both attributes here; they are declared on Check, where whoever reads a row looks.
        return self.select_related("service", "item").prefetch_related(past, coming)  # type: ignore[no-redef]

    def for_service(self, service: Service) -> CheckQuerySet:
        return self.in_force().filter(service=service).for_rows().order_by("item__position", "id")

    def for_item(self, item: Item) -> CheckQuerySet:
        """What an item's page shows: its checks with `recent_runs` (newest first, with figures) and `waiting_runs`."""
        return self.in_force().filter(item=item).for_rows(with_figures=True).order_by("id")


class Check(models.Model):
    """One way of verifying one criterion of one service. `type` is a slug of `types.TYPES`, no choices: a new type
    needs no migration.

    `config` is what the type is given: `planned` (from the checklist's parameters and the service's endpoints) under
    `configured` (the fields that a person set otherwise). `needs`: sentences that say what it still lacks.
    `verifies`: the criterion's text, copied. `origin`: where it calls first (see `places`). `retired_at`: the checklist or
    the service's traits no longer ask for it; it comes back when they do.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="checks")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="checks")
    criterion_key = models.CharField(max_length=60)
    verifies = models.TextField(blank=True)
    how = models.CharField(max_length=12, choices=[(how.value, how.label) for how in How], default=How.PROBE.value)
    type = models.CharField(max_length=40)
    planned = models.JSONField(default=dict)
    configured = models.JSONField(default=dict)
    config = models.JSONField(default=dict)
    needs = models.JSONField(default=list)
    is_set_up = models.BooleanField(default=False)
    is_enabled = models.BooleanField(default=True)
    retired_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=300, blank=True)
    every_seconds = models.PositiveIntegerField(default=3600)
    next_due_at = models.DateTimeField(default=timezone.now)
    last_finished_at = models.DateTimeField(null=True)
    last_result = models.CharField(max_length=8, choices=RESULTS, blank=True)
    last_reason = models.TextField(blank=True)
    unknown_in_a_row = models.PositiveSmallIntegerField(default=0)
    finished_runs = models.PositiveIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True)
    quarantine_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = CheckQuerySet.as_manager()

    recent_runs: list[Run]  # these two by `for_rows`
    waiting_runs: list[Run]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "criterion_key", "type"], name="check_once"),
            models.CheckConstraint(
                condition=Q(quarantined_at=None) | ~Q(quarantine_reason=""), name="check_quarantined_and_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_due_at"],
                condition=Q(is_enabled=True, is_set_up=True, quarantined_at=None, retired_at=None),
                name="check_due",
            ),
            models.Index(fields=["service", "item"], name="check_service"),
            models.Index(fields=["origin"], condition=~Q(origin=""), name="check_origin"),
            models.Index(
                fields=["quarantined_at"], condition=Q(quarantined_at__isnull=False), name="check_quarantined"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} for {self.item} of {self.service}"

    def get_absolute_url(self) -> str:
        return reverse("checks:check", args=[self.pk])

    @property
    def is_criterion_met(self) -> bool:
        """By whatever proof. No query when its item was fetched with it."""
        said = {one["key"]: one["status"] for one in self.item.criteria}
        return said.get(self.criterion_key) == ItemStatus.MET

    @property
    def every(self) -> timedelta:
        return timedelta(seconds=self.every_seconds)

    @property
    def is_doubtful(self) -> bool:
        return self.unknown_in_a_row >= DOUBTFUL_AFTER

    @property
    def is_on_demand(self) -> bool:
        """Only when a person starts it; "run now" and the schedule leave it alone."""
        return self.type in ON_DEMAND

    @property
    def blocked_because(self) -> str:
        """Why it can't run now, in a sentence that says what would change it; empty when it can."""
        if self.retired_at:
            return "The checklist no longer asks this of the service."
        if not self.is_enabled:
            return "It is switched off; switch it on first."
        if not self.is_set_up:
            return f"It is not set up yet. {' '.join(self.needs)}".strip()
        if self.quarantined_at:
            return "It is in quarantine; release it first."
        return ""

    @property
    def state(self) -> str:
        """The one word that a page shows when nothing is under way."""
        if not self.is_enabled or self.retired_at:
            return "off"
        if self.quarantined_at:
            return "quarantined"
        if not self.is_set_up:
            return "needs_setup"
        return self.last_result or "not run yet"


class PlanQuerySet(models.QuerySet["Plan"]):
    def outdated(self, sources: str) -> models.QuerySet[Assessment]:
        """Assessments whose checks were planned for another checklist version than the one they are pinned to, or with
        other sources of the organisation than these, or never.
        """
        planned = self.filter(service=OuterRef("service"), version_id=OuterRef("version_id"), sources=sources)
        return Assessment.objects.filter(~Exists(planned)).exclude(service__lifecycle=Lifecycle.RETIRED)


class Plan(models.Model):
    """For which checklist version, and with which sources of the organisation (`connections.fingerprint`), a service's
    checks were planned last. An upgrade happens in a lower room, which can't plan them, and a source is changed for all
    services at once; the scheduler sees by this what is left to do.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="check_plan")
    version_id = models.BigIntegerField()
    sources = models.CharField(max_length=32, blank=True)
    planned_at = models.DateTimeField()

    objects = PlanQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Checks of {self.service}"


class RunStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    QUARANTINED = "quarantined", "Quarantined"


WAITING = (RunStatus.QUEUED, RunStatus.RUNNING)


class RunQuerySet(models.QuerySet["Run"]):
    def waiting(self) -> RunQuerySet:
        return self.filter(status__in=WAITING)

    def claimable(self, now: datetime) -> RunQuerySet:
        """Waiting, and nobody's: never taken, put back after a pause, or its worker's lease ran out."""
        return self.waiting().filter(Q(lease_until=None) | Q(lease_until__lte=now))

    def to_carry_out(self) -> RunQuerySet:
        """With their checks and items, and of these only what carrying out and recording read: there are thousands."""
        check = ["service_id", "criterion_key", "how", "type", "config", "is_enabled", "origin", "every_seconds"]
        memory = ["last_finished_at", "unknown_in_a_row", "finished_runs", "version"]
        item = ["item__assessment_id", "item__key", "item__title"]
        own = ["slot", "status", "reason", "started_at", "worker", "fence", "attempts", "told"]
        of_the_check = [f"check_row__{name}" for name in (*check, *memory, *item)]
        return self.select_related("check_row__item").only(*own, *of_the_check)

    def held_by(self, run_id: int, fence: int) -> RunQuerySet:
        """The run, if `fence` is still the current one: nobody took it over."""
        return self.filter(pk=run_id, fence=fence, status=RunStatus.RUNNING)


class Run(models.Model):
    """`slot`: the time it was planned for. `fence` grows with each claim; a result is recorded only by whoever holds
    the current one.

    `lease_until`: until then nobody else takes it (a worker's lease, or the pause after a failed attempt).
    `is_urgent`: a person or a pipeline waits for it. `requested_by` is empty for the schedule's own runs and for
    machines.
    """

    check_row = models.ForeignKey(Check, on_delete=models.CASCADE, related_name="runs", db_column="check_id")
    slot = models.DateTimeField()
    status = models.CharField(max_length=12, choices=RunStatus, default=RunStatus.QUEUED)
    is_urgent = models.BooleanField(default=False)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.CharField(max_length=8, choices=RESULTS, blank=True)
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    findings = models.JSONField(default=list)  # [{"rule", "level", "message", "where"}]
    evidence_id = models.BigIntegerField(null=True)
    told = models.JSONField(default=dict)  # what this run alone is told, of a type that runs on demand

    objects = RunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["check_row", "slot"], name="run_slot_once"),
            models.UniqueConstraint(
                fields=["check_row"], condition=Q(status__in=["queued", "running"]), name="run_one_waiting"
            ),
            models.CheckConstraint(
                condition=~Q(status="finished") | Q(finished_at__isnull=False, result__in=["pass", "fail", "unknown"]),
                name="run_finished_with_result",
            ),
            models.CheckConstraint(
                condition=~Q(status="running") | Q(lease_until__isnull=False, started_at__isnull=False),
                name="run_running_has_lease",
            ),
        ]
        indexes = [
            # In the order in which runs are claimed.
            models.Index(
                fields=["-attempts", "-is_urgent", "slot"],
                condition=Q(status__in=["queued", "running"]),
                name="run_waiting",
            ),
            models.Index(fields=["check_row", "-id"], name="run_of_check"),
        ]

    def __str__(self) -> str:
        return f"Run {self.pk} of {self.check_row_id}"

    @property
    def is_waiting(self) -> bool:
        return self.status in WAITING

    @property
    def outcome_word(self) -> str:
        """What a page calls it: its result when it has one, else what became of it."""
        return self.result or self.status

    @property
    def took(self) -> timedelta | None:
        return self.finished_at - self.started_at if self.finished_at and self.started_at else None

    @property
    def took_words(self) -> str:
        """`240 ms`, `1.2 s`; from its claim to its end."""
        seconds = self.took.total_seconds() if self.took else 0.0
        return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


class Tally(models.Model):
    """How often, and how long in all: counters for /metrics. In the database, as the processes that count are not the
    one that is asked.

    `kind`: "run" (with the check's type and result) or "batch".
    """

    kind = models.CharField(max_length=8)
    type = models.CharField(max_length=40, blank=True)
    result = models.CharField(max_length=12, blank=True)
    count = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "type", "result"], name="tally_once")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.kind, self.type, self.result]))
