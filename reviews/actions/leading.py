"""Who leads through the agenda: exactly one person at a time. They hand over, or somebody takes over when they are gone.

Deciding is not part of it: that stays with the service's tech lead (rule *led-by-owner*), who may also take the lead at any time.
"""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.history.actions import record
from reviews import rules
from reviews.actions.writing import require_facilitator, require_in_the_room, subject, swap
from reviews.models import Participant, Review
from reviews.rules import Rule, Traces


@transaction.atomic
def hand_over(*, by: User, review: Review, version: int, to: User, now: datetime) -> Review:
    """From the facilitator to somebody who is here and may speak."""
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    _require_live(review)
    require_facilitator(review, by)
    if to.pk == by.pk:
        raise Refused(Rule.LED_BY_OWNER, "You lead through the agenda already.")
    may_speak = bool(policy.may(to, Action.RECORD_VERDICT, review.target))
    problem = rules.hand_over_problem(str(to), _traces(review, to).presence(now), may_speak=may_speak)
    if problem:
        raise Refused(Rule.LED_BY_OWNER, problem)
    return _lead(review, version, to, "review.handed_over", by=by, now=now)


@transaction.atomic
def take_over(*, by: User, review: Review, version: int, now: datetime) -> Review:
    """By anybody present who may speak, when the facilitator is gone; by the service's tech lead at any time.

    Of two at once one gets it; the other is told by a Conflict who.
    """
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    _require_live(review)
    leader = review.facilitator
    if leader is not None:
        if leader.pk == by.pk:
            raise Refused(Rule.LED_BY_OWNER, "You lead through the agenda already.")
        is_tech_lead = review.service.tech_lead_id == by.pk
        presence = _traces(review, leader).presence(now)
        problem = rules.take_over_problem(str(leader), presence, is_tech_lead=is_tech_lead)
        if problem:
            raise Refused(Rule.LED_BY_OWNER, problem)
    return _lead(review, version, by, "review.taken_over", by=by, now=now)


def _lead(review: Review, version: int, to: User, verb: str, *, by: User, now: datetime) -> Review:
    before = review.facilitator
    try:
        swap(review, version, facilitator=to, facilitator_since=now, facilitator_before=before)
    except Conflict as conflict:
        raise _told_who(conflict, before) from conflict
    Participant.objects.filter(review=review, person=to).update(ready_at=None)  # who leads says it by going on
    after = {"facilitator": str(to)}
    record(verb, subject(review), by=by, at=now, before={"facilitator": str(before)}, after=after)
    return review


def _told_who(conflict: Conflict, before: User | None) -> Conflict:
    current = conflict.current
    if isinstance(current, Review) and current.facilitator and current.facilitator != before:
        return Conflict(f"{current.facilitator} took the lead a moment before you.", current)
    return conflict


def _require_live(review: Review) -> None:
    if not review.is_live:
        raise Refused(Rule.LIFECYCLE, "The meeting is not running.")


def _traces(review: Review, person: User) -> Traces:
    row = Participant.objects.filter(review=review, person=person).first()
    return row.traces if row else Traces()
