"""What the room says of an item. Rules *proof-only*, *accountable-output*, *second-pair*.

A verdict changes plans and never a status: `gap` writes owner, date and plan onto the gap, `not applicable` is a claim that a
second person confirms on a hard gate, `met` only repeats what the proof says. Each leaves a `SpokenWord`, to take it back by.
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
from readiness.assessments.queries import fact_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.history.actions import record
from reviews import rules
from reviews.actions.writing import require_in_the_room, require_running, subject, touch
from reviews.live.changes import by_a_word, is_plain
from reviews.models import AgendaItem, SpokenWord, go_live_of
from reviews.rules import Rule, Word

SAID = ("word", "note", "owner_id", "due_on", "plan", "said_by_id", "said_at")


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
    gap_version: int | None = None,
) -> AgendaItem:
    """Writes the room's word on an item, what follows from it, and how to take it back, in one transaction.

    Raises Refused with the rule that stands against it; Conflict with the agenda item as somebody else wrote it meanwhile, or
    with its gap when the plan was changed elsewhere since `gap_version` (0: there was no open gap; None: nobody asks).
    `agenda_item` comes with its review (and that with its service), its item and the item's gap.
    """
    review, item = agenda_item.review, agenda_item.item
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    is_known = is_plain(word, is_excused=item.excused_by_id is not None)
    touch(review, by_a_word(agenda_item.pk) if is_known else ())
    if owner and agenda_item.owner_id == owner.pk:
        agenda_item.owner = owner  # said again: nobody has to be looked up
    was = {"word": agenda_item.word, "owner": str(agenda_item.owner or ""), "due_on": agenda_item.due_on}
    before = assessments.kept(agenda_item, SAID)
    values = {"word": word, "note": note.strip(), "owner": owner, "due_on": due_on, "plan": plan.strip()}
    if word is not Word.GAP:
        values |= {"owner": None, "due_on": None, "plan": ""}
    swap_point(agenda_item, version, values | {"said_by": by, "said_at": now})
    spoken = SpokenWord(agenda_item=agenda_item, by=by, at=now, version=version + 1, word=word, before=before)
    _follow(agenda_item, spoken, gap_version)
    spoken.save(force_insert=True)
    if spoken.gap_before is not None:
        review.assessment.refreshed_at = now  # it was counted anew: screens compare it
    after = {"item": item.key, "word": word, "owner": str(values["owner"] or ""), "due_on": values["due_on"]}
    record("review.verdict", subject(review), by=by, at=now, before={"item": item.key} | was, after=after, reason=note)
    return agenda_item


def swap_point(point: AgendaItem, version: int, values: Mapping[str, Any]) -> None:
    written = AgendaItem.objects.filter(pk=point.pk, version=version).update(version=F("version") + 1, **values)
    if not written:
        fresh = AgendaItem.objects.select_related("owner", "said_by").get(pk=point.pk)
        raise Conflict(lost_race(fresh), fresh)
    for name, value in values.items():
        setattr(point, name, value)
    point.version = version + 1


def lost_race(fresh: AgendaItem) -> str:
    if fresh.said_by is None:
        return "Somebody took back what was said here while you were writing; what you typed is still in the form."
    return f"{fresh.said_by} wrote here while you were writing; what you typed is still in the form."


def _follow(point: AgendaItem, spoken: SpokenWord, gap_version: int | None) -> None:
    item, by, now = point.item, spoken.by, spoken.at
    word = Word(point.word)
    if _ends_excuse(item, word):
        _remember(spoken, assessments.look_before(item=item))
        assessments.withdraw_excuse(by=by, item=item, version=item.version, now=now)
        item.refresh_from_db()
    match word:
        case Word.MET:
            _met(item)
        case Word.GAP:
            _plan(point, spoken, gap_version)
        case Word.NOT_APPLICABLE:
            _excuse(point, spoken)
        case Word.PARKED:
            pass
    if spoken.gap_before is not None and spoken.gap_version is None:
        spoken.gap_version = Gap.objects.filter(item=item).values_list("version", flat=True).first()


def _ends_excuse(item: Item, word: Word) -> bool:
    if word is Word.GAP:
        return item.excused_by_id is not None
    return item.is_excuse_waiting and word is not Word.NOT_APPLICABLE


def _remember(spoken: SpokenWord, before: assessments.Before) -> None:
    if spoken.gap_before is None:
        spoken.excuse_before, spoken.gap_before = before.excuse, before.gap


def _met(item: Item) -> None:
    problem = rules.met_problem(item.title, ItemStatus(item.status), item.reason)
    if problem:
        raise Refused(Rule.PROOF_ONLY, problem)


def _plan(point: AgendaItem, spoken: SpokenWord, gap_version: int | None) -> None:
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
        today=house_day(spoken.at),
    )
    if lacks or point.owner is None or point.due_on is None:
        raise Refused(Rule.ACCOUNTABLE_OUTPUT, lacks[0].sentence)
    gap, before = assessments.open_planned_gap(
        by=spoken.by,
        item=item,
        because=point.note or f"Said in the review: {item.reason}",
        owner=point.owner,
        due_on=point.due_on,
        plan=point.plan,
        seen=gap_version,
        now=spoken.at,
        target=point.review.target,
    )
    _remember(spoken, before)
    spoken.gap_version = gap.version


def _excuse(point: AgendaItem, spoken: SpokenWord) -> None:
    item = point.item
    if item.status == ItemStatus.NOT_APPLICABLE or item.excused_by_id:
        return
    if not point.note:
        raise Refused(Rule.SECOND_PAIR, "Say in the note why it does not apply.")
    _remember(spoken, assessments.look_before(item=item))
    assessments.excuse(by=spoken.by, item=item, version=item.version, reason=point.note, now=spoken.at)


@transaction.atomic
def confirm(*, by: User, agenda_item: AgendaItem, version: int, now: datetime) -> AgendaItem:
    """The second pair of eyes on "not applicable", by another person in the room. `version`: of the item whose claim they read.

    Raises Conflict, with the agenda item, when somebody claimed or withdrew something else meanwhile.
    """
    review, item = agenda_item.review, agenda_item.item
    require_in_the_room(review, by, Action.MARK_NOT_APPLICABLE)
    require_running(review)
    if not item.is_excuse_waiting:
        raise Refused(Rule.SECOND_PAIR, "Nobody said that this item does not apply, or it is confirmed already.")
    if item.excused_by_id == by.pk:
        raise Refused(Rule.SECOND_PAIR, "You said that it does not apply; somebody else in the room confirms it.")
    touch(review)
    assessments.confirm_excuse(by=by, item=item, version=version, now=now)
    record("review.confirmed", subject(review), by=by, at=now, after={"item": item.key, "word": Word.NOT_APPLICABLE})
    return agenda_item
