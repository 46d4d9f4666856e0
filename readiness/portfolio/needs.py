"""Which team needs help: blocked launches weigh more than overdue gaps, and those on hard gates more than the others."""

from collections.abc import Mapping
from dataclasses import dataclass

from readiness.portfolio.overdue import Overdue
from readiness.portfolio.summary import Figures

SHOWN = 6


@dataclass(frozen=True, slots=True)
class TeamNeed:
    """`blocked` launches of the next 60 days; `overdue` gaps, `hard` of them on hard gates; `drifted` services."""

    slug: str
    name: str
    blocked: int
    overdue: int
    hard: int
    drifted: int


def needs(by_team: Mapping[tuple[str, str], Figures], late: Overdue) -> list[TeamNeed]:
    """The first few that have anything to be helped with."""
    shares = {share.value: share for share in late.teams}
    rows = []
    for (slug, name), figures in by_team.items():
        share = shares.get(slug)
        overdue, hard = (share.number, share.hard) if share else (0, 0)
        if figures.blocked or overdue or figures.drifted:
            rows.append(TeamNeed(slug, name, figures.blocked, overdue, hard, figures.drifted))
    return sorted(rows, key=lambda row: (-row.blocked, -row.hard, -row.overdue, -row.drifted, row.name))[:SHOWN]
