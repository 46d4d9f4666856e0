"""What is kept of the traces that services send, so that spans of several senders find each other. No trace store: a bounded
sample of border spans for minutes, and of each service what was seen in a day.
"""

from __future__ import annotations

from django.db import models

from readiness.catalog.models import Service


class ReceivedSpan(models.Model):
    """A span at a border between services, as the sender's token brought it.

    `rank` is a hash of the trace id: every service keeps the traces of the lowest ranks, so that all of them keep the same ones.
    `is_own`: it speaks for the sender itself (`name` is one of the sender's names), and may be joined to others' spans.
    """

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="+")  # whose token sent it
    trace_id = models.CharField(max_length=32)
    span_id = models.CharField(max_length=16)
    parent_id = models.CharField(max_length=16, blank=True)
    kind = models.CharField(max_length=8)  # formats._spans.KINDS
    name = models.CharField(max_length=200)  # its service.name
    is_own = models.BooleanField()
    database = models.CharField(max_length=200, blank=True)
    queue = models.CharField(max_length=200, blank=True)
    peers = models.JSONField(default=list)
    links = models.JSONField(default=list)  # [[trace id, span id]]
    started_at = models.DateTimeField()
    received_at = models.DateTimeField()
    rank = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "trace_id", "span_id", "kind"], name="received_span_once")
        ]
        indexes = [
            models.Index(fields=["trace_id"], name="received_span_trace"),
            models.Index(fields=["service", "rank"], name="received_span_rank"),
            models.Index(fields=["received_at"], name="received_span_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.name}"


class TraceSummary(models.Model):
    """What the traces of one service showed within a day: see `sightings`. `answers`: what was recorded last, for each criterion.

    `news_at`: when the first span came that was not looked at yet.
    """

    service = models.OneToOneField(Service, on_delete=models.CASCADE, related_name="trace_summary")
    sightings = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)  # {"item/criterion": {"said": digest, "at": iso}}
    news_at = models.DateTimeField(null=True)
    looked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "trace summaries"
        indexes = [
            models.Index(fields=["news_at"], condition=models.Q(news_at__isnull=False), name="trace_summary_news_at")
        ]

    def __str__(self) -> str:
        return f"Traces of {self.service}"
