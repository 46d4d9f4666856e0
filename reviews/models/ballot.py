"""A vote on a disputed item: blind until it is revealed, and then everybody's at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Count, Q

from reviews.models.agenda import AgendaItem
from reviews.rules import VoteChoice

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager


class BallotQuerySet(models.QuerySet["Ballot"]):
    def for_room(self) -> BallotQuerySet:
        """With who asked and how many voted; and not with what they said, which is nobody's business before the reveal."""
        return self.select_related("opened_by", "revealed_by").annotate(voted=Count("votes"))


class Ballot(models.Model):
    """Open while `revealed_at` is null; an item has one open ballot at most. It advises: it never says the room's word."""

    agenda_item = models.ForeignKey(AgendaItem, on_delete=models.CASCADE, related_name="ballots")
    question = models.CharField(max_length=300)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    revealed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revealed_at = models.DateTimeField(null=True)

    objects = BallotQuerySet.as_manager()

    if TYPE_CHECKING:
        votes: RelatedManager[Vote]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["agenda_item"], condition=Q(revealed_at=None), name="ballot_one_open_for_an_item"
            ),
            models.CheckConstraint(
                condition=Q(revealed_by=None, revealed_at=None)
                | Q(revealed_by__isnull=False, revealed_at__isnull=False),
                name="ballot_revealed_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def is_open(self) -> bool:
        return self.revealed_at is None

    @property
    def answers(self) -> list[Answer]:
        """What everybody said, once it is revealed; empty before. One query."""
        if self.is_open:
            return []
        votes = list(self.votes.select_related("person").order_by("person__name", "pk"))
        return [Answer(choice, [vote for vote in votes if vote.choice == choice]) for choice in VoteChoice]


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the three, and whose it was."""

    choice: VoteChoice
    votes: list[Vote]


class Vote(models.Model):
    """One person's answer; changed as often as they like while the ballot is open."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="votes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=8, choices=[(choice.value, choice.label) for choice in VoteChoice])
    why = models.CharField(max_length=300, blank=True)
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ["cast_at"]
        constraints = [models.UniqueConstraint(fields=["ballot", "person"], name="vote_once")]

    def __str__(self) -> str:
        return f"{self.person}: {self.choice}"
