"""A person's name under what they read: the draft while the meeting runs, or the frozen packet. Rule *frozen*."""

from datetime import datetime

from django.db import IntegrityError, transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments import actions as assessments
from readiness.history.actions import Subject, record
from reviews.actions.writing import subject, touch
from reviews.meeting import Meeting
from reviews.models import Packet, Participant, Review, SignOff
from reviews.rules import ParticipantRole, Rule
from reviews.signing import Sheet, Signature


@transaction.atomic
def sign_off(*, by: User, review: Review, role: ParticipantRole, digest: str, comment: str, now: datetime) -> SignOff:
    """A person's approval by role, of exactly what they read: `digest` is the one their page showed.

    Nothing can be said or proved between the look at the draft and the signature: the review and its assessment are held.
    """
    policy.require(by, Action.SIGN_OFF, review.target)
    _require_presence(review, by, role)
    frozen = Packet.objects.filter(review=review).first()
    sheet = Sheet.of_frozen(review, frozen) if frozen else _draft(review, now)
    if digest not in sheet.binding:
        raise Refused(Rule.FROZEN, _another(sheet))
    if any(signature.is_binding for signature in _mine(sheet, by, role)):
        raise Refused(Rule.FROZEN, "You signed this in this role already; a sign-off is never changed.")
    row = SignOff(review=review, person=by, role=role, digest=digest, comment=comment.strip(), signed_at=now)
    row.parts = sheet.parts
    signed = _written(row)
    after = {"role": role, "digest": digest}
    if frozen:
        about = Subject("packet", frozen.pk, f"Packet of {review.service}", review.service_id, review.service.team_id)
        record("packet.signed", about, by=by, at=now, after=after, reason=signed.comment)
    else:
        record("review.draft_signed", subject(review), by=by, at=now, after=after, reason=signed.comment)
    return signed


def _require_presence(review: Review, by: User, role: ParticipantRole) -> None:
    if not Participant.objects.filter(review=review, person=by, role=role, present_since__isnull=False).exists():
        raise Refused(
            Rule.LED_BY_OWNER, f"You did not take part as {role.label.lower()}; sign for what you were there as."
        )


def _draft(review: Review, now: datetime) -> Sheet:
    """As `decide` would freeze it. A draft in which something is missing is not signed: it would change under the name."""
    if not review.is_live:
        raise Refused(Rule.FROZEN, "There is nothing to sign yet: the meeting has not begun.")
    touch(review)
    assessments.refresh(assessment=review.assessment, now=now)
    sheet = Sheet.of_draft(Meeting.of(review, now))
    if sheet.problem:
        raise Refused(Rule.FROZEN, f"There is nothing to sign yet. {sheet.problem}")
    return sheet


def _another(sheet: Sheet) -> str:
    if sheet.frozen:
        return "What you read is not the packet that was frozen; open it again and read it first."
    return "The draft changed while you were reading it; read it again, and sign what it says now."


def _mine(sheet: Sheet, by: User, role: ParticipantRole) -> list[Signature]:
    return [one for one in sheet.signatures if one.row.person_id == by.pk and one.row.role == role]


def _written(signature: SignOff) -> SignOff:
    try:
        with transaction.atomic():
            signature.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(Rule.FROZEN, "You signed this in this role already; a sign-off is never changed.") from error
    return signature
