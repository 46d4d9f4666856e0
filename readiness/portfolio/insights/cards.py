"""Every card of the insights, in the order in which they are shown. A new one is a module, a line here and a line in the test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from readiness.portfolio.insights import ageing, burn_down, coverage, drifting, go_lives, items, rollup, worsening
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Insight


@dataclass(frozen=True, slots=True)
class Card:
    """`looks_back`: on the days of the period; the others say how it is now. `is_wide`: it needs the whole width."""

    title: str
    read: Callable[[Look], Insight]
    looks_back: bool = True
    is_wide: bool = False


CARDS: Mapping[str, Card] = {
    "go-lives": Card("Going live within 90 days", go_lives.read, looks_back=False),
    "burn-down": Card("Open gaps", burn_down.read),
    "ageing": Card("Age of open gaps", ageing.read, looks_back=False),
    "failing": Card("Items that fail most", items.most_failed),
    "coverage": Card("Proven by machines", coverage.read),
    "drift": Card("Drift after launch", drifting.read),
    "worse": Card("Where it gets worse", worsening.read),
    "quiet": Card("Items that never fail", items.never_failed),
    "heat": Card("Standing by category", rollup.read, looks_back=False, is_wide=True),
}
