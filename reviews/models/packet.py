"""What stays of a decided review: the frozen packet, and who signed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from reviews.models.review import Review
from reviews.rules import ParticipantRole


class Packet(models.Model):
    """Rule *frozen*: written once when the review is decided; the database refuses any later change.

    `body` is canonical JSON text (see `packet.canonical`), `digest` the SHA-256 of its UTF-8 bytes.
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="packet")
    body = models.TextField()
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Packet {self.digest[:12]}"


class SignOff(models.Model):
    """A named person's approval by role, bound to the packet's digest."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="sign_offs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.label) for role in ParticipantRole])
    digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [models.UniqueConstraint(fields=["review", "person", "role"], name="sign_off_once")]

    def __str__(self) -> str:
        return f"{self.person} signed {self.digest[:12]}"
