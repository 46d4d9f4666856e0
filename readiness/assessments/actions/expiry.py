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
    change = {"before": {"status": WaiverStatus.APPROVED}, "after": {"status": WaiverStatus.EXPIRED}}
    record_all(
        [
            entry(
                "waiver.expired", waiver_subject(waiver, ended[waiver.item_id], held.service), by=TIME, at=now, **change
            )
            for waiver in waivers
        ]
    )
    for waiver in waivers:
        notices.waiver_ended(waiver, ended[waiver.item_id], held.service, now)
