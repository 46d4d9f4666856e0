"""The mail of sign-in (invitations, new passwords) goes through the outbox too: tried again when the mail server is down."""

from typing import Any

from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from readiness.accounts.adapter import InvitedOnly
from readiness.accounts.models import User
from readiness.mail import actions
from readiness.mail.models import ACCOUNT


class OutboxAdapter(InvitedOnly):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Nothing goes to an address that belongs to nobody here."""
        person = context.get("user") or User.objects.active().filter(email__iexact=email).first()
        if person is None:
            return
        message: EmailMultiAlternatives = self.render_mail(template_prefix, email, {"email": email, **context})
        now = timezone.now()
        actions.queue(
            recipient=person,
            kind=template_prefix.rpartition("/")[2][:40],
            matter=ACCOUNT,
            slot=now.isoformat(),  # whoever asks twice gets two: the first link may be lost
            subject=message.subject,
            why="because somebody asked for it",
            text=str(message.body),
            html=next((str(content) for content, kind in message.alternatives if kind == "text/html"), ""),
            now=now,
        )
