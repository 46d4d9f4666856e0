"""Rule *accountable-output*: every unmet item leaves the room with an owner and a due date; a hard gate's is before go-live,
a tracked gap also has a plan. And what else has to be true before a review can be decided: `blockers`, one function with four
uses — the page lists them, the button is disabled by them, the action refuses with them, the API returns them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from readiness.assessments.rules import ItemFacts, ItemStatus, due_problem
from readiness.checklists.rules import Gate
from reviews.rules.words import ParticipantRole, ReviewStatus, move_problem


class Rule(StrEnum):
    """The names by which refusals quote the product's rules."""

    PROOF_ONLY = "proof-only"
    DERIVED_DECISION = "derived-decision"
    ACCOUNTABLE_OUTPUT = "accountable-output"
    SECOND_PAIR = "second-pair"
    TIMING = "timing"
    LED_BY_OWNER = "led-by-owner"
    FROZEN = "frozen"
    LIFECYCLE = "lifecycle"
    IN_THE_ROOM = "in-the-room"
    ONE_MAIL = "one-mail"


class Kind(StrEnum):
    """What kind of thing is missing. Stable: the API returns it."""

    NOT_RUNNING = "not-running"
    LEAD_ABSENT = "lead-absent"
    ROLE_ABSENT = "role-absent"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    OFF_AGENDA = "off-agenda"
    NOT_TALKED_ABOUT = "not-talked-about"
    NO_OWNER = "no-owner"
    NO_DUE_DATE = "no-due-date"
    DUE_TOO_LATE = "due-too-late"
    DUE_IN_THE_PAST = "due-in-the-past"
    NO_PLAN = "no-plan"
    NO_SECOND_PAIR = "no-second-pair"


OF_THE_GAP = frozenset({Kind.NO_OWNER, Kind.NO_DUE_DATE, Kind.DUE_TOO_LATE, Kind.DUE_IN_THE_PAST, Kind.NO_PLAN})
"""What a gap lacks: an owner, a date or a plan mends it."""


class Where(StrEnum):
    """Where on the room's pages it is repaired."""

    ROOM = "room"
    PEOPLE = "people"
    PASSED = "passed"
    ITEM = "item"


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why the review can't be decided yet. `sentence` says what would satisfy the rule. `agenda_id` leads to the item's place;
    `role` is the one for which nobody is present.
    """

    kind: Kind
    rule: Rule
    sentence: str
    where: Where = Where.ITEM
    item_key: str = ""
    agenda_id: int | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class PointFacts:
    """One item as the end of the meeting sees it. `agenda_id` None: it is not on the agenda. `excused_by`: the name of who said
    that it does not apply, while a second person has not confirmed it.
    """

    item: ItemFacts
    agenda_id: int | None = None
    word: str = ""
    excused_by: str = ""


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """`go_live_on` None: the service is in production, so nothing has to happen before go-live.
    `unacknowledged`: how many passed items wait for a named person's word; 0 when there are none, or it was given.
    """

    status: ReviewStatus
    today: date
    go_live_on: date | None
    lead: str
    roles_present: frozenset[str]
    unacknowledged: int
    points: tuple[PointFacts, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """What an open item's gap still lacks. `field` is the form's field at which it is repaired."""

    kind: Kind
    field: str
    sentence: str


def last_due_day(gate: Gate, *, go_live_on: date | None, waived_until: date | None, today: date) -> date | None:
    """The last due date that `due_problem` accepts; None when any will do. For the form's hint and its calendar."""
    if gate is not Gate.HARD or go_live_on is None or go_live_on <= today:
        return None
    eve = go_live_on - timedelta(days=1)
    return max(eve, waived_until) if waived_until else eve


def lacks(
    item: ItemFacts, *, has_owner: bool, due_on: date | None, has_plan: bool, go_live_on: date | None, today: date
) -> list[Lack]:
    """What *accountable-output* misses of an open item's owner, date and plan; empty when it may leave the room like this.

    A waiver is what lets a hard gate go live unmet: then its due date may be as late as the waiver's end.
    """
    found = []
    if not has_owner:
        found.append(Lack(Kind.NO_OWNER, "owner", "Name the person who will close it."))
    if due_on is None:
        found.append(Lack(Kind.NO_DUE_DATE, "due_on", "Give the day by which it is closed."))
    elif due_on < today:
        found.append(Lack(Kind.DUE_IN_THE_PAST, "due_on", "The due date is in the past; give a new one."))
    elif problem := due_problem(item.gate, due_on, go_live_on=go_live_on, waived_until=item.waived_until, today=today):
        found.append(Lack(Kind.DUE_TOO_LATE, "due_on", problem))
    if item.gate is Gate.TRACKED and not has_plan:
        found.append(
            Lack(Kind.NO_PLAN, "plan", "Say how it will be closed; a tracked gap may ship open only with a plan.")
        )
    return found


def blockers(review: ReviewFacts) -> list[Blocker]:
    """In the order in which a room would repair them: the meeting, the people, the items in agenda order, what passed."""
    found = [*_of_the_meeting(review), *_of_the_people(review)]
    for point in review.points:
        found.extend(_of_a_point(point, review))
    if review.unacknowledged:
        found.append(_unacknowledged(review.unacknowledged))
    return found


def _of_the_meeting(review: ReviewFacts) -> Iterator[Blocker]:
    problem = move_problem(review.status, ReviewStatus.DECIDED)
    if problem:
        yield Blocker(Kind.NOT_RUNNING, Rule.LIFECYCLE, problem, Where.ROOM)


def _of_the_people(review: ReviewFacts) -> Iterator[Blocker]:
    """*led-by-owner*."""
    if not review.lead:
        sentence = "The service has no tech lead; name the one who leads this review on the service's page."
        yield Blocker(Kind.LEAD_ABSENT, Rule.LED_BY_OWNER, sentence, Where.PEOPLE)
    elif ParticipantRole.LEAD not in review.roles_present:
        sentence = f"{review.lead} leads this review as tech lead and is not present."
        yield Blocker(Kind.LEAD_ABSENT, Rule.LED_BY_OWNER, sentence, Where.PEOPLE, role=ParticipantRole.LEAD)
    for role in (ParticipantRole.ON_CALL, ParticipantRole.PLATFORM):
        if role not in review.roles_present:
            sentence = f"Nobody is present for {role.label.lower()}; invite somebody, or wait until they have joined."
            yield Blocker(Kind.ROLE_ABSENT, Rule.LED_BY_OWNER, sentence, Where.PEOPLE, role=role)


def _of_a_point(point: PointFacts, review: ReviewFacts) -> Iterator[Blocker]:
    item = point.item
    is_open = item.status not in {ItemStatus.MET, ItemStatus.NOT_APPLICABLE}
    if point.agenda_id is None:
        if is_open:
            since = f"“{item.title}” is {item.status.label.lower()} since the meeting began; put it on the agenda."
            yield _at(point, Kind.OFF_AGENDA, since)
        return
    if is_open and point.excused_by:
        sentence = (
            f"{point.excused_by} said that “{item.title}” does not apply; on a hard gate a second person confirms that."
        )
        yield _at(point, Kind.NO_SECOND_PAIR, sentence, Rule.SECOND_PAIR)
    elif not point.word:
        yield _at(point, Kind.NOT_TALKED_ABOUT, f"“{item.title}” has not been talked about.")
    elif is_open:
        for lack in point_lacks(item, review.go_live_on, review.today):
            yield _at(point, lack.kind, f"“{item.title}”: {lack.sentence}")


def point_lacks(item: ItemFacts, go_live_on: date | None, today: date) -> list[Lack]:
    """What the item's gap lacks, as it stands now."""
    gap = item.gap if item.gap and not item.gap.is_closed else None
    return lacks(
        item,
        has_owner=bool(gap and gap.has_owner),
        due_on=gap.due_on if gap else None,
        has_plan=bool(gap and gap.has_plan),
        go_live_on=go_live_on,
        today=today,
    )


def _at(point: PointFacts, kind: Kind, sentence: str, rule: Rule = Rule.ACCOUNTABLE_OUTPUT) -> Blocker:
    return Blocker(kind, rule, sentence, Where.ITEM, point.item.key, point.agenda_id)


def _unacknowledged(count: int) -> Blocker:
    sentence = "1 item passed and nobody has acknowledged it by name."
    if count > 1:
        sentence = f"{count} items passed and nobody has acknowledged them by name."
    return Blocker(Kind.NOT_ACKNOWLEDGED, Rule.ACCOUNTABLE_OUTPUT, sentence, Where.PASSED)


def met_problem(item_title: str, status: ItemStatus, reason: str) -> str | None:
    """*proof-only*: the room can't make an item met; None when the proof says that it is."""
    if status is ItemStatus.MET:
        return None
    return f"“{item_title}” is {status.label.lower()}: {reason} Attach proof or run its check; the status follows by itself."
