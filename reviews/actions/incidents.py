"""Incidents: written down, corrected, withdrawn. How their items stood is read from the packet of the last decision before."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Item
from readiness.assessments.queries import house_day
from readiness.catalog.models import Service
from readiness.history.actions import Subject, record
from reviews.drift import stood_then
from reviews.models import Incident, IncidentItem, Packet
from reviews.rules.incidents import RULE, Standing, incident_problems, standing_of
from reviews.tallies import count_for


@transaction.atomic
def write_incident(
    *,
    by: User,
    service: Service,
    happened_at: datetime,
    title: str,
    link: str,
    what_happened: str,
    named: Collection[str],
    missing: str,
    now: datetime,
) -> Incident:
    """`named`: keys of items of the service; `missing`: what the checklist has no item for. Raises WrongFields."""
    policy.require(by, Action.COMMENT, service.target)
    _refuse_problems(
        now, title=title, what_happened=what_happened, link=link, happened_at=happened_at, named=named, missing=missing
    )
    packet = _last_packet(service, happened_at)
    incident = Incident.objects.create(
        service=service, review_id=packet.review_id if packet else None, happened_at=happened_at, title=title.strip(),
        link=link, what_happened=what_happened.strip(), written_by=by, written_at=now,
    )  # fmt: skip
    items = _name_items(incident, packet, named, missing)
    after = {"happened_at": happened_at, "items": _said(items)}
    record("incident.written", _subject(incident), by=by, at=now, after=after)
    count_for(service, now)
    return incident


@transaction.atomic
def edit_incident(
    *,
    by: User,
    incident: Incident,
    version: int,
    happened_at: datetime,
    title: str,
    link: str,
    what_happened: str,
    named: Collection[str],
    missing: str,
    now: datetime,
) -> Incident:
    """Judges the named items anew, by the decision before the corrected time. Raises WrongFields, Conflict."""
    policy.require(by, Action.COMMENT, incident.service.target)
    _require_standing(incident)
    _refuse_problems(
        now, title=title, what_happened=what_happened, link=link, happened_at=happened_at, named=named, missing=missing
    )
    packet = _last_packet(incident.service, happened_at)
    before = {**_words(incident), "items": _said(list(incident.items.all()))}
    _swap(
        incident, version, happened_at=happened_at, title=title.strip(), link=link, what_happened=what_happened.strip(),
        review_id=packet.review_id if packet else None,
    )  # fmt: skip
    incident.items.all().delete()
    after = {**_words(incident), "items": _said(_name_items(incident, packet, named, missing))}
    record("incident.edited", _subject(incident), by=by, at=now, before=before, after=after)
    count_for(incident.service, now)
    return incident


@transaction.atomic
def withdraw_incident(*, by: User, incident: Incident, version: int, reason: str, now: datetime) -> Incident:
    """It was none, or none of this service's. It stays in the list, with the reason, and counts no more."""
    policy.require(by, Action.EDIT_SERVICE, incident.service.target)
    _require_standing(incident)
    if not reason.strip():
        raise Refused(RULE, "Say why it is withdrawn; it stays in the list with your reason.")
    _swap(incident, version, withdrawn_by=by, withdrawn_at=now, withdrawn_reason=reason.strip())
    record("incident.withdrawn", _subject(incident), by=by, at=now, reason=reason.strip())
    count_for(incident.service, now)
    return incident


def _refuse_problems(now: datetime, **said: Any) -> None:
    if problems := incident_problems(now=now, **said):
        raise WrongFields(RULE, problems)


def _require_standing(incident: Incident) -> None:
    if Incident.objects.filter(pk=incident.pk, withdrawn_at__isnull=False).exists():
        raise Refused(RULE, "This incident was withdrawn; write down another one.")


def _last_packet(service: Service, moment: datetime) -> Packet | None:
    packets = Packet.objects.filter(review__service=service, frozen_at__lte=moment)
    return packets.order_by("-frozen_at", "-pk").first()


def _name_items(incident: Incident, packet: Packet | None, named: Collection[str], missing: str) -> list[IncidentItem]:
    """Refuses a key that is none of the service's."""
    items = list(Item.objects.filter(assessment__service=incident.service, key__in=named))
    if unknown := sorted(set(named) - {item.key for item in items}):
        raise WrongFields(RULE, {"named": f"“{unknown[0]}” is none of this service's items; choose from the list."})
    stood = _stood(packet)
    rows = [
        IncidentItem(
            incident=incident, key=item.key, title=item.title, gate=item.gate, position=item.position,
            standing=standing_of(stood.get(item.key), is_decided=packet is not None),
        )
        for item in items
    ]  # fmt: skip
    if missing.strip():
        last = max((row.position for row in rows), default=0) + 1
        rows.append(
            IncidentItem(incident=incident, title=missing.strip()[:300], standing=Standing.MISSING, position=last)
        )
    return IncidentItem.objects.bulk_create(rows)


def _stood(packet: Packet | None) -> dict[str, Any]:
    if packet is None:
        return {}
    day = house_day(packet.frozen_at)
    return {said["key"]: stood_then(said, day) for said in json.loads(packet.body)["items"]}


def _swap(incident: Incident, version: int, **changes: Any) -> None:
    """Compare-and-swap. Raises Conflict, with the incident as the other person left it."""
    rows = Incident.objects.filter(pk=incident.pk, version=version, withdrawn_at=None)
    if not rows.update(version=F("version") + 1, **changes):
        current = Incident.objects.get(pk=incident.pk)
        raise Conflict("Somebody changed this in the meantime. Look at what it says now, then save again.", current)
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.version = version + 1


def _subject(incident: Incident) -> Subject:
    service = incident.service
    return Subject("incident", incident.pk, f"incident “{incident.title}” · {service}", service.pk, service.team_id)


def _words(incident: Incident) -> dict[str, Any]:
    names = ("title", "happened_at", "link", "what_happened")
    return {name: getattr(incident, name) for name in names}


def _said(items: list[IncidentItem]) -> list[str]:
    return [f"{item.title}: {Standing(item.standing).label.lower()}" for item in items]
