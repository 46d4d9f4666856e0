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

from readiness.accounts.actions.addresses import forget_returned
from readiness.accounts.actions.people import require_over
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.history.actions import Actor, Subject, record
from readiness.mail.models import ACCOUNT, Mail, MailStatus, Preferences
from readiness.mail.rules import WEEKDAYS, Rhythm


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
    why: str,
    now: datetime,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    attachments: Sequence[Attachment] = (),
    leaves_at: datetime | None = None,
) -> Mail:
    """A mail that is not in the outbox yet. `why` goes on after "You get this": "because you own 2 overdue gaps". `leaves_at`: it
    waits there until then.
    """
    return Mail(
        kind=kind,
        recipient=recipient,
        matter=matter,
        slot=slot,
        to=recipient.email,
        subject=" ".join(subject.split())[:300],
        text=text,
        html=html,
        why=" ".join(why.split())[:300],
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


def rewrite(
    *, mail: Mail, subject: str, text: str, html: str, why: str, headers: Mapping[str, str] | None = None
) -> bool:
    """Replaces the words of a mail that still waits, and its headers where they are given; False when it is gone already."""
    untouched = Mail.objects.filter(pk=mail.pk, status=MailStatus.QUEUED, fence=mail.fence)
    changes: dict[str, Any] = {"subject": subject[:300], "text": text, "html": html, "why": why[:300]}
    return untouched.update(**changes, **({} if headers is None else {"headers": dict(headers)})) == 1


def say_anew(waiting: Mail, fresh: Mail) -> None:
    """Gives a mail that is about to leave the words of one that was composed just now, here and in the outbox."""
    if (waiting.subject, waiting.text, waiting.html) == (fresh.subject, fresh.text, fresh.html):
        return
    waiting.subject, waiting.text, waiting.html, waiting.why = fresh.subject, fresh.text, fresh.html, fresh.why
    rewrite(mail=waiting, subject=fresh.subject, text=fresh.text, html=fresh.html, why=fresh.why)


def drop(*, mail: Mail, reason: str) -> bool:
    """Takes a mail that still waits out of the outbox; False when it is gone already."""
    untouched = Mail.objects.filter(pk=mail.pk, status=MailStatus.QUEUED, fence=mail.fence)
    return untouched.update(status=MailStatus.DROPPED, problem=reason) == 1


@transaction.atomic
def try_again(*, by: User, person: User, now: datetime) -> None:
    """Somebody says that the person's address takes mail again. Theirs to say, and that of whoever manages them:
    raises NotAllowed, NotVisible; and Conflict when nothing is held, or somebody else was quicker.
    """
    if by.pk != person.pk:
        require_over(by, person)
    if not release(by=by, person=person, now=now):
        raise Conflict(f"No mail to {person} is held: it goes out as ever, or is being tried again already.")


@transaction.atomic
def release(*, by: User | Actor, person: User, now: datetime) -> bool:
    """What is held goes out, and of what came back the newest: the others have had their time. False when the address was not
    marked (any more).
    """
    if not forget_returned(person=person):
        return False
    came_back = Mail.objects.filter(recipient=person, status=MailStatus.BOUNCED)
    newest = came_back.exclude(matter=ACCOUNT).order_by("-created_at", "-pk").first()
    if newest is not None:
        values = {"status": MailStatus.QUEUED, "attempts": 0, "next_attempt_at": now, "lease_until": None}
        came_back.filter(pk=newest.pk).update(**values, fence=F("fence") + 1)
    came_back.update(status=MailStatus.GIVEN_UP)
    record("mail.tried_again", subject_of(person), by=by, at=now)
    return True


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
    *,
    by: User,
    rhythm: str,
    digest_hour: int,
    weekly_on: int,
    version: int,
    now: datetime,
    wants_portfolio: bool | None = None,
) -> Preferences:
    """A person's own; nobody else can change them. `wants_portfolio` None: as it was. Raises Refused when a value is none,
    Conflict when written meanwhile.
    """
    if sentence := preferences_problem(rhythm, digest_hour, weekly_on):
        raise Refused("one-mail", sentence)
    before = preferences_of(by)
    values: dict[str, Any] = {"rhythm": rhythm, "digest_hour": digest_hour, "weekly_on": weekly_on}
    values |= {} if wants_portfolio is None else {"wants_portfolio": wants_portfolio}
    rows = Preferences.objects.filter(pk=before.pk, version=version).update(**values, version=F("version") + 1)
    if not rows:
        raise Conflict("Your mail preferences were changed in another window; this is how they stand now.", before)
    old = {name: getattr(before, name) for name in values}
    record("mail.preferences", subject_of(by), by=by, at=now, before=_in_words(old), after=_in_words(values))
    return preferences_of(by)


def preferences_problem(rhythm: str, digest_hour: int, weekly_on: int) -> str:
    if rhythm not in set(Rhythm):
        return "Choose how often the digest should come."
    if not 0 <= digest_hour <= 23:
        return "Choose an hour between 0 and 23."
    return "" if 0 <= weekly_on < len(WEEKDAYS) else "Choose a day between Monday and Sunday."


@transaction.atomic
def unsubscribe(*, token: str, now: datetime) -> Preferences | None:
    """Ends the digest, but for what is escalated, for whoever the token belongs to; None when it belongs to nobody. Twice is the
    same as once.
    """
    return _follow(token, Rhythm.OFF, "mail.unsubscribed", now)


@transaction.atomic
def subscribe_again(*, token: str, rhythm: Rhythm, now: datetime) -> Preferences | None:
    """Takes that back. Whoever gets the digest already keeps their rhythm."""
    return _follow(token, rhythm, "mail.subscribed", now)


@transaction.atomic
def want_portfolio(*, token: str, wants: bool, now: datetime) -> Preferences | None:
    """Ends the weekly portfolio mail for whoever the token belongs to, or takes that back; None when it belongs to nobody. Twice
    is the same as once.
    """
    preferences = Preferences.objects.select_related("person").filter(token=token).first()
    if preferences is None:
        return None
    others = Preferences.objects.filter(pk=preferences.pk).exclude(wants_portfolio=wants)
    if others.update(wants_portfolio=wants, version=F("version") + 1):
        person, verb = preferences.person, "mail.portfolio-on" if wants else "mail.portfolio-off"
        record(verb, subject_of(person), by=person, at=now)
    preferences.wants_portfolio = wants
    return preferences


def _follow(token: str, rhythm: Rhythm, verb: str, now: datetime) -> Preferences | None:
    preferences = Preferences.objects.select_related("person").filter(token=token).first()
    if preferences is None:
        return None
    was, is_off = preferences.rhythm, preferences.rhythm == Rhythm.OFF
    if is_off == (rhythm is Rhythm.OFF):
        return preferences
    unchanged = Preferences.objects.filter(pk=preferences.pk, rhythm=was)
    if unchanged.update(rhythm=rhythm, version=F("version") + 1):
        preferences.rhythm = rhythm
        before, after = _in_words({"rhythm": was}), _in_words({"rhythm": rhythm})
        person = preferences.person
        record(verb, subject_of(person), by=person, at=now, before=before, after=after)
    return preferences


def subject_of(person: User) -> Subject:
    return Subject("person", person.pk, person.get_full_name())


def _in_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the history should say it in years, whatever the values are called then."""
    words = dict(values)
    if "rhythm" in words:
        words["rhythm"] = Rhythm(words["rhythm"]).label
    if "wants_portfolio" in words:
        words["wants_portfolio"] = "Yes" if words["wants_portfolio"] else "No"
    if "weekly_on" in words:
        words["weekly_on"] = WEEKDAYS[words["weekly_on"]]
    return words
