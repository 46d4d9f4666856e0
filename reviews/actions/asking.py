"""Before the meeting: "I want to talk about this". It brings the item onto the agenda when the meeting begins."""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.models import Item
from readiness.history.actions import record
from reviews.actions.writing import subject, touch
from reviews.models import Participant, Review, TalkRequest
from reviews.rules import Rule


@transaction.atomic
def ask_to_talk(*, by: User, review: Review, item: Item, why: str, now: datetime) -> TalkRequest:
    """A participant's word why; said again it replaces the first one."""
    _require_before(review, by)
    if item.assessment_id != review.assessment_id or item.is_retired:
        raise Refused(Rule.LIFECYCLE, "That item belongs to another service.")
    if not why.strip():
        raise Refused(Rule.LIFECYCLE, "Say in a word why, so that the others can think about it before the meeting.")
    touch(review)
    return ask(review, item, by, why, now)


def ask(review: Review, item: Item, by: User, why: str, now: datetime) -> TalkRequest:
    """Writes it down, once for each person and item."""
    why = " ".join(why.split())[:300]
    earlier = TalkRequest.objects.filter(review=review, item=item, person=by).first()
    if earlier and earlier.why == why:
        return earlier
    asked, _ = TalkRequest.objects.update_or_create(
        review=review, item=item, person=by, defaults={"why": why}, create_defaults={"why": why, "asked_at": now}
    )
    record("review.talk_asked", subject(review), by=by, at=now, after={"item": item.key}, reason=why)
    return asked


@transaction.atomic
def withdraw_talk_request(*, by: User, talk_request: TalkRequest, now: datetime) -> None:
    """Only its author takes it back, and only before the meeting: then it is on the agenda."""
    review = talk_request.review
    _require_before(review, by)
    if talk_request.person_id != by.pk:
        raise Refused(Rule.LIFECYCLE, f"{talk_request.person} asked for it; only they can take it back.")
    touch(review)
    if not TalkRequest.objects.filter(pk=talk_request.pk).delete()[0]:
        return
    before = {"item": talk_request.item.key, "why": talk_request.why}
    record("review.talk_withdrawn", subject(review), by=by, at=now, before=before)


@transaction.atomic
def mark_read(*, by: User, review: Review, now: datetime) -> None:
    """A participant says that they read the pre-read, so that whoever leads knows. Twice is once."""
    policy.require(by, Action.SEE, review.target)
    if review.is_over:
        raise Refused(Rule.LIFECYCLE, "This review is over; there is nothing to read before it.")
    rows = Participant.objects.filter(review=review, person=by)
    if not rows.exists():
        raise Refused(Rule.IN_THE_ROOM, "Only who was invited says that they read it.")
    if rows.filter(read_at=None).exists():
        touch(review)
        rows.filter(read_at=None).update(read_at=now)
        record("review.read", subject(review), by=by, at=now)


def _require_before(review: Review, by: User) -> None:
    policy.require(by, Action.COMMENT, review.target)
    if review.is_over:
        raise Refused(Rule.LIFECYCLE, "This review is over.")
    if not review.is_scheduled:
        raise Refused(Rule.LIFECYCLE, "The meeting has begun; put the item on the agenda in the room.")
    if not review.participants.filter(person=by).exists():
        raise Refused(Rule.IN_THE_ROOM, "Only who was invited puts something on the agenda; ask to be invited.")
