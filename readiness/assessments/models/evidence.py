"""Proof. A row is a fact: once written, what it says does not change; a witness's confirmation is added to it.

`is_active` and `is_superseded` say what became of its source since.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import Token, User
from readiness.assessments.models.assessment import Assessment
from readiness.assessments.outcome import Result
from readiness.assessments.rules import Proof
from readiness.catalog.models import Service
from readiness.checklists.rules import How, Strength

KIND_WORDS: Mapping[str, str] = {
    "correlation": "One id through the logs", "error_leak": "Error pages", "exposure": "Exposed paths and ports",
    "health_pair": "Health probes", "http_authz": "Access control", "rate_limit": "Rate limit", "runbook_url": "Runbooks",
    "sec_headers": "Security headers", "tls_expiry": "TLS certificate", "am_delivery": "Alert delivery",
    "am_routing": "Alert routing", "ci_runs": "CI runs", "loki_logs": "Logs in Loki", "oncall_ical": "On-call calendar",
    "oncall_pagerduty": "On-call in PagerDuty", "prom_golden": "Golden signals", "prom_query": "Prometheus query",
    "prom_rules": "Alerting rules", "repo_files": "Files in the repository", "resource_trend": "Resource trend",
    "secret_rotation_aws": "Secret rotation in AWS", "secret_rotation_vault": "Secret rotation in Vault",
    "trace_query": "Traces", "drain": "Drain test", "explain": "Query plans", "junit": "Test report",
    "k8s_manifest": "Kubernetes manifest", "loadtest": "Load test", "log_sample": "Log sample", "otlp_trace": "Trace export",
    "pgss": "Query statistics", "prom_rules_file": "Alerting rules in a file", "sarif": "Code scan", "scorecard": "Scorecard",
    "secrets_scan": "Secrets scan", "zap": "Web scan", "launch_announcement": "Who is told", "launch_ramp": "Traffic ramp",
    "launch_thresholds": "Launch thresholds", "metric_owner": "Metric's owner", "oncall_confirmation": "On-call confirmation",
    "document": "Document", "drill": "Drill", "plan": "Dated plan",
}  # fmt: skip
"""A kind of proof as people say it."""


class EvidenceFile(models.Model):
    """An uploaded file, kept once per content. `path` is inside the private storage; served only by an authorising view."""

    sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    size = models.PositiveIntegerField()
    path = models.CharField(max_length=300)
    stored_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User | AnonymousUser) -> EvidenceQuerySet:
        return self.filter(assessment__service__in=Service.objects.visible_to(user))

    def of_item(self, assessment_id: int, key: str) -> EvidenceQuerySet:
        return self.filter(assessment_id=assessment_id, item_key=key)

    def of_origin(self, evidence: Evidence) -> EvidenceQuerySet:
        """Everything that speaks with the same voice about the same criterion."""
        same = self.of_item(evidence.assessment_id, evidence.item_key).filter(criterion_key=evidence.criterion_key)
        return same.filter(how=evidence.how, kind=evidence.kind, check_id=evidence.check_id)

    def that_counts(self) -> EvidenceQuerySet:
        """What the rules need to judge by: few rows for each criterion, however many years of runs there are."""
        return self.filter(is_superseded=False)

    def newest_first(self) -> EvidenceQuerySet:
        return self.order_by("-observed_at", "-id")


class Evidence(models.Model):
    """`source`: what made it ("check health_pair #12", "upload", "person"). `idempotency_key`: the same fact twice is one row.

    Three dates (rule *three-dates*): `observed_at` the fact's own time, `received_at` ours, `valid_until` = observed + validity.
    """

    assessment = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="evidence")
    item_key = models.CharField(max_length=60)
    criterion_key = models.CharField(max_length=60)
    how = models.CharField(max_length=12, choices=[(how.value, how.label) for how in How])
    kind = models.CharField(max_length=40)  # check type, artifact kind, record kind, or "attestation"
    result = models.CharField(max_length=8, choices=[(result.value, result.value) for result in Result])
    strength = models.CharField(max_length=10, choices=[(s.value, s.label) for s in Strength])
    reason = models.TextField(blank=True)
    figures = models.JSONField(default=dict)
    findings = models.JSONField(default=list)  # [{"rule", "level", "message", "where"}]
    source = models.CharField(max_length=120)
    check_id = models.BigIntegerField(null=True)  # the check (in a higher room) that made it
    is_active = models.BooleanField(default=True)  # False: its check was switched off since
    # A later word of the same origin replaced it: kept and shown, but read by no rule. So a refresh never reads years of runs.
    is_superseded = models.BooleanField(default=False)
    idempotency_key = models.CharField(max_length=120, unique=True)

    observed_at = models.DateTimeField()
    received_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    is_backdated = models.BooleanField(default=False)

    # What came with a report: {"environment", "commit_sha", "tool", "tool_version", "target_url", "started_at", "finished_at",
    # "ci_run_url"}, those that were said.
    envelope = models.JSONField(default=dict)
    token = models.ForeignKey(
        Token, on_delete=models.PROTECT, null=True, related_name="+"
    )  # with which a pipeline sent it
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, null=True, related_name="evidence")
    link = models.URLField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    performed_on = models.DateField(null=True)
    performed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    witness = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    witnessed_at = models.DateTimeField(null=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        indexes = [
            models.Index(fields=["assessment", "item_key", "observed_at"], name="evidence_item"),
            models.Index(
                fields=["assessment", "item_key"], condition=Q(is_superseded=False), name="evidence_that_counts"
            ),
            models.Index(fields=["check_id"], condition=Q(is_superseded=False), name="evidence_of_check"),
            models.Index(fields=["witness"], condition=Q(witnessed_at=None), name="evidence_to_witness"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__gte=F("observed_at")), name="evidence_valid_after_observed"
            ),
            models.CheckConstraint(
                condition=~Q(how="attestation")
                | Q(performed_on__isnull=False, performed_by__isnull=False, witness__isnull=False),
                name="evidence_attestation_complete",
            ),
            models.CheckConstraint(
                condition=Q(witness=None) | ~Q(witness=F("performed_by")), name="evidence_witness_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result} by {self.source} for {self.item_key}"

    def get_absolute_url(self) -> str:
        return reverse("assessments:evidence", args=[self.pk])

    @property
    def is_current(self) -> bool:
        return timezone.now() < self.valid_until

    @property
    def kind_words(self) -> str:
        """`Health probes`, `Drill`; a kind that nobody listed is said by its own name."""
        return KIND_WORDS.get(self.kind) or self.kind.replace("_", " ").capitalize()

    @property
    def is_by_people(self) -> bool:
        return not How(self.how).is_machine

    @property
    def needs_witness(self) -> bool:
        return self.how == How.ATTESTATION and self.witnessed_at is None

    def as_proof(self) -> Proof:
        return Proof(
            id=self.pk,
            criterion_key=self.criterion_key,
            how=How(self.how),
            result=Result(self.result),
            strength=Strength(self.strength),
            observed_at=self.observed_at,
            valid_until=self.valid_until,
            source=self.source,
            reason=self.reason,
            is_confirmed=not self.needs_witness,
            is_active=self.is_active,
            kind=self.kind,
            check_id=self.check_id,
            counts_since=self.witnessed_at or self.received_at,
        )
