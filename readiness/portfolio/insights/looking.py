"""Who looks at which services over which days, and the addresses that lead from there to the rows behind a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict
from django.urls import reverse

from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.catalog.models import Lifecycle, Service, ServiceQuerySet
from readiness.catalog.reach import services_where
from readiness.catalog.rules import Trait
from readiness.portfolio.insights.period import Period
from readiness.portfolio.selection import DECISIONS, WINDOWS, Selection

FILTERS = ("q", "team", "tier", "trait", "lifecycle", "decision", "go_live", "mine")
DAYS = ("range", "from", "to")
NAMES = (*FILTERS, *DAYS, "by")
"""What an address may say; everything else is left out of the links, and of what is kept."""


@dataclass(frozen=True, slots=True)
class Look:
    """`action`: what `user` must be allowed to do with a service for it to count; to take figures along is more than to see
    them. `query`: what the address says, and nothing that it leaves empty.
    """

    user: User
    selection: Selection
    period: Period
    query: str
    by: str = ""
    action: Action = Action.SEE

    @classmethod
    def of(cls, user: User, query: QueryDict, *, today: date, action: Action = Action.SEE) -> "Look":
        said = said_of(query)
        selection, period = Selection.of(said, today), Period.of(said, today)
        return cls(user, selection, period, said.urlencode(), said.get("by", ""), action)

    @property
    def today(self) -> date:
        return self.selection.today

    @property
    def services(self) -> ServiceQuerySet:
        return self.selection.among(self.reach, self.user)

    @property
    def reach(self) -> ServiceQuerySet:
        """Of all services those that count for this person."""
        if self.action is Action.SEE:
            return Service.objects.visible_to(self.user)
        return services_where(self.user, self.action)

    @property
    def key(self) -> tuple[object, ...]:
        """What an answer depends on. A grant may end by itself, without an entry: then the person's grants are others."""
        grants = tuple(grant.pk for grant in self.user.live_grants())
        return (self.user.pk, grants, self.action, self.query, self.today)

    def to(self, route: str, *args: str, **changes: object) -> str:
        """The address of a page about the same services and days, narrowed by `changes` (None takes one away)."""
        query = QueryDict(self.query, mutable=True)
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = str(value)
        path = reverse(f"portfolio:{route}", args=args)
        return f"{path}?{query.urlencode()}" if query else path

    def rows(self, kind: str, **changes: object) -> str:
        return self.to("insight-rows", kind, by=None, **changes)


def said_of(query: QueryDict) -> QueryDict:
    said = QueryDict(mutable=True)
    for name in NAMES:
        if value := query.get(name, "").strip():
            said[name] = value[:200]
    return said


def words_of(look: Look, teams: Mapping[str, str]) -> list[str]:
    """What is looked at, for whoever reads it on paper or behind a link. `teams`: short name → name."""
    chosen = look.selection.services
    said = [
        f"“{chosen.q}”" if chosen.q else "",
        teams.get(chosen.team, chosen.team),
        f"Tier {chosen.tier}" if chosen.tier else "",
        Trait(chosen.trait).label if chosen.trait else "",
        Lifecycle(chosen.lifecycle).label if chosen.lifecycle else "",
        DECISIONS.get(look.selection.decision, ""),
        WINDOWS.get(look.selection.window, ""),
        f"Those of {look.user}" if chosen.is_mine else "",
    ]
    return [words for words in said if words] or ["Every service"]
