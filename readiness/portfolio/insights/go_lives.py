"""What goes live in the next ninety days, week by week, and how it stands as of now."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count
from django.utils.formats import date_format

from readiness.assessments.rules import Decision
from readiness.catalog.models import ServiceQuerySet
from readiness.portfolio.heat import service_url
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Column, Insight, Series, Table, columns, number
from readiness.portfolio.selection import DECISIONS, NO_DECISION

AHEAD = timedelta(days=90)
NAMED = 12
TONES = {
    Decision.NO_GO.value: "bad",
    Decision.CONDITIONAL.value: "warn",
    NO_DECISION: "calm",
    Decision.GO.value: "good",
}
"""In the order in which the bars are stacked."""
type Weeks = dict[date | None, Counter[str]]
"""The first day of each week (None: a date that has passed) → decision → how many."""


def read(look: Look) -> Insight:
    waiting = look.services.filter(launched_on=None, go_live_on__lte=look.today + AHEAD)
    weeks = _weeks(waiting, look.today)
    total = sum((counts for counts in weeks.values()), Counter[str]())
    if not total:
        return Insight("Nothing has a go-live date within 90 days.")
    blocked = total[Decision.NO_GO]
    return Insight(
        headline=_headline(total.total(), blocked),
        tone="bad" if blocked else "good",
        chart=_chart(look, weeks),
        tables=(_by_week(look, weeks), _next(waiting)),
    )


def _headline(total: int, blocked: int) -> str:
    start = f"{total} {'service goes' if total == 1 else 'services go'} live within 90 days"
    return (
        f"{start}, {blocked} of them {'is' if blocked == 1 else 'are'} blocked as of now."
        if blocked
        else f"{start}, none is blocked."
    )


def _weeks(waiting: ServiceQuerySet, today: date) -> Weeks:
    """One statement."""
    weeks: Weeks = {None: Counter()} | {today + timedelta(weeks=at): Counter() for at in range(13)}
    found = waiting.order_by().values_list("go_live_on", "assessment__computed_decision")
    for day, decision, count in found.annotate(number=Count("pk")):
        week = None if day < today else today + timedelta(weeks=(day - today).days // 7)
        weeks[week][decision or NO_DECISION] += count
    return weeks if weeks[None] else {week: counts for week, counts in weeks.items() if week}


def _chart(look: Look, weeks: Weeks) -> Chart:
    series = tuple(
        Series(
            DECISIONS[decision],
            tone,
            tuple(counts[decision] for counts in weeks.values()),
            tuple(_url(look, week, decision) for week in weeks),
        )
        for decision, tone in TONES.items()
        if any(counts[decision] for counts in weeks.values())
    )
    return Chart("bar", series, tuple(_words(week) for week in weeks))


def _words(week: date | None) -> str:
    return date_format(week, "j M") if week else "Passed"


def _by_week(look: Look, weeks: Weeks) -> Table:
    rows = tuple(
        (
            Cell(week or "Date passed"),
            *(
                number(counts[one], _url(look, week, one), tone=TONES[one] if TONES[one] == "bad" else "")
                for one in TONES
            ),
            number(counts.total(), _url(look, week)),
        )
        for week, counts in weeks.items()
    )
    return Table(
        "weeks", "Week by week", columns("Week from", numbers=(*(DECISIONS[one] for one in TONES), "All")), rows
    )


def _url(look: Look, week: date | None, decision: str = "") -> str:
    # Of the address, a decision that is filtered by already stays: the others then count nothing, and lead nowhere.
    days = (
        {"last": look.today - timedelta(days=1)} if week is None else {"first": week, "last": week + timedelta(days=6)}
    )
    if week and days["last"] > look.today + AHEAD:
        days["last"] = look.today + AHEAD
    return look.rows("launches", **days, **({"decision": decision} if decision else {}))


def _next(waiting: ServiceQuerySet) -> Table:
    """One statement."""
    fields = (
        "go_live_on",
        "slug",
        "name",
        "team__name",
        "tier",
        "assessment__computed_decision",
        "assessment__hard_open",
    )
    found = waiting.order_by("go_live_on", "tier", "name", "pk").values_list(*fields)[:NAMED]
    heads = (Column("Day"), *columns("Service", "Team", "Tier", "Decision"), Column("Hard gates open", is_number=True))
    return Table("next", "Next to go live", heads, tuple(_rows(found)))


def _rows(found: Iterable[tuple[Any, ...]]) -> Iterable[tuple[Cell, ...]]:
    for day, slug, name, team, tier, decision, hard_open in found:
        url = service_url(slug)
        yield (
            Cell(day),
            Cell(name, url),
            Cell(team),
            Cell(f"Tier {tier}"),
            Cell(DECISIONS[decision or NO_DECISION], tone=TONES[decision or NO_DECISION]),
            number(hard_open, url),
        )
