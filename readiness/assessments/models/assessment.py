"""One service measured against one pinned checklist version, and how each of its items stands.

Statuses are computed by `rules.py` and stored beside the fact that changed them, in the same transaction, because lists of ten
thousand services need them fast. Nobody sets one by hand (rule *proof-only*).
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.assessments.rules import Decision, ItemStatus, ReviewDue, SinceDecision, next_review
from readiness.catalog.models import Service
from readiness.checklists.models import Version
from readiness.checklists.pack import PackItem
from readiness.checklists.rules import Category, Gate, Strength

STATUSES = [(status.value, status.label) for status in ItemStatus]
DECISIONS = [(decision.value, decision.label) for decision in Decision]


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User | AnonymousUser) -> AssessmentQuerySet:
        return self.filter(service__in=Service.objects.visible_to(user))


class Assessment(models.Model):
    """`counts` = {category: {"applicable", "met", "open_hard", "open_tracked", "unknown", "waived", "stale", "blocking"}},
    kept by `actions.refresh`. An applicable item is in exactly one of the five after it: `met`, `open_hard` and `open_tracked`
    (not met), `unknown` (unknown or stale; of these, `stale` the expired) or `waived` (unmet, under a waiver). `blocking` are
    all hard gates neither met nor waived. The columns beside it are its sums over all categories, for sorting: `hard_open`
    sums `blocking`, `tracked_open` the tracked ones neither met nor waived. `computed_decision` is the derived decision as
    of now; `last_*` is what the last review decided, written by the reviews through `actions.note_decision`. What has happened
    since that calls for another review is in `tier_raised_on`, `gate_fell_on` and `gate_fell`, kept by `actions.settle`.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="assessment")
    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="assessments")
    pinned_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)
    refreshed_at = models.DateTimeField(default=timezone.now)

    counts = models.JSONField(default=dict)
    hard_applicable = models.PositiveSmallIntegerField(default=0)
    hard_met = models.PositiveSmallIntegerField(default=0)
    hard_open = models.PositiveSmallIntegerField(default=0)  # neither met nor waived: these block
    tracked_open = models.PositiveSmallIntegerField(default=0)
    waived = models.PositiveSmallIntegerField(default=0)
    computed_decision = models.CharField(max_length=16, choices=DECISIONS, default=Decision.NO_GO.value)

    last_decision = models.CharField(max_length=16, choices=DECISIONS, blank=True)
    last_decided_at = models.DateTimeField(null=True)
    last_review_id = models.BigIntegerField(null=True)
    last_tier = models.PositiveSmallIntegerField(null=True)  # of the service, when it was decided
    tier_raised_on = models.DateField(null=True)  # null while the tier is not higher than that
    gate_fell_on = models.DateField(null=True)  # the first hard gate that stopped being met after launch
    gate_fell = models.CharField(max_length=200, blank=True)  # and its title
    next_review_due_on = models.DateField(null=True)  # `next_review`, for lists

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["hard_open", "service"], name="assessment_hard_open"),
            models.Index(fields=["computed_decision", "service"], name="assessment_decision"),
            models.Index(
                fields=["next_review_due_on"],
                condition=Q(next_review_due_on__isnull=False),
                name="assessment_review_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} against {self.version}"

    @property
    def next_review(self) -> ReviewDue | None:
        """With its reason; None before the first decision. No query when it comes with its service."""
        if self.last_decided_at is None:
            return None
        since = SinceDecision(
            decided_on=self.last_decided_at.astimezone(timezone.get_default_timezone()).date(),
            decided_for=self.last_tier,
            was_no_go=self.last_decision == Decision.NO_GO,
            tier=self.service.tier,
            raised_on=self.tier_raised_on,
            fell_on=self.gate_fell_on,
            fell=self.gate_fell,
        )
        return next_review(since)


class ItemQuerySet(models.QuerySet["Item"]):
    def applicable(self) -> ItemQuerySet:
        return self.exclude(status=ItemStatus.NOT_APPLICABLE)

    def open(self) -> ItemQuerySet:
        return self.exclude(status__in=[ItemStatus.MET, ItemStatus.NOT_APPLICABLE])

    def visible_to(self, user: User | AnonymousUser) -> ItemQuerySet:
        return self.filter(assessment__service__in=Service.objects.visible_to(user))


class Item(models.Model):
    """How one checklist item stands for one service. `key`, `category`, `gate`, `title`, `position` are copied from the pinned
    version (which never changes) so that lists need no pack.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="items")
    key = models.CharField(max_length=60)
    category = models.CharField(max_length=16, choices=[(c.value, c.label) for c in Category])
    title = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    gate = models.CharField(max_length=8, choices=[(g.value, g.label) for g in Gate])

    status = models.CharField(max_length=16, choices=STATUSES, default=ItemStatus.UNKNOWN.value)
    reason = models.TextField(blank=True)
    strength = models.CharField(max_length=10, choices=[(s.value, s.label) for s in Strength], blank=True)
    valid_until = models.DateTimeField(null=True)
    changes_at = models.DateTimeField(null=True)  # the next moment at which time alone changes something here
    status_since = models.DateTimeField(default=timezone.now)
    next_step = models.CharField(max_length=300, blank=True)
    next_step_cost = models.PositiveSmallIntegerField(default=0)
    # [{"key": criterion key, "status": …, "reason": …, "strength": …, "valid_until": iso, "evidence": id}]
    criteria = models.JSONField(default=list)
    waived_until = models.DateField(null=True)  # the end of the approved waiver in force, kept by the waiver's actions

    # A person's claim that it does not apply (rule *second-pair* on hard gates).
    excused_reason = models.TextField(blank=True)
    excused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    excused_at = models.DateTimeField(null=True)
    excuse_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    excuse_confirmed_at = models.DateTimeField(null=True)

    # Rule *pinned*: what an upgrade brought in is new until its day, and no regression; what it no longer asks for is retired,
    # and kept because gaps and reviews speak of it.
    new_until = models.DateField(null=True)
    retired_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["assessment", "key"], name="item_once"),
            models.CheckConstraint(
                condition=Q(excused_by=None, excused_at=None) | Q(excused_by__isnull=False, excused_at__isnull=False),
                name="item_excused_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["changes_at"], condition=Q(changes_at__isnull=False), name="item_changes_at"),
            models.Index(fields=["waived_until"], condition=Q(waived_until__isnull=False), name="item_waived_until"),
            models.Index(fields=["new_until"], condition=Q(new_until__isnull=False), name="item_new_until"),
            models.Index(fields=["key", "status"], name="item_key_status"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Of the page that shows it; its service is asked for its short name."""
        return reverse("portfolio:item", args=[self.assessment.service.slug, self.key])

    @property
    def pack_item(self) -> PackItem:
        """Raises KeyError for a retired item: the pinned version does not know it."""
        return self.assessment.version.pack.item(self.key)

    @property
    def is_retired(self) -> bool:
        return self.retired_at is not None

    @property
    def is_excuse_waiting(self) -> bool:
        """Somebody says it does not apply, and rule *second-pair* still asks for another person."""
        return self.excused_at is not None and self.excuse_confirmed_at is None and self.is_hard

    @property
    def is_hard(self) -> bool:
        return self.gate == Gate.HARD

    @property
    def is_met(self) -> bool:
        return self.status == ItemStatus.MET

    @property
    def is_open(self) -> bool:
        return self.status not in {ItemStatus.MET, ItemStatus.NOT_APPLICABLE}
