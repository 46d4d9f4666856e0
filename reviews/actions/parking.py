"""The parking lot: what came up, does not belong here, and must not be lost. It goes into the packet."""

from datetime import datetime

from django.db import transaction

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.history.actions import record
from reviews.actions.writing import require_in_the_room, subject, touch
from reviews.models import AgendaItem, ParkedTopic, Review
from reviews.rules import Rule


@transaction.atomic
def park_topic(*, by: User, review: Review, text: str, about: AgendaItem | None, now: datetime) -> ParkedTopic:
    """`about`: the item that was on the person's screen."""
    _require_live(review, by)
    text = " ".join(text.split())[:500]
    if not text:
        raise Refused(Rule.LIFECYCLE, "Say what is parked.")
    if about is not None and about.review_id != review.pk:
        raise Refused(Rule.LIFECYCLE, "That item belongs to another review.")
    touch(review)
    topic = ParkedTopic.objects.create(review=review, about=about, text=text, parked_by=by, parked_at=now)
    record("review.parked", subject(review), by=by, at=now, after={"topic": text})
    return topic


@transaction.atomic
def settle_topic(*, by: User, topic: ParkedTopic, now: datetime) -> ParkedTopic:
    """Somebody says that it is dealt with. Raises Conflict when somebody else did meanwhile."""
    _require_live(topic.review, by)
    touch(topic.review)
    rows = ParkedTopic.objects.filter(pk=topic.pk, settled_at=None)
    if not rows.update(settled_by=by, settled_at=now):
        fresh = ParkedTopic.objects.select_related("settled_by").get(pk=topic.pk)
        raise Conflict(f"{fresh.settled_by} settled it already.", fresh)
    topic.settled_by, topic.settled_at = by, now
    record("review.topic_settled", subject(topic.review), by=by, at=now, after={"topic": topic.text})
    return topic


@transaction.atomic
def reopen_topic(*, by: User, topic: ParkedTopic, now: datetime) -> ParkedTopic:
    """It is parked again."""
    _require_live(topic.review, by)
    touch(topic.review)
    rows = ParkedTopic.objects.filter(pk=topic.pk, settled_at__isnull=False)
    if not rows.update(settled_by=None, settled_at=None):
        raise Conflict("It is in the parking lot already.", topic)
    topic.settled_by = topic.settled_at = None
    record("review.topic_reopened", subject(topic.review), by=by, at=now, after={"topic": topic.text})
    return topic


def _require_live(review: Review, by: User) -> None:
    require_in_the_room(review, by, Action.COMMENT)
    if not review.is_live:
        raise Refused(Rule.FROZEN if review.is_decided else Rule.LIFECYCLE, "Topics are parked while the meeting runs.")
