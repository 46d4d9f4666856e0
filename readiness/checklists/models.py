"""Versioned checklists. A version's whole definition is its pack; once published it never changes, in the database too."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.checklists.pack import Pack, PackItem

PACKS_KEPT = 64


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class ChecklistQuerySet(models.QuerySet["Checklist"]):
    def visible_to(self, user: User | AnonymousUser) -> ChecklistQuerySet:
        """Everybody signed in reads what is published; what is only a draft is for those who may publish it."""
        if policy.may(user, Action.PUBLISH_CHECKLIST):
            return self
        if not isinstance(user, User):
            return self.none()
        return self.filter(Exists(Version.objects.published().filter(checklist=OuterRef("pk"))))


class Checklist(models.Model):
    key = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    summary = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ChecklistQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("checklists:checklist", args=[self.key])

    @property
    def current(self) -> Version | None:
        return self.versions.filter(status=Status.PUBLISHED).order_by("-number").first()

    @property
    def draft(self) -> Version | None:
        return self.versions.filter(status=Status.DRAFT).select_related("created_by").first()


class VersionQuerySet(models.QuerySet["Version"]):
    def visible_to(self, user: User | AnonymousUser) -> VersionQuerySet:
        if policy.may(user, Action.PUBLISH_CHECKLIST):
            return self
        return self.published() if isinstance(user, User) else self.none()

    def published(self) -> VersionQuerySet:
        return self.filter(status=Status.PUBLISHED)


class Version(models.Model):
    checklist = models.ForeignKey(Checklist, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    body = models.JSONField()  # the pack, see `Pack.as_mapping`
    digest = models.CharField(max_length=64)  # of the pack's content, see `pack_digest`
    note = models.TextField(blank=True)  # what changed, for people
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revision = models.PositiveIntegerField(default=1)  # compare-and-swap on drafts

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["checklist", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["checklist", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["checklist"], condition=Q(status="draft"), name="version_one_draft"),
            models.CheckConstraint(
                condition=Q(status="draft", published_at=None) | Q(status="published", published_at__isnull=False),
                name="version_published_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.checklist.name} v{self.number}"

    def get_absolute_url(self) -> str:
        return reverse("checklists:version", args=[self.checklist.key, self.number])

    @property
    def is_draft(self) -> bool:
        return self.status == Status.DRAFT

    @property
    def pack(self) -> Pack:
        return _parsed(self.digest, self)

    @property
    def items(self) -> tuple[PackItem, ...]:
        return self.pack.items


class Tally(models.Model):
    """How an item has proved itself: `caught` before launch, `let_through` by an incident. Counted by the rooms above, which know
    services; kept here for whoever reads the checklist. Counts only: no service's name.
    """

    checklist = models.ForeignKey(Checklist, on_delete=models.CASCADE, related_name="tallies")
    key = models.CharField(max_length=60)
    caught = models.PositiveIntegerField(default=0)
    let_through = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["key"]
        constraints = [models.UniqueConstraint(fields=["checklist", "key"], name="item_tally_once")]
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.key}: caught {self.caught}, let through {self.let_through}"


_packs: dict[str, Pack] = {}


def _parsed(digest: str, version: Version) -> Pack:
    """A pack is named by its digest, so one process builds each only once, however many rows refer to it."""
    if digest not in _packs:
        if len(_packs) > PACKS_KEPT:
            _packs.clear()
        _packs[digest] = Pack.from_mapping(version.body)
    return _packs[digest]
