"""From the outbox to the SMTP server.

Each mail is claimed with a lease and a fencing number before it goes out, and marked as sent after the server took it. A process
that dies in between sends it once more when the lease ends: at most one duplicate a crash, with the same Message-ID; none lost.

What goes to an address that takes no mail is held (see `accounts.actions.addresses`), and dropped when it was held for too long.

An attempt counts when the server may have looked at the mail. What waits because the server is away or takes nothing at all waits
for as long as that lasts, and is never given up.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q, QuerySet

from readiness.accounts.actions.addresses import MAIL_SERVER, mark_returned
from readiness.mail import actions
from readiness.mail.last_look import last_look
from readiness.mail.models import ACCOUNT, Mail, MailStatus
from readiness.mail.replies import Fate, fate_of, sentence_of, words_of

LEASE = timedelta(minutes=2)
LONGEST_BATCH = timedelta(minutes=3)  # ends by itself before the task's time is up
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
LONGEST_HELD = timedelta(days=14)
DROPPED_AT_ONCE = 200
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    sent: int = 0
    failed: int = 0


def deliver_due(*, now: datetime, limit: int = 200) -> Delivered:
    """Sends what is due, over one connection. A server that is down leaves all of it for later."""
    _drop_held(now)
    waiting = list(due(now).select_related("recipient").order_by("next_attempt_at", "pk")[:limit])
    if not waiting:
        return Delivered()
    clock = _clock(now)
    connection: BaseEmailBackend = mailers.default
    try:
        connection.open()
    except OSError as error:
        postponed = _postpone_all(clock(), sentence_of(error))
        return Delivered(failed=postponed)
    try:
        return _deliver(waiting, connection, clock, until=now + LONGEST_BATCH)
    finally:
        _close(connection)


def _clock(now: datetime) -> Callable[[], datetime]:
    """`now` and what has passed since. A lease that ran from the batch's beginning would be over before its last mail's turn."""
    began = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - began)


def _deliver(
    waiting: list[Mail], connection: BaseEmailBackend, clock: Callable[[], datetime], *, until: datetime
) -> Delivered:
    sent = failed = 0
    for mail in waiting:
        if clock() >= until:
            break
        if not _claim(mail, clock()):
            continue
        if outdated := last_look(mail, clock()):
            actions.drop(mail=mail, reason=outdated)
            continue
        try:
            _send(mail, connection)
        except (OSError, ValueError) as error:  # all of smtplib's are OSErrors
            failed += 1
            fate = fate_of(error)
            _settle(mail, clock(), fate, error)
            if fate in {Fate.SERVER, Fate.DOUBTFUL}:
                break
        else:
            sent += 1
            _mark_sent(mail, clock())
    return Delivered(sent, failed)


def _close(connection: BaseEmailBackend) -> None:
    """A server that says goodbye badly has taken what it took."""
    try:
        connection.close()
    except OSError as error:
        log.info("mail server broke off at the end", problem=str(error))


def due(now: datetime) -> QuerySet[Mail]:
    return _free(now).exclude(pk__in=Mail.objects.held().values("pk"))


def _free(now: datetime) -> QuerySet[Mail]:
    """Of the row alone: a compare-and-swap through a join is won twice on PostgreSQL."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Mail.objects.filter(free, status=MailStatus.QUEUED, next_attempt_at__lte=now)


def _claim(mail: Mail, now: datetime) -> bool:
    """Compare-and-swap on the fence: of two processes that saw the same row one gets it. It goes where its reader is now."""
    mail.recipient.refresh_from_db(fields=["email", "returned_address"])
    if mail.is_held:
        return False
    claimed = _free(now).filter(pk=mail.pk, fence=mail.fence)
    mail.fence += 1
    mail.attempts += 1
    mail.to = mail.recipient.email
    return claimed.update(fence=mail.fence, attempts=mail.attempts, to=mail.to, lease_until=now + LEASE) == 1


def _drop_held(now: datetime) -> None:
    long_ago = Mail.objects.held().filter(created_at__lte=now - LONGEST_HELD)
    for mail in long_ago.select_related("recipient").order_by("pk")[:DROPPED_AT_ONCE]:
        reason = f"mail to {mail.recipient.email} came back, and nobody tried again within {LONGEST_HELD.days} days"
        actions.drop(mail=mail, reason=reason)


def _send(mail: Mail, connection: BaseEmailBackend) -> None:
    headers = {**mail.headers, "Message-ID": mail.message_id}
    message = EmailMultiAlternatives(mail.subject, mail.text, settings.DEFAULT_FROM_EMAIL, [mail.to], headers=headers)
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    for part in mail.attachments:
        if part.get("is_alternative"):
            message.attach_alternative(part["content"], part["type"])
        else:
            message.attach(part["name"], part["content"], part["type"])
    connection.send_messages([message])


def _mark_sent(mail: Mail, now: datetime) -> None:
    owned = Mail.objects.filter(pk=mail.pk, fence=mail.fence)
    owned.update(status=MailStatus.SENT, sent_at=now, lease_until=None, problem="", **_forgotten(mail))
    if mail.recipient.is_unreachable:
        actions.release(by=MAIL_SERVER, person=mail.recipient, now=now)


def _forgotten(mail: Mail) -> dict[str, str]:
    """The words of mail that holds a key are not kept, whatever became of it."""
    return {"text": "", "html": ""} if mail.matter == ACCOUNT else {}


def _postpone_all(now: datetime, problem: str) -> int:
    """Nothing was tried: who is not reached has seen no mail. Returns how many wait."""
    log.warning("mail server away", problem=problem)
    return _free(now).update(next_attempt_at=now + FIRST_WAIT, problem=problem[:1000])


def _settle(mail: Mail, now: datetime, fate: Fate, error: Exception) -> None:
    """Tried again later, each time after twice as long; given up where people can see it after the last attempt, or at once when
    another one could not end otherwise.
    """
    log.warning("mail not sent", mail_id=mail.pk, attempt=mail.attempts, problem=sentence_of(error), fate=fate.value)
    if fate is Fate.BOUNCED:
        _bounce(mail, now, error)
        return
    is_counted = fate is not Fate.SERVER
    is_over = fate is Fate.HOPELESS or (is_counted and mail.attempts >= MOST_ATTEMPTS)
    _put_down(
        mail,
        error,
        status=MailStatus.GIVEN_UP if is_over else MailStatus.QUEUED,
        attempts=mail.attempts if is_counted else mail.attempts - 1,
        next_attempt_at=now + (FIRST_WAIT * 2 ** (mail.attempts - 1) if is_counted else FIRST_WAIT),
        **(_forgotten(mail) if is_over else {}),
    )


@transaction.atomic
def _bounce(mail: Mail, now: datetime, error: Exception) -> None:
    """The person first, then the mail: whoever tries again at the same moment finds both as they were, or both as they are."""
    if mark_returned(person=mail.recipient, address=mail.to, said=words_of(error), now=now):
        _put_down(mail, error, status=MailStatus.BOUNCED, bounced_at=now, **_forgotten(mail))
    else:  # the address was changed while the server refused the old one
        _put_down(mail, error, next_attempt_at=now)


def _put_down(mail: Mail, error: Exception, **values: Any) -> None:
    owned = Mail.objects.filter(pk=mail.pk, fence=mail.fence, status=MailStatus.QUEUED)
    owned.update(lease_until=None, problem=sentence_of(error)[:1000], **values)
