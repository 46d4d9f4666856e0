"""What a sheet would change, gap by gap, and why a line of it could not. Reads, and changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from readiness.accounts import policy
from readiness.accounts.models import User, read_grants
from readiness.accounts.rules import Action
from readiness.assessments.actions import GapPlan
from readiness.assessments.actions.gaps import closed_problem, is_extended, plan_problems
from readiness.assessments.models import Gap
from readiness.assessments.register.sheet import Doubt, Line, Sheet

MOST = 500
"""Gaps that one sheet changes: they are written in one transaction."""
COLUMNS = {"owner": "owner_email", "due_on": "due_on", "reason": "reason"}


@dataclass(frozen=True, slots=True)
class Change:
    """`plan`: all of it as it would stand then. `lines`: (what, before, after) in words."""

    gap: Gap
    plan: GapPlan
    words: list[tuple[str, str, str]]


@dataclass(slots=True)
class Preview:
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def can_be_stored(self) -> bool:
        return bool(self.changes) and not self.doubts


def preview(by: User, sheet: Sheet, today: date) -> Preview:
    """A constant number of statements, however many lines."""
    seen = Preview(doubts=list(sheet.doubts))
    gaps = Gap.objects.visible_to(by).with_context().in_bulk([line.gap_id for line in sheet.lines])
    owners = _people(sheet)
    for line in sheet.lines:
        gap = gaps.get(line.gap_id)
        if gap is None:
            seen.doubts.append(Doubt(line.number, "gap", f"There is no gap {line.gap_id} that you may see."))
            continue
        owner = owners.get(line.owner_email.lower()) if line.owner_email else gap.owner
        _look(by, line, gap, owner, seen, today=today)
    if len(seen.changes) > MOST:
        seen.doubts.append(Doubt(0, "", f"These are {len(seen.changes):,} changes; bring at most {MOST} at once."))
    seen.doubts.sort(key=lambda doubt: doubt.line)
    return seen


def _people(sheet: Sheet) -> dict[str, User]:
    wanted = {line.owner_email.lower() for line in sheet.lines if line.owner_email}
    people = list(User.objects.active().filter(email__in=wanted)) if wanted else []
    read_grants(people)
    return {person.email.lower(): person for person in people}


def _look(by: User, line: Line, gap: Gap, owner: User | None, seen: Preview, *, today: date) -> None:
    plan = GapPlan(gap.pk, gap.version, owner, line.due_on or gap.due_on, line.plan or gap.plan, line.reason)
    words = list(_words(gap, plan)) if line.says_something else []
    if not words and not (line.owner_email and owner is None):
        seen.unchanged += 1
    elif doubts := list(_doubts(by, line, gap, plan, today)):
        seen.doubts += doubts
    else:
        seen.changes.append(Change(gap, plan, words))


def _doubts(by: User, line: Line, gap: Gap, plan: GapPlan, today: date) -> Iterator[Doubt]:
    ruling = policy.may(by, Action.PLAN_GAP, gap.service.target)
    if sentence := ruling.reason if not ruling else closed_problem(gap):
        yield Doubt(line.number, "gap", sentence)
        return
    if line.version not in {None, gap.version}:
        stands = f"it is {gap.owner or 'nobody'}'s, due {gap.due_on or 'on no day'}, version {gap.version}"
        yield Doubt(line.number, "version", f"Somebody changed this gap since the file was written: now {stands}.")
    if line.owner_email and plan.owner is None:
        yield Doubt(line.number, "owner_email", f"Nobody here has the address “{line.owner_email[:80]}”.")
    problems = plan_problems(gap, owner=plan.owner, due_on=plan.due_on, target=gap.service.target, today=today)
    if is_extended(gap, plan.due_on) and not line.reason:
        problems["reason"] = "The date moves later: say why in the column “reason”."
    for name, sentence in problems.items():
        yield Doubt(line.number, COLUMNS[name], sentence)


def _words(gap: Gap, plan: GapPlan) -> Iterator[tuple[str, str, str]]:
    if plan.owner != gap.owner:
        yield "Owner", str(gap.owner or "nobody"), str(plan.owner or "nobody")
    if plan.due_on != gap.due_on:
        yield "Due", _day(gap.due_on), _day(plan.due_on)
    if plan.plan.strip() != gap.plan.strip().replace("\r\n", "\n"):
        yield "Plan", gap.plan, plan.plan


def _day(day: date | None) -> str:
    return day.isoformat() if day else "no day"
