"""A person says that an item does not apply. On a hard gate that takes a reason and a second person (rule *second-pair*)."""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import WrongFields, hold, item_subject, swap
from readiness.assessments.actions.standing import settle
from readiness.assessments.models import Assessment, Item
from readiness.assessments.rules import EXCUSE_MINIMUM, ItemStatus
from readiness.history.actions import record


@transaction.atomic
def excuse(*, by: User, item: Item, version: int, reason: str, now: datetime) -> Item:
    """Claims that the item does not apply. A tracked one is excused at once, a hard one when somebody else confirms it."""
    held, fresh = _held(by, item)
    if problem := excuse_problem(fresh):
        raise Refused("second-pair", problem)
    reason = reason.strip()
    if len(reason) < EXCUSE_MINIMUM:
        sentence = f"Say in at least {EXCUSE_MINIMUM} characters why it does not apply to {held.service}."
        raise WrongFields("second-pair", {"reason": sentence})
    swap(
        fresh, version, excused_reason=reason, excused_by=by, excused_at=now, excuse_confirmed_by=None, excuse_confirmed_at=None
    )  # fmt: skip
    record("item.excused", item_subject(fresh, held.service), by=by, at=now, after={"excused": True}, reason=reason)
    return _settled(held, fresh, now, by)


def excuse_problem(item: Item) -> str:
    """Why it can't be excused; empty when it can."""
    if item.is_retired:
        return "The checklist no longer asks for this item."
    if item.excused_at is not None:
        return "Somebody has said already that it does not apply."
    if item.status == ItemStatus.NOT_APPLICABLE:
        return "It does not count for this service anyway."
    return ""


@transaction.atomic
def confirm_excuse(*, by: User, item: Item, version: int, now: datetime) -> Item:
    """The second person agrees. Raises Refused to the one who said it."""
    held, fresh = _held(by, item)
    if problem := confirmation_problem(fresh, by):
        raise Refused("second-pair", problem)
    swap(fresh, version, excuse_confirmed_by=by, excuse_confirmed_at=now)
    subject = item_subject(fresh, held.service)
    record(
        "item.excuse_confirmed", subject, by=by, at=now, after={"confirmed_by": str(by)}, reason=fresh.excused_reason
    )
    return _settled(held, fresh, now, by)


def confirmation_problem(item: Item, by: User) -> str:
    if item.excused_at is None:
        return "Nobody has said that it does not apply."
    if item.excuse_confirmed_at is not None:
        return "It is confirmed already."
    if item.excused_by_id == by.pk:
        return "You said so yourself; that takes a second person."
    return ""


@transaction.atomic
def withdraw_excuse(*, by: User, item: Item, version: int, now: datetime) -> Item:
    """It applies after all: the item counts again."""
    held, fresh = _held(by, item)
    if fresh.excused_at is None:
        raise Refused("second-pair", "Nobody has said that it does not apply.")
    before = {"excused": True, "reason": fresh.excused_reason}
    swap(
        fresh, version, excused_reason="", excused_by=None, excused_at=None, excuse_confirmed_by=None, excuse_confirmed_at=None
    )  # fmt: skip
    record(
        "item.excuse_withdrawn",
        item_subject(fresh, held.service),
        by=by,
        at=now,
        before=before,
        after={"excused": False},
    )
    return _settled(held, fresh, now, by)


def _held(by: User, item: Item) -> tuple[Assessment, Item]:
    held = hold(item.assessment_id)
    policy.require(by, Action.MARK_NOT_APPLICABLE, held.service.target)
    return held, held.items.get(pk=item.pk)


def _settled(held: Assessment, item: Item, now: datetime, by: User) -> Item:
    settle(held, now=now, by=by, keys=[item.key])
    return held.items.get(pk=item.pk)
