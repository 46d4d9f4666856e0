"""One thing said of many gaps. Each gap goes through the action that says it of one, in a transaction of its own: what one
refuses does not hold up the others, and is said by name.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments.actions.comments import write_comment
from readiness.assessments.actions.gaps import plan_gap
from readiness.assessments.models import Gap
from readiness.assessments.queries import house_day
from readiness.assessments.rules import mentions

MOST = 500
"""Gaps at once: as many as one request has the time for."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A gap `with_context()`, and its version as the person saw it."""

    gap: Gap
    version: int

    def __str__(self) -> str:
        return f"{self.gap.item.title} of {self.gap.service}"


@dataclass(frozen=True, slots=True)
class Changed:
    """For taking it back: the gap's version after the change, and whose it was before."""

    gap_id: int
    version: int
    owner_id: int | None


@dataclass(frozen=True, slots=True)
class NotChanged:
    gap_id: int
    name: str
    why: str


@dataclass(slots=True)
class ManyOutcome:
    """`unchanged`: so many said so already."""

    changed: list[Changed] = field(default_factory=list)
    unchanged: int = 0
    refused: list[NotChanged] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Until:
    """A day for all of them, or so many weeks later for each: from its own date, or from today where that has passed."""

    day: date | None = None
    weeks: int = 0

    def after(self, due_on: date | None, today: date) -> date:
        return self.day or max(due_on or today, today) + timedelta(weeks=self.weeks)


def reassign_gaps(*, by: User, chosen: Sequence[Chosen], owner: User, now: datetime) -> ManyOutcome:
    def reassign(one: Chosen) -> Gap:
        gap = one.gap
        return plan_gap(by=by, gap=gap, version=one.version, owner=owner, due_on=gap.due_on, plan=gap.plan, now=now)

    return _each(chosen, reassign)


def extend_gaps(*, by: User, chosen: Sequence[Chosen], until: Until, reason: str, now: datetime) -> ManyOutcome:
    """Raises Refused when nobody says why; a gap whose date is later already stays as it is, and is named."""
    if not reason.strip():
        raise Refused("accountable-output", "Say why it takes longer: the reason stays with each gap.")
    today = house_day(now)

    def extend(one: Chosen) -> Gap:
        gap, day = one.gap, until.after(one.gap.due_on, today)
        if gap.due_on is not None and day < gap.due_on and one.version == gap.version:
            raise Refused("accountable-output", f"It is due later already, on {gap.due_on.isoformat()}.")
        return plan_gap(
            by=by, gap=gap, version=one.version, owner=gap.owner, due_on=day, plan=gap.plan, reason=reason, now=now
        )

    return _each(chosen, extend)


def comment_on_gaps(*, by: User, chosen: Sequence[Chosen], text: str, now: datetime) -> ManyOutcome:
    """Raises Refused for a comment on several gaps that mentions somebody: they would get a mail for each."""
    if not text.strip():
        raise Refused("own-words", "Write something first.")
    if len(chosen) > 1 and mentions.handles(text):
        raise Refused("own-words", "A comment on several gaps mentions nobody with @: they would get a mail for each.")

    def comment(one: Chosen) -> Gap:
        write_comment(by=by, gap=one.gap, text=text, now=now)
        return one.gap

    return _each(chosen, comment, is_swapped=False)


def give_back(*, by: User, changed: Sequence[Changed], gaps: Iterable[Gap], now: datetime) -> ManyOutcome:
    """Takes `reassign_gaps` back, gap by gap; what somebody changed since then stays theirs."""
    before = {one.gap_id: one for one in changed}
    owners = User.objects.in_bulk({one.owner_id for one in changed if one.owner_id})
    chosen = [Chosen(gap, before[gap.pk].version) for gap in gaps if gap.pk in before]

    def back(one: Chosen) -> Gap:
        gap, owner_id = one.gap, before[one.gap.pk].owner_id
        owner = owners[owner_id] if owner_id else None
        return plan_gap(by=by, gap=gap, version=one.version, owner=owner, due_on=gap.due_on, plan=gap.plan, now=now)

    return _each(chosen, back)


def _each(chosen: Sequence[Chosen], change: Callable[[Chosen], Gap], *, is_swapped: bool = True) -> ManyOutcome:
    outcome = ManyOutcome()
    for one in chosen:
        was = one.gap.owner_id
        try:
            gap = change(one)
        except Refused as refusal:
            outcome.refused.append(NotChanged(one.gap.pk, str(one), refusal.sentence))
            continue
        if is_swapped and gap.version == one.version:
            outcome.unchanged += 1
        else:
            outcome.changed.append(Changed(gap.pk, gap.version, was))
    return outcome
