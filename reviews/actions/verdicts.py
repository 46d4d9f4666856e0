"""What the room says of an item. Rules *proof-only*, *accountable-output*, *second-pair*.

A verdict changes plans and never a status: `gap` writes owner, date and plan onto the gap, `not applicable` is a claim that a
second person confirms on a hard gate, `met` only repeats what the proof says.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap, Item
from readiness.assessments.queries import fact_of, gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.history.actions import record
from reviews import rules
from reviews.actions.writing import require_in_the_room, require_running, subject, touch
from reviews.models import AgendaItem, go_live_of
from reviews.rules import Rule, Word


@transaction.atomic
def say(
    *,
    by: User,
    agenda_item: AgendaItem,
    version: int,
    word: Word,
    note: str,
    now: datetime,
    owner: User | None = None,
    due_on: date | None = None,
    plan: str = "",
) -> AgendaItem:
    """Writes the room's word on an item, and what follows from it, in one transaction.

    Raises Refused with the rule that stands against it, Conflict with the agenda item as somebody else wrote it meanwhile.
    `agenda_item` comes with its review (and that with its service), its item and the item's gap.
    """
    review, item = agenda_item.review, agenda_item.item
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    touch(review)
    before = {"word": agenda_item.word, "owner": str(agenda_item.owner or ""), "due_on": agenda_item.due_on}
    values = {"word": word, "note": note.strip(), "owner": owner, "due_on": due_on, "plan": plan.strip()}
    if word is not Word.GAP:
        values |= {"owner": None, "due_on": None, "plan": ""}
    _swap(agenda_item, version, values | {"said_by": by, "said_at": now})
    if (item.is_excuse_waiting and word is not Word.NOT_APPLICABLE) or (item.excused_by_id and word is Word.GAP):
        assessments.withdraw_excuse(by=by, item=item, version=item.version, now=now)
        item.refresh_from_db()
    _follow(agenda_item, by, now)
    after = {"item": item.key, "word": word, "owner": str(values["owner"] or ""), "due_on": values["due_on"]}
    record(
        "review.verdict", subject(review), by=by, at=now, before={"item": item.key} | before, after=after, reason=note
    )
    return agenda_item


def _swap(point: AgendaItem, version: int, values: Mapping[str, Any]) -> None:
    written = AgendaItem.objects.filter(pk=point.pk, version=version).update(version=F("version") + 1, **values)
    if not written:
        fresh = AgendaItem.objects.select_related("owner", "said_by").get(pk=point.pk)
        raise Conflict(
            f"{fresh.said_by} wrote here while you were writing; what you typed is still in the form.", fresh
        )
    for name, value in values.items():
        setattr(point, name, value)
    point.version = version + 1


def _follow(point: AgendaItem, by: User, now: datetime) -> None:
    match Word(point.word):
        case Word.MET:
            _met(point.item)
        case Word.GAP:
            _plan(point, by, now)
        case Word.NOT_APPLICABLE:
            _excuse(point, by, now)
        case Word.PARKED:
            return


def _met(item: Item) -> None:
    problem = rules.met_problem(item.title, ItemStatus(item.status), item.reason)
    if problem:
        raise Refused(Rule.PROOF_ONLY, problem)


def _plan(point: AgendaItem, by: User, now: datetime) -> None:
    item = point.item
    if not item.is_open:
        raise Refused(
            Rule.PROOF_ONLY,
            f"The proof says that {item.title} is {item.get_status_display().lower()}. Park it with a note, or decide stricter.",
        )
    lacks = rules.lacks(
        fact_of(item),
        has_owner=point.owner is not None,
        due_on=point.due_on,
        has_plan=bool(point.plan),
        go_live_on=go_live_of(point.review.service),
        today=house_day(now),
    )
    if lacks:
        raise Refused(Rule.ACCOUNTABLE_OUTPUT, lacks[0].sentence)
    gap = _open_gap(point, by, now)
    if (gap.owner_id, gap.due_on, gap.plan) == (point.owner_id, point.due_on, point.plan):
        return
    target = point.review.target
    assessments.plan_gap(
        by=by,
        gap=gap,
        version=gap.version,
        owner=point.owner,
        due_on=point.due_on,
        plan=point.plan,
        now=now,
        target=target,
    )


def _open_gap(point: AgendaItem, by: User, now: datetime) -> Gap:
    gap = gap_of(point.item)
    if gap is not None and not gap.is_closed:
        return gap
    because = point.note or f"Said in the review: {point.item.reason}"
    return assessments.open_gap(by=by, item=point.item, because=because, now=now, target=point.review.target)


def _excuse(point: AgendaItem, by: User, now: datetime) -> None:
    item = point.item
    if item.status == ItemStatus.NOT_APPLICABLE or item.excused_by_id:
        return
    if not point.note:
        raise Refused(Rule.SECOND_PAIR, "Say in the note why it does not apply.")
    assessments.excuse(by=by, item=item, version=item.version, reason=point.note, now=now)


@transaction.atomic
def confirm(*, by: User, agenda_item: AgendaItem, now: datetime) -> AgendaItem:
    """The second pair of eyes on "not applicable", by another person in the room."""
    review, item = agenda_item.review, agenda_item.item
    require_in_the_room(review, by, Action.MARK_NOT_APPLICABLE)
    require_running(review)
    if not item.is_excuse_waiting:
        raise Refused(Rule.SECOND_PAIR, "Nobody said that this item does not apply, or it is confirmed already.")
    if item.excused_by_id == by.pk:
        raise Refused(Rule.SECOND_PAIR, "You said that it does not apply; somebody else in the room confirms it.")
    touch(review)
    assessments.confirm_excuse(by=by, item=item, version=item.version, now=now)
    record("review.confirmed", subject(review), by=by, at=now, after={"item": item.key, "word": Word.NOT_APPLICABLE})
    return agenda_item
