"""What the address of the register asks for. All of it stands there, so a link or a saved view shows the same again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q
from django.http import QueryDict
from django.utils.formats import date_format

from readiness.accounts.models import User
from readiness.assessments.models import GapStatus
from readiness.assessments.models.gap import GapQuerySet
from readiness.catalog.models import Tier
from readiness.checklists.rules import Category, Gate
from readiness.face.moments import day_of

SOON = timedelta(days=7)
NOBODY = "none"
ME = "me"
ALL = "all"
LIST, BOARD = "list", "board"
FIRST_SORT = "due"
ORDERS: dict[str, Any] = {
    "due": F("due_on").asc(nulls_last=True),
    "gap": F("item__title").asc(),
    "service": F("service__name").asc(),
    "gate": F("gate").asc(),
    "status": F("status").asc(),
    "owner": F("owner__name").asc(nulls_last=True),
    "open": F("open_since").asc(),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that the form does not show at a glance."""

    label: str
    name: str

    @property
    def gone(self) -> dict[str, None]:
        """What takes it out of the address."""
        return {self.name: None}


@dataclass(frozen=True, slots=True)
class Filters:
    """An unknown value is no filter: an old link still shows something."""

    q: str = ""
    team: str = ""
    service: str = ""
    gate: str = ""
    status: str = ""
    owner: str = ""
    category: str = ""
    tier: str = ""
    due_from: date | None = None
    due_to: date | None = None
    is_overdue: bool = False
    is_soon: bool = False
    sort: str = FIRST_SORT
    view: str = LIST

    @classmethod
    def of(cls, query: QueryDict) -> "Filters":
        owner = query.get("owner", "")
        return cls(
            q=query.get("q", "").strip()[:100],
            team=query.get("team", "")[:80],
            service=query.get("service", "")[:100],
            gate=_known(query.get("gate", ""), [*Gate]),
            status=_known(query.get("status", ""), [*GapStatus.values, ALL]),
            owner=owner if owner in {ME, NOBODY} or _is_id(owner) else "",
            category=_known(query.get("category", ""), [*Category]),
            tier=_known(query.get("tier", ""), [str(tier) for tier in Tier.values]),
            due_from=day_of(query.get("due_from", "")),
            due_to=day_of(query.get("due_to", "")),
            is_overdue=query.get("overdue") == "1",
            is_soon=query.get("soon") == "1",
            sort=_sort(query.get("sort", "")),
            view=_known(query.get("view", ""), [BOARD]) or LIST,
        )

    @property
    def query(self) -> str:
        """As it stands in an address: what says nothing is left out, the same filters are always the same words. Never empty, for
        an address that asks for nothing shows the person's own first view.
        """
        said = {
            **{
                name: getattr(self, name)
                for name in ("q", "team", "service", "gate", "status", "owner", "category", "tier")
            },
            "due_from": self.due_from.isoformat() if self.due_from else "",
            "due_to": self.due_to.isoformat() if self.due_to else "",
            "overdue": "1" if self.is_overdue else "",
            "soon": "1" if self.is_soon else "",
            "view": self.view if self.view != LIST else "",
            "sort": self.sort,
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def are_set(self) -> bool:
        return self != Filters(sort=self.sort, view=self.view)

    @property
    def are_hidden(self) -> int:
        """How many of those behind "More" are set."""
        return sum(map(bool, (self.category, self.tier, self.due_from or self.due_to)))

    @property
    def is_board(self) -> bool:
        return self.view == BOARD

    @property
    def problem(self) -> str:
        if self.due_from and self.due_to and self.due_from > self.due_to:
            return "The first day is after the last, so nothing is due in between. Exchange the two."
        return ""

    def chips(self) -> Iterator[Chip]:
        if self.service:
            yield Chip(f"Service {self.service}", "service")
        if self.category:
            yield Chip(Category(self.category).label, "category")
        if self.tier:
            yield Chip(f"Tier {self.tier}", "tier")
        if self.due_from:
            yield Chip(f"Due from {_said(self.due_from)}", "due_from")
        if self.due_to:
            yield Chip(f"Due until {_said(self.due_to)}", "due_to")

    def apply(self, gaps: GapQuerySet, user: User, today: date) -> GapQuerySet:
        return self.by_state(self.by_place(gaps), user, today)

    def by_place(self, gaps: GapQuerySet) -> GapQuerySet:
        """Which services and which items: what the figures above the list follow too."""
        if self.q:
            words = Q(item__title__icontains=self.q) | Q(item__key__icontains=self.q) | Q(plan__icontains=self.q)
            gaps = gaps.filter(words | Q(service__name__icontains=self.q) | Q(service__slug__icontains=self.q))
        asked = {
            "service__team__slug": self.team,
            "service__slug": self.service,
            "service__tier": self.tier,
            "item__category": self.category,
            "gate": self.gate,
        }
        return gaps.filter(**{name: value for name, value in asked.items() if value})

    def by_state(self, gaps: GapQuerySet, user: User, today: date) -> GapQuerySet:
        if self.status in GapStatus.values:
            gaps = gaps.filter(status=self.status)
        elif self.status != ALL:
            gaps = gaps.open()
        if self.owner:
            gaps = gaps.filter(owner_id=self._owner_id(user))
        if self.is_overdue:
            gaps = gaps.overdue(today)
        return self._byday_of(gaps.filter(due_on__gte=today, due_on__lte=today + SOON).open() if self.is_soon else gaps)

    def _byday_of(self, gaps: GapQuerySet) -> GapQuerySet:
        asked = {"due_on__gte": self.due_from, "due_on__lte": self.due_to}
        return gaps.filter(**{name: day for name, day in asked.items() if day})

    def _owner_id(self, user: User) -> int | None:
        if self.owner == ME:
            return user.pk
        return None if self.owner == NOBODY else int(self.owner)

    def order(self, gaps: GapQuerySet) -> GapQuerySet:
        first = ORDERS[self.sort.removeprefix("-")]
        if self.sort.startswith("-"):
            first = first.expression.desc(nulls_last=True)
        return gaps.order_by(first, "due_on", "id")


def _known(value: str, among: list[str]) -> str:
    return value if value in among else ""


def _is_id(value: str) -> bool:
    """A number that a database takes for one."""
    return value.isascii() and value.isdecimal() and len(value) < 19


def _sort(value: str) -> str:
    return value if value.removeprefix("-") in ORDERS and not value.startswith("--") else FIRST_SORT


def _said(day: date) -> str:
    return date_format(day, "j M Y")
