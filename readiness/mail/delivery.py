"""From the outbox to the SMTP server.

Each mail is claimed with a lease and a fencing number before it goes out, and marked as sent after the server took it. A process
that dies in between sends it once more when the lease ends: at most one duplicate a crash, with the same Message-ID; none lost.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q, QuerySet

from readiness.mail.models import Mail, MailStatus

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8
FIRST_WAIT = timedelta(minutes=1)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Delivered:
    sent: int = 0
    failed: int = 0


def deliver_due(*, now: datetime, limit: int = 200) -> Delivered:
    """Sends what is due, over one connection. A server that is down costs one attempt and leaves the rest for later."""
    waiting = due(now).order_by("next_attempt_at", "pk")[:limit]
    sent = failed = 0
    connection: BaseEmailBackend = mailers.default
    for mail in waiting:
        if not _claim(mail, now):
            continue
        try:
            _send(mail, connection)
        except SMTPRecipientsRefused as error:
            failed += 1
            _put_back(mail, now, f"The server refused the address: {error}")
        except (OSError, SMTPException) as error:
            _put_back(mail, now, f"The mail server could not be reached or broke off: {error}")
            return Delivered(sent, failed + 1)
        else:
            sent += 1
            _mark_sent(mail, now)
    connection.close()
    return Delivered(sent, failed)


def due(now: datetime) -> QuerySet[Mail]:
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return Mail.objects.filter(free, status=MailStatus.QUEUED, next_attempt_at__lte=now)


def _claim(mail: Mail, now: datetime) -> bool:
    """Compare-and-swap on the fence: of two processes that saw the same row one gets it."""
    claimed = due(now).filter(pk=mail.pk, fence=mail.fence)
    mail.fence += 1
    mail.attempts += 1
    return claimed.update(fence=mail.fence, attempts=mail.attempts, lease_until=now + LEASE) == 1


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
    owned.update(status=MailStatus.SENT, sent_at=now, lease_until=None, problem="")


def _put_back(mail: Mail, now: datetime, problem: str) -> None:
    """Tried again later, each time after twice as long; after the last attempt given up, where people can see it."""
    is_over = mail.attempts >= MOST_ATTEMPTS
    wait = FIRST_WAIT * 2 ** (mail.attempts - 1)
    log.warning("mail not sent", mail_id=mail.pk, attempt=mail.attempts, problem=problem, is_given_up=is_over)
    Mail.objects.filter(pk=mail.pk, fence=mail.fence, status=MailStatus.QUEUED).update(
        status=MailStatus.GIVEN_UP if is_over else MailStatus.QUEUED,
        next_attempt_at=now + wait,
        lease_until=None,
        problem=problem[:1000],
    )
