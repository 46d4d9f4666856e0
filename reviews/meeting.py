"""A review read once: agenda, people and where every item stands. The room, the end of the meeting and the packet all look at
the same rows, so that what is shown, what is judged and what is frozen can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Model
from django.utils.text import slugify

from readiness.accounts.models import User
from readiness.assessments.models import Gap, Item
from readiness.assessments.queries import fact_of, gap_of, house_day
from readiness.assessments.rules import ItemFacts, ItemStatus, Verdict, decide
from reviews import rules
from reviews.company import Company
from reviews.models import AgendaItem, ParkedTopic, Participant, Review, go_live_of

NOT_IN_BRIEF = ("criteria", "excused_reason", "next_step", "gap__opened_because")


@dataclass(frozen=True)
class Meeting:
    """`items` are all of the assessment's, in checklist order; `today` is the installation's calendar day."""

    review: Review
    items: list[Item]
    agenda: list[AgendaItem]
    participants: list[Participant]
    now: datetime
    today: date

    @classmethod
    def of(cls, review: Review, now: datetime, *, is_brief: bool = False) -> Meeting:
        """Three queries, and one more when somebody is named who does not take part. `review` comes with its service.

        `is_brief`: only what the agenda and the decision need of an item, not its proof.
        """
        rows = Item.objects.filter(assessment=review.assessment_id, retired_at=None).select_related("gap")
        items = list(rows.defer(*NOT_IN_BRIEF) if is_brief else rows)
        by_id = {item.pk: item for item in items}
        # An upgrade of the checklist in the middle of a review retires items: they are not asked for any more.
        agenda = [point for point in review.agenda.all() if point.item_id in by_id]
        for point in agenda:
            point.review, point.item = review, by_id[point.item_id]
        review.current = next((point for point in agenda if point.pk == review.current_id), None)
        participants = list(review.participants.select_related("person"))
        introduce(participants, items, agenda)
        return cls(review, items, agenda, participants, now, house_day(now))

    # --- where it is heading -----------------------------------------------------------------------------------------

    @cached_property
    def facts(self) -> list[ItemFacts]:
        return [fact_of(item) for item in self.items]

    @cached_property
    def verdict(self) -> Verdict:
        return decide(self.facts, today=self.today)

    @cached_property
    def heading(self) -> rules.Heading:
        return rules.heading(self.facts, today=self.today)

    @cached_property
    def blockers(self) -> list[rules.Blocker]:
        return rules.blockers(self._review_facts())

    @property
    def to_settle(self) -> int:
        """How many things stand before the decision; an item that lacks owner and date and plan is one."""
        gaps = {blocker.agenda_id for blocker in self.blockers if is_of_a_gap(blocker)}
        return len(gaps) + sum(not is_of_a_gap(blocker) for blocker in self.blockers)

    def _review_facts(self) -> rules.ReviewFacts:
        service = self.review.service
        return rules.ReviewFacts(
            status=rules.ReviewStatus(self.review.status),
            today=self.today,
            go_live_on=go_live_of(service),
            lead=self._lead_name(),
            roles_present=self.roles_present,
            unacknowledged=0 if self.review.passed_acknowledged_at else len(self.passed),
            points=tuple(self._points()),
        )

    def _lead_name(self) -> str:
        """Of the service's tech lead of now; mostly one of the participants, so that nobody has to be fetched."""
        lead_id = self.review.service.tech_lead_id
        named = next((row.person for row in self.participants if row.person_id == lead_id), None)
        lead = named or self.review.service.tech_lead
        return lead.get_full_name() if lead else ""

    def _points(self) -> Iterable[rules.PointFacts]:
        facts = dict(zip((item.pk for item in self.items), self.facts, strict=True))
        for point in self.agenda:
            yield rules.PointFacts(facts[point.item_id], point.pk, point.word, excuse_waits_for(point.item))
        for item in self.unlisted:
            yield rules.PointFacts(facts[item.pk], None, "", "")

    # --- the agenda --------------------------------------------------------------------------------------------------

    @cached_property
    def unlisted(self) -> list[Item]:
        """Items that are not on the agenda."""
        listed = {point.item_id for point in self.agenda}
        return [item for item in self.items if item.pk not in listed]

    @cached_property
    def passed(self) -> list[Item]:
        """What is met and on nobody's mind: one line, acknowledged by a named person."""
        return [item for item in self.unlisted if item.status == ItemStatus.MET]

    @cached_property
    def since_acknowledged(self) -> frozenset[int]:
        """Ids of items whose standing is another one since somebody acknowledged what passed."""
        at = self.review.passed_acknowledged_at
        return frozenset(item.pk for item in self.unlisted if at and item.status_since > at)

    @property
    def passed_since(self) -> int:
        """How many pass now that did not when somebody acknowledged what passed."""
        return sum(1 for item in self.passed if item.pk in self.since_acknowledged)

    @cached_property
    def left_out(self) -> list[Item]:
        return [item for item in self.unlisted if item.status == ItemStatus.NOT_APPLICABLE]

    @cached_property
    def broken(self) -> list[Item]:
        """What stopped being met since the meeting began."""
        return [item for item in self.unlisted if item.is_open]

    @cached_property
    def said(self) -> int:
        return sum(1 for point in self.agenda if point.word)

    @property
    def groups(self) -> list[Group]:
        """The agenda in its order, under headings; what was put on it later stands at its end."""
        raised = [point for point in self.agenda if point.raised_by_id]
        made = [point for point in self.agenda if not point.raised_by_id]
        groups = [
            Group("Hard gates", [point for point in made if point.item.is_hard]),
            Group("Tracked gaps", [point for point in made if not point.item.is_hard]),
            Group("Put on the agenda", raised),
        ]
        return [group for group in groups if group.points]

    @property
    def parked(self) -> list[AgendaItem]:
        return [point for point in self.agenda if point.word == rules.Word.PARKED]

    @cached_property
    def too_early(self) -> str | None:
        """Why it may be better to meet later."""
        return rules.worth_meeting(self.bare, sum(1 for item in self.items if item.status != ItemStatus.NOT_APPLICABLE))

    @cached_property
    def bare(self) -> int:
        """How many open items lack any proof."""
        return sum(1 for item in self.items if item.is_open and not any(row.get("evidence") for row in item.criteria))

    @cached_property
    def topics(self) -> list[ParkedTopic]:
        """The parking lot: what is still there first. One query."""
        topics = self.review.parked_topics.select_related("about__item", "parked_by", "settled_by")
        return sorted(topics, key=lambda topic: topic.settled_at is not None)

    @property
    def exceptions(self) -> int:
        """How many items would be talked about for being open, if the meeting began now."""
        return sum(1 for item in self.items if item.is_open)

    def share_of(self, point: AgendaItem) -> int:
        """Seconds that an item may take of the time the meeting was given, by what it took in past reviews."""
        expected = [other.expected_seconds for other in self.agenda]
        return rules.share(point.expected_seconds, expected, self.review.minutes * 60)

    @cached_property
    def nudge(self) -> str:
        """What the clock has to say; mostly nothing."""
        current, unsaid = self.point(self.review.current_id), len(self.agenda) - self.said
        share = self.share_of(current) if current else 0
        return nudge_of(self.review, current, share=share, unsaid=unsaid, now=self.now)

    def point(self, agenda_id: int | None) -> AgendaItem | None:
        return next((point for point in self.agenda if point.pk == agenda_id), None)

    def neighbours(self, point: AgendaItem | None) -> tuple[AgendaItem | None, AgendaItem | None]:
        """The one before and the one after; after the end (None) the last one is before."""
        if point is None:
            return (self.agenda[-1] if self.agenda else None), None
        place = next(number for number, other in enumerate(self.agenda) if other.pk == point.pk)
        before = self.agenda[place - 1] if place else None
        after = self.agenda[place + 1] if place + 1 < len(self.agenda) else None
        return before, after

    # --- the people --------------------------------------------------------------------------------------------------

    @cached_property
    def roles_present(self) -> frozenset[str]:
        """*led-by-owner*: as lead counts only the service's tech lead of now."""
        lead_id = self.review.service.tech_lead_id
        present = [row for row in self.participants if row.present_since]
        return frozenset(
            row.role for row in present if row.role != rules.ParticipantRole.LEAD or row.person_id == lead_id
        )

    @cached_property
    def seats(self) -> list[Seat]:
        return seats(self.participants)

    def seat_of(self, person: User) -> Seat | None:
        return next((seat for seat in self.seats if seat.person.pk == person.pk), None)

    @property
    def readers(self) -> int:
        """How many said that they read the pre-read."""
        return sum(1 for seat in self.seats if seat.read_at)

    @property
    def present(self) -> int:
        return sum(1 for seat in self.seats if seat.is_present)

    @cached_property
    def company(self) -> Company:
        """The same people, as their screens tell at this moment."""
        return Company(self)


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    points: list[AgendaItem]

    @property
    def key(self) -> str:
        return slugify(self.title)

    @property
    def said(self) -> int:
        return sum(1 for point in self.points if point.word)


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in the review, with all their roles."""

    person: User
    rows: tuple[Participant, ...]

    @property
    def is_present(self) -> bool:
        return any(row.present_since for row in self.rows)

    @property
    def read_at(self) -> datetime | None:
        """When they said that they read the pre-read."""
        return next((row.read_at for row in self.rows if row.read_at), None)

    @property
    def has_acknowledged(self) -> bool:
        return any(row.output_acknowledged_at for row in self.rows)

    @property
    def roles(self) -> str:
        """As in "Tech lead and on-call"."""
        labels = [row.get_role_display() for row in self.rows]
        return " and ".join([labels[0], *(label.lower() for label in labels[1:])])


def nudge_of(review: Review, current: AgendaItem | None, *, share: int, unsaid: int, now: datetime) -> str:
    """`share`: of the current item, in seconds. `unsaid`: how many items have no word yet."""
    if not review.is_running:
        return ""
    is_said = bool(current and current.word)
    hand = rules.Hand(
        given=review.minutes * 60,
        run=review.seconds_run(now),
        spent=current.seconds + review.seconds_on_current(now) if current else 0,
        share=share if current else 0,
        left=unsaid - (current is not None and not is_said),
        is_said=is_said,
    )
    return rules.nudge(hand)


def seats(participants: Iterable[Participant]) -> list[Seat]:
    grouped: dict[int, list[Participant]] = {}
    for row in participants:
        grouped.setdefault(row.person_id, []).append(row)
    return [Seat(rows[0].person, tuple(rows)) for rows in grouped.values()]


def introduce(participants: list[Participant], items: list[Item], agenda: list[AgendaItem]) -> None:
    """Puts the people into their places: mostly they sit in the room, and a join for each place would read each many times."""
    gaps = [gap for item in items if (gap := gap_of(item))]
    named: list[tuple[Model, str]] = [(gap, "owner") for gap in gaps]
    named += [(item, name) for item in items for name in ("excused_by", "excuse_confirmed_by")]
    named += [(point, name) for point in agenda for name in ("owner", "said_by", "raised_by")]
    wanted = [(row, name, person_id) for row, name in named if (person_id := getattr(row, f"{name}_id"))]
    people = {row.person_id: row.person for row in participants}
    if absent := {person_id for _, _, person_id in wanted} - people.keys():
        people |= User.objects.in_bulk(absent)
    for row, name, person_id in wanted:
        setattr(row, name, people[person_id])


def is_of_a_gap(blocker: rules.Blocker) -> bool:
    """Owner, date or plan of an item on the agenda: one form mends all three."""
    return blocker.kind in rules.OF_THE_GAP and blocker.agenda_id is not None


def open_gap_of(item: Item) -> Gap | None:
    gap = gap_of(item)
    return None if gap is None or gap.is_closed else gap


def excuse_waits_for(item: Item) -> str:
    """The name of who said that an item does not apply, while a second person has to confirm it (rule *second-pair*)."""
    if item.is_open and item.excused_by_id and item.excuse_confirmed_at is None and item.excused_by:
        return item.excused_by.get_full_name()
    return ""
