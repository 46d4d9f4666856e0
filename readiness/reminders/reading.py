"""What might be said to whom, read once for everybody (or for a few, before their mail leaves). A statement for each kind of
thing, however many people and services there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from readiness.accounts import policy
from readiness.accounts.models import Grant, User, read_grants
from readiness.accounts.policy import Target
from readiness.accounts.reach import naming
from readiness.accounts.rules import Action, Role
from readiness.assessments.models import Evidence, Gap, GapStatus, Item, Waiver, WaiverStatus
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.checklists.rules import Gate, How
from readiness.portfolio.campaigns.scope import Scope, sees_all
from readiness.portfolio.models import Campaign, CampaignDay
from readiness.reminders.rules import A_MONTH, OPEN_AGAIN, SOON, OpenGap, Why, concerned, second_pair
from reviews.again import due_again
from reviews.models import Participant
from reviews.rules import ReviewStatus

# Somewhere it is already tomorrow; a gap that is due in a week there is read too.
A_DAY = timedelta(days=1)
type People = Sequence[User] | None
PLACE = ("id", "name", "team_id", "tech_lead_id", "on_call_id", "platform_owner_id")


@dataclass(frozen=True, slots=True)
class Place:
    """A service, as far as a digest and policy need it."""

    id: int
    name: str
    team_id: int
    lead_id: int | None
    on_call_id: int | None
    platform_id: int | None

    @property
    def named(self) -> tuple[int | None, ...]:
        return self.lead_id, self.on_call_id, self.platform_id

    @property
    def target(self) -> Target:
        roles = ((Role.TECH_LEAD, self.lead_id), (Role.ON_CALL, self.on_call_id), (Role.ON_CALL, self.platform_id))
        return Target(self.team_id, self.id, named=frozenset((role, one) for role, one in roles if one is not None))


@dataclass(frozen=True, slots=True)
class Asked:
    """Something other than a gap. `said` is a sentence, which begins with when it is due where `due_on` says so. Without
    a service it is the reader's own, and of no service.
    """

    why: Why
    service_id: int | None
    title: str
    said: str
    path: str
    due_on: date | None = None


@dataclass(slots=True)
class Facts:
    """`gaps` and `asked`: person's id → what may concern them. `places`: by the service's id."""

    places: dict[int, Place] = field(default_factory=dict)
    gaps: dict[int, list[OpenGap]] = field(default_factory=lambda: defaultdict(list))
    asked: dict[int, list[Asked]] = field(default_factory=lambda: defaultdict(list))
    _seen: dict[tuple[int, int], bool] = field(default_factory=dict)

    def name_of(self, service_id: int | None) -> str:
        return self.places[service_id].name if service_id is not None else ""

    def sees(self, person: User, service_id: int | None) -> bool:
        """Rule *readable*, asked once of each person and service."""
        if service_id is None:
            return True
        key = (person.pk, service_id)
        if key not in self._seen:
            self._seen[key] = bool(policy.may(person, Action.SEE, self.places[service_id].target))
        return self._seen[key]

    def concern(self, person: User) -> bool:
        return person.pk in self.gaps or person.pk in self.asked

    def place(self, values: tuple[Any, ...]) -> Place:
        return self.places.setdefault(values[0], Place(*values))

    def ask(self, people: Iterable[int], asked: Asked) -> None:
        for person_id in people:
            self.asked[person_id].append(asked)


class Managers:
    """Of teams and of the organisation. People who left count nowhere: what waits for a second pair must not wait for them."""

    def __init__(self, now: datetime) -> None:
        held = Grant.objects.live(now).filter(role=Role.MANAGER, service_id=None, user__is_active=True)
        self._of: dict[int | None, list[int]] = defaultdict(list)
        for team_id, user_id in held.order_by("user_id").values_list("team_id", "user_id"):
            self._of[team_id].append(user_id)
        self.gone = set(User.objects.filter(is_active=False).values_list("pk", flat=True))

    def of(self, team_id: int) -> tuple[int, ...]:
        return tuple(dict.fromkeys((*self._of.get(team_id, ()), *self._of.get(None, ()))))

    def second_pair(self, place: Place, *but: int | None) -> tuple[int, ...]:
        return second_pair(place.named, self.of(place.team_id), but={*but, *self.gone})


def read(now: datetime, about: People = None) -> Facts:
    """Eleven statements at most. `about`: what concerns these people only."""
    facts, managers = Facts(), Managers(now)
    for gap in _open_gaps(facts, managers, now, about):
        for person_id in concerned(gap):
            facts.gaps[person_id].append(gap)
    _waivers_to_decide(facts, managers, about)
    _waivers_ending(facts, managers, now, about)
    _excuses_to_confirm(facts, managers, about)
    _attestations_to_witness(facts, about)
    _outcomes_to_read(facts, about)
    _reviews_due(facts, now, about)
    _campaigns_due(facts, now, about)
    return facts


def _near(about: People, service: str = "service") -> Q:
    """Rows of services that name one of these people or whose team they manage."""
    if about is None or any(policy.is_everywhere(person, Action.DECIDE_WAIVER) for person in about):
        return Q()
    near = Q()
    for person in about:
        teams = policy.teams_where(person, Action.DECIDE_WAIVER)
        near |= naming(person, f"{service}__") | Q(**{f"{service}__team__in": teams})
    return near


def _columns(service: str = "service") -> tuple[str, ...]:
    return tuple(f"{service}__{name}" for name in PLACE)


def _open_gaps(facts: Facts, managers: Managers, now: datetime, about: People) -> Iterator[OpenGap]:
    again = Q(due_on=None) | Q(open_since__gte=now - OPEN_AGAIN - A_DAY)
    due = Q(due_on__lte=timezone.localdate(now) + SOON + A_DAY)
    near = _near(about)
    if about is not None and near:
        near |= Q(owner__in=about)
    rows = Gap.objects.open().filter(near, due | Q(status=GapStatus.AWAITING) | (Q(reopened__gt=0) & again))
    own = ("pk", "item__title", "gate", "due_on", "owner_id", "owner__name", "status", "proposed_by_id", "reopened")
    found = rows.order_by("due_on", "pk").values_list(*_columns(), *own, "open_since")
    for row in found.iterator(chunk_size=2000):
        place = facts.place(row[: len(PLACE)])
        pk, title, gate, due_on, owner_id, owner, status, proposed_by, times, since = row[len(PLACE) :]
        is_proposed = status == GapStatus.AWAITING
        yield OpenGap(
            pk,
            title,
            gate == Gate.HARD,
            due_on,
            place.id,
            owner_id,
            owner or "nobody",
            place.lead_id,
            managers.of(place.team_id),
            managers.second_pair(place, owner_id, proposed_by) if is_proposed else (),
            is_proposed,
            timezone.localdate(since) if times else None,
            times,
        )


def _waivers_to_decide(facts: Facts, managers: Managers, about: People) -> None:
    """*second-pair*: a waiver's approver is not its requester."""
    rows = Waiver.objects.waiting().filter(_near(about)).order_by("requested_at", "pk")
    own = ("pk", "item__title", "requested_by_id", "requested_by__name", "ends_on")
    for row in rows.values_list(*_columns(), *own):
        place = facts.place(row[: len(PLACE)])
        pk, title, by, name, ends_on = row[len(PLACE) :]
        said = f"{name} asks for a waiver until {ends_on:%-d %b %Y}"
        people = [person for person in managers.of(place.team_id) if person != by]
        facts.ask(people, Asked(Why.DECIDE, place.id, title, said, reverse("assessments:waiver", args=[pk])))


def _waivers_ending(facts: Facts, managers: Managers, now: datetime, about: People) -> None:
    """To whoever has to meet the item before: the gap's owner, else the tech lead, else who asked. Not while a renewal waits."""
    today = timezone.localdate(now)
    near = _near(about)
    if about is not None and near:
        near |= Q(item__gap__owner__in=about) | Q(requested_by__in=about)
    rows = Waiver.objects.filter(
        near, status=WaiverStatus.APPROVED, ends_on__gte=today, ends_on__lte=today + A_MONTH + A_DAY
    )
    rows = rows.exclude(item__in=Waiver.objects.waiting().values("item"))
    own = ("pk", "item__title", "item__gap__owner_id", "requested_by_id", "ends_on")
    for row in rows.order_by("ends_on", "pk").values_list(*_columns(), *own):
        place = facts.place(row[: len(PLACE)])
        pk, title, owner_id, by, ends_on = row[len(PLACE) :]
        people = [one for one in (owner_id, place.lead_id, by) if one is not None and one not in managers.gone]
        path = reverse("assessments:waiver", args=[pk])
        asked = Asked(Why.ENDING, place.id, title, "Then it blocks again: meet it, or ask for a renewal", path, ends_on)
        facts.ask(people[:1], asked)


def _excuses_to_confirm(facts: Facts, managers: Managers, about: People) -> None:
    """*second-pair*: that a hard gate does not apply takes a second person."""
    said = Item.objects.filter(gate=Gate.HARD, excused_at__isnull=False, excuse_confirmed_at=None, retired_at=None)
    rows = said.filter(_near(about, "assessment__service")).order_by("excused_at", "pk")
    own = ("assessment__service__slug", "key", "title", "excused_by_id", "excused_by__name")
    for row in rows.values_list(*_columns("assessment__service"), *own):
        place = facts.place(row[: len(PLACE)])
        slug, key, title, by, name = row[len(PLACE) :]
        path = reverse("portfolio:item", args=[slug, key])
        asked = Asked(Why.CONFIRM, place.id, title, f"{name} says that it does not apply", path)
        facts.ask(managers.second_pair(place, by), asked)


def _attestations_to_witness(facts: Facts, about: People) -> None:
    """*attestation*: the person who was named, and nobody else."""
    named = Evidence.objects.filter(how=How.ATTESTATION, witnessed_at=None, is_superseded=False)
    named = named.filter(witness__in=about) if about is not None else named.filter(witness__isnull=False)
    of_item = Item.objects.filter(assessment=OuterRef("assessment"), key=OuterRef("item_key")).values("title")[:1]
    own = ("assessment__service__slug", "item_key", "of_item", "witness_id", "performed_by__name")
    rows = named.annotate(of_item=of_item).order_by("received_at", "pk")
    for row in rows.values_list(*_columns("assessment__service"), *own):
        place = facts.place(row[: len(PLACE)])
        slug, key, title, witness_id, name = row[len(PLACE) :]
        path = reverse("portfolio:item", args=[slug, key])
        asked = Asked(Why.WITNESS, place.id, title or key, f"{name} names you as the witness", path)
        facts.ask([witness_id], asked)


def _outcomes_to_read(facts: Facts, about: People) -> None:
    unread = Participant.objects.filter(review__status=ReviewStatus.DECIDED, output_acknowledged_at=None)
    unread = unread.filter(person__in=about) if about is not None else unread
    columns = (*_columns("review__service"), "person_id", "review_id", "review__decision", "review__decided_at")
    rows = unread.order_by("review__decided_at", "review_id").values_list(*columns).distinct()
    for row in rows:
        place = facts.place(row[: len(PLACE)])
        person_id, review_id, decision, decided_at = row[len(PLACE) :]
        title = f"{Decision(decision).label}: what the review decided"
        said = f"decided on {timezone.localdate(decided_at):%-d %b %Y}; say that you have read it"
        facts.ask([person_id], Asked(Why.READ, place.id, title, said, reverse("reviews:packet", args=[review_id])))


def _reviews_due(facts: Facts, now: datetime, about: People) -> None:
    led = Service.objects.filter(tech_lead__isnull=False)
    services = led.filter(tech_lead__in=about) if about is not None else led
    for row in due_again(services, timezone.localdate(now) + A_DAY):
        service, due = row.service, row.next_review
        if due is None or service.tech_lead_id is None:
            continue
        values = (service.pk, service.name, service.team_id, service.tech_lead_id)
        place = facts.place((*values, service.on_call_id, service.platform_owner_id))
        path = reverse("reviews:schedule", args=[service.slug])
        asked = Asked(Why.REVIEW, place.id, "Schedule the next review", due.reason, path, due.due_on)
        facts.ask([service.tech_lead_id], asked)


def _campaigns_due(facts: Facts, now: datetime, about: People) -> None:
    """As of the last count. Who does not see every service that takes part is told no figures."""
    last = CampaignDay.objects.filter(campaign=OuterRef("pk")).order_by("-day")
    running = Campaign.objects.filter(ended_at=None, due_on__lte=timezone.localdate(now) + SOON + A_DAY)
    running = running.filter(owner__in=about) if about is not None else running
    counted = running.annotate(met=Subquery(last.values("met")[:1]), of=Subquery(last.values("services")[:1]))
    # One that everybody meets, or that nobody takes part in, is over but for saying so.
    open_ones = counted.filter(Q(met=None) | ~Q(met=F("of")))
    rows: list[Any] = list(open_ones.select_related("owner").order_by("due_on", "pk"))
    read_grants([row.owner for row in rows])
    for row in rows:
        is_told = row.of is not None and sees_all(row.owner, Scope.of(row.scope))
        said = f"{row.met} of {row.of} services meet it" if is_told else "See who is missing"
        facts.ask([row.owner_id], Asked(Why.CAMPAIGN, None, row.name, said, row.get_absolute_url(), row.due_on))
