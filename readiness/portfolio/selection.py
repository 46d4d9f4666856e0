"""Which services the portfolio looks at, and in which order. All of it stands in the address, so a link shows the same again."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, FilteredRelation, IntegerField, OrderBy, OuterRef, Q, Subquery, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce
from django.http import QueryDict

from readiness.accounts.models import User
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.rules import Decision
from readiness.catalog.models import Lifecycle, ServiceQuerySet
from readiness.checklists.rules import Category
from readiness.portfolio.service_list import Filters
from readiness.portfolio.worry import worry

WINDOWS = {
    "30": "Due in 30 days",
    "60": "Due in 60 days",
    "90": "Due in 90 days",
    "passed": "Date passed",
    "undated": "No date yet",
    "launched": "Launched",
    "drifted": "Gate fell since launch",
}
"""Go-live windows. One that is due includes those whose date has passed without a launch: they are the most urgent."""
NO_DECISION = "none"
DECISIONS = {decision.value: decision.label for decision in Decision} | {NO_DECISION: "Not measured"}
LAUNCH_DAY = Case(When(launched_on=None, then=F("go_live_on")), default=None)
"""The day a service is to go live; nothing once it has."""


@dataclass(frozen=True, slots=True)
class Column:
    """`worst` is the order that a first click asks for: what to worry about comes first."""

    key: str
    label: str
    worst: str
    css: str = ""


COLUMNS = (
    Column("name", "Service", "name"),
    Column("tier", "Tier", "tier"),
    *(Column(category.value, category.label, f"-{category.value}") for category in Category),
    Column("gates", "Hard gates", "-gates", "cell-num"),
    Column("gaps", "Open gaps", "-gaps", "cell-num"),
    Column("go-live", "Go-live", "go-live"),
    Column("decision", "Decision", "-decision"),
)
TEAM = Column("team", "Team", "team")
WORRY = "worry"
"""An order without a column: what the list of launches is in."""
SORTS = frozenset({column.key for column in (*COLUMNS, TEAM)} | {WORRY})
FIRST_SORT = "go-live"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head: where a click on it leads, and what it says of the order now (`aria_sort` empty: not by this one)."""

    label: str
    next_sort: str
    aria_sort: str
    css: str

    @property
    def icon(self) -> str:
        return {"ascending": "chevron-up", "descending": "chevron-down"}.get(self.aria_sort, "")


@dataclass(frozen=True, slots=True)
class Selection:
    """An unknown value is no filter: an old link still shows something. `services` are the filters of the list of services."""

    services: Filters
    today: date
    decision: str = ""
    window: str = ""
    sort: str = FIRST_SORT

    @classmethod
    def of(cls, query: QueryDict, today: date) -> "Selection":
        decision, window, sort = (query.get(name, "") for name in ("decision", "go_live", "sort"))
        return cls(
            services=replace(Filters.of(query), sort=""),
            today=today,
            decision=decision if decision in DECISIONS else "",
            window=window if window in WINDOWS else "",
            sort=sort if sort.removeprefix("-") in SORTS else FIRST_SORT,
        )

    @property
    def is_narrowed(self) -> bool:
        return self.services.are_set or bool(self.decision or self.window)

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in COLUMNS]

    @property
    def team_heading(self) -> Heading:
        return self._heading(TEAM)

    def _heading(self, column: Column) -> Heading:
        if self.sort.removeprefix("-") != column.key:
            return Heading(column.label, column.worst, "", column.css)
        is_descending = self.sort.startswith("-")
        turned = column.key if is_descending else f"-{column.key}"
        return Heading(column.label, turned, "descending" if is_descending else "ascending", column.css)

    def among(self, services: ServiceQuerySet, user: User) -> ServiceQuerySet:
        chosen = self.services.apply(services, user)
        if self.decision == NO_DECISION:
            chosen = chosen.filter(assessment=None)
        elif self.decision:
            chosen = chosen.filter(assessment__computed_decision=self.decision)
        return chosen.filter(in_window(self.window, self.today)) if self.window else chosen

    def found(self, services: ServiceQuerySet) -> ServiceQuerySet:
        """`services` in order, to take a page from: by overdue gaps counted once for all, not for each service."""
        if self.sort.removeprefix("-") != "gaps":
            return self.ordered(services)
        late = FilteredRelation("gaps", condition=Q(gaps__due_on__lt=self.today) & ~Q(gaps__status=GapStatus.CLOSED))
        return self.ordered(services.annotate(late=late, overdue_gaps=Count("late")))

    def ordered(self, services: ServiceQuerySet) -> ServiceQuerySet:
        """By overdue gaps only where `services` have them counted as `overdue_gaps`."""
        key = self.sort.removeprefix("-")
        value = worry(self.today) if key == WORRY else _sort_value(key)
        direction: dict[str, Any] = {"descending": self.sort.startswith("-"), "nulls_last": True}
        first = [] if key == "name" else [OrderBy(value, **direction)]
        by_name = OrderBy(F("name"), descending=key == "name" and direction["descending"])
        return services.order_by(*first, by_name, "slug")


def in_window(window: str, today: date) -> Q:
    waits = Q(launched_on=None)
    match window:
        case "passed":
            return waits & Q(go_live_on__lt=today)
        case "undated":
            return waits & Q(go_live_on=None) & ~Q(lifecycle=Lifecycle.PRODUCTION)
        case "launched":
            # A catalog often says "production" and no day.
            return Q(launched_on__isnull=False) | Q(go_live_on=None, lifecycle=Lifecycle.PRODUCTION)
        case "drifted":
            return Q(assessment__gate_fell_on__isnull=False)
        case days:
            return waits & Q(go_live_on__lte=today + timedelta(days=int(days)))


def _sort_value(key: str) -> Any:
    match key:
        case "name" | "tier":
            return F(key)
        case "team":
            return F("team__name")
        case "go-live":
            return LAUNCH_DAY
        case "gates":
            return F("assessment__hard_open")
        case "gaps":
            return F("overdue_gaps")
        case "decision":
            return _strictness()
        case category:
            return _severity(category)


def _strictness() -> Case:
    whens = [When(assessment__computed_decision=one.value, then=Value(one.strictness)) for one in Decision]
    return Case(*whens, default=None, output_field=IntegerField())


def _severity(category: str) -> Any:
    """Any hard gate that blocks weighs more than all gaps of a category together."""
    counts = KeyTransform(category, "assessment__counts")
    blocking, applicable, met = (
        Cast(KeyTextTransform(name, counts), IntegerField()) for name in ("blocking", "applicable", "met")
    )
    return blocking * 100 + applicable - met


def open_gaps() -> Coalesce:
    return _count(Gap.objects.open())


def overdue_gaps(today: date) -> Coalesce:
    return _count(Gap.objects.overdue(today))


def _count(gaps: Any) -> Coalesce:
    """How many of `gaps` each service has."""
    counted = gaps.filter(service=OuterRef("pk")).order_by().values("service").annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number"), output_field=IntegerField()), 0)


def spoken(query: QueryDict) -> QueryDict:
    """The address without what says nothing: a form sends its empty fields too, and every link would carry them on."""
    said = QueryDict(mutable=True)
    for name, values in query.lists():
        if any(values):
            said.setlist(name, [value for value in values if value])
    return said
