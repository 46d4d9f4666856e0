"""What is talked about, and what was said of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from readiness.assessments.models import Item
from readiness.assessments.models.assessment import STATUSES
from reviews.models.review import Review
from reviews.rules import DEFAULT_SECONDS, AgendaReason, Word

LAST_WORDS = 5
"""So many verdicts back something can be taken back."""


class AgendaQuerySet(models.QuerySet["AgendaItem"]):
    def for_verdict(self) -> AgendaQuerySet:
        """With what saying a word on it touches, and not a join more: this is the meeting's most frequent request."""
        rows = self.select_related("review__service", "review__assessment", "item__gap")
        return rows.defer("review__assessment__counts", "review__notes", "item__criteria", "item__next_step")


class AgendaItem(models.Model):
    """One item worth talking about, and what was said. Owner, date and plan are also written onto the gap."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="agenda")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=10, choices=[(reason.value, reason.label) for reason in AgendaReason])
    reason_note = models.CharField(max_length=300, blank=True)  # why somebody wants to talk about it
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    status_before = models.CharField(max_length=16, choices=STATUSES)
    word = models.CharField(max_length=16, choices=[(word.value, word.label) for word in Word], blank=True)
    note = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True)
    plan = models.TextField(blank=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    said_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveIntegerField(default=0)  # time spent on it
    expected_seconds = models.PositiveIntegerField(default=DEFAULT_SECONDS)  # by what past reviews took
    version = models.PositiveIntegerField(default=1)

    objects = AgendaQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["review", "item"], name="agenda_item_once"),
            models.UniqueConstraint(fields=["review", "position"], name="agenda_position_once"),
            models.CheckConstraint(
                condition=Q(word="", said_by=None, said_at=None)
                | (~Q(word="") & Q(said_by__isnull=False, said_at__isnull=False)),
                name="agenda_said_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.item.title}"


class TalkRequest(models.Model):
    """Somebody read before the meeting and wants to talk about an item: it comes onto the agenda, with their word why."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="talk_requests")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=300)
    asked_at = models.DateTimeField()

    class Meta:
        ordering = ["asked_at"]
        constraints = [models.UniqueConstraint(fields=["review", "item", "person"], name="talk_request_once")]

    def __str__(self) -> str:
        return f"{self.person} about {self.item.title}"


class ParkedTopic(models.Model):
    """The parking lot: what came up, does not belong here, and must not be lost. Settled: somebody took it off again."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="parked_topics")
    about = models.ForeignKey(
        AgendaItem, on_delete=models.SET_NULL, null=True, related_name="+"
    )  # what the room was on
    text = models.CharField(max_length=500)
    parked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    parked_at = models.DateTimeField()
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["parked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(settled_by=None, settled_at=None) | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="parked_topic_settled_who_and_when",
            )
        ]

    def __str__(self) -> str:
        return self.text


class SpokenQuerySet(models.QuerySet["SpokenWord"]):
    def for_page(self) -> SpokenQuerySet:
        """With what taking it back touches."""
        return self.select_related("agenda_item__review__service", "agenda_item__item__gap", "by")

    def last_of(self, review: Review) -> SpokenQuerySet:
        """The newest first, those taken back among them: the window in which something can be taken back."""
        rows = self.filter(agenda_item__review=review.pk).select_related("by", "undone_by").order_by("-id")
        return rows[:LAST_WORDS]


class SpokenWord(models.Model):
    """One verdict as it was recorded, with what it replaced: so that it can be taken back while the meeting runs.

    `version` is the agenda item's after it. `before` holds the agenda item's own fields, `excuse_before` the claim that the item
    does not apply (empty: nobody claimed it; null: the word left it alone), `gap_before` the gap's fields (empty: there was no
    gap; null: the word left it alone), `gap_version` the gap's after it.
    """

    agenda_item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="spoken")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    version = models.PositiveIntegerField()
    word = models.CharField(max_length=16, choices=[(word.value, word.label) for word in Word])
    before = models.JSONField()
    excuse_before = models.JSONField(null=True)
    gap_before = models.JSONField(null=True)
    gap_version = models.PositiveIntegerField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)

    objects = SpokenQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["agenda_item", "version"], name="spoken_word_once"),
            models.CheckConstraint(
                condition=Q(undone_by=None, undone_at=None) | Q(undone_by__isnull=False, undone_at__isnull=False),
                name="spoken_word_undone_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"Word {self.version} on {self.agenda_item_id}"

    @property
    def stands(self) -> bool:
        return self.undone_at is None
