"""A verdict typed as one line, as the verdict's form takes it: what was not typed is what the form suggests."""

from dataclasses import dataclass, field
from datetime import date, datetime

from readiness.accounts.models import User
from readiness.assessments.queries import fact_of, house_day
from reviews import rules
from reviews.meeting import open_gap_of
from reviews.models import AgendaItem, go_live_of
from reviews.rules import Line, Named, Word


@dataclass(frozen=True, slots=True)
class Suggested:
    """What a gap's owner, due date and plan are unless somebody says otherwise: as they were said, as the gap has them, or else
    whoever answers for the service, and a day that can be kept.
    """

    owner_id: int | None
    due_on: date
    plan: str


def suggested(point: AgendaItem, now: datetime) -> Suggested:
    gap, service = open_gap_of(point.item), point.review.service
    today, gate = house_day(now), fact_of(point.item).gate
    last = rules.last_due_day(gate, go_live_on=go_live_of(service), waived_until=point.item.waived_until, today=today)
    owners = (point.owner_id, gap and gap.owner_id, service.on_call_id, service.tech_lead_id, service.platform_owner_id)
    return Suggested(
        owner_id=next((owner for owner in owners if owner), None),
        due_on=point.due_on or (gap and gap.due_on) or rules.suggested_due(today, last, is_hard=point.item.is_hard),
        plan=point.plan or (gap.plan if gap else ""),
    )


@dataclass(frozen=True, slots=True)
class TypedLine:
    """`values`: the form's fields. `assumed`: which of them nobody typed."""

    line: Line
    values: dict[str, str] = field(default_factory=dict)
    assumed: frozenset[str] = frozenset()

    @property
    def problem(self) -> str:
        return self.line.problem


def read_typed(text: str, people: list[User], point: AgendaItem, now: datetime) -> TypedLine:
    """`people`: whoever may own a gap of this review."""
    named = [Named(person.pk, person.get_full_name(), person.email) for person in people]
    line = rules.read_line(text, named, house_day(now))
    if line.word is None or line.problem:
        return TypedLine(line)
    values = {"word": line.word.value, "note": line.note}
    if line.word is not Word.GAP:
        return TypedLine(line, values)
    wanted, said = suggested(point, now), {}
    if line.owner:
        said["owner"] = str(line.owner.id)
    if line.due_on:
        said["due_on"] = line.due_on.isoformat()
    if line.plan:
        said["plan"] = line.plan
    default = {"owner": str(wanted.owner_id or ""), "due_on": wanted.due_on.isoformat(), "plan": wanted.plan}
    return TypedLine(line, values | default | said, frozenset(default) - frozenset(said))


def first_problem(point: AgendaItem, word: str) -> str:
    """Why a word can't be said of it, whatever goes with it; empty when it can. The action refuses with the same sentences."""
    item = point.item
    if word == Word.MET:
        facts = fact_of(item)
        return rules.met_problem(item.title, facts.status, facts.reason) or ""
    return ""


def gap_version(point: AgendaItem) -> int:
    """Of the open gap; 0 when there is none."""
    gap = open_gap_of(point.item)
    return gap.version if gap else 0
