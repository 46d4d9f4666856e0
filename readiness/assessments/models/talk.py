"""What people write beside a gap: the steps of its plan, and what they say to each other about it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from readiness.assessments.models.gap import Gap


class Step(models.Model):
    """One step of a gap's plan. Steps close nothing (rule *proof-only*); they say how far the work is."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=300)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_by=None, done_at=None) | Q(done_by__isnull=False, done_at__isnull=False),
                name="step_done_who_and_when",
            )
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_done(self) -> bool:
        return self.done_at is not None


class Comment(models.Model):
    """Markdown. One that was withdrawn leaves its place and its author, and loses its words."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    mentioned = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="mentioned_in")
    written_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["written_at", "pk"]
        indexes = [models.Index(fields=["gap", "written_at"], name="comment_gap")]

    def __str__(self) -> str:
        return f"{self.author} on {self.gap}"
