"""Rule *reopen*: whoever answers for an item that stopped being met is told once.

A bad deployment turns many items within minutes. So a notice waits for GATHERED_FOR, and what turns meanwhile goes into the same
mail; what is settled meanwhile comes out of it again, and nothing is sent about something already closed.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.template.loader import render_to_string

from readiness.accounts.models import User
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.mail import actions as mail
from readiness.mail.models import Mail

KIND = "gap_reopened"
GATHERED_FOR = timedelta(minutes=10)
HEADER = "X-Readiness-Gaps"
"""Which gaps a mail speaks of, by their ids: for what is gathered here, and for people's mail filters."""


def tell(gaps: Iterable[Gap], service: Service, now: datetime) -> None:
    """One mail to each person for everything of this service that turned together. The caller holds the assessment."""
    for person, own in _by_person(gaps, service):
        waiting = mail.waiting(recipient=person, kind=KIND, matter=_matter(service))
        if waiting is not None and _write_anew(waiting, {*_ids(waiting), *(gap.pk for gap in own)}, service):
            continue
        mail.queue(
            recipient=person, kind=KIND, matter=_matter(service), slot=f"{own[0].pk}:{own[0].reopened}",
            headers=_headers(own), now=now, leaves_at=now + GATHERED_FOR, **_words(own, person, service),
        )  # fmt: skip


def settled(gaps: Iterable[Gap], service: Service) -> None:
    """Takes what was closed before anybody was told out of the mails that wait."""
    closed = {gap.pk for gap in gaps}
    if not closed:
        return
    for waiting in mail.all_waiting(kind=KIND, matter=_matter(service)):
        told = _ids(waiting)
        if told & closed and not _write_anew(waiting, told - closed, service):
            mail.drop(mail=waiting, reason="what it spoke of was closed before it went out")


def _by_person(gaps: Iterable[Gap], service: Service) -> Iterable[tuple[User, list[Gap]]]:
    """To its owner, else to the service's tech lead; nobody is there to be told where there is neither."""
    found: dict[User, list[Gap]] = defaultdict(list)
    for gap in gaps:
        if person := gap.owner or service.tech_lead:
            found[person].append(gap)
    return found.items()


def _matter(service: Service) -> str:
    return f"service:{service.pk}"


def _headers(gaps: Sequence[Gap]) -> dict[str, str]:
    return {HEADER: ", ".join(str(gap.pk) for gap in gaps)}


def _ids(waiting: Mail) -> set[int]:
    return {int(one) for one in waiting.headers.get(HEADER, "").split(", ") if one.isdecimal()}


def _write_anew(waiting: Mail, ids: set[int], service: Service) -> bool:
    """False when nothing is left to say, or when the mail has gone meanwhile."""
    gaps = list(Gap.objects.open().filter(pk__in=ids).select_related("item").order_by("open_since", "pk"))
    if not gaps:
        return False
    return mail.rewrite(mail=waiting, headers=_headers(gaps), **_words(gaps, waiting.recipient, service))


def _words(gaps: Sequence[Gap], recipient: User, service: Service) -> dict[str, str]:
    """Subject, text, HTML, and why it goes to this person."""
    first = f"Not met any more: {gaps[0].item.title}"
    subject = f"{first} ({service})" if len(gaps) == 1 else f"{first} and {len(gaps) - 1} more ({service})"
    why = _why(gaps, recipient, service)
    context = {
        "recipient": recipient,
        "why": why,
        "subject": subject,
        "service": service,
        "gaps": [(gap, settings.BASE_URL + gap.get_absolute_url()) for gap in gaps],
        "url": settings.BASE_URL + (gaps[0] if len(gaps) == 1 else service).get_absolute_url(),
    }
    text, html = (render_to_string(f"assessments/mail/{KIND}.{ending}", context) for ending in ("txt", "html"))
    return {"subject": subject, "text": text, "html": html, "why": why}


def _why(gaps: Sequence[Gap], recipient: User, service: Service) -> str:
    if any(gap.owner_id == recipient.pk for gap in gaps):
        return f"because you own the gap{'' if len(gaps) == 1 else 's'}"
    return f"because you lead {service}, and nobody owns the gap{'' if len(gaps) == 1 else 's'}"
