"""Mails about a single event, put into the outbox in the transaction of the event. Everything that can wait is in the digest.

What stopped being met is gathered for some minutes first: see `regressions`.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.assessments.models import Comment, Gap, Item, Waiver
from readiness.assessments.queries import gap_of
from readiness.catalog.models import Service
from readiness.mail.actions import all_waiting, drop, queue
from readiness.mail.models import Mail, MailStatus

MENTION, WAIVER_ENDED = "mentioned", "waiver_ended"
SECOND_THOUGHTS = timedelta(minutes=2)
"""A mention waits so long before it leaves: what is corrected or withdrawn at once bothers nobody."""


def waiver_ended(waiver: Waiver, item: Item, service: Service, now: datetime) -> None:
    """*waivers-expire*: the owner (of the gap, else the tech lead, else who asked) and the team's managers are told."""
    gap = gap_of(item)
    owner = (gap.owner if gap else None) or service.tech_lead or waiver.requested_by
    managers = User.objects.with_role(Role.MANAGER, team_id=service.team_id, now=now)
    url = settings.BASE_URL + (gap.get_absolute_url() if gap else reverse("assessments:waivers"))
    for recipient in {person.pk: person for person in (owner, *managers)}.values():
        why = _why(recipient, gap, waiver, service)
        _send(
            recipient, kind=WAIVER_ENDED, why=why, matter=f"waiver:{waiver.pk}", slot="ended", now=now,
            subject=f"Waiver ended: {item.title} ({service})", waiver=waiver, item=item, service=service, url=url,
        )  # fmt: skip


def _why(recipient: User, gap: Gap | None, waiver: Waiver, service: Service) -> str:
    if gap and gap.owner_id == recipient.pk:
        return "because you own the gap"
    if service.tech_lead_id == recipient.pk:
        return f"because you lead {service}"
    asked = waiver.requested_by_id == recipient.pk
    return "because you asked for the waiver" if asked else f"because you manage {service.team}"


def mentioned(comment: Comment, person: User, service: Service, now: datetime) -> None:
    """One mail for a comment, whatever is edited later; while it waits, it says what the comment says now."""
    told = Mail.objects.filter(kind=MENTION, recipient=person, matter=_matter(comment))
    if told.exclude(status=MailStatus.DROPPED).exists():
        return
    gap = comment.gap
    _send(
        person, kind=MENTION, matter=_matter(comment), slot=f"version {comment.version}", now=now,
        why=f"because {comment.author} mentioned you", leaves_at=now + SECOND_THOUGHTS,
        subject=f"{comment.author} mentioned you: {gap.item.title} ({service})",
        comment=comment, item=gap.item, service=service,
        url=f"{settings.BASE_URL}{gap.get_absolute_url()}#comment-{comment.pk}",
    )  # fmt: skip


def unmention(comment: Comment, *, keep: Collection[User]) -> None:
    """Takes the mails out that wait: to those who are not meant any more, and to the others, who get the newer words."""
    for waiting in all_waiting(kind=MENTION, matter=_matter(comment)):
        is_kept = waiting.recipient in keep
        drop(mail=waiting, reason="it was written anew" if is_kept else "the words it spoke of were taken back")


def _matter(comment: Comment) -> str:
    return f"comment:{comment.pk}"


def _send(
    recipient: User,
    *,
    kind: str,
    why: str,
    matter: str,
    slot: str,
    now: datetime,
    leaves_at: datetime | None = None,
    **context: object,
) -> None:
    """`context` has the `subject` and what the pair of templates `assessments/mail/<kind>.txt` and `.html` speak of."""
    context |= {"recipient": recipient, "why": why}
    text, html = (render_to_string(f"assessments/mail/{kind}.{ending}", context) for ending in ("txt", "html"))
    subject = str(context["subject"])
    words = {"subject": subject, "text": text, "html": html, "why": why}
    queue(recipient=recipient, kind=kind, matter=matter, slot=slot, now=now, leaves_at=leaves_at, **words)
