"""The checks that a service's checklist asks for, kept in step with the checklist and with what the service says of
itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.models import Assessment, Item
from readiness.catalog.models import Service
from readiness.checks import connections, inheriting, places, planning
from readiness.checks.connections import Connections
from readiness.checks.models import Check, Plan, Run, RunStatus
from readiness.checks.planning import Config, Said, Wanted
from readiness.checks.schedule import RUNNER
from readiness.history.actions import Actor, Subject, record

log = structlog.get_logger(__name__)
PLANNED = (
    "verifies",
    "how",
    "planned",
    "config",
    "needs",
    "is_set_up",
    "every_seconds",
    "retired_at",
    "origin",
    "next_due_at",
    "version",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """How many checks `plan` touched."""

    added: int = 0
    changed: int = 0
    retired: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


@transaction.atomic
def plan(*, service: Service, by: User | Actor, now: datetime, sources: Connections | None = None) -> Planned:
    """Gives the service the checks that its checklist asks for, with the addresses it knows by now; twice is once.

    A check that nobody asks for any more rests, with its runs, until it is asked for again. What a person set stays
    set. `sources`: the organisation's, when they are known already.
    """
    require(by, Action.EDIT_SERVICE, service)
    assessment = Assessment.objects.select_related("version").defer("version__body").filter(service=service).first()
    if assessment is None:
        return Planned()
    sources = connections.connected() if sources is None else sources
    existing = {
        (check.item_id, check.criterion_key, check.type): check
        for check in Check.objects.select_for_update().filter(service=service).order_by("pk")
    }
    said = _said(service)
    added: list[Check] = []
    changed: list[Check] = []
    for item, want in _wanted(assessment, service):
        check = existing.pop((item.pk, *want.key), None)
        fresh = check or Check(service=service, item=item, criterion_key=want.criterion.key, type=want.way.kind)
        if _fill(fresh, want, said, sources, now):
            (changed if check else added).append(fresh)
    retired = [check for check in existing.values() if check.retired_at is None]
    for check in retired:
        check.retired_at, check.version = now, check.version + 1
    Check.objects.bulk_create(added, ignore_conflicts=True)
    Check.objects.bulk_update([*changed, *retired], PLANNED, batch_size=100)
    Run.objects.filter(check_row__in=retired, status=RunStatus.QUEUED).delete()
    planned = Planned(len(added), len(changed), len(retired))
    reason = {"version_id": assessment.version_id, "sources": connections.fingerprint(sources), "planned_at": now}
    Plan.objects.update_or_create(service=service, defaults=reason)
    if planned:
        _tell_history(service, by, now, added=added, changed=changed, retired=retired)
    return planned


def plan_outdated(*, now: datetime, limit: int = 200) -> int:
    """Plans the checks of services that moved to another checklist version since, or whose sources did; returns how
    many services.
    """
    sources = connections.connected()
    outdated = Plan.objects.outdated(connections.fingerprint(sources)).select_related("service").only("service")
    services = [assessment.service for assessment in outdated.order_by("pk")[:limit]]
    return sum(_plan_if_possible(service, sources, now) for service in services)


def _plan_if_possible(service: Service, sources: Connections, now: datetime) -> bool:
    """One service that can't be planned must not keep the checks of all others from running."""
    try:
        plan(service=service, by=RUNNER, now=now, sources=sources)
    except Exception:
        log.exception("checks not planned", service_id=service.pk)
        return False
    return True


def _wanted(assessment: Assessment, service: Service) -> Iterable[tuple[Item, Wanted]]:
    pack_items = {item.key: item for item in assessment.version.items}
    for item in assessment.items.filter(retired_at=None):
        if pack_item := pack_items.get(item.key):
            for want in planning.wanted(pack_item, tier=service.tier, traits=service.traits):
                yield item, want


def _said(service: Service) -> Said:
    names = {one.name_in_traces for one in service.dependencies.select_related("needed")}
    facts: dict[str, str | list[str]] = {
        "dependencies": sorted(names),
        "go_live_on": service.go_live_on.isoformat() if service.go_live_on else "",
        "repository": service.repository,
    }
    return Said(service.endpoints, service.traits, facts)


def _fill(check: Check, want: Wanted, said: Said, sources: Connections, now: datetime) -> bool:
    """Writes the plan onto the check; False when it says the same already."""
    own = planning.planned_config(want.way, said)
    planned = inheriting.inherit(check.type, own, endpoints=said.endpoints, connections=sources)
    config = planning.together(planned, check.configured)
    needs = planning.lacking(check.type, config)
    values: Config = {
        "verifies": want.criterion.text,
        "how": want.way.how.value,
        "planned": planned,
        "config": config,
        "needs": needs,
        "is_set_up": not needs,
        "every_seconds": int(want.type.default_every.total_seconds()),
        "retired_at": None,
        "origin": places.place_of(check.type, config),
    }
    if check.pk and all(getattr(check, name) == value for name, value in values.items()):
        return False
    if not check.pk or check.config != config or check.retired_at:
        check.next_due_at = now
    for name, value in values.items():
        setattr(check, name, value)
    check.version += 1 if check.pk else 0
    return True


def _tell_history(service: Service, by: User | Actor, now: datetime, **checks: list[Check]) -> None:
    after = {word: sorted(check.type for check in some) for word, some in checks.items() if some}
    subject = Subject("service", service.pk, service.name, service.pk, service.team_id)
    record("service.checks_planned", subject, by=by, at=now, after=after)


def require(by: User | Actor, action: Action, service: Service) -> None:
    """A machine has been trusted before; a person is asked for."""
    if isinstance(by, User):
        policy.require(by, action, service.target)
