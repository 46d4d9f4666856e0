"""What each participant should look at before the meeting, with the proof and the figures that stand behind it. Three queries for
however many items.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from readiness.assessments.asked import limits_for
from readiness.assessments.models import Evidence, Item, Waiver
from readiness.assessments.pictures import Row, pictures_of
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Gate
from readiness.checks.course import asked_of
from readiness.checks.models import Check
from reviews import rules
from reviews.agenda import last_statuses
from reviews.meeting import Meeting, open_gap_of

LATELY = timedelta(days=14)
NEAR = 0.1
"""A figure that uses up all but a tenth of its limit is just inside it."""
FIGURES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Looked:
    """One item on somebody's list. `figures`: what was measured, beside its limit."""

    item: Item
    figures: list[Row]
    proofs: list[Evidence]
    waiver: Waiver | None


@dataclass(frozen=True, slots=True)
class Part:
    title: str
    rows: list[Looked]


def reading_list(meeting: Meeting, roles: Iterable[str]) -> list[Part]:
    """Four queries; five after a first decision."""
    proofs = _proofs(meeting.items)
    figures = dict(_figures(meeting, proofs))
    waivers = Waiver.objects.filter(item__in=meeting.items).select_related("requested_by").by_item()
    last = last_statuses(meeting.review)
    by_key = {
        item.key: Looked(item, figures.get(item.pk, [])[:FIGURES_SHOWN], _of(item, proofs), waivers.get(item.pk))
        for item in meeting.items
    }
    facts = [_facts(looked, figures.get(looked.item.pk, []), meeting, last) for looked in by_key.values()]
    return [Part(part.title, [by_key[key] for key in part.keys]) for part in rules.reading(roles, facts)]


def _proofs(items: Iterable[Item]) -> dict[int, Evidence]:
    wanted = [row["evidence"] for item in items for row in item.criteria if row.get("evidence")]
    return Evidence.objects.defer("findings").select_related("performed_by").in_bulk(wanted)


def _of(item: Item, proofs: Mapping[int, Evidence]) -> list[Evidence]:
    return [proofs[row["evidence"]] for row in item.criteria if row.get("evidence") in proofs]


def _figures(meeting: Meeting, proofs: Mapping[int, Evidence]) -> Iterator[tuple[int, list[Row]]]:
    """Item's id → what was measured: those with a limit first, the closest to it before the others."""
    checks = Check.objects.in_bulk({proof.check_id for proof in proofs.values() if proof.check_id})
    pack, service = meeting.review.assessment.version.pack, meeting.review.service
    for item in meeting.items:
        asked = {criterion.key: criterion for criterion in pack.item(item.key).criteria}
        rows: list[Row] = []
        for proof in _of(item, proofs):
            check = checks.get(proof.check_id or 0)
            limits = asked_of(check) if check else limits_for(proof.kind, asked.get(proof.criterion_key), service)
            rows += [row for picture in pictures_of(proof.kind, proof.figures, limits) for row in picture.rows]
        yield item.pk, sorted(rows, key=_distance)


def _distance(row: Row) -> float:
    """Of a figure to its limit, as a share of the limit; far for a figure without one."""
    return abs(row.fill - row.mark) / row.mark if row.mark else 9.0


def _facts(looked: Looked, figures: Iterable[Row], meeting: Meeting, last: Mapping[str, ItemStatus]) -> rules.ReadFacts:
    item, gap = looked.item, open_gap_of(looked.item)
    is_waived = item.waived_until is not None and meeting.today < item.waived_until
    return rules.ReadFacts(
        key=item.key,
        title=item.title,
        gate=Gate(item.gate),
        status=ItemStatus(item.status),
        is_waived=is_waived,
        waiver=looked.waiver is not None,
        is_by_people=item.is_met and bool(looked.proofs) and all(proof.is_by_people for proof in looked.proofs),
        is_near=any(row.is_kept and _distance(row) <= NEAR for row in figures),
        has_moved=last.get(item.key, item.status) != item.status or _moved_lately(item, meeting),
        is_planned=gap is not None and gap.owner_id is not None and gap.due_on is not None,
        is_bare=not looked.proofs,
    )


def _moved_lately(item: Item, meeting: Meeting) -> bool:
    """Not by being measured for the first time."""
    began = meeting.review.assessment.created_at + timedelta(days=1)
    return item.status_since > began and meeting.now - item.status_since < LATELY
