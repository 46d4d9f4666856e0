"""Before the meeting: schedule, move, cancel. Rule *timing*; the invitations go out in the same transaction."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from readiness.history.actions import record
from reviews import letters, rules
from reviews.actions.people import Invited, move_doors, of_the_service, seat
from reviews.actions.writing import require_move, subject, swap
from reviews.meeting import seats
from reviews.models import Review, TalkRequest, go_live_of
from reviews.rules import ReviewStatus, Rule

SHORTEST, LONGEST = 10, 240


@transaction.atomic
def schedule(
    *,
    by: User,
    service: Service,
    starts_at: datetime,
    minutes: int,
    place: str,
    timing_reason: str,
    participants: Iterable[Invited],
    now: datetime,
) -> Review:
    """A review of `service`, with lead, on-call and platform besides the `participants`; all of them are invited by mail."""
    policy.require(by, Action.SCHEDULE_REVIEW, service.target)
    _require_ready(service)
    _require_time(service, starts_at, minutes, timing_reason, now)
    assessment = Assessment.objects.filter(service=service).first() or assessments.start(
        service=service, by=by, now=now
    )
    review = _written(
        Review(
            service=service,
            assessment=assessment,
            lead=service.tech_lead,
            starts_at=starts_at,
            minutes=minutes,
            place=place.strip(),
            go_live_on=go_live_of(service),
            timing_reason=timing_reason.strip(),
            scheduled_by=by,
            scheduled_at=now,
        )
    )
    invited = seat(review, [*of_the_service(service), *participants], by=by, now=now)
    after = {
        "starts_at": starts_at,
        "minutes": minutes,
        "place": review.place,
        "people": [str(row.person) for row in invited],
    }
    _keep_what_was_asked(review)
    record("review.scheduled", subject(review), by=by, at=now, after=after, reason=review.timing_reason)
    letters.invite(review, seats(invited), now)
    return review


def _written(review: Review) -> Review:
    """One live review at a time, also when two people schedule at the same moment."""
    try:
        with transaction.atomic():
            review.save(force_insert=True)
    except IntegrityError as error:
        live = Review.objects.live().get(assessment=review.assessment_id)
        day = rules.spelled(timezone.localtime(live.starts_at).date())
        raise Refused(
            Rule.LIFECYCLE, f"A review of {review.service} is planned for {day} already; move that one."
        ) from error
    return review


def _keep_what_was_asked(review: Review) -> None:
    """What people wanted to talk about in a review that was cancelled is still what they want to talk about."""
    last = (
        Review.objects.filter(assessment=review.assessment_id).exclude(pk=review.pk).order_by("-scheduled_at").first()
    )
    if last is None or last.is_decided:
        return
    asked = TalkRequest.objects.filter(review=last, item__retired_at=None, person__is_active=True)
    TalkRequest.objects.bulk_create(
        TalkRequest(review=review, item_id=row.item_id, person_id=row.person_id, why=row.why, asked_at=row.asked_at)
        for row in asked
    )


def _require_ready(service: Service) -> None:
    if service.tech_lead is None:
        raise Refused(Rule.LED_BY_OWNER, "The service has no tech lead; name the one who will lead its review first.")
    if go_live_of(service) is None and service.launched_on is None:
        raise Refused(
            Rule.TIMING, "The service has no go-live date; set it first, the review belongs 14–21 days before."
        )


def _require_time(service: Service, starts_at: datetime, minutes: int, timing_reason: str, now: datetime) -> None:
    if starts_at <= now:
        raise Refused(Rule.TIMING, "Choose a time in the future.")
    if not SHORTEST <= minutes <= LONGEST:
        raise Refused(
            Rule.TIMING, f"A review takes {SHORTEST} to {LONGEST} minutes; twenty to thirty are enough for most."
        )
    problem = rules.timing_problem(timezone.localtime(starts_at).date(), go_live_of(service), timing_reason)
    if problem:
        raise Refused(Rule.TIMING, problem)


@transaction.atomic
def reschedule(
    *,
    by: User,
    review: Review,
    version: int,
    starts_at: datetime,
    minutes: int,
    place: str,
    timing_reason: str,
    now: datetime,
) -> Review:
    """Everybody's calendar entry moves with it."""
    policy.require(by, Action.SCHEDULE_REVIEW, review.target)
    if not review.is_scheduled:
        raise Refused(Rule.LIFECYCLE, "Only a review that has not begun can be moved.")
    _require_time(review.service, starts_at, minutes, timing_reason, now)
    before = {"starts_at": review.starts_at, "minutes": review.minutes, "place": review.place}
    after = {"starts_at": starts_at, "minutes": minutes, "place": place.strip()}
    swap(
        review,
        version,
        **after,
        timing_reason=timing_reason.strip(),
        go_live_on=go_live_of(review.service),
        invitation_sequence=review.invitation_sequence + 1,
    )
    move_doors(review, by=by, now=now)
    record(
        "review.rescheduled", subject(review), by=by, at=now, before=before, after=after, reason=review.timing_reason
    )
    letters.invite(review, seats(review.participants.select_related("person")), now, is_change=True)
    return review


@transaction.atomic
def cancel(*, by: User, review: Review, version: int, reason: str, now: datetime) -> Review:
    """A review that did not come to a decision. It stays in the list, with the reason."""
    policy.require(by, Action.SCHEDULE_REVIEW, review.target)
    require_move(review, ReviewStatus.CANCELLED)
    if not reason.strip():
        raise Refused(Rule.LIFECYCLE, "Say why it is cancelled; the people invited will read it.")
    before = {"status": review.status}
    swap(
        review,
        version,
        status=ReviewStatus.CANCELLED,
        cancelled_reason=reason.strip(),
        ran_seconds=review.seconds_run(now),
        running_since=None,
        current_since=None,
        invitation_sequence=review.invitation_sequence + 1,
    )
    record(
        "review.cancelled",
        subject(review),
        by=by,
        at=now,
        before=before,
        after={"status": review.status},
        reason=reason,
    )
    letters.call_off(review, seats(review.participants.select_related("person")), now, reason=reason.strip())
    return review
