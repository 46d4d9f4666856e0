"""What a meeting says of an item in one breath, and takes back while it runs: a gap with its plan, a claim that it is not needed.

Taking back restores what was there, and never a status (rule *proof-only*): what a machine saw since then stays, and so does what
somebody wrote by hand. The history keeps both the word and its withdrawal.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused, Target
from readiness.accounts.rules import Action
from readiness.assessments.actions import gap_keeping, regressions
from readiness.assessments.actions.counting import add_up
from readiness.assessments.actions.gaps import is_extended, plan_problems
from readiness.assessments.actions.holding import WrongFields, gap_subject, hold, item_subject, swap
from readiness.assessments.actions.standing import settle
from readiness.assessments.models import Assessment, Gap, GapStatus, Item
from readiness.assessments.models.gap import ClosedHow
from readiness.assessments.queries import gap_of, house_day
from readiness.assessments.rules import ItemStatus
from readiness.history.actions import entry, record, record_all

PLAN = ("owner_id", "due_on", "plan")
PUT_BACK = (*PLAN, "extended")
GAP = (
    "status", *PLAN, "open_since", "opened_because", "reopened", "extended", "closed_at", "closed_how", "verified_by_id",
    "proposed_by_id", "proposed_at", "proposal_note", "sent_back_note", "version",
)  # fmt: skip
EXCUSE = ("excused_reason", "excused_by_id", "excused_at", "excuse_confirmed_by_id", "excuse_confirmed_at")
UNPLANNED: Mapping[str, Any] = {"extended": 0, "owner_id": None, "due_on": None, "plan": ""}


@dataclass(frozen=True, slots=True)
class Before:
    """An item's excuse and its gap, field → value as JSON keeps it. Empty where there was none."""

    excuse: dict[str, Any]
    gap: dict[str, Any]


@transaction.atomic
def look_before(*, item: Item) -> Before:
    """What a word is about to change. Holds the assessment, so that it stays true until the transaction ends."""
    held = hold(item.assessment_id)
    return _before(held.items.select_related("gap").get(pk=item.pk))


def _before(item: Item) -> Before:
    gap = gap_of(item)
    return Before(excuse=kept(item, EXCUSE) if item.excused_at else {}, gap=kept(gap, GAP) if gap else {})


def kept(row: Model, names: Sequence[str]) -> dict[str, Any]:
    """Fields of a row as JSON keeps them; `restored` reads them back."""
    values = {name: getattr(row, name) for name in names}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def restored(model: type[Model], values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    fields = {field.attname: field for field in model._meta.concrete_fields}  # noqa: SLF001 - documented
    return {name: fields[name].to_python(values[name]) for name in names}


# --- A gap with its plan ------------------------------------------------------------------------------------------------


@transaction.atomic(savepoint=False)
def open_planned_gap(
    *,
    by: User,
    item: Item,
    because: str,
    owner: User,
    due_on: date,
    plan: str,
    now: datetime,
    target: Target,
    seen: int | None = None,
) -> tuple[Gap, Before]:
    """Opens the item's gap where none is open, and says whose it is, until when, and how: `open_gap` and `plan_gap` for half the
    statements.

    `seen` is the version of the open gap that the person looked at (0: there was none). Raises Refused, or Conflict with the
    gap when somebody planned it otherwise since.
    """
    held = hold(item.assessment_id)
    policy.require(by, Action.PLAN_GAP, target)
    items = list(held.items.filter(retired_at=None).select_related("gap").defer("criteria", "next_step"))
    item = next(one for one in items if one.pk == item.pk)
    if not item.is_open:
        raise Refused("proof-only", f"{item.title} is {item.get_status_display().lower()}: there is no gap to open.")
    before, wanted = _before(item), {"owner": owner, "due_on": due_on, "plan": plan.strip()}
    _require_seen(gap_of(item), seen, wanted)
    gap, opening = _opened(held, item, because, now)
    if problems := plan_problems(gap, owner=owner, due_on=due_on, target=target, today=house_day(now)):
        raise WrongFields("accountable-output", problems)
    told = [*opening, *_planned(gap, wanted, because)]
    if told:
        gap.version += 1 if gap.pk else 0
        gap.save()
        subject = gap_subject(gap, item, held.service)
        record_all([entry(verb, subject, by=by, at=now, **said) for verb, said in told])
        add_up(held, items, now)
    return gap, before


def _require_seen(gap: Gap | None, seen: int | None, wanted: Mapping[str, Any]) -> None:
    there = gap if gap is not None and not gap.is_closed else None
    if seen is None or there is None or there.version == seen:
        return
    if any(getattr(there, name) != value for name, value in wanted.items()):
        raise Conflict("The plan of this gap was changed elsewhere while you were writing.", there)


type Told = tuple[str, dict[str, Any]]
"""A verb of history, and what goes with it."""


def _opened(held: Assessment, item: Item, because: str, now: datetime) -> tuple[Gap, list[Told]]:
    """Not saved yet."""
    gap = gap_of(item)
    if gap is None:
        gap = item.gap = Gap(
            item=item, service=held.service, gate=item.gate, opened_at=now, open_since=now, opened_because=because
        )
        return gap, [("gap.opened", {"after": {"status": gap.status}, "reason": because})]
    if not gap.is_closed:
        return gap, []
    was = {"status": gap.status}
    gap_keeping.reopen(gap, because, now)
    return gap, [("gap.reopened", {"before": was, "after": {"status": gap.status}, "reason": because})]


def _planned(gap: Gap, wanted: Mapping[str, Any], because: str) -> list[Told]:
    """What the room says of a gap is also why its date moves."""
    if gap.owner_id == wanted["owner"].pk:
        gap.owner = wanted["owner"]
    was = {name: getattr(gap, name) for name in wanted}
    if was == wanted:
        return []
    is_later = is_extended(gap, wanted["due_on"])
    gap.extended += is_later
    for name, value in wanted.items():
        setattr(gap, name, value)
    return [("gap.planned", {"before": was, "after": wanted, "reason": because if is_later else ""})]


# --- Taking back --------------------------------------------------------------------------------------------------------


type Plan = tuple[int | None, date | None, str]
"""Owner's id, due date and plan of a gap."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a word changed, for taking it back: how excuse and gap were (None: it left them alone), the gap's version as the
    word left it and the plan it gave (None: it gave none), and who spoke when.
    """

    by_id: int
    at: datetime
    excuse: dict[str, Any] | None
    gap: dict[str, Any] | None
    gap_version: int | None
    plan: Plan | None


@transaction.atomic
def put_back(*, by: User, item: Item, spoken: Spoken, now: datetime, target: Target) -> int | None:
    """Excuse and gap as they were before `spoken`; answers the gap's version, None when there is none.

    A gap that the word opened by itself is gone again. What was closed by proof meanwhile stays closed, and work that was begun
    meanwhile goes on without the plan. Raises Refused when somebody wrote another plan, or claimed anew that it does not apply.
    """
    held = hold(item.assessment_id)
    item = held.items.select_related("gap__owner").get(pk=item.pk)
    was_touched = spoken.gap_version != _version(item)
    if spoken.excuse is not None:
        _put_excuse_back(held, item, spoken, by, now)
        item = held.items.select_related("gap__owner").get(pk=item.pk)
    if spoken.gap is not None and (gap := gap_of(item)):
        policy.require(by, Action.PLAN_GAP, target)
        _require_same_plan(gap, spoken)
        _put_gap_back(held, gap, spoken.gap, by=by, now=now, was_touched=was_touched)
        add_up(held, held.items.filter(retired_at=None).select_related("gap"), now)
    return Gap.objects.filter(item=item).values_list("version", flat=True).first()


def _version(item: Item) -> int | None:
    gap = gap_of(item)
    return gap.version if gap else None


def _put_excuse_back(held: Assessment, item: Item, spoken: Spoken, by: User, now: datetime) -> None:
    wanted, there = spoken.excuse or {}, _before(item).excuse
    if there == wanted:
        return
    policy.require(by, Action.MARK_NOT_APPLICABLE, held.service.target)
    if there and (item.excused_by_id, item.excused_at) != (spoken.by_id, spoken.at):
        raise Refused("second-pair", f"Somebody has said since then that {item.title} does not apply; say a new word.")
    nobody = {name: "" if name == "excused_reason" else None for name in EXCUSE}
    swap(item, item.version, **(restored(Item, wanted, EXCUSE) if wanted else nobody))
    verb, reason = ("item.excused", item.excused_reason) if wanted else ("item.excuse_withdrawn", "")
    before, after = {"excused": bool(there)}, {"excused": bool(wanted)}
    record(verb, item_subject(item, held.service), by=by, at=now, before=before, after=after, reason=reason)
    settle(held, now=now, by=by, keys=[item.key])


def _require_same_plan(gap: Gap, spoken: Spoken) -> None:
    if spoken.plan is not None and not gap.is_closed and (gap.owner_id, gap.due_on, gap.plan) != spoken.plan:
        raise Refused(
            "two-at-once",
            f"Somebody changed the plan of the gap “{gap.item.title}” since then; say a new word instead.",
        )


def _put_gap_back(
    held: Assessment, gap: Gap, was: Mapping[str, Any], *, by: User, now: datetime, was_touched: bool
) -> None:
    status, plan = gap.status, kept(gap, PLAN)
    subject = gap_subject(gap, gap.item, held.service)
    is_unmet = gap.item.status == ItemStatus.NOT_MET
    is_shut_by_excuse = gap.closed_how == ClosedHow.EXCUSED and gap.item.is_open
    if not was and not was_touched and not is_unmet:
        gap.delete()
        record("gap.taken_back", subject, by=by, at=now, before={"status": status} | plan)
        return
    if gap.is_closed and not is_shut_by_excuse and (was_touched or not gap.item.is_open):
        return
    is_whole = was and (not was_touched or is_shut_by_excuse) and not (is_unmet and was["status"] == GapStatus.CLOSED)
    then = was or UNPLANNED
    # A word spoken before extensions were counted kept none.
    wanted = {name: then[name] for name in (GAP[:-1] if is_whole else PUT_BACK) if name in then}
    if wanted != kept(gap, tuple(wanted)):
        swap(gap, gap.version, **restored(Gap, wanted, tuple(wanted)))
        verb = "gap.planned" if gap.status == status else "gap.taken_back"
        before, after = {"status": status} | plan, {"status": gap.status} | kept(gap, PLAN)
        record(verb, subject, by=by, at=now, before=before, after=after)
    regressions.settled([gap], held.service)  # nobody is mailed about a slip of the tongue
