"""Who is in the review. Lead, on-call and platform come with the service; others are invited.

Whoever is invited without seeing the service gets a grant for this one review that ends a week after it: the outside engineer's
fresh eyes, and not a way in.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.actions.grants import give, withdraw_grant
from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action, Role
from readiness.catalog.models import Service
from readiness.history.actions import record
from reviews import letters
from reviews.actions.writing import subject, touch
from reviews.meeting import seats
from reviews.models import Participant, Review
from reviews.rules import ParticipantRole, Rule

GUEST_FOR = timedelta(days=7)

type Invited = tuple[User, ParticipantRole]


def of_the_service(service: Service) -> list[Invited]:
    """Those that rule *led-by-owner* asks for, as far as the service names them."""
    named = [
        (service.tech_lead, ParticipantRole.LEAD),
        (service.on_call, ParticipantRole.ON_CALL),
        (service.platform_owner, ParticipantRole.PLATFORM),
    ]
    return [(person, role) for person, role in named if person is not None]


def seat(review: Review, invited: Iterable[Invited], *, by: User, now: datetime) -> list[Participant]:
    """Writes down who takes part; answers those that are new. One person may have several roles."""
    there = {(row.person_id, row.role): row for row in review.participants.all()}
    present = {row.person_id: row.present_since for row in there.values()}
    new: list[Participant] = []
    for person, role in invited:
        if (person.pk, role) in there:
            continue
        row = Participant(review=review, person=person, role=role, present_since=present.get(person.pk))
        there[person.pk, role] = row
        row.save(force_insert=True)
        _open_the_door(review, person, role, by=by, now=now)
        new.append(row)
    return new


def _open_the_door(review: Review, person: User, role: ParticipantRole, *, by: User, now: datetime) -> None:
    """A guest's grant, where their own roles do not let them do what the meeting asks of them."""
    needed = Action.SEE if role is ParticipantRole.MEMBER else Action.RECORD_VERDICT
    if not policy.may(person, needed, review.target):
        _let_in(review, person, by=by, now=now)


def _let_in(review: Review, person: User, *, by: User, now: datetime) -> None:
    until = review.starts_at + GUEST_FOR
    give(
        by=by, person=person, role=Role.EXTERNAL, now=now, service_id=review.service_id, review_id=review.pk, expires_at=until
    )  # fmt: skip


def move_doors(review: Review, *, by: User, now: datetime) -> None:
    """Guests' grants follow the review's date."""
    for grant in Grant.objects.filter(review_id=review.pk).select_related("user"):
        _let_in(review, grant.user, by=by, now=now)


@transaction.atomic
def add_participant(
    *, by: User, review: Review, person: User, role: ParticipantRole, now: datetime
) -> Participant | None:
    """None when they have that role already. A new person gets the invitation."""
    policy.require(by, Action.SCHEDULE_REVIEW, review.target)
    _require_open(review)
    if not person.is_active:
        raise Refused(Rule.LED_BY_OWNER, f"{person} is not active any more; invite somebody else.")
    if role is ParticipantRole.LEAD and person.pk != review.service.tech_lead_id:
        raise Refused(Rule.LED_BY_OWNER, f"{review.service.tech_lead} leads this review as the service's tech lead.")
    was_invited = review.participants.filter(person=person).exists()
    new = seat(review, [(person, role)], by=by, now=now)
    if not new:
        return None
    touch(review)
    record("review.invited", subject(review), by=by, at=now, after={"person": str(person), "role": role})
    if not was_invited:
        _count_change(review)
        letters.invite(review, seats(new), now)
    return new[0]


@transaction.atomic
def remove_participant(*, by: User, review: Review, participant: Participant, now: datetime) -> None:
    """Before the meeting only: who took part stays in the record."""
    policy.require(by, Action.SCHEDULE_REVIEW, review.target)
    if not review.is_scheduled:
        raise Refused(Rule.LIFECYCLE, "The meeting has begun: who was invited stays in the record.")
    if participant.role == ParticipantRole.LEAD:
        raise Refused(Rule.LED_BY_OWNER, "The service's tech lead leads its review and can't be left out.")
    person = participant.person
    touch(review)
    participant.delete()
    record("review.uninvited", subject(review), by=by, at=now, before={"person": str(person), "role": participant.role})
    if not review.participants.filter(person=person).exists():
        _close_the_door(review, person, by=by, now=now)
        _count_change(review)
        letters.leave_out(review, seats([participant])[0], now, reason="You are no longer asked to take part.")


def _count_change(review: Review) -> None:
    """Who is invited after having been left out gets a higher number than the message that left them out: a calendar believes the
    higher one. The review's row is held.
    """
    Review.objects.filter(pk=review.pk).update(invitation_sequence=F("invitation_sequence") + 1)
    review.refresh_from_db(fields=["invitation_sequence"])


def _close_the_door(review: Review, person: User, *, by: User, now: datetime) -> None:
    for grant in Grant.objects.filter(user=person, review_id=review.pk).select_related("user"):
        withdraw_grant(by=by, grant=grant, now=now, reason="No longer invited to the review.")


def _require_open(review: Review) -> None:
    if review.is_over:
        raise Refused(Rule.FROZEN if review.is_decided else Rule.LIFECYCLE, "This review is over; nobody can be added.")
