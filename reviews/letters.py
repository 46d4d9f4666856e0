"""The mails of a review: invitation (with a calendar entry that follows what becomes of it), cancellation, and the output.

Each is queued in the transaction of what it speaks about; its slot names the occasion, so that it is sent once.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from readiness.accounts.models import User
from readiness.mail import actions as mail
from readiness.mail.actions import Attachment
from readiness.mail.models import Mail
from reviews.invitation import Guest, Invitation, Method, calendar
from reviews.meeting import Seat, seats
from reviews.models import Packet, Review
from reviews.packet import as_shown, owed
from reviews.rules import ParticipantRole

OPTIONAL = {ParticipantRole.MANAGER, ParticipantRole.OUTSIDE, ParticipantRole.MEMBER}


INVITATION, CANCELLED = "review-invitation", "review-cancelled"
OUTPUT, REMINDER = "review-output", "review-output-reminder"


def absolute(name: str, review: Review) -> str:
    return f"{settings.BASE_URL}{reverse(name, args=[review.pk])}"


def invite(review: Review, invited: Iterable[Seat], now: datetime, *, is_change: bool = False) -> None:
    """Queues the invitation, or with `is_change` its new version, for each of the `invited`."""
    entry = calendar(invitation(review, now))
    verb = "Moved" if is_change else "Invitation"
    for seat in invited:
        _queue(
            review,
            seat.person,
            kind=INVITATION,
            why=f"because you are asked to take part in this review, as {seat.roles.lower()}",
            slot=str(review.invitation_sequence),
            subject=f"{verb}: readiness review of {review.service}, {_spelled(review.starts_at, seat.person)}",
            template="invitation",
            context={"seat": seat, "is_change": is_change},
            entry=_entry(entry, Method.REQUEST),
            now=now,
        )


def call_off(review: Review, people: Iterable[Seat], now: datetime, *, reason: str) -> None:
    """Takes the entry out of the calendars of all `people`: the review does not take place."""
    _call_off(review, people, now, reason, calendar(replace(invitation(review, now), comment=reason), Method.CANCEL))


def leave_out(review: Review, seat: Seat, now: datetime, *, reason: str) -> None:
    """Takes the entry out of one person's calendar; in everybody else's it stays."""
    told = replace(invitation(review, now), comment=reason)
    _call_off(review, [seat], now, reason, calendar(told, Method.CANCEL, removed=(_guest(seat),)))


def _call_off(review: Review, people: Iterable[Seat], now: datetime, reason: str, entry: str) -> None:
    for seat in people:
        _queue(
            review,
            seat.person,
            kind=CANCELLED,
            why="because you were to take part in this review",
            slot=str(review.invitation_sequence),
            subject=f"Cancelled: readiness review of {review.service}, {_spelled(review.starts_at, seat.person)}",
            template="cancelled",
            context={"seat": seat, "reason": reason},
            entry=_entry(entry, Method.CANCEL),
            now=now,
        )


def send_output(review: Review, packet: Packet, content: dict[str, Any], people: Iterable[Seat], now: datetime) -> None:
    """One mail for each participant, and for whoever owns a gap without having been there. `content` is the packet's."""
    yours, shown = owed(content), as_shown(content)
    there = {seat.person.pk: seat.person for seat in people}
    absent = User.objects.active().filter(pk__in=yours.keys() - there.keys())
    for person in (*there.values(), *absent):
        why = (
            "because you took part in this review"
            if person.pk in there
            else "because this review gave you a gap to close"
        )
        _queue(
            review,
            person,
            kind=OUTPUT,
            why=why,
            slot=packet.digest[:40],
            subject=f"{review.get_decision_display()}: readiness review of {review.service}",
            template="output",
            context={
                "was_invited": person.pk in there,
                "frozen": packet,
                "packet": shown,
                "titles": {item["key"]: item for item in shown["items"]},
                "yours": yours.get(person.pk, []),
                "others": sum(len(gaps) for owner, gaps in yours.items() if owner != person.pk),
                "base_url": settings.BASE_URL,
            },
            entry=[],
            now=now,
        )


def _entry(ics: str, method: Method) -> list[Attachment]:
    """As a part of the mail's text, which Gmail, Outlook and Apple Mail act on; and as a file, for whoever opens it by hand."""
    return [
        Attachment("invite.ics", f"text/calendar; method={method}; charset=utf-8", ics, is_alternative=True),
        Attachment("invite.ics", "application/ics", ics),
    ]


def remind_to_read(review: Review, people: Iterable[User], now: datetime) -> int:
    """Asks each of `people` once to acknowledge what came out. Answers how many mails that are new."""
    queued = [
        _queue(
            review,
            person,
            kind=REMINDER,
            why="because you took part in this review, and have not said yet that you read what came out of it",
            slot="acknowledge",
            subject=f"Please read: {review.get_decision_display().lower()} for {review.service}",
            template="reminder",
            context={},
            entry=[],
            now=now,
        )
        for person in people
    ]
    return sum(1 for mail in queued if mail)


def was_reminded(review: Review) -> bool:
    return Mail.objects.filter(kind=REMINDER, matter=_matter(review)).exists()


def invitation(review: Review, now: datetime) -> Invitation:
    people = seats(review.participants.select_related("person"))
    lead = review.lead
    return Invitation(
        uid=f"review-{review.pk}@{urlsplit(settings.BASE_URL).hostname}",
        sequence=review.invitation_sequence,
        starts_at=review.starts_at,
        length=timedelta(minutes=review.minutes),
        created_at=review.scheduled_at,
        written_at=now,
        title=f"Readiness review: {review.service}",
        description=f"Pre-read: {absolute('reviews:pre-read', review)}\nRoom: {absolute('reviews:room', review)}",
        place=review.place,
        url=absolute("reviews:review", review),
        organiser=Guest(f"{lead.get_full_name()} (Readiness)", parseaddr(settings.DEFAULT_FROM_EMAIL)[1]),
        guests=tuple(_guest(seat) for seat in people),
    )


def _guest(seat: Seat) -> Guest:
    roles = {row.role for row in seat.rows}
    return Guest(
        seat.person.get_full_name(),
        seat.person.email,
        is_needed=bool(roles - OPTIONAL),
        is_chair=ParticipantRole.LEAD in roles,
    )


def _spelled(moment: datetime, reader: User) -> str:
    local = timezone.localtime(moment, reader.zone)
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def _answers_go_to(lead: User) -> dict[str, str]:
    return {"Reply-To": formataddr((" ".join(lead.get_full_name().split()), lead.email))}


def _matter(review: Review) -> str:
    return f"review:{review.pk}"


def _queue(
    review: Review,
    person: User,
    *,
    kind: str,
    why: str,
    slot: str,
    subject: str,
    template: str,
    context: dict[str, Any],
    entry: list[Attachment],
    now: datetime,
) -> Mail | None:
    with timezone.override(person.zone):
        values = {
            **context,
            "review": review,
            "person": person,
            "why": why,
            "review_url": absolute("reviews:review", review),
            "pre_read_url": absolute("reviews:pre-read", review),
            "room_url": absolute("reviews:room", review),
            "packet_url": absolute("reviews:packet", review),
        }
        return mail.queue(
            recipient=person,
            kind=kind,
            matter=_matter(review),
            slot=slot,
            subject=subject,
            why=why,
            text=render_to_string(f"reviews/mail/{template}.txt", values),
            html=render_to_string(f"reviews/mail/{template}.html", values),
            attachments=entry,
            headers=_answers_go_to(review.lead),
            now=now,
        )
