"""What stays of a decided review: the frozen packet, and who signed it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from reviews.models.review import Review
from reviews.rules import ParticipantRole


class Packet(models.Model):
    """Rule *frozen*: written once when the review is decided; the database refuses any later change.

    `body` is canonical JSON text (see `packet.canonical`), `digest` the SHA-256 of its UTF-8 bytes, `content_digest` that of
    what people could sign before (see `packet.signed`; empty in packets of the first format).
    """

    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="packet")
    body = models.TextField()
    digest = models.CharField(max_length=64)
    content_digest = models.CharField(max_length=64, blank=True, default="")
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Packet {self.digest[:12]}"


class SignOffQuerySet(models.QuerySet["SignOff"]):
    def binding(self) -> SignOffQuerySet:
        """Those that count: of a frozen packet, or of a draft that was frozen as it was signed."""
        frozen = Q(digest=F("review__packet__digest"))
        return self.filter(frozen | ~Q(digest="") & Q(digest=F("review__packet__content_digest")))


class SignOff(models.Model):
    """A named person's approval by role, bound to the digest of what they read: the frozen packet's, or the draft's content.

    A row is never changed: whoever signs again, because the draft changed under their name, adds one. `parts` are fingerprints
    of what was signed (see `packet.signed`), so that it can be said what changed.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="sign_offs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=[(role.value, role.label) for role in ParticipantRole])
    digest = models.CharField(max_length=64)
    comment = models.TextField(blank=True)
    parts = models.JSONField(default=dict)
    signed_at = models.DateTimeField()

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["review", "person", "role", "digest"], name="sign_off_once_for_a_digest")
        ]

    def __str__(self) -> str:
        return f"{self.person} signed {self.digest[:12]}"
