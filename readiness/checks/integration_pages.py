"""What the pages about the organisation's sources show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from readiness.checks import inheriting, source_health
from readiness.checks.models import Check, Integration
from readiness.checks.places import origin_of
from readiness.checks.source_health import Down
from readiness.checks.sources import KINDS, Kind
from readiness.checks.types import TYPES

NOBODY_CAME_AFTER = timedelta(minutes=2)
SERVICES_FOLLOW_WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class One:
    """A kind of source, connected or not. `services`: how many have a check that asks it."""

    kind: Kind
    integration: Integration | None
    services: int
    now: datetime
    down: Down | None = None

    @property
    def put_off(self) -> str:
        return self.down.words(self.title, self.now) if self.down else ""

    @property
    def title(self) -> str:
        return str(self.integration) if self.integration else self.kind.title

    @property
    def state(self) -> str:
        return self.integration.state if self.integration else "not connected"

    @property
    def is_kept_waiting(self) -> bool:
        asked = self.integration.test_asked_at if self.integration else None
        return asked is not None and self.now - asked > NOBODY_CAME_AFTER

    @property
    def poll(self) -> str:
        """How often the state is asked for again, as htmx says it; empty when there is nothing to wait for."""
        if not self.integration or not self.integration.is_being_tested:
            return ""
        return "every 15s" if self.is_kept_waiting else "every 2s"

    @property
    def awaits_services(self) -> bool:
        """It was connected just now: checks are planned anew by a worker, and then ask it."""
        if self.services or not self.integration or not self.integration.is_enabled:
            return False
        tested = self.integration.tested_at
        return tested is not None and self.now - tested < SERVICES_FOLLOW_WITHIN

    @property
    def page_poll(self) -> str:
        """The same on its own page, which also waits for the services that follow."""
        return self.poll or ("every 15s" if self.awaits_services else "")


@dataclass(frozen=True, slots=True)
class Page:
    rows: Sequence[One]

    @property
    def connected(self) -> list[One]:
        return [row for row in self.rows if row.integration]

    @property
    def others(self) -> list[One]:
        return [row for row in self.rows if not row.integration]


def of_all(now: datetime) -> Page:
    found = {row.kind: row for row in Integration.objects.all()}
    down = source_health.down({origin_of(row.address) for row in found.values()}, counts=True)
    return Page([_one(kind, found.get(slug), now, down) for slug, kind in KINDS.items()])


def of_one(kind: Kind, integration: Integration | None, now: datetime) -> One:
    down = source_health.down({origin_of(integration.address)}, counts=True) if integration else {}
    return _one(kind, integration, now, down)


def _one(kind: Kind, integration: Integration | None, now: datetime, down: Mapping[str, Down]) -> One:
    if integration is None:
        return One(kind, None, 0, now)
    return One(kind, integration, _services(integration), now, down.get(origin_of(integration.address)))


def _services(integration: Integration) -> int:
    """Services whose checks are told its address."""
    told = Q(pk=None)
    for type_ in TYPES:
        for field in inheriting.places_of(type_, integration.kind):
            told |= Q(type=type_, **{f"config__{field}": integration.address})
    return Check.objects.in_force().filter(told).values("service").distinct().count()
