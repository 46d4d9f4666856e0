"""The end of the meeting: decide, acknowledge. Rules *derived-decision*, *led-by-owner*, *accountable-output*, *frozen*."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.rules import Decision
from readiness.history.actions import record
from reviews import letters, rules
from reviews.actions.writing import require_owner, require_running, subject, swap, touch
from reviews.meeting import Meeting
from reviews.models import Packet, Participant, Review, SignOff
from reviews.packet import build, canonical, content_digest, digest
from reviews.rules import ReviewStatus, Rule
from reviews.worth import person_seconds


@transaction.atomic
def decide(
    *, by: User, review: Review, version: int, decision: Decision, stricter_reason: str, now: datetime
) -> Packet:
    """Judges everything anew, freezes what the decision rests on, and mails it to whoever took part.

    Refused while `rules.blockers` names anything, and when `decision` is looser than the computed one. The review and the
    assessment are held while this goes on, so nothing is said, proved or planned between the judging and the freezing.
    """
    require_owner(review, by)
    require_running(review)
    touch(review)
    assessments.refresh(assessment=review.assessment, now=now)
    meeting = Meeting.of(review, now)
    if meeting.blockers:
        raise Refused(meeting.blockers[0].rule, _together(meeting.blockers))
    computed = meeting.verdict.decision
    problem = rules.looser_problem(decision, computed, stricter_reason)
    if problem:
        raise Refused(Rule.DERIVED_DECISION, problem)
    _count_time(review, now)
    swap(
        review,
        version,
        status=ReviewStatus.DECIDED,
        computed_decision=computed,
        decision=decision,
        stricter_reason=stricter_reason.strip() if decision is not computed else "",
        decided_by=by,
        decided_at=now,
        ran_seconds=review.seconds_run(now),
        person_seconds=person_seconds(review, meeting.seats, now),
        running_since=None,
        current=None,
        current_since=None,
    )
    packet = _freeze(Meeting.of(review, now), by, now)
    assessments.note_decision(
        assessment=review.assessment,
        decision=decision,
        review_id=review.pk,
        by=by,
        now=now,
    )
    return packet


def _together(blockers: list[rules.Blocker]) -> str:
    more = len(blockers) - 1
    return blockers[0].sentence if not more else f"{blockers[0].sentence} And {more} more to settle."


def _count_time(review: Review, now: datetime) -> None:
    if review.current and review.current_since:
        review.current.seconds += review.seconds_on_current(now)
        review.current.save(update_fields=["seconds"])


def _freeze(meeting: Meeting, by: User, now: datetime) -> Packet:
    review = meeting.review
    content = build(meeting, SignOff.objects.filter(review=review).select_related("person"))
    body = canonical(content)
    packet = Packet.objects.create(
        review=review, body=body, digest=digest(body), content_digest=content_digest(content), frozen_at=now
    )
    after = {"decision": review.decision, "computed": review.computed_decision, "digest": packet.digest}
    record("review.decided", subject(review), by=by, at=now, after=after, reason=review.stricter_reason)
    letters.send_output(review, packet, content, meeting.seats, now)
    return packet


@transaction.atomic
def acknowledge_output(*, by: User, review: Review, now: datetime) -> None:
    """A participant says that they read what came out. Twice is once."""
    policy.require(by, Action.SEE, review.target)
    if not review.is_decided:
        raise Refused(Rule.LIFECYCLE, "There is nothing to acknowledge yet: the review is not decided.")
    rows = Participant.objects.filter(review=review, person=by)
    if not rows.exists():
        raise Refused(Rule.IN_THE_ROOM, "Only participants acknowledge the output.")
    if rows.filter(output_acknowledged_at=None).update(output_acknowledged_at=now):
        record("review.output_acknowledged", subject(review), by=by, at=now)


@transaction.atomic
def remind_to_read(*, by: User, review: Review, now: datetime) -> int:
    """One more mail to each participant who has not acknowledged; once in the life of a review. Answers to how many."""
    require_owner(review, by)
    if not review.is_decided:
        raise Refused(Rule.LIFECYCLE, "There is nothing to read yet: the review is not decided.")
    unread = [person for person in unread_by(review.participants.select_related("person")) if person != by]
    if problem := reminder_problem(review, len(unread), now):
        raise Refused(Rule.ONE_MAIL, problem)
    sent = letters.remind_to_read(review, unread, now)
    after = {"people": [person.get_full_name() for person in unread]}
    record("review.output_reminded", subject(review), by=by, at=now, after=after)
    return sent


def unread_by(participants: Iterable[Participant]) -> list[User]:
    """Those who have not acknowledged what came out."""
    people = {row.person_id: row.person for row in participants if not row.output_acknowledged_at}
    return [person for person in people.values() if person.is_active]


def reminder_problem(review: Review, unread: int, now: datetime) -> str | None:
    decided_at = timezone.localtime(review.decided_at) if review.decided_at else None
    return rules.reminder_problem(decided_at, unread, was_sent=letters.was_reminded(review), now=now)
