"""The end of the meeting: decide, sign, acknowledge. Rules *derived-decision*, *led-by-owner*, *accountable-output*, *frozen*."""

from datetime import datetime

from django.db import IntegrityError, transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.rules import Decision
from readiness.history.actions import Subject, record
from reviews import letters, rules
from reviews.actions.writing import require_owner, require_running, subject, swap, touch
from reviews.meeting import Meeting
from reviews.models import Packet, Participant, Review, SignOff
from reviews.packet import build, canonical, digest
from reviews.rules import ParticipantRole, ReviewStatus, Rule, Word
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
    body = canonical(build(meeting))
    packet = Packet.objects.create(review=review, body=body, digest=digest(body), frozen_at=now)
    after = {"decision": review.decision, "computed": review.computed_decision, "digest": packet.digest}
    record("review.decided", subject(review), by=by, at=now, after=after, reason=review.stricter_reason)
    owed: dict[int, list[object]] = {}
    for point in meeting.agenda:
        if point.word == Word.GAP and point.owner_id:
            owed.setdefault(point.owner_id, []).append(point)
    letters.send_output(review, packet, owed, meeting.seats, now)
    return packet


@transaction.atomic
def sign_off(*, by: User, review: Review, role: ParticipantRole, digest: str, comment: str, now: datetime) -> SignOff:
    """A person's approval by role, of exactly the packet they read: `digest` is the one their page showed."""
    policy.require(by, Action.SIGN_OFF, review.target)
    packet = Packet.objects.filter(review=review).first()
    if packet is None:
        raise Refused(Rule.FROZEN, "There is nothing to sign yet: the review is not decided.")
    if packet.digest != digest:
        raise Refused(Rule.FROZEN, "What you read is not the packet that was frozen; open it again and read it first.")
    if not Participant.objects.filter(review=review, person=by, role=role, present_since__isnull=False).exists():
        raise Refused(
            Rule.LED_BY_OWNER, f"You did not take part as {role.label.lower()}; sign for what you were there as."
        )
    signed = _signed(
        SignOff(review=review, person=by, role=role, digest=digest, comment=comment.strip(), signed_at=now)
    )
    about = Subject("packet", packet.pk, f"Packet of {review.service}", review.service_id, review.service.team_id)
    record("packet.signed", about, by=by, at=now, after={"role": role, "digest": digest}, reason=signed.comment)
    return signed


def _signed(signature: SignOff) -> SignOff:
    try:
        with transaction.atomic():
            signature.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(Rule.FROZEN, "You signed in this role already; a sign-off is never changed.") from error
    return signature


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
