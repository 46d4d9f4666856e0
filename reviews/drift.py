"""Drift since a decision: its frozen packet beside what is true now. A constant number of statements, whatever there is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from readiness.accounts.models import User
from readiness.assessments.models import Assessment, Item
from readiness.assessments.queries import house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.compare import compare
from readiness.checklists.models import Status, Version
from readiness.checklists.rules import Gate
from readiness.checks.models import Check
from readiness.checks.types import title_of
from reviews.models import Packet
from reviews.packet.surroundings import told
from reviews.rules.drift import (
    Asks,
    Cause,
    CheckFacts,
    CheckKey,
    Drift,
    Line,
    PersonFacts,
    ServiceFacts,
    StoodFacts,
    drift,
)

type Body = dict[str, Any]
PEOPLE = {"Tech lead": "tech_lead", "On-call": "on_call", "Platform": "platform_owner"}


@dataclass(frozen=True, slots=True)
class Row:
    """A line with where it leads."""

    line: Line
    url: str


@dataclass(frozen=True, slots=True)
class DriftPage:
    """`checklist`: a sentence about versions, empty where the pinned one is the decision's and the newest."""

    decided_at: datetime
    drift: Drift
    groups: list[tuple[Cause, list[Row]]]
    checklist: str
    checklist_url: str


@dataclass(frozen=True, slots=True)
class Versions:
    then: Version | None
    now: Version
    newest: Version | None

    @property
    def to(self) -> Version:
        return self.newest or self.now


def read_drift(
    packet: Packet, assessment: Assessment, now: datetime, *, checks: Iterable[Check] | None = None
) -> DriftPage:
    """`assessment` comes with its service, its people and its version. Five statements at most; four with `checks`, which come
    with their items.
    """
    body: Body = json.loads(packet.body)
    service, rows = assessment.service, Item.objects.filter(assessment=assessment, retired_at=None)
    items = list(rows.only("key", "title", "gate", "status", "reason", "waived_until"))
    if checks is None:
        checks = Check.objects.in_force().filter(service=service).select_related("item")
    known = {(check.item.key, check.criterion_key, check.type): check for check in checks}
    versions = _versions(body["checklist"], assessment.version)
    asked, titles = _asked(versions)
    found = drift(
        service=(_service_then(body), _service_now(service, known)),
        items=(_items_then(body, packet.frozen_at), {item.key: _stands(item, house_day(now)) for item in items}),
        asked=asked,
        titles=titles,
    )
    here = {item.key for item in items}
    links = Links(service, known, here, versions)
    groups = [(cause, [Row(line, links.of(line)) for line in lines]) for cause, lines in found.groups]
    return DriftPage(packet.frozen_at, found, groups, _said_of(versions), links.checklist)


@dataclass(frozen=True, slots=True)
class Links:
    service: Service
    checks: Mapping[CheckKey, Check]
    items: set[str]
    versions: Versions

    def of(self, line: Line) -> str:
        if line.check and line.check in self.checks:
            return self.checks[line.check].get_absolute_url()
        if line.item in self.items:
            return reverse("portfolio:item", args=[self.service.slug, line.item])
        return self.checklist if line.cause is Cause.CHECKLIST else self.service.get_absolute_url()

    @property
    def checklist(self) -> str:
        """The difference where it is one of the same checklist, else what an upgrade would change."""
        then, to = self.versions.then, self.versions.to
        if then and then.checklist_id == to.checklist_id and then.pk != to.pk:
            compares = reverse("checklists:compare", args=[to.checklist.key])
            return f"{compares}?a={then.number}&b={to.number}"
        return reverse("assessments:upgrade", args=[self.service.slug])


def _versions(frozen: Body, pinned: Version) -> Versions:
    """At most two statements; the body of a version that this process knows already stays where it is."""
    published = Version.objects.filter(status=Status.PUBLISHED).select_related("checklist").defer("body")
    newest = published.filter(checklist=pinned.checklist_id, number__gt=pinned.number).order_by("-number").first()
    if frozen["digest"] == pinned.digest:
        return Versions(pinned, pinned, newest)
    then = published.filter(checklist__key=frozen["key"], number=frozen["number"], digest=frozen["digest"]).first()
    return Versions(then, pinned, newest)


def _asked(versions: Versions) -> tuple[dict[str, Asks], dict[str, str]]:
    """What the newest version does to items, and their titles. Nothing where the decision's own version is gone."""
    then, to = versions.then, versions.to
    if then is None or then.digest == to.digest:
        return {}, {}
    difference = compare(then.pack, to.pack)
    asked = {item.key: Asks.ADDED for item in difference.added}
    asked |= {change.key: Asks.ELSE for change in difference.asking_else}
    asked |= {item.key: Asks.REMOVED for item in difference.removed}
    titles = {item.key: item.title for item in (*then.pack.items, *to.pack.items)}
    return asked, titles


def _said_of(versions: Versions) -> str:
    then, pinned, newest = versions.then, versions.now, versions.newest
    sentences = []
    if then is None:
        sentences.append(
            f"Measured against {pinned} now; the version that the decision rested on is not here any more."
        )
    elif then.digest != pinned.digest:
        sentences.append(f"Measured against {pinned} since; the decision rested on {then}.")
    if newest:
        sentences.append(f"{newest} is published, and {pinned} is pinned.")
    return " ".join(sentences)


# Then


def _service_then(body: Body) -> ServiceFacts:
    said = body["service"]
    checks = body.get("checks")
    return ServiceFacts(
        tier=said["tier"],
        traits=tuple(said["traits"]),
        team=said["team"],
        repository=said.get("repository", ""),
        people={role: _person_then(said.get(name)) for role, name in PEOPLE.items()},
        endpoints=said.get("endpoints"),
        dependencies=frozenset(said["dependencies"]) if "dependencies" in said else None,
        checks=None if checks is None else dict(_check_then(check) for check in checks),
    )


def _person_then(said: Body | None) -> PersonFacts | None:
    return PersonFacts(said["id"], said["name"]) if said else None


def _check_then(said: Body) -> tuple[CheckKey, CheckFacts]:
    return (said["item"], said["criterion"], said["type"]), CheckFacts(said["told"], said["is_enabled"])


def _items_then(body: Body, frozen_at: datetime) -> dict[str, StoodFacts]:
    day = house_day(frozen_at)
    return {said["key"]: stood_then(said, day) for said in body["items"]}


def stood_then(said: Body, day: date) -> StoodFacts:
    """An item of a packet that was frozen on `day`."""
    until = date.fromisoformat(said["waived_until"]) if said["waived_until"] else None
    return StoodFacts(
        title=said["title"],
        gate=Gate(said["gate"]),
        status=ItemStatus(said["status"]),
        reason=said["reason"],
        is_waived=until is not None and day < until,
        waived_until=until,
    )


# Now


def _service_now(service: Service, checks: Mapping[CheckKey, Check]) -> ServiceFacts:
    return ServiceFacts(
        tier=service.tier,
        traits=tuple(service.traits),
        team=service.team.name,
        repository=service.repository,
        people={role: _person_now(getattr(service, name)) for role, name in PEOPLE.items()},
        endpoints=service.endpoints,
        dependencies=frozenset(row.label for row in service.dependencies.select_related("needed")),
        checks={key: CheckFacts(told(check), check.is_enabled, title_of(check.type)) for key, check in checks.items()},
    )


def _person_now(person: User | None) -> PersonFacts | None:
    return PersonFacts(person.pk, person.get_full_name()) if person else None


def _stands(item: Item, today: date) -> StoodFacts:
    return StoodFacts(
        title=item.title,
        gate=Gate(item.gate),
        status=ItemStatus(item.status),
        reason=item.reason,
        is_waived=item.waived_until is not None and today < item.waived_until,
        waived_until=item.waived_until,
    )
