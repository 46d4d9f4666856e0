"""Writes the lives of the model services as rows: items, gaps, waivers, proof, reviews, and the history that tells of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from readiness.accounts.models import User
from readiness.assessments import actions as assessments
from readiness.assessments.actions.counting import add_up
from readiness.assessments.models import Assessment, Evidence, Gap, GapStatus, Item, Waiver, WaiverStatus
from readiness.assessments.models.gap import ClosedHow
from readiness.assessments.outcome import Result
from readiness.assessments.queries import house_day
from readiness.assessments.rules import Decision, ItemStatus
from readiness.catalog.models import Lifecycle, Service
from readiness.checklists.models import Version
from readiness.checklists.pack import PackCriterion, PackItem
from readiness.checklists.rules import How, Strength
from readiness.demo.seeding.company import Company, day_ahead
from readiness.demo.seeding.lives import ItemLife, ServiceLife, service as a_life
from readiness.history.actions import TIME, Actor, Subject, entry, record_all
from readiness.history.models import Entry
from reviews.models import Review
from reviews.rules import ReviewStatus

MACHINE = Actor.machine("a check")
PROVED = frozenset({ItemStatus.MET, ItemStatus.STALE})
AT_ONCE = 500
UPDATED_AT_ONCE = 50
"""An update of many rows looks for each row among all of its statement."""
PLAN = "Written down in the team's notes: what is missing, who does it, and how it is proved."
ITEM = (
    "status", "reason", "strength", "valid_until", "changes_at", "status_since", "criteria", "waived_until", "next_step",
    "next_step_cost",
)  # fmt: skip
SERVICE = ("lifecycle", "go_live_on", "launched_on", "created_at")


@dataclass(slots=True)
class Written:
    """What is written in bulk once all models have been lived through."""

    items: list[Item] = field(default_factory=list)
    gaps: list[tuple[Gap, ItemLife, Service]] = field(default_factory=list)
    waivers: list[Waiver] = field(default_factory=list)
    proof: list[Evidence] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Setting:
    company: Company
    version: Version
    now: datetime
    chance: Random

    def member(self, service: Service, nth: int) -> User:
        people = self.company.members[service.team_id]
        return people[nth % len(people)]


def live(services: Sequence[Service], setting: Setting) -> list[Assessment]:
    """Answers their assessments, counted as of now."""
    written = Written()
    for service in services:
        _live(service, setting, written)
    Service.objects.bulk_update(services, SERVICE, batch_size=UPDATED_AT_ONCE)
    Item.objects.bulk_update(written.items, ITEM, batch_size=UPDATED_AT_ONCE)
    Gap.objects.bulk_create([gap for gap, _, _ in written.gaps], batch_size=AT_ONCE)
    for gap, life, service in written.gaps:
        written.entries += _told_of_gap(gap, life, service)
    Waiver.objects.bulk_create(written.waivers, batch_size=AT_ONCE)
    Evidence.objects.bulk_create(written.proof, batch_size=AT_ONCE)
    Review.objects.bulk_create(written.reviews, batch_size=AT_ONCE)
    record_all(sorted(written.entries, key=lambda one: one.at))
    for assessment in written.assessments:
        add_up(assessment, assessment.items.select_related("gap"), setting.now)
    return written.assessments


def _live(service: Service, setting: Setting, written: Written) -> None:
    life = a_life(setting.now, setting.chance)
    _date(service, life, setting, written)
    assessment = assessments.start(service=service, by=TIME, now=life.began, version=setting.version)
    items = list(assessment.items.exclude(status=ItemStatus.NOT_APPLICABLE))
    for item, course in zip(items, life.items(len(items), setting.now, setting.chance), strict=True):
        _live_item(item, course, service, setting, written)
    written.reviews += _reviews(service, assessment, life, setting)
    written.assessments.append(assessment)


def _date(service: Service, life: ServiceLife, setting: Setting, written: Written) -> None:
    service.created_at = life.began
    if life.launched_at is None:
        service.go_live_on = day_ahead(house_day(setting.now), setting.chance)
        return
    service.launched_on = service.go_live_on = house_day(life.launched_at)
    service.lifecycle = Lifecycle.PRODUCTION
    before, after = {"launched_on": None}, {"launched_on": service.launched_on, "lifecycle": service.lifecycle}
    about = Subject("service", service.pk, service.name, service.pk, service.team_id)
    by = setting.member(service, 0)
    written.entries.append(entry("service.launched", about, by=by, at=life.launched_at, before=before, after=after))


# Items


def _live_item(item: Item, life: ItemLife, service: Service, setting: Setting, written: Written) -> None:
    if not life.turns:
        return
    asked = setting.version.pack.item(item.key)
    item.status, item.status_since, item.changes_at = life.status, life.turns[-1].at, None
    item.reason = REASONS[life.status]
    if life.status is ItemStatus.MET:
        item.next_step, item.next_step_cost = "", 0
    if life.status in PROVED:
        item.valid_until = item.status_since + timedelta(days=asked.valid_days)
        asked_for = asked.criteria_for(tier=service.tier, traits=service.traits)
        proof = [_proof(item, asked, criterion, setting) for criterion in asked_for]
        item.strength = min(
            (Strength(one.strength) for one in proof), key=lambda one: one.rank, default=Strength.LINKED
        )
        written.proof += proof
    item.criteria = [part | {"status": life.status.value, "reason": item.reason} for part in item.criteria]
    written.items.append(item)
    written.entries += _told_of_item(item, life, service)
    if any(turn.status is ItemStatus.NOT_MET for turn in life.turns):
        written.gaps.append((_gap(item, life, service, setting), life, service))
    if life.waiver:
        written.waivers.append(_waiver(item, life, service, setting))


REASONS: Mapping[ItemStatus, str] = {
    ItemStatus.MET: "Shown, and no older than it may be.",
    ItemStatus.NOT_MET: "The last proof says that it is not so.",
    ItemStatus.STALE: "What proved it is too old to count.",
    ItemStatus.UNKNOWN: "Nothing was shown yet.",
}


def _told_of_item(item: Item, life: ItemLife, service: Service) -> Iterator[Entry]:
    about = Subject("item", item.pk, item.title, service.pk, service.team_id)
    before = ItemStatus.UNKNOWN
    for turn in life.turns:
        change: Any = {"before": {"status": before}, "after": {"status": turn.status}}
        by = TIME if turn.status is ItemStatus.STALE else MACHINE
        yield entry("item.status", about, by=by, at=turn.at, reason=REASONS[turn.status], **change)
        before = turn.status


def _proof(item: Item, asked: PackItem, criterion: PackCriterion, setting: Setting) -> Evidence:
    """What is met has proof that still counts; what is stale was seen so long ago that it counts no more."""
    way, valid = criterion.ways[0], timedelta(days=asked.valid_days_for(criterion))
    is_met = item.status == ItemStatus.MET
    seen_at = item.status_since if is_met else item.status_since - valid
    own: dict[str, Any] = {}
    if way.how is How.ATTESTATION:
        own = {"performed_on": house_day(seen_at), "performed_by": setting.company.people[0][1]}
        own |= {"witness": setting.company.boss, "witnessed_at": seen_at}
    return Evidence(
        assessment_id=item.assessment_id, item_key=item.key, criterion_key=criterion.key, how=way.how, kind=way.kind,
        result=Result.PASS, strength=asked.strength_for(criterion), reason=REASONS[ItemStatus.MET],
        source="a check" if way.how.is_machine else "person", idempotency_key=f"seed-{item.pk}-{criterion.key}",
        observed_at=seen_at, received_at=seen_at,
        valid_until=max(seen_at + valid, setting.now + timedelta(days=1)) if is_met else item.status_since,
        **own,
    )  # fmt: skip


# Gaps


def _gap(item: Item, life: ItemLife, service: Service, setting: Setting) -> Gap:
    falls = [turn.at for turn in life.turns if turn.status is ItemStatus.NOT_MET]
    # Stale proof closes no gap, and a gap never follows it without the item having been met again.
    is_closed = life.status is not ItemStatus.NOT_MET
    gap = Gap(
        item=item, service=service, gate=item.gate, opened_at=falls[0], open_since=falls[-1],
        opened_because=REASONS[ItemStatus.NOT_MET], reopened=len(falls) - 1,
    )  # fmt: skip
    if life.plan:
        gap.owner = setting.member(service, 1 + item.position)
        extended = timedelta(days=21) if life.plan.extended_at else timedelta()
        gap.due_on = house_day(falls[-1] + life.plan.due + extended)
        gap.plan, gap.extended = PLAN, int(life.plan.extended_at is not None)
    if is_closed:
        after = next(turn.at for turn in life.turns if turn.at > falls[-1])
        gap.status, gap.closed_at, gap.closed_how = GapStatus.CLOSED, after, ClosedHow.CHECK
    elif gap.owner and setting.chance.random() < 0.4:
        gap.status = GapStatus.IN_PROGRESS
    return gap


def _told_of_gap(gap: Gap, life: ItemLife, service: Service) -> Iterator[Entry]:
    about = Subject("gap", gap.pk, str(gap), service.pk, service.team_id)
    was = ""
    for turn in life.turns:
        if turn.status is ItemStatus.NOT_MET:
            verb, was = "gap.reopened" if was else "gap.opened", GapStatus.OPEN.value
            before = {"status": GapStatus.CLOSED} if verb == "gap.reopened" else {}
            after = {"status": was, "gate": gap.gate}
            yield entry(verb, about, by=MACHINE, at=turn.at, before=before, after=after, reason=gap.opened_because)
        elif was == GapStatus.OPEN:
            was = GapStatus.CLOSED.value
            done = {"status": was, "gate": gap.gate, "closed_how": ClosedHow.CHECK}
            yield entry("gap.closed", about, by=MACHINE, at=turn.at, before={"status": GapStatus.OPEN}, after=done)
    if life.plan and gap.due_on:
        yield from _told_of_plan(gap, life, about)


def _told_of_plan(gap: Gap, life: ItemLife, about: Subject) -> Iterator[Entry]:
    if life.plan is None or gap.owner is None or gap.due_on is None:
        return
    late = timedelta(days=21) if life.plan.extended_at else timedelta()
    first = {"due_on": gap.due_on - late, "owner": str(gap.owner), "plan": gap.plan}
    nothing = {"due_on": None, "owner": None, "plan": ""}
    yield entry("gap.planned", about, by=gap.owner, at=life.plan.at, before=nothing, after=first)
    if life.plan.extended_at:
        before, after = {"due_on": gap.due_on - late}, {"due_on": gap.due_on}
        yield entry("gap.planned", about, by=gap.owner, at=life.plan.extended_at, before=before, after=after)


def _waiver(item: Item, life: ItemLife, service: Service, setting: Setting) -> Waiver:
    held = life.waiver
    if held is None:
        raise ValueError("asked for without one")
    is_over = held.until <= setting.now
    if not is_over:
        item.waived_until = house_day(held.until)
    return Waiver(
        item=item, service=service, status=WaiverStatus.EXPIRED if is_over else WaiverStatus.APPROVED,
        reason="The vendor's fix comes next quarter.", mitigation="We look at it by hand each week.",
        ends_on=house_day(held.until), requested_by=setting.member(service, 1), requested_at=held.asked_at,
        decided_by=setting.member(service, 0), decided_at=held.decided_at, ended_at=held.until if is_over else None,
    )  # fmt: skip


# Reviews


def _reviews(service: Service, assessment: Assessment, life: ServiceLife, setting: Setting) -> Iterable[Review]:
    lead, manager = setting.member(service, 1), setting.member(service, 0)
    for at in life.reviewed_at:
        decision = setting.chance.choice([Decision.GO, Decision.CONDITIONAL, Decision.CONDITIONAL, Decision.NO_GO])
        assessment.last_decision, assessment.last_decided_at, assessment.last_tier = decision, at, service.tier
        yield Review(
            service=service, assessment=assessment, status=ReviewStatus.DECIDED, lead=lead, scheduled_by=manager,
            starts_at=at - timedelta(minutes=25), scheduled_at=at - timedelta(days=9), started_at=at - timedelta(minutes=25),
            ran_seconds=1500, person_seconds=6000, computed_decision=decision, decision=decision, decided_by=lead, decided_at=at,
        )  # fmt: skip
    if assessment.last_decided_at:
        assessment.next_review_due_on = house_day(assessment.last_decided_at) + timedelta(days=365)
        assessment.save(update_fields=["last_decision", "last_decided_at", "last_tier", "next_review_due_on"])
    if service.launched_on is None and service.go_live_on and setting.chance.random() < 0.5:
        yield Review(
            service=service, assessment=assessment, lead=lead, scheduled_by=manager, go_live_on=service.go_live_on,
            starts_at=setting.now + timedelta(days=setting.chance.randrange(1, 20)),
        )  # fmt: skip
