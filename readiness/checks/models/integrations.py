"""Where the whole organisation's Prometheus, pager, code host and so on are. One row for each kind of source."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.urls import reverse

from readiness.accounts.models import User
from readiness.checks import sealing
from readiness.checks.sealing import SealedError
from readiness.checks.sources import KINDS, Connection, Way, title_of
from readiness.checks.sources.keys import Key, key_of, origin_of

TEST_LEASE = timedelta(seconds=90)


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def connected(self) -> IntegrationQuerySet:
        """Those that services inherit and checks call with their secret."""
        return self.filter(is_enabled=True, kind__in=list(KINDS)).order_by("kind")

    def test_waiting(self, now: datetime) -> IntegrationQuerySet:
        """A test was asked for, and nobody carries it out (any more)."""
        return self.exclude(test_asked_at=None).filter(Q(test_lease_until=None) | Q(test_lease_until__lte=now))


class Integration(models.Model):
    """`kind` is a slug of `sources.KINDS`, no choices: a new kind needs no migration.

    `sealed_secret` opens for the kind and the origin that it was given for, and only here: see `key`. `test_asked_at`:
    set while a test of the connection waits for a worker, or is under way until `test_lease_until`.
    """

    kind = models.CharField(max_length=40, unique=True)
    address = models.CharField(max_length=2000)
    flavour = models.CharField(max_length=20, blank=True)
    settings = models.JSONField(default=dict)
    way = models.CharField(max_length=12, default=Way.NONE.value)
    sealed_secret = models.TextField(blank=True)
    secret_set_at = models.DateTimeField(null=True)
    secret_set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    is_enabled = models.BooleanField(default=True)
    test_asked_at = models.DateTimeField(null=True)
    test_lease_until = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_is_good = models.BooleanField(null=True)
    test_words = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed_secret="", secret_set_at=None)
                | (~Q(sealed_secret="") & Q(secret_set_at__isnull=False)),
                name="integration_secret_and_when",
            ),
            models.CheckConstraint(
                condition=Q(tested_at=None, test_is_good=None) | Q(tested_at__isnull=False, test_is_good__isnull=False),
                name="integration_tested_with_result",
            ),
        ]

    def __str__(self) -> str:
        return KINDS[self.kind].called(self.flavour) if self.kind in KINDS else title_of(self.kind)

    def get_absolute_url(self) -> str:
        return reverse("checks:integration", args=[self.kind])

    @property
    def has_secret(self) -> bool:
        return bool(self.sealed_secret)

    @property
    def connection(self) -> Connection:
        return Connection(self.kind, self.address, self.flavour, dict(self.settings), Way(self.way), self.has_secret)

    @property
    def purpose(self) -> str:
        return purpose_of(self.kind, self.address)

    @property
    def key(self) -> Key | None:
        """What goes along with calls to its origin. A secret that can't be opened is the key's `problem`."""
        if not self.sealed_secret:
            return key_of(self.connection, "")
        try:
            return key_of(self.connection, sealing.unseal(self.sealed_secret, purpose=self.purpose))
        except SealedError as problem:
            return key_of(self.connection, "", problem=f"{self}: {problem}")

    @property
    def secret_problem(self) -> str:
        """Why the stored secret can't be used, in a sentence; empty when it can, or when there is none."""
        key = self.key
        return key.problem.removeprefix(f"{self}: ") if key else ""

    @property
    def is_in_the_clear(self) -> bool:
        return self.has_secret and not self.address.lower().startswith("https://")

    @property
    def is_being_tested(self) -> bool:
        return self.test_asked_at is not None

    @property
    def state(self) -> str:
        """The one word that a page shows."""
        if not self.is_enabled:
            return "off"
        if self.is_being_tested:
            return "testing"
        if self.test_is_good is None:
            return "not tested"
        return "works" if self.test_is_good else "fails"


def purpose_of(kind: str, address: str) -> str:
    """What a secret is sealed for."""
    return f"{kind} {origin_of(address)}"
