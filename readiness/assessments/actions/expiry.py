"""What ends because its day has come: waivers (rule *waivers-expire*) and the grace of new items (rule *pinned*)."""

from collections.abc import Sequence
from datetime import date, datetime

from readiness.assessments.actions import notices
from readiness.assessments.actions.holding import waiver_subject
from readiness.assessments.models import Assessment, Item, Waiver, WaiverStatus
from readiness.assessments.queries import house_day
from readiness.history.actions import TIME, entry, record_all


def end_what_ran_out(held: Assessment, items: Sequence[Item], now: datetime) -> None:
    """Takes off the items (not yet in the database) what has ended, and ends the waivers. No statement when nothing has."""
    today = house_day(now)
    for item in items:
        if item.new_until is not None and item.new_until <= today:
            item.new_until = None
    ended = {item.pk: item for item in items if item.waived_until is not None and item.waived_until <= today}
    if ended:
        _end_waivers(held, ended, today, now)
    for item in ended.values():
        item.waived_until = None


def _end_waivers(held: Assessment, ended: dict[int, Item], today: date, now: datetime) -> None:
    rows = Waiver.objects.filter(item__in=ended, status=WaiverStatus.APPROVED, ends_on__lte=today)
    waivers = list(rows.select_related("requested_by"))
    for waiver in waivers:
        waiver.status, waiver.ended_at, waiver.version = WaiverStatus.EXPIRED, now, waiver.version + 1
    Waiver.objects.bulk_update(waivers, ["status", "ended_at", "version"])
    before, after = {"status": WaiverStatus.APPROVED}, {"status": WaiverStatus.EXPIRED}
    entries = []
    for waiver in waivers:
        subject = waiver_subject(waiver, ended[waiver.item_id], held.service)
        entries.append(entry("waiver.expired", subject, by=TIME, at=now, before=before, after=after))
    record_all(entries)
    for waiver in waivers:
        notices.waiver_ended(waiver, ended[waiver.item_id], held.service, now)
