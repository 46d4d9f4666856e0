"""Writes what a source says into the catalog: what is new is created, what changed in the source since last time is
changed here, and what people changed by hand stays. Everything goes through the actions, with the same may and may not as
on a page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.catalog.importers.apply_services import take_service
from readiness.catalog.importers.apply_teams import take_person, take_team
from readiness.catalog.importers.entries import Catalog, Entry, Report, Skipped
from readiness.catalog.importers.importing import Importing
from readiness.history.actions import Actor


class Keep(StrEnum):
    NOTHING = "nothing"  # only say what would happen
    ALL_OR_NOTHING = "all or nothing"
    WHAT_IS_RIGHT = "what is right"


def apply(catalog: Catalog, *, by: User | Actor, now: datetime, keep: Keep = Keep.WHAT_IS_RIGHT) -> Report:
    """Raises NotAllowed when `by` may register a service nowhere; everything else is in the report, entry by entry."""
    if isinstance(by, User) and not policy.may_anywhere(by, Action.CREATE_SERVICE):
        raise policy.NotAllowed(policy.RULE, policy.may(by, Action.CREATE_SERVICE).reason)
    run = Importing(by, now, Report(remarks=list(catalog.remarks)))
    _take_doubts(catalog, run.report)
    with transaction.atomic(), _grants_read_anew(by):
        for team in catalog.teams:
            with _refusals_skip(run, team):
                take_team(run, team)
        for person in catalog.people:
            with _refusals_skip(run, person):
                take_person(run, person)
        for service in catalog.services:
            with _refusals_skip(run, service):
                take_service(run, service, catalog.source)
        run.report.is_kept = keep is Keep.WHAT_IS_RIGHT or (keep is Keep.ALL_OR_NOTHING and run.report.is_clean)
        if not run.report.is_kept:
            transaction.set_rollback(True)
    run.report.skipped.sort(key=lambda skipped: (skipped.place.source, skipped.place.line))
    return run.report


def _take_doubts(catalog: Catalog, report: Report) -> None:
    for doubt in catalog.doubts:
        found = Skipped(doubt.kind, doubt.name, doubt.place, doubt.reason)
        (report.skipped if doubt.is_left_out else report.notes).append(found)


@contextmanager
def _refusals_skip(run: Importing, entry: Entry) -> Iterator[None]:
    """What an action refuses is skipped, with what it wrote before that undone."""
    try:
        with transaction.atomic():
            yield
    except Refused as refusal:
        run.skipped(entry, refusal.sentence)


@contextmanager
def _grants_read_anew(by: User | Actor) -> Iterator[None]:
    """Who creates a team leads it: grants change while an import runs, and change back when nothing is kept."""
    yield
    if isinstance(by, User):
        by.forget_grants()
