"""The meeting while it runs: one facilitator moves it, everybody present may speak, and its clock stands still in a pause.

Going from item to item is no history, only the seconds spent are kept; who began, took over, paused and acknowledged is.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.assessments.models import Item
from readiness.assessments.queries import house_day
from readiness.checklists.rules import Gate
from readiness.history.actions import record
from reviews import rules
from reviews.actions.asking import ask
from reviews.actions.people import seat
from reviews.actions.writing import (
    require_facilitator,
    require_in_the_room,
    require_move,
    require_owner,
    require_running,
    subject,
    swap,
    touch,
)
from reviews.agenda import candidate, candidates, estimate_of
from reviews.live import bus
from reviews.meeting import Meeting
from reviews.models import AgendaItem, Participant, Review, go_live_of
from reviews.rules import AgendaReason, ParticipantRole, ReviewStatus, Rule, Talk


@transaction.atomic
def begin(*, by: User, review: Review, version: int, now: datetime) -> Review:
    """Computes every standing anew, makes the agenda, and starts the clock. Rules *led-by-owner* and *timing*."""
    require_owner(review, by)
    require_move(review, ReviewStatus.IN_PROGRESS)
    if not review.is_scheduled:
        raise Refused(Rule.LIFECYCLE, "The meeting has begun already and is paused; resume it.")
    go_live_on = go_live_of(review.service)
    problem = rules.timing_problem(timezone.localtime(now).date(), go_live_on, review.timing_reason)
    if problem:
        raise Refused(Rule.TIMING, problem)
    touch(review)
    assessments.refresh(assessment=review.assessment, now=now)
    points = rules.agenda(candidates(review, now))
    swap(
        review,
        version,
        status=ReviewStatus.IN_PROGRESS,
        lead=by,
        facilitator=by,
        facilitator_since=now,
        go_live_on=go_live_on,
        started_at=now,
        running_since=now,
    )
    _write_agenda(review, points)
    first = review.agenda.first()
    Review.objects.filter(pk=review.pk).update(current=first, current_since=now if first else None)
    review.current, review.current_since = first, now if first else None
    seat(review, [(by, ParticipantRole.LEAD)], by=by, now=now)
    _be_present(review, by, now)
    after = {"agenda": len(points), "facilitator": str(by)}
    record("review.begun", subject(review), by=by, at=now, before={"status": "scheduled"}, after=after)
    return review


def _write_agenda(review: Review, points: list[rules.Point]) -> None:
    items = Item.objects.only("key", "gate").in_bulk([point.item_id for point in points])
    estimate = estimate_of([_talk(items[point.item_id], point.reason) for point in points])
    AgendaItem.objects.bulk_create(
        AgendaItem(
            review=review,
            item_id=point.item_id,
            position=place,
            reason=point.reason,
            status_before=point.status,
            expected_seconds=seconds,
        )
        for place, (point, seconds) in enumerate(zip(points, estimate.each, strict=True), start=1)
    )


def _talk(item: Item, reason: AgendaReason) -> Talk:
    return Talk(item.key, Gate(item.gate), reason)


@transaction.atomic
def join(*, by: User, review: Review, now: datetime) -> None:
    """Marks the person present, in every role they have. Whoever sees the review and was not invited comes in as team member."""
    policy.require(by, Action.SEE, review.target)
    problem = rules.doors_problem(review.status, review.starts_at, now)
    if problem:
        raise Refused(Rule.LIFECYCLE, problem)
    if not review.participants.filter(person=by).exists():
        role = ParticipantRole.MANAGER if review.service.team_id in policy.manager_teams(by) else ParticipantRole.MEMBER
        seat(review, [(by, role)], by=by, now=now)
    if Participant.objects.filter(review=review, person=by, present_since=None).exists():
        touch(review)
        _be_present(review, by, now)
        record("review.joined", subject(review), by=by, at=now)


def _be_present(review: Review, person: User, now: datetime) -> None:
    rows = Participant.objects.filter(review=review, person=person, present_since=None)
    rows.update(present_since=now, seen_at=now)


@transaction.atomic
def move(*, by: User, review: Review, version: int, to: AgendaItem | None, now: datetime) -> Review:
    """Brings the room to an item, or (None) to the end. Only the facilitator does; the time spent is written on what is left, and
    nobody is ready any more.
    """
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    require_facilitator(review, by)
    if to is not None and to.review_id != review.pk:
        raise Refused(Rule.LIFECYCLE, "That item belongs to another review.")
    _count_time(review, now)
    swap(review, version, current=to, current_since=now if to else None)
    Participant.objects.filter(review=review, ready_at__isnull=False).update(ready_at=None)
    return review


def _count_time(review: Review, now: datetime) -> None:
    if review.current_id and review.current_since:
        spent = review.seconds_on_current(now)
        AgendaItem.objects.filter(pk=review.current_id).update(seconds=F("seconds") + spent)


@transaction.atomic
def pause(*, by: User, review: Review, version: int, now: datetime) -> Review:
    """The clock stands still and nothing can be said or decided until somebody resumes."""
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_move(review, ReviewStatus.PAUSED)
    _count_time(review, now)
    ran = review.seconds_run(now)
    swap(review, version, status=ReviewStatus.PAUSED, ran_seconds=ran, running_since=None, current_since=None)
    record("review.paused", subject(review), by=by, at=now, after={"ran_seconds": ran})
    return review


@transaction.atomic
def resume(*, by: User, review: Review, version: int, now: datetime) -> Review:
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    if not review.is_paused:
        raise Refused(Rule.LIFECYCLE, "The meeting is not paused.")
    since = now if review.current_id else None
    swap(
        review, version, status=ReviewStatus.IN_PROGRESS, running_since=now, current_since=since, paused_itself_at=None
    )
    record("review.resumed", subject(review), by=by, at=now)
    return review


@transaction.atomic
def acknowledge_passed(*, by: User, review: Review, now: datetime) -> Review:
    """A named person says that they looked at what passed. The first one counts; saying it twice changes nothing."""
    require_in_the_room(review, by, Action.RECORD_VERDICT)
    require_running(review)
    rows = Review.objects.filter(pk=review.pk, passed_acknowledged_by=None)
    if rows.update(passed_acknowledged_by=by, passed_acknowledged_at=now):
        touch(review)
        passed = [item.key for item in Meeting.of(review, now).passed]
        record("review.passed_acknowledged", subject(review), by=by, at=now, after={"items": passed})
    review.refresh_from_db(fields=["passed_acknowledged_by", "passed_acknowledged_at"])
    return review


@transaction.atomic
def raise_item(*, by: User, review: Review, item: Item, why: str, now: datetime) -> AgendaItem:
    """Puts an item on the agenda: one that passed and somebody wants to talk about, or one that broke since the meeting began.
    Twice is once; but a second person's word why is kept beside the first one's.
    """
    require_in_the_room(review, by, Action.COMMENT)
    require_running(review)
    if item.assessment_id != review.assessment_id or item.is_retired:
        raise Refused(Rule.LIFECYCLE, "That item belongs to another service.")
    touch(review)
    if why.strip() or not item.is_open:
        ask(review, item, by, why, now)
    there = AgendaItem.objects.filter(review=review, item=item).first()
    if there:
        return there
    last = review.agenda.aggregate(last=Max("position"))["last"] or 0
    reason = rules.reason_to_talk(candidate(item, house_day(now), None)) or AgendaReason.DISPUTED
    point = AgendaItem.objects.create(
        review=review,
        item=item,
        position=last + 1,
        reason=reason,
        reason_note=why.strip()[:300],
        raised_by=by,
        status_before=item.status,
        expected_seconds=estimate_of([_talk(item, reason)]).each[0],
    )
    record("review.raised", subject(review), by=by, at=now, after={"item": item.key}, reason=why.strip())
    return point


@transaction.atomic
def write_notes(*, by: User, review: Review, version: int, notes: str, now: datetime) -> Review:
    """The meeting's notes (Markdown), compared and swapped on `notes_version`. Raises Conflict with the review as the other
    person left it.
    """
    require_in_the_room(review, by, Action.COMMENT)
    if not review.is_live:
        raise Refused(Rule.LIFECYCLE, "Notes are taken while the meeting runs.")
    before = review.notes
    rows = Review.objects.filter(pk=review.pk, notes_version=version, status=review.status)
    if not rows.update(notes=notes, notes_version=F("notes_version") + 1, pulse=F("pulse") + 1):
        current = Review.objects.get(pk=review.pk)
        raise Conflict("Somebody else wrote notes in the meantime; yours are still in the form.", current)
    bus.announce(review.pk)
    review.notes, review.notes_version = notes, version + 1
    record("review.notes", subject(review), by=by, at=now, before={"notes": before}, after={"notes": notes})
    return review
