"""The steps of a gap's plan: written, put in order, ticked, taken out. They close nothing (rule *proof-only*)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.gaps import closed_problem
from readiness.assessments.actions.holding import WrongFields, gap_subject, hold, swap
from readiness.assessments.models import Gap, Item, Step
from readiness.history.actions import Subject, record

MOST_STEPS = 50
LONGEST = 300


@transaction.atomic
def add_step(*, by: User, gap: Gap, text: str, now: datetime, position: int | None = None) -> Step:
    """At the end, or at `position` (1 is the first). Raises Refused on a closed gap, WrongFields for words that say nothing."""
    fresh, subject = _held(by, gap)
    text = _said(text)
    steps = list(fresh.steps.all())
    if len(steps) >= MOST_STEPS:
        raise WrongFields("accountable-output", {"text": f"A plan has at most {MOST_STEPS} steps; put some together."})
    step = Step.objects.create(gap=fresh, position=len(steps) + 1, text=text)
    if position is not None:
        _number([*steps[: max(position - 1, 0)], step, *steps[max(position - 1, 0) :]])
    record("gap.step_added", subject, by=by, at=now, after={"step": text})
    return step


@transaction.atomic
def edit_step(*, by: User, step: Step, version: int, text: str, now: datetime) -> Step:
    fresh, subject = _held_step(by, step)
    text = _said(text)
    before = fresh.text
    if before == text and fresh.version == version:
        return fresh
    swap(fresh, version, text=text)
    record("gap.step_edited", subject, by=by, at=now, before={"step": before}, after={"step": text})
    return fresh


@transaction.atomic
def move_step(*, by: User, step: Step, version: int, places: int, now: datetime) -> Step:
    """`places` down, or up when negative; one that stands at the end already stays there."""
    fresh, subject = _held_step(by, step)
    steps = list(fresh.gap.steps.all())
    was = steps.index(fresh)
    to = min(max(was + places, 0), len(steps) - 1)
    if to == was and fresh.version == version:
        return fresh
    swap(fresh, version)
    steps.insert(to, steps.pop(was))
    _number(steps)
    record(
        "gap.step_moved",
        subject,
        by=by,
        at=now,
        before={"step": fresh.text, "place": was + 1},
        after={"step": fresh.text, "place": to + 1},
    )
    fresh.refresh_from_db()
    return fresh


@transaction.atomic
def tick_step(*, by: User, step: Step, version: int, is_done: bool, now: datetime) -> Step:
    """Says that it is done, or that it is not after all. What is so already stays so: two people may tick at once."""
    fresh, subject = _held_step(by, step)
    if fresh.is_done == is_done:
        return fresh
    swap(fresh, version, done_by=by if is_done else None, done_at=now if is_done else None)
    verb = "gap.step_done" if is_done else "gap.step_undone"
    record(verb, subject, by=by, at=now, after={"step": fresh.text})
    return fresh


@transaction.atomic
def remove_step(*, by: User, step: Step, version: int, now: datetime) -> None:
    fresh, subject = _held_step(by, step)
    swap(fresh, version)  # whoever changed its words meanwhile did not mean it to go
    gap, text = fresh.gap, fresh.text
    fresh.delete()
    _number(list(gap.steps.all()))
    record("gap.step_removed", subject, by=by, at=now, before={"step": text})


def _held(by: User, gap: Gap) -> tuple[Gap, Subject]:
    """The gap as it is while the assessment is held, for who may plan it and while it is open."""
    held = hold(Item.objects.values_list("assessment_id", flat=True).get(pk=gap.item_id))
    policy.require(by, Action.PLAN_GAP, held.service.target)
    fresh = Gap.objects.select_related("item").get(pk=gap.pk)
    if problem := closed_problem(fresh):
        raise Refused("reopen", problem)
    return fresh, gap_subject(fresh, fresh.item, held.service)


def _held_step(by: User, step: Step) -> tuple[Step, Subject]:
    gap, subject = _held(by, step.gap)
    fresh = Step.objects.filter(pk=step.pk).first()
    if fresh is None:
        raise Conflict("Somebody else has removed this step in the meantime.")
    fresh.gap = gap
    return fresh, subject


def _said(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise WrongFields("accountable-output", {"text": "Say what is to be done."})
    if len(text) > LONGEST:
        raise WrongFields("accountable-output", {"text": f"At most {LONGEST} characters; make two steps of it."})
    return text


def _number(steps: Sequence[Step]) -> None:
    """1, 2, 3 in this order. A step's version stays: its words are the same wherever it stands."""
    moved: list[Any] = []
    for place, step in enumerate(steps, start=1):
        if step.position != place:
            step.position = place
            moved.append(step)
    Step.objects.bulk_update(moved, ["position"])
