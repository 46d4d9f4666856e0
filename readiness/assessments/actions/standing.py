"""Where a service stands: begin to measure it, and compute it anew when a fact, the service or the time changed.

`settle` is the heart: it judges items by the evidence that counts, writes what changed in a constant number of statements, keeps
gaps in step and adds up the counters, all inside the transaction of the fact that caused it.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions import expiry, gap_keeping
from readiness.assessments.actions.counting import add_up
from readiness.assessments.actions.decided import call_for_review
from readiness.assessments.actions.holding import hold, item_subject, require, service_subject
from readiness.assessments.actions.judging import COMPUTED, Judged, computed, judge_all, read_evidence
from readiness.assessments.models import Assessment, Evidence, Item
from readiness.catalog.models import Service
from readiness.checklists.models import Status, Version
from readiness.checklists.pack import PackItem
from readiness.history.actions import TIME, Actor, entry, record, record_all
from readiness.history.models import Entry


@transaction.atomic
def start(*, service: Service, by: User | Actor, now: datetime, version: Version | None = None) -> Assessment:
    """Begins to measure `service`, against `version` or the current one of the oldest published checklist. Twice is once.

    Raises Refused when no checklist is published.
    """
    require(by, Action.EDIT_SERVICE, service.target)
    existing = Assessment.objects.filter(service=service).first()
    if existing:
        return existing
    version = version or _current_version()
    times = {"pinned_at": now, "created_at": now, "refreshed_at": now}
    assessment = Assessment.objects.create(service=service, version=version, **times)
    items = [new_item(assessment, position, pack_item, now) for position, pack_item in enumerate(version.pack.items)]
    judge_all(assessment, items, (), now)
    Item.objects.bulk_create(items)
    add_up(assessment, items, now)
    record("service.assessed", service_subject(service), by=by, at=now, after={"checklist": str(version)})
    return assessment


def _current_version() -> Version:
    published = Version.objects.filter(status=Status.PUBLISHED).select_related("checklist")
    version = published.order_by("checklist__created_at", "checklist_id", "-number").first()
    if version is None:
        raise Refused("pinned", "No checklist is published yet; an administrator publishes one under Checklists.")
    return version


def new_item(assessment: Assessment, position: int, pack_item: PackItem, now: datetime) -> Item:
    item = Item(assessment=assessment, key=pack_item.key, status_since=now, gate=pack_item.gate)
    copy_wording(item, position, pack_item)
    return item


def copy_wording(item: Item, position: int, pack_item: PackItem) -> None:
    """What lists show without opening the pack."""
    item.position, item.title, item.category = position, pack_item.title[:200], pack_item.category


@transaction.atomic
def refresh(
    *, assessment: Assessment, now: datetime, by: User | Actor = TIME, keys: Collection[str] | None = None
) -> Assessment:
    """Computes the standing of every item, or of those named, and answers the assessment as it is then.

    A constant number of statements. `by` is named in the history as who or what caused it.
    """
    return settle(hold(assessment.pk), now=now, by=by, keys=keys)


def settle(
    held: Assessment,
    *,
    now: datetime,
    by: User | Actor,
    keys: Collection[str] | None = None,
    evidence: Iterable[Evidence] | None = None,
) -> Assessment:
    """`refresh` for an action that holds the assessment already. `evidence`: what counts for `keys`, where it was read before."""
    items = list(held.items.filter(retired_at=None).select_related("gap"))
    before = {item.pk: computed(item) for item in items}
    expiry.end_what_ran_out(held, items, now)
    wanted = [item for item in items if keys is None or item.key in keys]
    outcomes = judge_all(held, wanted, read_evidence(held, keys) if evidence is None else evidence, now)
    changed = [item for item in items if computed(item) != before[item.pk]]
    if len(changed) == 1:  # the usual case, and many times cheaper to build than the statement for many
        changed[0].save(update_fields=COMPUTED)
    elif changed:
        Item.objects.bulk_update(changed, COMPUTED)
    record_all([_turned(held, outcome, now, by) for outcome in outcomes if outcome.status is not outcome.was])
    fallen = gap_keeping.follow(held, outcomes, now=now, by=by)
    add_up(held, items, now)
    call_for_review(held, fallen, now=now, by=by)
    return held


def _turned(held: Assessment, outcome: Judged, now: datetime, by: User | Actor) -> Entry:
    before, after = {"status": outcome.was}, {"status": outcome.status}
    subject = item_subject(outcome.item, held.service)
    return entry("item.status", subject, by=by, at=now, before=before, after=after, reason=outcome.item.reason)
