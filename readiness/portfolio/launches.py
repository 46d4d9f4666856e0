"""What goes live next, and what stands in its way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import FilteredRelation, Q

from readiness.assessments.rules import Decision, ItemStatus
from readiness.catalog.models import Service, ServiceQuerySet
from readiness.checklists.rules import Gate

AHEAD = timedelta(days=60)
SHOWN = 6
NAMED = 3
"""So many blockers are named; the rest are a number."""


@dataclass(frozen=True, slots=True)
class Blocker:
    """An open hard gate. `step` is what would bring it forward most cheaply."""

    key: str
    title: str
    step: str


@dataclass(frozen=True, slots=True)
class Launch:
    slug: str
    name: str
    tier: int
    go_live_on: date
    team: str
    tech_lead: str
    decision: str
    blockers: tuple[Blocker, ...]
    more: int
    is_late: bool

    @property
    def is_blocked(self) -> bool:
        return self.decision == Decision.NO_GO

    @property
    def tone(self) -> str:
        if self.is_blocked:
            return "bad"
        return {Decision.GO.value: "good", Decision.CONDITIONAL.value: "warn"}.get(self.decision, "calm")


def upcoming(services: ServiceQuerySet, today: date) -> ServiceQuerySet:
    """Not launched, and due within 60 days; those whose date has passed come first."""
    due = services.filter(launched_on=None, go_live_on__lte=today + AHEAD)
    return due.order_by("go_live_on", "tier", "name", "pk")


def launches(services: ServiceQuerySet, today: date) -> list[Launch]:
    """The next few of `services`, each with the hard gates that block it, the cheapest first. One statement."""
    soon = Service.objects.filter(pk__in=upcoming(services, today).values("pk")[:SHOWN])
    rows = soon.annotate(blocker=FilteredRelation("assessment__items", condition=_blocks(today))).order_by(
        "go_live_on", "tier", "name", "pk", "blocker__next_step_cost", "blocker__position"
    )
    values = rows.values_list(
        "pk", "slug", "name", "tier", "go_live_on", "team__name", "tech_lead__name", "assessment__computed_decision",
        "blocker__key", "blocker__title", "blocker__next_step",
    )  # fmt: skip
    return [_launch(list(of_one), today) for _, of_one in groupby(values, key=itemgetter(0))]


def _blocks(today: date) -> Q:
    """The items that `Verdict.blockers` calls bare: hard, neither met nor waived, and no newcomer of an upgrade."""
    item = "assessment__items__"
    is_open = ~Q(**{f"{item}status__in": [ItemStatus.MET, ItemStatus.NOT_APPLICABLE]})
    is_bare = Q(**{f"{item}waived_until": None}) | Q(**{f"{item}waived_until__lte": today})
    is_old = Q(**{f"{item}new_until": None}) | Q(**{f"{item}new_until__lte": today})
    return Q(**{f"{item}gate": Gate.HARD, f"{item}retired_at": None}) & is_open & is_bare & is_old


def _launch(rows: Sequence[Sequence[Any]], today: date) -> Launch:
    _, slug, name, tier, go_live_on, team, lead, decision, *_ = rows[0]
    blockers = list(_blockers(rows))
    return Launch(
        slug=slug,
        name=name,
        tier=tier,
        go_live_on=go_live_on,
        team=team,
        tech_lead=lead or "",
        decision=decision or "",
        blockers=tuple(blockers[:NAMED]),
        more=max(0, len(blockers) - NAMED),
        is_late=go_live_on < today,
    )


def _blockers(rows: Iterable[Sequence[Any]]) -> Iterable[Blocker]:
    for row in rows:
        key, title, step = row[-3:]
        if key is not None:
            yield Blocker(key, title, step)
