"""What every action of a review needs: who is asked, the lost race, and whom the history speaks of."""

from collections.abc import Collection
from typing import Any

from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.history.actions import Subject
from reviews import rules
from reviews.live import bus
from reviews.models import Participant, Review
from reviews.rules import ReviewStatus, Rule


def subject(review: Review) -> Subject:
    service = review.service
    return Subject("review", review.pk, f"Review of {service}", service.pk, service.team_id)


def require_move(review: Review, to: ReviewStatus) -> None:
    problem = rules.move_problem(review.status, to)
    if problem:
        raise Refused(Rule.FROZEN if review.is_decided else Rule.LIFECYCLE, problem)


def require_running(review: Review) -> None:
    """For what is only said while the meeting runs."""
    require_move(review, ReviewStatus.DECIDED)


def require_in_the_room(review: Review, by: User, action: Action) -> list[Participant]:
    """Policy first, then: only who is present speaks. Answers the person's rows."""
    policy.require(by, action, review.target)
    rows = list(Participant.objects.filter(review=review, person=by))
    if not any(row.present_since for row in rows):
        raise Refused(Rule.IN_THE_ROOM, "Mark yourself present first: what is said here is said by people in the room.")
    return rows


def require_owner(review: Review, by: User) -> None:
    """Rule *led-by-owner*."""
    policy.require(by, Action.LEAD_REVIEW, review.target)
    lead = review.service.tech_lead
    if lead is None:
        raise Refused(Rule.LED_BY_OWNER, "The service has no tech lead; name the one who leads this review first.")
    if lead.pk != by.pk:
        raise Refused(
            Rule.LED_BY_OWNER, f"{lead} is the service's tech lead and leads this review; only they can do this."
        )


def require_facilitator(review: Review, by: User) -> None:
    """Exactly one person leads through the agenda at a time."""
    if review.facilitator_id != by.pk:
        name = review.facilitator or "Nobody"
        raise Refused(Rule.LED_BY_OWNER, f"{name} leads through the agenda right now; take over to move the room.")


def swap(review: Review, version: int, **changes: Any) -> Review:
    """Compare-and-swap on what moves the meeting: its state, its current item, its facilitator. Everybody's screen learns of it.

    Raises Conflict, with the review as the other person left it.
    """
    rows = Review.objects.filter(pk=review.pk, version=version, status=review.status)
    written = rows.update(version=F("version") + 1, pulse=F("pulse") + 1, **changes)
    if not written:
        current = Review.objects.get(pk=review.pk)
        raise Conflict("Somebody else moved the meeting in the meantime. Look where it is now, and try again.", current)
    for name, value in changes.items():
        setattr(review, name, value)
    bus.announce(review.pk)
    review.version, review.pulse = version + 1, review.pulse + 1
    return review


def touch(review: Review, changed: Collection[str] = ()) -> None:
    """Tells every screen that something changed; and holds the review's row until the transaction ends, so that nothing is said
    while somebody else decides. `changed`: the regions, where no other can have changed. Raises Refused when it left its state in
    the meantime.
    """
    rows = Review.objects.filter(pk=review.pk, status=review.status)
    if not rows.update(pulse=F("pulse") + 1):
        fresh = Review.objects.only("status").get(pk=review.pk)
        problem = rules.move_problem(fresh.status, ReviewStatus.DECIDED) or "The meeting was moved; try again."
        raise Refused(Rule.LIFECYCLE, problem)
    bus.announce(review.pk, changed)
    review.pulse += 1
