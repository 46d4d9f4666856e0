"""People, teams, and grants. A grant is (person, role, scope); the scope is the organisation, a team, a service or one review.

Tech lead, on-call and platform owner of a service are written on the service itself (the catalog knows them); grants carry
what is not a fact about one service: administrators, engineering managers, viewers, team-wide roles and a review's guests.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from readiness.accounts.rules import Role


class TeamQuerySet(models.QuerySet["Team"]):
    def service_ids(self) -> QuerySet[Team, int]:
        """Of these teams, for a subquery. Their services are rows of a higher room; the way back from the row leads here."""
        return self.values_list("services__pk", flat=True)


class Team(models.Model):
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    external_ref = models.CharField(max_length=200, null=True, blank=True, unique=True)
    version = models.PositiveIntegerField(default=1)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def unreachable(self) -> UserQuerySet:
        """People to whose address no mail gets through."""
        return self.filter(returned_address=F("email"))

    def named(self, words: str) -> UserQuerySet:
        """People whose name or address has these words in it."""
        return self.filter(Q(name__icontains=words) | Q(email__icontains=words))

    def in_teams(self, team_ids: Iterable[int]) -> UserQuerySet:
        """People who hold a role in these teams or over a service of theirs, or are named on one."""
        teams = Team.objects.filter(pk__in=list(team_ids))
        grants = Grant.objects.filter(Q(team__in=teams) | Q(service_id__in=teams.service_ids()))
        named = Q(leads__team__in=teams) | Q(on_call_for__team__in=teams) | Q(platform_for__team__in=teams)
        return self.filter(Q(pk__in=grants.values("user_id")) | Q(pk__in=User.objects.filter(named).values("pk")))

    def with_role(self, role: Role, *, team_id: int | None = None, now: datetime | None = None) -> UserQuerySet:
        """People who hold `role` for the organisation or, when given, for that team."""
        live = Grant.objects.live(now or timezone.now()).filter(role=role, service_id=None)
        scope = Q(team=None) | Q(team_id=team_id) if team_id else Q(team=None)
        return self.active().filter(pk__in=live.filter(scope).values("user_id"))


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]  # built at run time
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120, blank=True)
    time_zone = models.CharField(max_length=60, default="UTC")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)
    # The address from which mail came back, since when, and what the mail server said. It speaks of no other address.
    returned_address = models.EmailField(max_length=254, blank=True)
    returned_since = models.DateTimeField(null=True, blank=True)
    returned_said = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        ordering = ["name", "email"]
        constraints = [
            models.CheckConstraint(
                condition=Q(returned_address="", returned_since=None)
                | (~Q(returned_address="") & Q(returned_since__isnull=False)),
                name="user_returned_address_and_when",
            )
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email

    @property
    def initials(self) -> str:
        words = self.get_full_name().split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def zone(self) -> ZoneInfo:
        """UTC when the stored name is not known on this machine: a page with other times is better than none."""
        try:
            return ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo("UTC")

    @property
    def is_unreachable(self) -> bool:
        """Mail to this person comes back, and is held until somebody tries again."""
        return bool(self.returned_address) and self.returned_address == self.email

    @property
    def has_come_in(self) -> bool:
        """False between the invitation and the first password."""
        return self.has_usable_password() or self.last_login is not None

    def live_grants(self) -> list[Grant]:
        """This person's unexpired grants, read once per instance: policy asks many times in a request."""
        cached: list[Grant] | None = self.__dict__.get("_live_grants")
        if cached is None:
            cached = list(Grant.objects.live(timezone.now()).filter(user_id=self.pk))
            self.__dict__["_live_grants"] = cached
        return cached

    def forget_grants(self) -> None:
        """They are read anew: something in this request has changed them."""
        self.__dict__.pop("_live_grants", None)


class GrantQuerySet(models.QuerySet["Grant"]):
    def live(self, now: datetime) -> GrantQuerySet:
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now))

    def held_by(self, users: Iterable[User]) -> GrantQuerySet:
        return self.filter(user__in=users)


def read_grants(users: Iterable[User]) -> None:
    """So that asking policy about each of many people takes one query in all."""
    unread = {user.pk: user for user in users if "_live_grants" not in user.__dict__}
    held: dict[int, list[Grant]] = {pk: [] for pk in unread}
    for grant in Grant.objects.live(timezone.now()).held_by(unread.values()) if unread else []:
        held[grant.user_id].append(grant)
    for pk, user in unread.items():
        user.__dict__["_live_grants"] = held[pk]


_OR_ZERO = [
    Coalesce(F(name), Value(0), output_field=models.BigIntegerField())
    for name in ("team_id", "service_id", "review_id")
]


class Grant(models.Model):
    """All scopes empty: the organisation. `review_id` comes with its `service_id`; both are plain ids, of higher rooms."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=[(role.value, role.label) for role in Role])
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="grants")
    service_id = models.BigIntegerField(null=True, blank=True)
    review_id = models.BigIntegerField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = GrantQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["service_id", "user"], name="grant_service"),
            models.Index(fields=["team", "role"], name="grant_team"),
        ]
        constraints = [
            # Empty scopes must collide too; SQLite knows no NULLS NOT DISTINCT, both engines know expressions.
            models.UniqueConstraint("user", "role", *_OR_ZERO, name="grant_once"),
            models.CheckConstraint(
                condition=Q(review_id=None) | Q(service_id__isnull=False), name="grant_review_has_service"
            ),
            models.CheckConstraint(condition=Q(team=None) | Q(service_id=None), name="grant_one_scope"),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} of {self.scope_name}"

    @property
    def scope_name(self) -> str:
        if self.review_id:
            return f"review {self.review_id}"
        if self.service_id:
            return f"service {self.service_id}"
        return self.team.name if self.team else "the organisation"


class ListPage(models.TextChoices):
    """Lists whose filters a person keeps under a name."""

    GAPS = "gaps", "Gaps"
    PORTFOLIO = "portfolio", "Portfolio"


class SavedView(models.Model):
    """A person's name for one set of filters: `query` is what stands behind the "?" of the list's address."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=12, choices=ListPage)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000, blank=True)
    is_first = models.BooleanField(default=False)  # what the list shows when its address asks for nothing
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("person", "page", Lower("name"), name="saved_view_once"),
            models.UniqueConstraint(fields=["person", "page"], condition=Q(is_first=True), name="saved_view_one_first"),
        ]

    def __str__(self) -> str:
        return self.name


class TokenQuerySet(models.QuerySet["Token"]):
    def of_service(self, service_id: int) -> TokenQuerySet:
        return self.filter(service_id=service_id)

    def live(self, now: datetime) -> TokenQuerySet:
        return self.filter(revoked_at=None, expires_at__gt=now)


class Token(models.Model):
    """What a pipeline shows to speak for one service. The secret itself is stored nowhere: only its SHA-256, and its first
    characters so that people can tell which one they have. `service_id` is a plain id, of a higher room.
    """

    service_id = models.BigIntegerField()
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)  # to the minute, see `actions.tokens.note_use`
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = TokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["service_id", "-created_at"], name="token_service")]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None) | Q(revoked_at__isnull=False, revoked_by__isnull=False),
                name="token_revoked_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def state(self, now: datetime) -> str:
        """One of "active", "expired", "revoked"."""
        if self.revoked_at is not None:
            return "revoked"
        return "active" if now < self.expires_at else "expired"
