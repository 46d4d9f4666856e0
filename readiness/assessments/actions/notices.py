"""Mails about a single event, put into the outbox in the transaction of the event. Everything that can wait is in the digest.

What stopped being met is gathered for some minutes first: see `regressions`.
"""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.assessments.models import Item, Waiver
from readiness.assessments.queries import gap_of
from readiness.catalog.models import Service
from readiness.mail.actions import queue


def waiver_ended(waiver: Waiver, item: Item, service: Service, now: datetime) -> None:
    """*waivers-expire*: the owner (of the gap, else the tech lead, else who asked) and the team's managers are told."""
    gap = gap_of(item)
    owner = (gap.owner if gap else None) or service.tech_lead or waiver.requested_by
    managers = User.objects.with_role(Role.MANAGER, team_id=service.team_id, now=now)
    url = settings.BASE_URL + (gap.get_absolute_url() if gap else reverse("assessments:waivers"))
    for recipient in {person.pk: person for person in (owner, *managers)}.values():
        _send(
            recipient, kind="waiver_ended", matter=f"waiver:{waiver.pk}", slot="ended", now=now,
            subject=f"Waiver ended: {item.title} ({service})", waiver=waiver, item=item, service=service, url=url,
        )  # fmt: skip


def _send(recipient: User, *, kind: str, matter: str, slot: str, now: datetime, **context: object) -> None:
    """`context` has the `subject` and what the pair of templates `assessments/mail/<kind>.txt` and `.html` speak of."""
    context["recipient"] = recipient
    text, html = (render_to_string(f"assessments/mail/{kind}.{ending}", context) for ending in ("txt", "html"))
    subject = str(context["subject"])
    queue(recipient=recipient, kind=kind, matter=matter, slot=slot, subject=subject, text=text, html=html, now=now)
