"""A word taken back while the meeting runs: what was there before it is there again, and the history keeps both.

Never a status (rule *proof-only*): only words, plans and claims are anybody's to take back.
"""

from datetime import datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.history.actions import record
from reviews import rules
from reviews.actions.verdicts import SAID, swap_point
from reviews.actions.writing import require_in_the_room, require_running, subject, touch
from reviews.models import AgendaItem, SpokenWord
from reviews.rules import Rule, Word


@transaction.atomic
def take_back(*, by: User, spoken: SpokenWord, version: int, now: datetime) -> AgendaItem:
    """Restores what `spoken` replaced. `version` is the agenda item's, as the person's page showed it.

    Raises Refused when it is not among the review's last five, or a later word stands on the item; Conflict, with the agenda
    item, when somebody said or took back something there meanwhile. `spoken` comes with its agenda item, as `for_page` reads it.
    """
    point = spoken.agenda_item
    review = point.review
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    touch(review)
    last = list(SpokenWord.objects.last_of(review))
    fresh = next((word for word in last if word.pk == spoken.pk), None)
    if fresh and fresh.undone_by:
        raise Conflict(f"{fresh.undone_by} took it back a moment ago.", point)
    problem = rules.undo_problem(
        is_recent=fresh is not None,
        has_later_word=any(word.agenda_item_id == point.pk and word.pk > spoken.pk and word.stands for word in last),
    )
    if problem:
        raise Refused(Rule.LIFECYCLE, problem)
    left = (point.owner_id, point.due_on, point.plan) if spoken.word == Word.GAP else None
    said = {"word": spoken.word, "owner": str(point.owner or ""), "due_on": point.due_on, "said_by": str(spoken.by)}
    swap_point(point, version, assessments.restored(AgendaItem, spoken.before, SAID))
    _put_back(spoken, left, by, now)
    SpokenWord.objects.filter(pk=spoken.pk).update(undone_by=by, undone_at=now)
    before, after = {"item": point.item.key} | said, {"item": point.item.key, "word": point.word}
    record("review.taken_back", subject(review), by=by, at=now, before=before, after=after)
    return point


def _put_back(spoken: SpokenWord, plan: assessments.Plan | None, by: User, now: datetime) -> None:
    if spoken.gap_before is None:
        return
    point = spoken.agenda_item
    changed = assessments.Spoken(
        by_id=spoken.by_id,
        at=spoken.at,
        excuse=spoken.excuse_before,
        gap=spoken.gap_before,
        gap_version=spoken.gap_version,
        plan=plan,
    )
    version = assessments.put_back(by=by, item=point.item, spoken=changed, now=now, target=point.review.target)
    # The word before it is the last one again: what it left is what is there now.
    if spoken.gap_before:
        earlier = SpokenWord.objects.filter(agenda_item=point, undone_at=None, pk__lt=spoken.pk)
        earlier.filter(gap_version=spoken.gap_before["version"]).update(gap_version=version)
