"""Rule *pinned*: a service is measured against one version until somebody upgrades it, or measures it against another checklist.

What did not change keeps its standing. What is new, or asks for more than before, is new until its day: nobody is told of its
gap, and no go becomes a no-go because of it. A hard gate that was open before gets no such grace. Where one falls away because
another checklist was chosen, nothing does: choosing is no way around it. What is no longer asked for is retired.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions import gap_keeping
from readiness.assessments.actions.holding import gap_subject, hold, require, service_subject, waiver_subject
from readiness.assessments.actions.standing import copy_wording, new_item, settle
from readiness.assessments.models import Assessment, Gap, Item, Waiver, WaiverStatus
from readiness.assessments.models.gap import ClosedHow
from readiness.assessments.queries import house_day
from readiness.assessments.rules import NEW_FOR, ItemStatus
from readiness.checklists.compare import Comparison, compare
from readiness.checklists.models import Status, Version
from readiness.checklists.rules import Gate
from readiness.history.actions import Actor, entry, record, record_all

NOW_DONE = (ItemStatus.MET, ItemStatus.NOT_APPLICABLE)


@transaction.atomic
def upgrade(
    *, by: User | Actor, assessment: Assessment, version: Version, now: datetime, seen: int | None = None
) -> Assessment:
    """Pins `version` instead, of the same checklist or of another; the version that is pinned already changes nothing.

    `seen`: the id of the version that was pinned when `by` looked at the difference; None takes whatever is.
    Raises Refused for a draft or an older one, and Conflict where another version was pinned meanwhile.
    """
    held = hold(assessment.pk)
    require(by, Action.EDIT_SERVICE, held.service.target)
    old = held.version
    if version.pk == old.pk:
        return held
    if seen not in {None, old.pk}:
        raise Conflict(f"{held.service} is measured against {old} by now. Look at what would change from there.", old)
    if problem := upgrade_problem(old, version):
        raise Refused("pinned", problem)
    difference = compare(old.pack, version.pack)
    fallen = list(held.items.filter(key__in=[item.key for item in difference.removed]))
    is_grace = version.checklist_id == old.checklist_id or not open_gates(fallen)
    held.version, held.pinned_at = version, now
    held.save(update_fields=["version", "pinned_at"])
    _rearrange(held, difference, grace_ends(now) if is_grace else None)
    _retire(fallen, held, by, now)
    before, after = {"checklist": str(old)}, {"checklist": str(version), **_named(difference)}
    verb = "service.upgraded" if version.checklist_id == old.checklist_id else "service.measured_anew"
    record(verb, service_subject(held.service), by=by, at=now, before=before, after=after)
    settle(held, now=now, by=by)
    held.items.filter(Q(status__in=NOW_DONE), new_until__isnull=False).update(new_until=None)
    return held


def upgrade_problem(pinned: Version, version: Version) -> str:
    if version.status != Status.PUBLISHED:
        return "Only a published version can be measured against; this is a draft."
    if version.checklist_id == pinned.checklist_id and version.number < pinned.number:
        return f"Version {version.number} is older than version {pinned.number}, which is pinned."
    return ""


def open_gates(items: Iterable[Item]) -> list[Item]:
    """Hard gates that count and are not met, waived or new ones too: what may not be got rid of by choosing another checklist."""
    return [item for item in items if item.is_hard and item.is_open]


def _rearrange(held: Assessment, difference: Comparison, grace: date | None) -> None:
    """Makes the items of what was added, and copies wording and order of the rest. `grace`: until when what is new is new."""
    existing = {item.key: item for item in held.items.all()}
    asks_more = {change.key for change in difference.changed if not change.is_wording_only}
    made: list[Item] = []
    for position, pack_item in enumerate(held.version.pack.items):
        item = existing.get(pack_item.key)
        if item is None:
            item = new_item(held, position, pack_item, held.pinned_at)
            item.new_until = grace
            made.append(item)
            continue
        if item.is_retired or (pack_item.key in asks_more and not _was_blocking(item)):
            item.new_until = grace
        item.retired_at = None
        copy_wording(item, position, pack_item)
    Item.objects.bulk_create(made)
    kept = [item for key, item in existing.items() if key in {pack_item.key for pack_item in held.version.pack.items}]
    Item.objects.bulk_update(kept, ["position", "title", "category", "new_until", "retired_at"])


def _was_blocking(item: Item) -> bool:
    return item.gate == Gate.HARD and item.is_open and item.new_until is None


def _retire(items: Iterable[Item], held: Assessment, by: User | Actor, now: datetime) -> None:
    """No longer asked for: out of the standing, its gap and waivers ended, all of it still there to be read."""
    items = list(items)
    for item in items:
        item.retired_at, item.status, item.reason = (
            now,
            ItemStatus.NOT_APPLICABLE,
            _retired_because(held),
        )
        item.next_step, item.next_step_cost, item.changes_at, item.waived_until, item.new_until = (
            "",
            0,
            None,
            None,
            None,
        )
    fields = [
        "retired_at",
        "status",
        "reason",
        "next_step",
        "next_step_cost",
        "changes_at",
        "waived_until",
        "new_until",
    ]
    Item.objects.bulk_update(items, fields)
    by_id = {item.pk: item for item in items}
    gaps = list(Gap.objects.open().filter(item__in=items))
    for gap in gaps:
        gap_keeping.close(gap, ClosedHow.EXCUSED, now)
        gap.version += 1
    Gap.objects.bulk_update(gaps, gap_keeping.MOVED)
    waivers = list(Waiver.objects.filter(item__in=items, status__in=[WaiverStatus.REQUESTED, WaiverStatus.APPROVED]))
    for waiver in waivers:
        waiver.status, waiver.ended_at, waiver.version = WaiverStatus.REVOKED, now, waiver.version + 1
    Waiver.objects.bulk_update(waivers, ["status", "ended_at", "version"])
    reason = _retired_because(held)
    subjects = [("gap.closed", gap_subject(gap, by_id[gap.item_id], held.service)) for gap in gaps]
    subjects += [("waiver.revoked", waiver_subject(waiver, by_id[waiver.item_id], held.service)) for waiver in waivers]
    record_all([entry(verb, subject, by=by, at=now, reason=reason) for verb, subject in subjects])


def _retired_because(held: Assessment) -> str:
    return f"{held.version} no longer asks for it."


def _named(difference: Comparison) -> dict[str, list[str]]:
    return {
        "added": [item.key for item in difference.added],
        "removed": [item.key for item in difference.removed],
        "changed": [change.key for change in difference.changed],
    }


def grace_ends(now: datetime) -> date:
    """The day from which what an upgrade brings in now counts in full."""
    return house_day(now) + NEW_FOR
