"""Putting a mail into the outbox, and what a person wants to get. Called inside the transaction of what the mail speaks about."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.history.actions import Subject, record
from readiness.mail.models import Mail, MailStatus, Preferences


@dataclass(frozen=True, slots=True)
class Attachment:
    """Text only: calendar invitations and minutes. `is_alternative`: no file but another form of the mail's text, which a mail
    program that knows its type shows in its place.
    """

    name: str
    type: str
    content: str
    is_alternative: bool = False

    def as_mapping(self) -> dict[str, Any]:
        mapping = {"name": self.name, "type": self.type, "content": self.content}
        return mapping | ({"is_alternative": True} if self.is_alternative else {})


def compose(
    *,
    recipient: User,
    kind: str,
    matter: str,
    slot: str,
    subject: str,
    text: str,
    now: datetime,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
    leaves_at: datetime | None = None,
) -> Mail:
    """A mail that is not in the outbox yet. `leaves_at`: it waits there until then."""
    return Mail(
        kind=kind,
        recipient=recipient,
        matter=matter,
        slot=slot,
        to=recipient.email,
        subject=" ".join(subject.split())[:300],
        text=text,
        html=html,
        headers=dict(headers or {}),
        attachments=[attachment.as_mapping() for attachment in attachments],
        message_id=message_id(kind, recipient.pk, matter, slot),
        created_at=now,
        next_attempt_at=leaves_at or now,
    )


def queue(*, recipient: User, **parts: Any) -> Mail | None:
    """Puts one mail (see `compose`) into the outbox. None when this (kind, recipient, matter, slot) is there already
    (rule *one-mail*), or when the person is not active any more.
    """
    built = queue_many([compose(recipient=recipient, **parts)]) if recipient.is_active else []
    return built[0] if built else None


def queue_many(mails: Sequence[Mail]) -> list[Mail]:
    """Those of `mails` that were not in the outbox yet, now stored."""
    ids = [mail.message_id for mail in mails]
    with transaction.atomic():
        there = set(Mail.objects.filter(message_id__in=ids).values_list("message_id", flat=True))
        new = {mail.message_id: mail for mail in mails if mail.message_id not in there}
        # Asking is not enough: two schedulers may be at it in the same millisecond, and the database lets one of them win.
        Mail.objects.bulk_create(new.values(), ignore_conflicts=True, batch_size=200)
        return list(Mail.objects.filter(message_id__in=new))


def waiting(*, recipient: User, kind: str, matter: str) -> Mail | None:
    """The one to this person that nobody has tried to send yet."""
    return all_waiting(kind=kind, matter=matter).filter(recipient=recipient).first()


def all_waiting(*, kind: str, matter: str) -> QuerySet[Mail]:
    rows = Mail.objects.filter(kind=kind, matter=matter, status=MailStatus.QUEUED, attempts=0)
    return rows.select_related("recipient").order_by("-pk")


def rewrite(*, mail: Mail, subject: str, text: str, html: str, headers: Mapping[str, str] | None = None) -> bool:
    """Replaces the words of a mail that still waits, and its headers where they are given; False when it is gone already."""
    untouched = Mail.objects.filter(pk=mail.pk, status=MailStatus.QUEUED, fence=mail.fence)
    changes: dict[str, Any] = {"subject": subject[:300], "text": text, "html": html}
    return untouched.update(**changes, **({} if headers is None else {"headers": dict(headers)})) == 1


def drop(*, mail: Mail, reason: str) -> bool:
    """Takes a mail that still waits out of the outbox; False when it is gone already."""
    untouched = Mail.objects.filter(pk=mail.pk, status=MailStatus.QUEUED, fence=mail.fence)
    return untouched.update(status=MailStatus.DROPPED, problem=reason) == 1


def message_id(kind: str, recipient_id: int, matter: str, slot: str) -> str:
    """The same for the same mail, however often it is built or sent: a mail program shows a duplicate once."""
    digest = hashlib.sha256(f"{settings.BASE_URL}\0{kind}\0{recipient_id}\0{matter}\0{slot}".encode()).hexdigest()[:40]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{digest}@{domain}>"


def preferences_of(person: User) -> Preferences:
    preferences, _ = Preferences.objects.get_or_create(person=person, defaults={"token": secrets.token_urlsafe(32)})
    return preferences


def preferences_of_all(people: Sequence[User]) -> list[Preferences]:
    """As `preferences_of`, for many: two queries, three when some are new."""
    have = set(Preferences.objects.filter(person__in=people).values_list("person_id", flat=True))
    new = [Preferences(person=person, token=secrets.token_urlsafe(32)) for person in people if person.pk not in have]
    if new:
        Preferences.objects.bulk_create(new, ignore_conflicts=True)
    return list(Preferences.objects.filter(person__in=people))


@transaction.atomic
def change_preferences(
    *, by: User, wants_digest: bool, digest_hour: int, has_quiet_weekends: bool, version: int, now: datetime
) -> Preferences:
    """A person's own; nobody else can change them. Raises Refused when the hour is none, Conflict when written meanwhile."""
    if not 0 <= digest_hour <= 23:
        raise Refused("one-mail", "Choose an hour between 0 and 23.")
    before = preferences_of(by)
    values = {"wants_digest": wants_digest, "digest_hour": digest_hour, "has_quiet_weekends": has_quiet_weekends}
    rows = Preferences.objects.filter(pk=before.pk, version=version).update(**values, version=F("version") + 1)
    if not rows:
        raise Conflict("Your mail preferences were changed in another window; this is how they stand now.", before)
    old = {name: getattr(before, name) for name in values}
    record("mail.preferences", Subject("person", by.pk, by.get_full_name()), by=by, at=now, before=old, after=values)
    return preferences_of(by)


@transaction.atomic
def unsubscribe(*, token: str, now: datetime) -> Preferences | None:
    """Ends the daily digest for whoever the token belongs to; None when it belongs to nobody. Twice is the same as once."""
    preferences = Preferences.objects.select_related("person").filter(token=token).first()
    if preferences is None:
        return None
    changed = Preferences.objects.filter(pk=preferences.pk, wants_digest=True).update(
        wants_digest=False, version=F("version") + 1
    )
    if changed:
        person = preferences.person
        subject = Subject("person", person.pk, person.get_full_name())
        before, after = {"wants_digest": True}, {"wants_digest": False}
        record("mail.unsubscribed", subject, by=person, at=now, before=before, after=after)
    return preferences
