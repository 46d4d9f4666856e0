"""What goes live next, what stands in its way, and whom to talk to about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db import connection
from django.db.models import BooleanField, F, FilteredRelation, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from readiness.assessments.queries import blocks
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.portfolio.worry import Contact, Person, contact, worry
from reviews.models.review import ReviewQuerySet

AHEAD = timedelta(days=60)
SHOWN = 6
NAMED = 3
"""So many blockers are named; the rest are a number."""
ROLES = {"tech_lead": "leads it", "on_call": "is on call for it", "platform_owner": "owns the platform below it"}
FIELDS = (
    "pk", "slug", "name", "tier", "go_live_on", "team__name", "assessment__computed_decision", "assessment__last_decision",
    "review_at", "worry", *(f"{role}__{part}" for role in ROLES for part in ("name", "email", "is_active")),
    "blocker__key", "blocker__title", "blocker__next_step", "blocker__gap__due_on",
    *(f"blocker__gap__owner__{part}" for part in ("name", "email", "is_active")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blocker:
    """An open hard gate. `step` is what would bring it forward most cheaply; `owner` who still works here and has its gap."""

    key: str
    title: str
    step: str
    owner: Person | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """`open_gates` counts all, `blockers` are the first few. `review_at`: when the next review begins, that is not over yet."""

    slug: str
    name: str
    tier: int
    go_live_on: date
    team: str
    tech_lead: str
    decision: str
    blockers: tuple[Blocker, ...]
    open_gates: int
    late_gates: int
    is_late: bool
    last_decision: str
    review_at: datetime | None
    worry: int
    contact: Contact | None

    @property
    def more(self) -> int:
        return self.open_gates - len(self.blockers)

    @property
    def is_blocked(self) -> bool:
        return self.decision == Decision.NO_GO

    @property
    def is_reviewed_in_time(self) -> bool:
        """One is planned, and for no later than the day itself."""
        return self.review_at is not None and timezone.localdate(self.review_at) <= self.go_live_on

    @property
    def is_under_review(self) -> bool:
        """Its time has come, and it is not over."""
        return self.review_at is not None and self.review_at <= timezone.now()

    @property
    def last_decision_words(self) -> str:
        return Decision(self.last_decision).label.lower() if self.last_decision else ""

    @property
    def tone(self) -> str:
        if self.is_blocked:
            return "bad"
        return {Decision.GO.value: "good", Decision.CONDITIONAL.value: "warn"}.get(self.decision, "calm")


def upcoming(services: ServiceQuerySet, today: date) -> ServiceQuerySet:
    """Not launched, and due within 60 days; those whose date has passed come first."""
    due = services.filter(launched_on=None, go_live_on__lte=today + AHEAD)
    return due.order_by("go_live_on", "tier", "name", "pk")


def launches(services: ServiceQuerySet, today: date, reviews: ReviewQuerySet) -> list[Launch]:
    """The next few of `services`, each with the hard gates that block it, the cheapest first. One statement. `reviews` are the
    live ones that may be spoken of.
    """
    return _read(upcoming(services, today), ("go_live_on", "tier", "name", "pk"), today, reviews)


def worries(services: ServiceQuerySet, today: date, reviews: ReviewQuerySet) -> list[Launch]:
    """The same few, whatever worries most first."""
    order = ("-worry", "go_live_on", "tier", "name", "pk")
    return _read(upcoming(services, today).annotate(worry=worry(today)).order_by(*order), order, today, reviews)


def _read(ordered: ServiceQuerySet, order: Sequence[str], today: date, reviews: ReviewQuerySet) -> list[Launch]:
    soon = Service.objects.filter(_few(ordered.values("pk")[:SHOWN]))
    review_at = Subquery(reviews.filter(service=OuterRef("pk")).order_by("starts_at").values("starts_at")[:1])
    rows: QuerySet[Service, Any] = (
        soon.annotate(
            blocker=FilteredRelation("assessment__items", condition=blocks(today, "assessment__items__")),
            review_at=review_at,
            worry=worry(today),
        )
        .order_by(*order, "blocker__next_step_cost", "blocker__position")
        .values(*FIELDS)
    )
    return [_launch(list(of_one), today) for _, of_one in groupby(rows, key=lambda row: row["pk"])]


class _OneOf(Func):
    """Is it one of these few? They are read before the rest; PostgreSQL's planner would else read the items of every service."""

    arg_joiner = " = ANY("
    template = "%(expressions)s)"
    output_field = BooleanField()


class _Array(Subquery):
    """Django writes NULL in the place of a subquery that finds nothing for certain: `= ANY(NULL)` is true of no row."""

    template = "ARRAY(%(subquery)s)"


def _few(services: "QuerySet[Any, Any]") -> Q | _OneOf:
    return _OneOf(F("pk"), _Array(services)) if connection.vendor == "postgresql" else Q(pk__in=services)


def _launch(rows: Sequence[dict[str, Any]], today: date) -> Launch:
    first, blockers = rows[0], list(_blockers(rows, today))
    people = ((words, _person(first, f"{role}__")) for role, words in ROLES.items())
    named = [(words, person) for words, person in people if person]
    return Launch(
        slug=first["slug"],
        name=first["name"],
        tier=first["tier"],
        go_live_on=first["go_live_on"],
        team=first["team__name"],
        tech_lead=first["tech_lead__name"] or "",
        decision=first["assessment__computed_decision"] or "",
        blockers=tuple(blockers[:NAMED]),
        open_gates=len(blockers),
        late_gates=sum(blocker.is_late for blocker in blockers),
        is_late=first["go_live_on"] < today,
        last_decision=first["assessment__last_decision"] or "",
        review_at=first["review_at"],
        worry=first["worry"],
        contact=contact([blocker.owner for blocker in blockers], named),
    )


def _blockers(rows: Iterable[dict[str, Any]], today: date) -> Iterable[Blocker]:
    for row in rows:
        if row["blocker__key"] is not None:
            due_on = row["blocker__gap__due_on"]
            yield Blocker(
                key=row["blocker__key"],
                title=row["blocker__title"],
                step=row["blocker__next_step"],
                owner=_person(row, "blocker__gap__owner__"),
                is_late=due_on is not None and due_on < today,
            )


def _person(row: dict[str, Any], prefix: str) -> Person | None:
    """Nobody where whoever stands there has left."""
    is_here = row[f"{prefix}is_active"]
    return Person(row[f"{prefix}name"] or row[f"{prefix}email"], row[f"{prefix}email"]) if is_here else None
