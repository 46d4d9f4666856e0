"""What is said of an event: JSON for a program, one line of text for a chat. docs/outgoing.md says it to receivers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.formats import date_format

from readiness.assessments.models import Gap
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.outgoing.rules import TEST, Event, escaped, link
from reviews.models import Review

FORMAT = 1
NAMED = 10
"""So many gaps are named in one chat message; the rest are a number."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One event. `occasion` names it for good; `by` is who or what did it. Exactly one of `gap` and `review` is there."""

    event: Event
    occasion: str
    at: datetime
    by: Mapping[str, str]
    reason: str
    service: Service
    gap: Gap | None = None
    review: Review | None = None

    @property
    def about(self) -> str:
        return str(self.gap or self.review)[:300]


# For a program


def body_of(happening: Happening) -> str:
    said: dict[str, Any] = {
        "format": FORMAT,
        "event": happening.event.value,
        "at": happening.at.isoformat(),
        "by": dict(happening.by),
        "reason": happening.reason,
        "service": _service(happening.service),
    }
    if happening.gap:
        said["gap"] = _gap(happening.gap)
    if happening.review:
        said["review"] = _review(happening.review)
    return _json(said)


def test_body(now: datetime, by: str) -> str:
    return _json({"format": FORMAT, "event": TEST, "at": now.isoformat(), "by": {"kind": "person", "name": by}})


def _json(said: Mapping[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False)


def address(of: Any) -> str:
    return f"{settings.BASE_URL}{of.get_absolute_url()}"


def _service(service: Service) -> dict[str, Any]:
    team = {"slug": service.team.slug, "name": service.team.name}
    return {
        "slug": service.slug,
        "name": service.name,
        "tier": service.tier,
        "team": team,
        "go_live_on": _day(service.go_live_on),
        "url": address(service),
    }


def _gap(gap: Gap) -> dict[str, Any]:
    owner = {"name": str(gap.owner), "email": gap.owner.email} if gap.owner else None
    return {
        "id": gap.pk,
        "item": gap.item.key,
        "title": gap.item.title,
        "category": gap.item.category,
        "gate": gap.gate,
        "status": gap.status,
        "owner": owner,
        "due_on": _day(gap.due_on),
        "open_since": gap.open_since.isoformat(),
        "reopened": gap.reopened,
        "ticket_url": gap.ticket_url,
        "url": address(gap),
    }


def _review(review: Review) -> dict[str, Any]:
    return {
        "id": review.pk,
        "decision": review.decision,
        "computed_decision": review.computed_decision,
        "decided_at": review.decided_at.isoformat() if review.decided_at else None,
        "lead": {"name": str(review.lead), "email": review.lead.email},
        "url": address(review),
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


# For a chat


def chat_body(text: str) -> str:
    """As incoming webhooks of Slack, Mattermost and others take it."""
    return _json({"text": text})


def chat_test(by: str) -> str:
    here = link(settings.BASE_URL, "Readiness")
    return f"This is a test of {here}, sent by {escaped(by)}. Messages about gaps and decisions arrive here."


def chat_text(happenings: Sequence[Happening]) -> str:
    """One message about what happened to one service: all of one event."""
    first = happenings[0]
    where = f"{link(address(first.service), first.service.name)} ({escaped(first.service.team.name)})"
    if first.review:
        return "\n".join(_decided(one.review, where) for one in happenings if one.review)
    gaps = [one.gap for one in happenings if one.gap]
    if len(gaps) == 1:
        return f"{_HEADS[first.event][0]} in {where}: {_said(gaps[0])}"
    lines = [f"• {_said(gap)}" for gap in gaps[:NAMED]]
    if more := len(gaps) - NAMED:
        lines += [f"… and {more} more"] if more > 0 else []
    return "\n".join([f"{len(gaps)} {_HEADS[first.event][1]} in {where}:", *lines])


_HEADS = {
    Event.OPENED: ("*New gap*", "*new gaps*"),
    Event.REOPENED: ("*Not met any more*", "*items not met any more*"),
    Event.CLOSED: ("*Closed*", "*gaps closed*"),
    Event.OVERDUE: ("*Overdue*", "*gaps overdue*"),
}


def _said(gap: Gap) -> str:
    parts = [link(address(gap), gap.item.title), "hard gate" if gap.item.is_hard else "tracked gap"]
    if not gap.is_closed:
        parts.append(escaped(str(gap.owner)) if gap.owner else "no owner yet")
        parts += [f"due {date_format(gap.due_on, 'j M Y')}"] if gap.due_on else []
    return " · ".join(parts)


def _decided(review: Review, where: str) -> str:
    decision = Decision(review.decision).label if review.decision else "Decided"
    return f"*{decision}* for {where}: {link(address(review), 'the review')}, led by {escaped(str(review.lead))}"


def by_service_and_event(happenings: Iterable[Happening]) -> list[list[Happening]]:
    """What goes into one chat message each, in the order in which it began."""
    groups: dict[tuple[int, Event], list[Happening]] = {}
    for one in happenings:
        groups.setdefault((one.service.pk, one.event), []).append(one)
    return list(groups.values())
