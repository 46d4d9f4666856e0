"""The figures above the heat map. Each counts rows that its link shows."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.db.models import Count, Min, Q

from readiness.accounts import policy
from readiness.accounts.models import User
from readiness.accounts.rules import Action
from readiness.assessments.rules import Decision
from readiness.catalog.models import ServiceQuerySet
from readiness.catalog.reach import services_where
from readiness.portfolio.launches import AHEAD
from readiness.portfolio.selection import in_window


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one team's services. `due_soon` in 30 days, `upcoming` in 60; `blocked` are those of them that are a no-go as of now,
    `drifted` those whose hard gate fell after their launch.
    `exportable`: so many of them this person may take along as a file.
    """

    services: int
    measured: int
    due_soon: int
    passed: int
    upcoming: int
    blocked: int
    first_blocked_on: date | None
    ready: int
    drifted: int
    exportable: int


@dataclass(frozen=True)
class Summary:
    """`by_team`: (short name, name) → figures, by name, of every team with a service that fits the other filters."""

    by_team: dict[tuple[str, str], Figures]
    team: str = ""
    """The team that is looked at; empty for all of them."""

    @property
    def teams(self) -> list[tuple[str, str]]:
        return list(self.by_team)

    @property
    def chosen(self) -> dict[tuple[str, str], Figures]:
        """The teams that are looked at."""
        return {team: figures for team, figures in self.by_team.items() if self.team in {"", team[0]}}

    @cached_property
    def total(self) -> Figures:
        chosen = list(self.chosen.values())
        dates = [figures.first_blocked_on for figures in chosen if figures.first_blocked_on]
        return Figures(
            services=sum(figures.services for figures in chosen),
            measured=sum(figures.measured for figures in chosen),
            due_soon=sum(figures.due_soon for figures in chosen),
            passed=sum(figures.passed for figures in chosen),
            upcoming=sum(figures.upcoming for figures in chosen),
            blocked=sum(figures.blocked for figures in chosen),
            first_blocked_on=min(dates, default=None),
            ready=sum(figures.ready for figures in chosen),
            drifted=sum(figures.drifted for figures in chosen),
            exportable=sum(figures.exportable for figures in chosen),
        )

    @property
    def unmeasured(self) -> int:
        return self.total.services - self.total.measured


def summary(services: ServiceQuerySet, user: User, today: date, team: str) -> Summary:
    """One statement. `services` are of all teams, so that it also says which ones there are to choose from."""
    due = in_window(str(AHEAD // timedelta(days=1)), today)
    is_blocked = due & Q(assessment__computed_decision=Decision.NO_GO)
    figures = {
        "services": Count("pk"),
        "measured": Count("assessment"),
        "due_soon": Count("pk", filter=in_window("30", today)),
        "passed": Count("pk", filter=in_window("passed", today)),
        "upcoming": Count("pk", filter=due),
        "blocked": Count("pk", filter=is_blocked),
        "first_blocked_on": Min("go_live_on", filter=is_blocked),
        "ready": Count("pk", filter=Q(assessment__computed_decision=Decision.GO)),
        "drifted": Count("pk", filter=in_window("drifted", today)),
        "exportable": _exportable(user),
    }
    grouped = services.order_by("team__name").values("team__slug", "team__name").annotate(**figures)
    rows = grouped.values_list("team__slug", "team__name", *figures)
    return Summary({(slug, name): Figures(*counted) for slug, name, *counted in rows}, team)


def _exportable(user: User) -> Count:
    if policy.is_everywhere(user, Action.EXPORT):
        return Count("pk")
    return Count("pk", filter=Q(pk__in=services_where(user, Action.EXPORT).values("pk")))
