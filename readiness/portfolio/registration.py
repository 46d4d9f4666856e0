"""Bringing a service in, and changing what is true of it: the catalog's action, then what follows from it in the rooms between.

A new service is measured at once, against the checklist that is published, and its checks are planned. A changed one is judged
anew, because tier and traits decide what counts, and its checks get the new addresses.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Unpack

from django.db import transaction

from readiness.accounts.actions import create_team
from readiness.accounts.models import Team, User
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.catalog import actions as catalog, importers
from readiness.catalog.actions import ServiceFields
from readiness.catalog.importers import Catalog, Keep, Report
from readiness.catalog.models import Service
from readiness.checklists.models import Status, Version
from readiness.checks import actions as checks
from readiness.history.actions import Actor


@transaction.atomic
def register(
    *,
    by: User | Actor,
    now: datetime,
    slug: str,
    name: str,
    team: Team | None = None,
    new_team: str = "",
    dependencies: Iterable[str] = (),
    **fields: Unpack[ServiceFields],
) -> Service:
    """Registers a service in `team`, or in a team founded for it, and begins to measure it.

    Raises what `catalog.actions.create_service` and `accounts.actions.create_team` raise.
    """
    home = team or create_team(by=by, name=new_team, now=now)
    service = catalog.create_service(
        by=by, now=now, slug=slug, name=name, team=home, dependencies=dependencies, **fields
    )
    measure(service=service, by=by, now=now)
    return service


@transaction.atomic
def change(
    *,
    by: User | Actor,
    now: datetime,
    service: Service,
    version: int,
    changes: Mapping[str, Any],
    dependencies: Iterable[str] | None = None,
) -> Service:
    """Writes what differs and judges the service anew. Raises what `catalog.actions.edit_service` raises."""
    fresh = catalog.edit_service(
        by=by, now=now, service=service, version=version, changes=changes, dependencies=dependencies
    )
    if fresh.version != version:
        measure(service=fresh, by=by, now=now)
    return fresh


@transaction.atomic
def measure(*, service: Service, by: User | Actor, now: datetime) -> Assessment | None:
    """Starts the assessment or judges it anew, and plans the checks. None while no checklist is published."""
    assessment = Assessment.objects.filter(service=service).first()
    if assessment is not None:
        assessments.refresh(assessment=assessment, now=now, by=by)
    elif Version.objects.filter(status=Status.PUBLISHED).exists():
        assessment = assessments.start(service=service, by=by, now=now)
    if assessment is not None:
        checks.plan(service=service, by=by, now=now)
    return assessment


def import_catalogs(catalogs: Iterable[Catalog], *, by: User | Actor, now: datetime, keep: Keep) -> Report:
    """Several sources as one import: a later one finds the teams of an earlier one. With ALL_OR_NOTHING a spreadsheet
    with a wrong row brings nothing; a Backstage catalog, which always has its doubts, brings what is right.

    Raises NotAllowed when `by` may register a service nowhere.
    """
    together = Report(is_kept=keep is not Keep.NOTHING)
    with transaction.atomic():
        for catalog_read in catalogs:
            is_strict = keep is Keep.ALL_OR_NOTHING and catalog_read.source == "csv"
            within = Keep.ALL_OR_NOTHING if is_strict else Keep.WHAT_IS_RIGHT
            report = importers.apply(catalog_read, by=by, now=now, keep=within)
            together.add(report)
            together.is_kept = together.is_kept and report.is_kept
        if together.is_kept:
            _measure_all(together.service_ids, by, now)
        else:
            transaction.set_rollback(True)
    if isinstance(by, User):
        by.forget_grants()
    return together


def _measure_all(service_ids: Iterable[int], by: User | Actor, now: datetime) -> None:
    for service in Service.objects.with_people().filter(pk__in=set(service_ids)).order_by("pk"):
        measure(service=service, by=by, now=now)
