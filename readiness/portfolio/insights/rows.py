"""The rows behind a number: one kind of page for each kind of row. What a card counts and what stands here come from the same
conditions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.queries import blocks
from readiness.assessments.rules import ItemStatus
from readiness.checklists.rules import Category, Gate
from readiness.face.moments import day_of
from readiness.portfolio.heat import service_url
from readiness.portfolio.insights.ageing import AGES, age
from readiness.portfolio.insights.counting import BY_MACHINE, STANDINGS, items_of, standing
from readiness.portfolio.insights.drifting import FALLEN, FALLEN_COLUMNS, fallen_cells, live
from readiness.portfolio.insights.items import opened_in
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Column, columns, number
from readiness.portfolio.selection import DECISIONS, NO_DECISION, in_window
from readiness.portfolio.trend import facts_behind

OPEN = "open"
PROOFS = {"machine": "Proven by a machine", "hand": "Met without a machine"}
STANDS = STANDINGS | {OPEN: "Not met, whatever the reason"}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the address says beside filters and days. An unknown word narrows nothing."""

    key: str = ""
    age: str = ""
    gate: str = ""
    standing: str = ""
    status: str = ""
    category: str = ""
    proof: str = ""
    is_overdue: bool = False
    is_opened: bool = False
    is_live: bool = False
    is_blocking: bool = False
    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, query: QueryDict) -> "Narrowed":
        def known(name: str, among: Mapping[str, Any] | list[str]) -> str:
            value = query.get(name, "")
            return value if value in among else ""

        return cls(
            key=query.get("key", "")[:60],
            age=known("age", AGES),
            gate=known("gate", [*Gate]),
            standing=known("standing", STANDS),
            status=known("status", [*ItemStatus]),
            category=known("category", [*Category]),
            proof=known("proof", PROOFS),
            is_overdue=query.get("overdue") == "1",
            is_opened=query.get("opened") == "1",
            is_live=query.get("live") == "1",
            is_blocking=query.get("blocking") == "1",
            first=day_of(query.get("first", "")),
            last=day_of(query.get("last", "")),
        )

    @property
    def words(self) -> list[str]:
        """What the rows are narrowed to, for the page's head."""
        said = [
            self.key,
            f"Open: {AGES[self.age][0].lower()}" if self.age else "",
            Gate(self.gate).label if self.gate else "",
            STANDS.get(self.standing, ""),
            ItemStatus(self.status).label if self.status else "",
            Category(self.category).label if self.category else "",
            PROOFS.get(self.proof, ""),
            "Overdue" if self.is_overdue else "",
            "Opened in these days" if self.is_opened else "",
            "Services that are live" if self.is_live else "",
            "Stands in the way of a launch" if self.is_blocking else "",
            _span(self.first, self.last),
        ]
        return [words for words in said if words]


def _span(first: date | None, last: date | None) -> str:
    if first and last:
        return (
            date_format(first, "j M Y")
            if first == last
            else f"{date_format(first, 'j M')} – {date_format(last, 'j M Y')}"
        )
    if first:
        return f"From {date_format(first, 'j M Y')}"
    return f"Until {date_format(last, 'j M Y')}" if last else ""


@dataclass(frozen=True, slots=True)
class Kind:
    """`rows` are plain values, in order; `cells` shows one of them."""

    title: str
    noun: str
    columns: tuple[Column, ...]
    rows: Callable[[Look, Narrowed], Any]
    cells: Callable[[Any], tuple[Cell, ...]]


# Gaps


def _gaps(look: Look, to: Narrowed) -> QuerySet[Any, Any]:
    gaps = Gap.objects.filter(service__in=look.services.order_by().values("pk"))
    gaps = gaps.filter(opened_in(look)) if to.is_opened else gaps.open()
    if to.is_overdue:
        gaps = gaps.overdue(look.today)
    if to.age:
        gaps = gaps.annotate(age=age(look.today)).filter(age=to.age)
    gaps = gaps.filter(gate=to.gate) if to.gate else gaps
    gaps = gaps.filter(item__key=to.key) if to.key else gaps
    fields = (
        "pk",
        "item__title",
        "service__slug",
        "service__name",
        "gate",
        "status",
        "owner__name",
        "due_on",
        "open_since",
    )
    return gaps.order_by("open_since", "pk").values_list(*fields)


def _gap_cells(row: Any) -> tuple[Cell, ...]:
    pk, title, slug, service, gate, status, owner, due_on, since = row
    is_late = due_on is not None and status != GapStatus.CLOSED and due_on < timezone.localdate()
    return (
        Cell(title, reverse("assessments:gap", args=[pk])),
        Cell(service, service_url(slug)),
        Cell(Gate(gate).label),
        Cell(GapStatus(status).label),
        Cell(owner or "Nobody"),
        Cell(due_on, tone="bad" if is_late else ""),
        Cell(timezone.localdate(since)),
    )


# Items


def _items(look: Look, to: Narrowed) -> QuerySet[Any, Any]:
    items = items_of(look).annotate(stands=standing(look.today))
    if to.standing == OPEN:
        items = items.exclude(stands="met")
    elif to.standing:
        items = items.filter(stands=to.standing)
    if to.proof:
        items = items.filter(BY_MACHINE) if to.proof == "machine" else items.filter(stands="met").exclude(BY_MACHINE)
    if to.is_live:
        items = items.filter(live(look))
    if to.is_blocking:
        items = items.filter(blocks(look.today))
    same = {name: getattr(to, name) for name in ("key", "category", "gate", "status") if getattr(to, name)}
    fields = (
        "key",
        "title",
        "assessment__service__slug",
        "assessment__service__name",
        "category",
        "gate",
        "stands",
        "next_step",
    )
    ordered = items.filter(**same).order_by("gate", "stands", "assessment__service__name", "position", "pk")
    return ordered.values_list(*fields)


def _item_cells(row: Any) -> tuple[Cell, ...]:
    key, title, slug, service, category, gate, stands, next_step = row
    return (
        Cell(title, reverse("portfolio:item", args=[slug, key])),
        Cell(service, service_url(slug)),
        Cell(Category(category).label),
        Cell(Gate(gate).label),
        Cell(STANDINGS[stands]),
        Cell("" if stands == "met" else next_step),
    )


# Services


def _launches(look: Look, to: Narrowed) -> QuerySet[Any, Any]:
    """Not launched, and due in these days."""
    waiting = look.services.filter(launched_on=None, go_live_on__isnull=False)
    waiting = waiting.filter(go_live_on__gte=to.first) if to.first else waiting
    waiting = waiting.filter(go_live_on__lte=to.last) if to.last else waiting
    fields = (
        "go_live_on",
        "slug",
        "name",
        "team__name",
        "tier",
        "assessment__computed_decision",
        "assessment__hard_open",
    )
    return waiting.order_by("go_live_on", "tier", "name", "pk").values_list(*fields)


def _launch_cells(row: Any) -> tuple[Cell, ...]:
    day, slug, name, team, tier, decision, hard_open = row
    url = service_url(slug)
    words = DECISIONS[decision or NO_DECISION]
    return (
        Cell(name, url),
        Cell(day),
        Cell(team),
        Cell(f"Tier {tier}"),
        Cell(words),
        number(hard_open, url, tone="bad"),
    )


def _fallen(look: Look, to: Narrowed) -> QuerySet[Any, Any]:
    fell = look.services.filter(in_window("launched", look.today)).filter(in_window("drifted", look.today))
    fell = fell.filter(assessment__gate_fell_on__gte=to.first) if to.first else fell
    fell = fell.filter(assessment__gate_fell_on__lte=to.last) if to.last else fell
    return fell.order_by("-assessment__gate_fell_on", "name", "pk").values_list(*FALLEN)


# Days


STOCKS = ("gaps", "overdue", "hard_open", "applicable", "met", "by_machine")
MOVES = ("opened", "closed")


def _days(look: Look, to: Narrowed) -> Any:
    """Service by service, how it stood at the end of the last day, and what moved in all of them."""
    last = to.last or look.today
    first = min(to.first or last, last)
    facts = facts_behind(look.user, look.selection, action=look.action).filter(day__range=(first, last)).order_by()
    numbers = {f"n_{name}": Sum(name, filter=Q(day=last)) for name in STOCKS} | {
        f"n_{name}": Sum(name) for name in MOVES
    }
    grouped: Any = facts.values("service__slug", "service__name", "service__team__name").annotate(**numbers)
    if first != last:
        grouped = grouped.filter(Q(n_opened__gt=0) | Q(n_closed__gt=0))
    names = ("service__slug", "service__name", "service__team__name", *numbers)
    return grouped.order_by("-n_gaps", "service__name", "service__slug").values_list(*names)


def _day_cells(row: Any) -> tuple[Cell, ...]:
    slug, name, team, *numbers = row
    return (Cell(name, service_url(slug)), Cell(team), *(Cell(value) for value in numbers))


KINDS: Mapping[str, Kind] = {
    "gaps": Kind(
        "Gaps",
        "gaps",
        (*columns("Gap", "Service", "Gate", "Status", "Owner"), Column("Due"), Column("Open since")),
        _gaps,
        _gap_cells,
    ),
    "items": Kind(
        "Items", "items", columns("Item", "Service", "Category", "Gate", "Stands", "Next step"), _items, _item_cells
    ),
    "launches": Kind(
        "Going live",
        "services",
        (*columns("Service", "Day", "Team", "Tier", "Decision"), Column("Hard gates open", is_number=True)),
        _launches,
        _launch_cells,
    ),
    "fallen": Kind("Drift after launch", "services", FALLEN_COLUMNS, _fallen, fallen_cells),
    "days": Kind(
        "How they stood",
        "services",
        columns(
            "Service", "Team",
            numbers=("Gaps open", "Overdue", "Hard gates open", "Items", "Met", "By a machine", "Opened", "Closed"),
        ),
        _days,
        _day_cells,
    ),
}  # fmt: skip
