"""What the room looks at: one item with its requirement, its proof, its last runs and what was said of it the last time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from readiness.assessments.models import Evidence, Gap, Item, Waiver
from readiness.assessments.queries import fact_of
from readiness.checklists.pack import PackItem
from readiness.checklists.rules import How
from readiness.checks.models import Run, RunStatus
from reviews import rules
from reviews.meeting import Meeting, open_gap_of
from reviews.models import AgendaItem, Ballot, Review, TalkRequest, go_live_of

RUNS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that has to be shown, how it stands, and the proof that decides."""

    text: str
    status: str
    reason: str
    proof: Evidence | None


@dataclass(frozen=True)
class Stage:
    meeting: Meeting
    point: AgendaItem

    @property
    def item(self) -> Item:
        return self.point.item

    @property
    def gap(self) -> Gap | None:
        return open_gap_of(self.item)

    @property
    def pack_item(self) -> PackItem:
        return self.meeting.review.assessment.version.pack.item(self.item.key)

    @cached_property
    def criteria(self) -> list[Criterion]:
        return criteria_of(self.item, self.pack_item)

    @cached_property
    def runs(self) -> list[Run]:
        runs = Run.objects.filter(check_row__item=self.item, status=RunStatus.FINISHED).select_related("check_row")
        return list(runs.defer("figures", "findings", "check_row__config").order_by("-id")[:RUNS_SHOWN])

    @cached_property
    def waiver(self) -> Waiver | None:
        return Waiver.objects.filter(item=self.item).live().select_related("requested_by", "decided_by").first()

    @cached_property
    def previous(self) -> AgendaItem | None:
        """What the last decided review said of it."""
        said = AgendaItem.objects.filter(item=self.item, review__status=rules.ReviewStatus.DECIDED)
        earlier = said.exclude(review=self.meeting.review).select_related("review", "owner", "said_by")
        return earlier.order_by("-review__decided_at").first()

    @cached_property
    def last_review(self) -> Review | None:
        earlier = Review.objects.decided().filter(service=self.meeting.review.service_id)
        return earlier.exclude(pk=self.meeting.review.pk).order_by("-decided_at").first()

    @property
    def excused_by(self) -> str:
        return self.item.excused_by.get_full_name() if self.item.is_excuse_waiting and self.item.excused_by else ""

    # --- the way through the agenda --------------------------------------------------------------------------------------

    @property
    def before(self) -> AgendaItem | None:
        return self.meeting.neighbours(self.point)[0]

    @property
    def after(self) -> AgendaItem | None:
        return self.meeting.neighbours(self.point)[1]

    @property
    def number(self) -> int:
        return self.meeting.agenda.index(self.point) + 1

    @property
    def since(self) -> datetime | None:
        """Since when the room is on it this time; None while it is elsewhere, or paused."""
        review = self.meeting.review
        return review.current_since if review.current_id == self.point.pk else None

    @property
    def share(self) -> int:
        """Seconds that it may take."""
        return self.meeting.share_of(self.point)

    @cached_property
    def ballot(self) -> Ballot | None:
        """The last vote on it, open or revealed."""
        return Ballot.objects.for_room().filter(agenda_item=self.point).order_by("-pk").first()

    @property
    def question(self) -> str:
        """What a vote on it would ask."""
        return rules.question_for(self.item.title)

    @cached_property
    def asked(self) -> list[TalkRequest]:
        """Who wants to talk about it, and why."""
        asked = TalkRequest.objects.filter(review=self.meeting.review, item=self.item)
        return list(asked.select_related("person"))

    # --- what the verdict's form needs -----------------------------------------------------------------------------------

    @property
    def met_problem(self) -> str:
        """Why "met" can't be said; the same sentence disables the button and refuses the action."""
        facts = fact_of(self.item)
        return rules.met_problem(self.item.title, facts.status, facts.reason) or ""

    @property
    def last_due_day(self) -> date | None:
        return rules.last_due_day(
            fact_of(self.item).gate,
            go_live_on=go_live_of(self.meeting.review.service),
            waived_until=self.item.waived_until,
            today=self.meeting.today,
        )


def criteria_of(item: Item, pack_item: PackItem) -> list[Criterion]:
    """One query, and none for an item without proof."""
    texts = {criterion.key: criterion.text for criterion in pack_item.criteria}
    wanted = [row["evidence"] for row in item.criteria if row.get("evidence")]
    rows = Evidence.objects.select_related("performed_by", "witness", "file").defer("figures", "findings")
    proofs = rows.in_bulk(wanted) if wanted else {}
    return [
        Criterion(texts.get(row["key"], row["key"]), row["status"], row["reason"], proofs.get(row.get("evidence")))
        for row in item.criteria
    ]


def by_how(items: Iterable[Item]) -> dict[str, int]:
    """How many of the passed items were proved by machines, and how many need a person's word as well. One query."""
    items = list(items)
    wanted = {row["evidence"]: item.pk for item in items for row in item.criteria if row.get("evidence")}
    said = Evidence.objects.filter(pk__in=wanted, how__in=[How.RECORD, How.ATTESTATION]).values_list("pk", flat=True)
    people = {wanted[pk] for pk in said}
    return {"machine": len(items) - len(people), "people": len(people)}
