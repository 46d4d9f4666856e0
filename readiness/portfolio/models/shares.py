"""A link that shows one view of the portfolio to whoever has it, read only, until it expires."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class ShareLink(models.Model):
    """It shows what its maker may see, no more, and nothing once they may not. The secret in the address is stored nowhere: only
    its SHA-256. `query` is what stood behind the "?" of the portfolio's address.
    """

    name = models.CharField(max_length=120)
    query = models.CharField(max_length=1000, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="share_links")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_opened_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name
