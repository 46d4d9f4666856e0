"""What one person has to do: gaps by due date, services with what is next, reviews. Statements that don't grow with the rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import models
from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from readiness.accounts.models import User
from readiness.accounts.reach import naming
from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from reviews.again import due_again
from reviews.models import Review

GAPS_SHOWN = 6
SERVICES_SHOWN = 8
REVIEWS_SHOWN = 8
STEPS = 3
SOON = timedelta(days=7)
GROUPS = ("Overdue", "In the next 7 days", "Later", "Without a date")


@dataclass(frozen=True, slots=True)
class GapGroup:
    """`number` counts all of them, `gaps` are the first few."""

    label: str
    is_overdue: bool
    number: int
    gaps: Sequence[Gap]

    @property
    def more(self) -> int:
        return self.number - len(self.gaps)


@dataclass(frozen=True, slots=True)
class MyGaps:
    groups: Sequence[GapGroup]

    @property
    def number(self) -> int:
        return sum(group.number for group in self.groups)

    @property
    def overdue(self) -> int:
        return sum(group.number for group in self.groups if group.is_overdue)

    @property
    def first(self) -> Gap | None:
        return self.groups[0].gaps[0] if self.groups else None


def my_gaps(user: User, today: date) -> MyGaps:
    """Open gaps that this person owns, the first few of each group and how many there are. One statement."""
    group = models.Case(
        models.When(due_on__lt=today, then=models.Value(0)),
        models.When(due_on__lte=today + SOON, then=models.Value(1)),
        models.When(due_on__isnull=False, then=models.Value(2)),
        default=models.Value(3),
        output_field=models.IntegerField(),
    )
    order = (F("due_on").asc(nulls_last=True), "gate", "pk")
    numbered = Gap.objects.visible_to(user).owned_by(user).open().annotate(group=group)
    placed = numbered.annotate(
        place=Window(RowNumber(), partition_by=F("group"), order_by=order),
        number=Window(Count("pk"), partition_by=F("group")),
    ).filter(place__lte=GAPS_SHOWN)
    rows = placed.select_related("service", "item").order_by(F("group"), *order).fetch_mode(models.FETCH_RAISE)
    groups = [(at, list(gaps)) for at, gaps in groupby(rows, key=attrgetter("group"))]
    number = attrgetter("number")
    return MyGaps([GapGroup(GROUPS[at], at == 0, number(gaps[0]), gaps) for at, gaps in groups])


@dataclass(frozen=True, slots=True)
class MyService:
    """`steps`: what to do next, hard gates first and the cheapest first among them."""

    service: Service
    assessment: Assessment | None
    steps: Sequence[Item]

    @property
    def is_blocked(self) -> bool:
        return self.assessment is not None and self.assessment.computed_decision == Decision.NO_GO

    @property
    def go_live_on(self) -> date | None:
        """The day to prepare for; None once it is in production."""
        return None if self.service.launched_on else self.service.go_live_on

    @property
    def gate_step(self) -> Item | None:
        return next((step for step in self.steps if step.is_hard), None)


@dataclass(frozen=True, slots=True)
class MyServices:
    shown: Sequence[MyService]
    has_more: bool


def my_services(user: User, today: date) -> MyServices:
    """Services that name this person, the next to go live first. Two statements."""
    named = (
        Service.objects.filter(naming(user))
        .in_force()
        .select_related("team", "assessment")
        .fetch_mode(models.FETCH_RAISE)
    )
    ahead = models.Case(models.When(launched_on=None, then=F("go_live_on")), default=None)
    ordered = named.order_by(ahead.asc(nulls_last=True), "tier", "name")
    services = list(ordered[: SERVICES_SHOWN + 1])
    steps = _steps([service.pk for service in services[:SERVICES_SHOWN]], today)
    shown = [
        MyService(one, getattr(one, "assessment", None), steps.get(one.pk, ())) for one in services[:SERVICES_SHOWN]
    ]
    return MyServices(shown, has_more=len(services) > SERVICES_SHOWN)


def _steps(service_ids: Iterable[int], today: date) -> dict[int, list[Item]]:
    """The first three of each service. `gate` orders as it should: "hard" comes before "tracked"."""
    order = ("gate", "next_step_cost", "position")
    place = Window(RowNumber(), partition_by="assessment", order_by=order)
    unmet = Item.objects.open().filter(assessment__service__in=service_ids, retired_at=None)
    asked = unmet.filter(Q(waived_until=None) | Q(waived_until__lte=today)).exclude(next_step="")
    first = asked.annotate(place=place).filter(place__lte=STEPS).select_related("assessment")
    by_service = attrgetter("assessment.service_id")
    rows = sorted(first, key=lambda item: (by_service(item), item.gate, item.next_step_cost, item.position))
    return {service_id: list(items) for service_id, items in groupby(rows, key=by_service)}


@dataclass(frozen=True, slots=True)
class MyReviews:
    """`running` is the one to join now. `due`: the standing of services that this person leads and that are due again."""

    running: Review | None
    upcoming: Sequence[Review]
    due: Sequence[Assessment]


def my_reviews(user: User, today: date) -> MyReviews:
    """Reviews that this person leads or takes part in and that are not over, and those that are due again. Two statements."""
    mine = (
        Review.objects.visible_to(user)
        .of(user)
        .live()
        .select_related("service__team", "lead")
        .order_by("starts_at", "pk")
    )
    reviews = list(mine.fetch_mode(models.FETCH_RAISE)[:REVIEWS_SHOWN])
    running = sorted((review for review in reviews if review.is_live), key=lambda review: review.is_paused)
    due = due_again(Service.objects.filter(tech_lead=user), today).fetch_mode(models.FETCH_RAISE)[:REVIEWS_SHOWN]
    upcoming = [review for review in reviews if review not in running[:1]]
    return MyReviews(running[0] if running else None, upcoming, list(due))
