"""What the database still knows of the past of services: their standing now, and history read backwards from it.

An entry says what was before it. So the standing at the end of a day is what the first entry after that day says was before, or,
where there is none, what stands now; older entries need not be read. What history does not tell is left as it is today: the gate
of an item, team and tier of a service. By which proof an item was met is not known at all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from readiness.assessments.models import Assessment, Gap, GapStatus, Item, Waiver, WaiverStatus
from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Lifecycle
from readiness.checklists.rules import Gate
from readiness.history.models import Entry
from readiness.portfolio.daily.days import bounds
from readiness.portfolio.daily.replay import EVER, Course, GapPast, ItemPast, ServicePast

VERBS = ("item.status", "service.upgraded", "service.measured_anew", "service.edited")
OPENING, CLOSING, BACK = {"gap.opened", "gap.reopened"}, {"gap.closed"}, "gap.taken_back"
IN_FORCE = (WaiverStatus.APPROVED, WaiverStatus.EXPIRED, WaiverStatus.REVOKED, WaiverStatus.RENEWED)
type Said = Mapping[str, Sequence[Entry]]
"""Entries by the number of what they speak of, in the order of time."""


def pasts_of(assessments: Collection[Assessment], since: date) -> Iterable[ServicePast]:
    """Of assessments that come with their services. Four statements, however many there are."""
    services = [one.service_id for one in assessments]
    items: dict[int, list[Item]] = defaultdict(list)
    for item in Item.objects.filter(assessment__in=assessments).select_related("gap"):
        items[item.assessment_id].append(item)
    waivers: dict[int, list[Waiver]] = defaultdict(list)
    for waiver in Waiver.objects.filter(service__in=services, status__in=IN_FORCE, decided_at__isnull=False):
        waivers[waiver.item_id].append(waiver)
    said: dict[int, list[Entry]] = defaultdict(list)
    for entry in _entries(services, bounds(since)[0]):
        said[entry.service_id or 0].append(entry)
    for one in assessments:
        yield _past(one, items[one.pk], waivers, said[one.service_id])


def _entries(services: Collection[int], since: datetime) -> Iterable[Entry]:
    rows = Entry.objects.filter(service_id__in=services, at__gte=since)
    told = rows.filter(verb__in=VERBS) | rows.filter(object_type="gap")
    return told.only("service_id", "at", "verb", "object_type", "object_id", "before", "after").order_by("at", "id")


def _past(
    one: Assessment, items: Iterable[Item], waivers: Mapping[int, list[Waiver]], entries: Sequence[Entry]
) -> ServicePast:
    of: dict[str, dict[str, list[Entry]]] = {
        "item": defaultdict(list),
        "gap": defaultdict(list),
        "service": defaultdict(list),
    }
    for entry in entries:
        of[entry.object_type][entry.object_id].append(entry)
    about_it = of["service"][str(one.service_id)]
    added = {key: house_day(entry.at) for entry in about_it for key in entry.after.get("added", ())}
    made = [_item(item, of["item"][str(item.pk)], of["gap"], waivers[item.pk], added) for item in items]
    opened, closed = _moves(entries)
    return ServicePast(
        service_id=one.service_id,
        measured_from=house_day(one.created_at),
        in_force_until=_retired_on(one, about_it),
        items=made,
        opened=opened,
        closed=closed,
    )


def _retired_on(one: Assessment, entries: Sequence[Entry]) -> date:
    """A service that was retired at a time that history does not tell has no past at all."""
    if one.service.lifecycle != Lifecycle.RETIRED:
        return date.max
    days = [house_day(entry.at) for entry in entries if entry.after.get("lifecycle") == Lifecycle.RETIRED]
    return days[-1] if days else EVER


def _moves(entries: Iterable[Entry]) -> tuple[Counter[date], Counter[date]]:
    """As `recording.OPENED` and `recording.CLOSED` count them."""
    opened: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    for entry in entries:
        opened[house_day(entry.at)] += entry.verb in OPENING
        closed[house_day(entry.at)] += entry.verb in CLOSING or _takes_back(entry)
    return opened, closed


def _takes_back(entry: Entry) -> bool:
    return entry.verb == BACK and entry.after.get("status", GapStatus.CLOSED) == GapStatus.CLOSED


def _item(
    item: Item, entries: Sequence[Entry], of_gaps: Said, waivers: Iterable[Waiver], added: Mapping[str, date]
) -> ItemPast:
    gap = gap_of(item)
    now = ItemStatus.UNKNOWN if item.is_retired else ItemStatus(item.status)
    turns = [(house_day(entry.at), ItemStatus(entry.after["status"])) for entry in entries]
    return ItemPast(
        key=item.key,
        category=item.category,
        gate=Gate(item.gate),
        status=Course.of(ItemStatus(entries[0].before["status"]) if entries else now, turns),
        counts_from=added.get(item.key, EVER),
        counts_until=house_day(item.retired_at) if item.retired_at else date.max,
        new_until=item.new_until,
        waivers=tuple(_waiver(waiver) for waiver in waivers),
        gap=_gap(gap, of_gaps.get(str(gap.pk), ())) if gap else None,
    )


def _waiver(waiver: Waiver) -> tuple[date, date, date]:
    over = min(waiver.ends_on, house_day(waiver.ended_at)) if waiver.ended_at else waiver.ends_on
    return house_day(waiver.decided_at) if waiver.decided_at else EVER, over, waiver.ends_on


def _gap(gap: Gap, entries: Sequence[Entry]) -> GapPast:
    return GapPast(
        is_open=_open_course(gap, entries),
        due_on=_course(entries, "due_on", gap.due_on, _day),
        has_owner=_course(entries, "owner", gap.owner_id, bool),
        has_plan=_course(entries, "plan", gap.plan, lambda plan: bool(plan and plan.strip())),
    )


def _open_course(gap: Gap, entries: Sequence[Entry]) -> Course[bool]:
    moved = [entry for entry in entries if entry.verb in OPENING | CLOSING or entry.verb == BACK]
    if not moved:  # nothing happened to it since, unless it was opened before anybody wrote history
        return Course.of(False, [(house_day(gap.opened_at), not gap.is_closed)])  # noqa: FBT003 - a value over time
    turns = [(house_day(one.at), one.verb in OPENING or (one.verb == BACK and not _takes_back(one))) for one in moved]
    return Course.of(moved[0].verb not in OPENING, turns)


def _course[T](entries: Sequence[Entry], name: str, now: Any, read: Callable[[Any], T]) -> Course[T]:
    """The value of one field of a gap's plan, as the entries that speak of it say."""
    told = [entry for entry in entries if name in entry.after or name in entry.before]
    first = told[0].before.get(name) if told else now
    return Course.of(read(first), [(house_day(entry.at), read(entry.after.get(name))) for entry in told])


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else value or None
