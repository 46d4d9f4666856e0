"""Where it is getting worse: teams and services with more open hard gates, overdue gaps or gaps than at the beginning."""

from collections.abc import Iterable
from datetime import date

from django.utils.formats import date_format

from readiness.portfolio.heat import service_url
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Insight, Table, columns
from readiness.portfolio.worse import Change, getting_worse

NUMBERS = ("Hard gates open", "Gaps overdue", "Gaps open")


def read(look: Look) -> Insight:
    period = look.period
    found = getting_worse(look.user, look.selection, back=period.length, until=period.last, action=look.action)
    if found.since is None or found.until is None:
        return Insight("Two days have to be recorded before they can be compared.")
    days = f"From {date_format(found.since, 'j M Y')} to {date_format(found.until, 'j M Y')}."
    if not found.teams and not found.services:
        return Insight("Nothing got worse.", note=days, tone="good")
    return Insight(
        headline=_headline(found.teams, found.services),
        note=days,
        tone="warn",
        tables=(_teams(look, found.teams, found.until), _services(found.services)),
    )


def _headline(teams: tuple[Change, ...], services: tuple[Change, ...]) -> str:
    first = teams[0] if teams else services[0]
    return f"{first.name}: {first.words}."


def _teams(look: Look, changes: Iterable[Change], day: date) -> Table:
    rows = tuple(
        (
            Cell(one.name, look.to("portfolio", team=one.slug)),
            *_numbers(one, look.rows("days", team=one.slug, first=day, last=day)),
        )
        for one in changes
    )
    return Table("teams", "Teams", columns("Team", numbers=NUMBERS), rows)


def _services(changes: Iterable[Change]) -> Table:
    rows = tuple(
        (Cell(one.name, service_url(one.slug)), Cell(one.team), *_numbers(one, service_url(one.slug)))
        for one in changes
    )
    return Table("services", "Services", columns("Service", "Team", numbers=NUMBERS), rows)


def _numbers(change: Change, url: str) -> Iterable[Cell]:
    now = (change.now.hard_open, change.now.overdue, change.now.gaps)
    for value, rise in zip(now, change.rise, strict=True):
        yield Cell(value, url if value else "", note=f"{rise:+d}" if rise else "", tone="bad" if rise > 0 else "")
