"""What people do with a gap: own it, date it, plan it, propose it as closed, verify that.

Rule *proof-only* holds here too: a gap closes when its item is met. Rule *second-pair*: by a passing check, or by somebody who
is neither its owner nor the one who proposed it. A review hands in its own `target`, so that its outside participants may act.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Refused, Target
from readiness.accounts.rules import Action
from readiness.assessments.actions import gap_keeping, regressions
from readiness.assessments.actions.counting import add_up
from readiness.assessments.actions.holding import WrongFields, gap_subject, hold, swap
from readiness.assessments.models import Assessment, Gap, GapStatus, Item
from readiness.assessments.models.gap import MOVES, ClosedHow
from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.assessments.rules.extensions import is_extension
from readiness.history.actions import record


@transaction.atomic
def open_gap(*, by: User, item: Item, because: str, now: datetime, target: Target | None = None) -> Gap:
    """Opens the item's gap, or opens it again; an open one stays as it is.

    Raises Refused when the item is met or does not apply: then nothing is missing.
    """
    held = hold(item.assessment_id)
    policy.require(by, Action.PLAN_GAP, target or held.service.target)
    item = held.items.select_related("gap").get(pk=item.pk)
    if not item.is_open:
        raise Refused("proof-only", f"{item.title} is {item.get_status_display().lower()}: there is no gap to open.")
    gap = gap_of(item)
    if gap is not None and not gap.is_closed:
        return gap
    verb, before = ("gap.reopened", {"status": gap.status}) if gap else ("gap.opened", {})
    if gap is None:
        gap = Gap(
            item=item, service=held.service, gate=item.gate, opened_at=now, open_since=now, opened_because=because
        )
    else:
        gap_keeping.reopen(gap, because, now)
        gap.version += 1
    gap.save()
    record(
        verb,
        gap_subject(gap, item, held.service),
        by=by,
        at=now,
        before=before,
        after={"status": gap.status},
        reason=because,
    )
    _count_again(held, now)
    return gap


@transaction.atomic
def plan_gap(
    *,
    by: User,
    gap: Gap,
    version: int,
    owner: User | None,
    due_on: date | None,
    plan: str,
    now: datetime,
    reason: str = "",
    target: Target | None = None,
) -> Gap:
    """Says whose it is, until when, and how. Moving its date later takes a `reason`, and is counted.

    Raises Refused, or Conflict when somebody else wrote first.
    """
    held, item = _held(gap)
    target = target or held.service.target
    policy.require(by, Action.PLAN_GAP, target)
    fresh = Gap.objects.select_related("owner").get(pk=gap.pk)
    _refuse(closed_problem(fresh), "reopen")
    is_later = is_extended(fresh, due_on)
    problems = plan_problems(fresh, owner=owner, due_on=due_on, target=target, today=house_day(now))
    if is_later and fresh.version == version and not reason.strip():
        problems["reason"] = "Say why it takes longer: the reason stays with the gap."
    if problems:
        raise WrongFields("accountable-output", problems)
    before = {"owner": fresh.owner, "due_on": fresh.due_on, "plan": fresh.plan}
    after: dict[str, Any] = {"owner": owner, "due_on": due_on, "plan": plan.strip()}
    if before == after and fresh.version == version:
        return fresh
    swap(fresh, version, **after, extended=fresh.extended + is_later)
    subject = gap_subject(gap, item, held.service)
    record("gap.planned", subject, by=by, at=now, before=before, after=after, reason=reason.strip())
    _count_again(held, now)
    return fresh


def plan_problems(gap: Gap, *, owner: User | None, due_on: date | None, target: Target, today: date) -> dict[str, str]:
    """Field → what is wrong with it. What was there before may stay."""
    problems = {}
    if owner is not None and owner != gap.owner and not policy.may(owner, Action.SEE, target):
        problems["owner"] = f"{owner} can't see this service; choose somebody who works on it."
    if due_on is not None and due_on != gap.due_on and due_on < today:
        problems["due_on"] = "That day has passed; choose today or later."
    return problems


def is_extended(gap: Gap, due_on: date | None) -> bool:
    """Whether a plan with this date moves it later."""
    return is_extension(gap.due_on, due_on, open_since=house_day(gap.open_since))


@transaction.atomic
def start_work(*, by: User, gap: Gap, version: int, now: datetime) -> Gap:
    return _move(
        by=by, gap=gap, version=version, to=GapStatus.IN_PROGRESS, verb="gap.started", action=Action.PLAN_GAP, now=now
    )


@transaction.atomic
def propose_closed(*, by: User, gap: Gap, version: int, note: str, now: datetime) -> Gap:
    """Asks for a second pair of eyes. Raises Refused while the item has no proof (rule *proof-only*)."""
    held, item = _held(gap)
    policy.require(by, Action.PROPOSE_CLOSED, held.service.target)
    fresh = Gap.objects.get(pk=gap.pk)
    _refuse(proposal_problem(fresh, item), "proof-only")
    before = {"status": fresh.status}
    proposal = {"proposed_by": by, "proposed_at": now, "proposal_note": note.strip(), "sent_back_note": ""}
    swap(fresh, version, status=GapStatus.AWAITING, **proposal)
    subject = gap_subject(gap, item, held.service)
    record(
        "gap.proposed", subject, by=by, at=now, before=before, after={"status": GapStatus.AWAITING}, reason=note.strip()
    )
    return fresh


@transaction.atomic
def verify_closed(*, by: User, gap: Gap, version: int, now: datetime) -> Gap:
    """The second pair of eyes says: yes, closed. Raises Refused to the owner and to who proposed it (rule *second-pair*)."""
    held, item = _held(gap)
    policy.require(by, Action.VERIFY_CLOSED, held.service.target)
    fresh = Gap.objects.select_related("owner").get(pk=gap.pk)
    _refuse(verification_problem(fresh, item, by), "second-pair")
    before = {"status": fresh.status}
    after = {"status": GapStatus.CLOSED, "closed_at": now, "closed_how": ClosedHow.VERIFIER, "verified_by": by}
    swap(fresh, version, **after)
    record("gap.closed", gap_subject(gap, item, held.service), by=by, at=now, before=before, after=after)
    regressions.settled([fresh], held.service)
    _count_again(held, now)
    return fresh


@transaction.atomic
def send_back(*, by: User, gap: Gap, version: int, reason: str, now: datetime) -> Gap:
    """Not closed yet, and why. The proposal is taken off; the gap is in progress again."""
    held, item = _held(gap)
    policy.require(by, Action.VERIFY_CLOSED, held.service.target)
    fresh = Gap.objects.get(pk=gap.pk)
    _refuse(sending_back_problem(fresh), "second-pair")
    _refuse("" if reason.strip() else "Say what is still missing, so that the owner can go on.", "second-pair")
    before = {"status": fresh.status}
    proposal = {"proposed_by": None, "proposed_at": None, "proposal_note": "", "sent_back_note": reason.strip()}
    swap(fresh, version, status=GapStatus.IN_PROGRESS, **proposal)
    subject = gap_subject(gap, item, held.service)
    record(
        "gap.sent_back", subject, by=by, at=now, before=before, after={"status": fresh.status}, reason=reason.strip()
    )
    return fresh


@transaction.atomic
def withdraw_proposal(*, by: User, gap: Gap, version: int, now: datetime) -> Gap:
    """Not done after all: who proposed it, or who owns the gap, takes that back, and work goes on."""
    held, item = _held(gap)
    policy.require(by, Action.PROPOSE_CLOSED, held.service.target)
    fresh = Gap.objects.get(pk=gap.pk)
    _refuse(withdrawal_problem(fresh, by), "own-words")
    before = {"status": fresh.status, "proposed_by": str(fresh.proposed_by)}
    proposal = {"proposed_by": None, "proposed_at": None, "proposal_note": ""}
    swap(fresh, version, status=GapStatus.IN_PROGRESS, **proposal)
    subject = gap_subject(gap, item, held.service)
    record("gap.proposal_withdrawn", subject, by=by, at=now, before=before, after={"status": fresh.status})
    return fresh


# Why not: one function for the disabled button, the form and the refusal


def closed_problem(gap: Gap) -> str:
    return "This gap is closed. It opens again by itself when its item stops being met." if gap.is_closed else ""


def move_problem(gap: Gap, to: GapStatus) -> str:
    if gap.is_closed:
        return closed_problem(gap)
    if to not in MOVES[gap.status]:
        return f"A gap that is {gap.get_status_display().lower()} can't become {to.label.lower()}."
    return ""


def proposal_problem(gap: Gap, item: Item) -> str:
    if gap.status == GapStatus.AWAITING:
        return "It waits for verification already."
    return move_problem(gap, GapStatus.AWAITING) or _lack_of_proof(item)


def verification_problem(gap: Gap, item: Item, by: User) -> str:
    if gap.is_closed:
        return "It is closed already."
    if gap.status != GapStatus.AWAITING:
        return "Nobody has proposed it as closed yet."
    if by.pk in {gap.owner_id, gap.proposed_by_id}:
        role = "owns this gap" if by.pk == gap.owner_id else "proposed this"
        return f"The one who {role} can't verify it; that takes a second person, or a passing check."
    return _lack_of_proof(item)


def sending_back_problem(gap: Gap) -> str:
    return "" if gap.status == GapStatus.AWAITING else "Nobody has proposed it as closed yet."


def withdrawal_problem(gap: Gap, by: User) -> str:
    if gap.status != GapStatus.AWAITING:
        return "Nobody has proposed it as closed yet."
    if by.pk not in {gap.owner_id, gap.proposed_by_id}:
        return "Who proposed it or owns the gap can take that back; you can send it back, with what is missing."
    return ""


def _lack_of_proof(item: Item) -> str:
    if item.status == ItemStatus.MET:
        return ""
    step = item.next_step or "look at the item"
    return f"The item is {item.get_status_display().lower()}, and a gap closes on proof. Next: {step}."


def _move(*, by: User, gap: Gap, version: int, to: GapStatus, verb: str, action: Action, now: datetime) -> Gap:
    held, item = _held(gap)
    policy.require(by, action, held.service.target)
    fresh = Gap.objects.get(pk=gap.pk)
    _refuse(move_problem(fresh, to), "reopen")
    before = {"status": fresh.status}
    swap(fresh, version, status=to)
    record(verb, gap_subject(gap, item, held.service), by=by, at=now, before=before, after={"status": to})
    return fresh


def _held(gap: Gap) -> tuple[Assessment, Item]:
    """The assessment first, then its item: what is read before the lock may be old."""
    held = hold(Item.objects.values_list("assessment_id", flat=True).get(pk=gap.item_id))
    return held, held.items.get(pk=gap.item_id)


def _refuse(sentence: str, rule: str) -> None:
    if sentence:
        raise Refused(rule, sentence)


def _count_again(held: Assessment, now: datetime) -> None:
    """A plan can turn a no-go into a conditional go."""
    add_up(held, held.items.filter(retired_at=None).select_related("gap"), now)
