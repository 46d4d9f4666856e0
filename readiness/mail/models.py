"""The outbox: a mail is a row first and a message second. Knows nothing of the domain."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import FETCH_RAISE, F, Q
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.mail.kinds import name_of
from readiness.mail.rules import Rhythm

ACCOUNT = "account"
"""The matter of mail that holds a key to somebody's account: its words are forgotten when it has gone out."""


class MailStatus(models.TextChoices):
    QUEUED = "queued", "Queued"
    SENT = "sent", "Sent"
    GIVEN_UP = "given_up", "Given up"
    DROPPED = "dropped", "Dropped"  # what it spoke of was settled before it went out
    BOUNCED = "bounced", "Bounced"  # taken by the server, or refused by it for good, and never delivered


def sees_all_mail(reader: User) -> bool:
    return policy.is_everywhere(reader, Action.MANAGE_PEOPLE)


class MailQuerySet(models.QuerySet["Mail"]):
    def visible_to(self, reader: User) -> MailQuerySet:
        """A person's own, or everybody's for whoever manages people everywhere; never what holds a key to an account."""
        found = self.exclude(matter=ACCOUNT)
        return found if sees_all_mail(reader) else found.filter(recipient=reader)

    def held(self) -> MailQuerySet:
        """What waits for an address that takes no mail. Mail with a key is not held: somebody has just asked for it."""
        marked = self.filter(status=MailStatus.QUEUED, recipient__returned_address=F("recipient__email"))
        return marked.exclude(matter=ACCOUNT)

    def for_list(self) -> MailQuerySet:
        """Newest first, without their words."""
        rows = self.select_related("recipient").defer("text", "html", "headers", "attachments")
        return rows.order_by("-created_at", "-pk").fetch_mode(FETCH_RAISE)


class Mail(models.Model):
    """Unique by (kind, recipient, subject of the matter, slot): built twice it is still one mail (rule *one-mail*).

    `message_id` is computed from those four, so a mail that a crash sent twice is recognised as one by the reader's mail program.
    `slot` names the occasion, for a digest the person's local day.
    """

    kind = models.CharField(max_length=40)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail")
    matter = models.CharField(max_length=120)
    slot = models.CharField(max_length=40)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    # [{"name", "type", "content", "is_alternative"}], text only (calendar invitations)
    attachments = models.JSONField(default=list)
    message_id = models.CharField(max_length=200, unique=True)
    status = models.CharField(max_length=10, choices=MailStatus, default=MailStatus.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0)
    problem = models.TextField(blank=True)
    why = models.CharField(max_length=300, blank=True)  # for its reader, why it went to them: “because you own …”
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)

    objects = MailQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "mail"
        constraints = [
            models.UniqueConstraint(fields=["kind", "recipient", "matter", "slot"], name="mail_once"),
            models.CheckConstraint(condition=~Q(status="sent") | Q(sent_at__isnull=False), name="mail_sent_at"),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(status="queued"), name="mail_waiting"),
            models.Index(fields=["recipient", "-created_at"], name="mail_recipient"),
            models.Index(fields=["-created_at"], name="mail_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to}"

    @property
    def kind_name(self) -> str:
        return name_of(self.kind)

    @property
    def is_held(self) -> bool:
        return self.is_waiting and self.matter != ACCOUNT and self.recipient.is_unreachable

    @property
    def is_waiting(self) -> bool:
        return self.status == MailStatus.QUEUED


class Preferences(models.Model):
    """`digest_hour`: local hour at which the digest goes out. `weekly_on`: 0 is Monday, for WEEKLY. From `away_from` to
    `away_until` (both days included) the `deputy` gets what this person would. `token` opens the unsubscribe page without
    signing in.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preferences")
    digest_hour = models.PositiveSmallIntegerField(default=8)
    rhythm = models.CharField(
        max_length=8, choices=[(rhythm.value, rhythm.label) for rhythm in Rhythm], default=Rhythm.WEEKDAYS.value
    )
    weekly_on = models.PositiveSmallIntegerField(default=0)
    wants_portfolio = models.BooleanField(default=True)  # the weekly mail, for those who manage
    away_from = models.DateField(null=True, blank=True)
    away_until = models.DateField(null=True, blank=True)
    deputy = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    token = models.CharField(max_length=64, unique=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name_plural = "preferences"
        constraints = [
            models.CheckConstraint(condition=Q(digest_hour__lte=23), name="preferences_hour"),
            models.CheckConstraint(condition=Q(weekly_on__lte=6), name="preferences_weekly_on"),
            models.CheckConstraint(
                condition=Q(away_from=None, away_until=None) | Q(away_until__gte=models.F("away_from")),
                name="preferences_away",
            ),
        ]

    def __str__(self) -> str:
        return f"Mail preferences of {self.person}"
