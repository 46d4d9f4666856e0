"""What fell after its launch: a service that was ready once and is not any more."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.formats import date_format

from readiness.assessments.queries import blocks
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import ServiceQuerySet
from readiness.checklists.rules import Gate
from readiness.portfolio.heat import service_url
from readiness.portfolio.insights.counting import items_of
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Column, Insight, Series, Table, columns, number
from readiness.portfolio.selection import in_window

NAMED = 50
WEEKS = 26
"""Of a longer time than this the bars are months."""
CAUSES: Mapping[str, str] = {
    ItemStatus.NOT_MET.value: "It is not met any more",
    ItemStatus.STALE.value: "Its proof has expired",
    ItemStatus.UNKNOWN.value: "There is no proof of it",
}


def read(look: Look) -> Insight:
    live = look.services.filter(in_window("launched", look.today))
    figures = live.order_by().aggregate(launched=Count("pk"), fell=Count("pk", filter=in_window("drifted", look.today)))
    if not figures["launched"]:
        return Insight("No service here is live yet.")
    if not figures["fell"]:
        return Insight("No service that is live has lost a hard gate since its launch.", tone="good")
    fell = live.filter(in_window("drifted", look.today))
    days = _days(fell, look)
    return Insight(
        headline=_headline(**figures),
        note=_lately(days),
        tone="bad",
        chart=_chart(look, days),
        tables=(_services(fell), _causes(look)),
    )


def _headline(launched: int, fell: int) -> str:
    if launched == 1:
        return "The one service that is live has lost a hard gate since its launch."
    return (
        f"{fell} of {launched} services that are live {'has' if fell == 1 else 'have'} lost a hard gate since launch."
    )


def _lately(days: Counter[date]) -> str:
    return f"{days.total()} of them in these days." if days else "None of them in these days."


def _days(fell: ServiceQuerySet, look: Look) -> Counter[date]:
    """Day → so many services lost a gate on it first, within the period. One statement."""
    within = fell.filter(assessment__gate_fell_on__range=(look.period.first, look.period.last)).order_by()
    return Counter(dict(within.values_list("assessment__gate_fell_on").annotate(number=Count("pk"))))


def _chart(look: Look, days: Counter[date]) -> Chart | None:
    if not days:
        return None
    spans = list(_spans(look.period.first, look.period.last))
    values = tuple(sum(count for day, count in days.items() if first <= day <= last) for first, last in spans)
    urls = tuple(look.rows("fallen", first=first, last=last) for first, last in spans)
    labels = tuple(date_format(first, "j M") for first, _ in spans)
    return Chart("bar", (Series("Lost a hard gate", "bad", values, urls),), labels)


def _spans(first: date, last: date) -> Iterable[tuple[date, date]]:
    """Weeks, or stretches of four of them; the last one ends with the period."""
    step = timedelta(weeks=1 if last - first <= timedelta(weeks=WEEKS) else 4)
    end, spans = last, []
    while end >= first:
        spans.append((max(first, end - step + timedelta(days=1)), end))
        end -= step
    return reversed(spans)


def fallen_cells(row: tuple[Any, ...]) -> tuple[Cell, ...]:
    slug, name, team, tier, what, day, hard_open = row
    url = service_url(slug)
    return (
        Cell(name, url),
        Cell(team),
        Cell(f"Tier {tier}"),
        Cell(what),
        Cell(day),
        number(hard_open, url, tone="bad"),
    )


FALLEN = (
    "slug", "name", "team__name", "tier", "assessment__gate_fell", "assessment__gate_fell_on", "assessment__hard_open",
)  # fmt: skip
FALLEN_COLUMNS = (
    *columns("Service", "Team", "Tier", "What fell first"), Column("On"), Column("Hard gates open", is_number=True),
)  # fmt: skip


def _services(fell: ServiceQuerySet) -> Table:
    """One statement."""
    found = fell.order_by("-assessment__gate_fell_on", "name", "pk").values_list(*FALLEN)[:NAMED]
    return Table(
        "services", "Who lost a gate, the last first", FALLEN_COLUMNS, tuple(fallen_cells(row) for row in found)
    )


def _causes(look: Look) -> Table:
    """One statement: the hard gates that are open on services that are live, by why."""
    open_gates = items_of(look).filter(live(look), blocks(look.today)).order_by()
    found = dict(open_gates.values_list("status").annotate(number=Count("pk")))
    rows = tuple(
        (
            Cell(words),
            number(found.get(status, 0), look.rows("items", live=1, gate=Gate.HARD.value, blocking=1, status=status)),
        )
        for status, words in CAUSES.items()
    )
    return Table("causes", "Why hard gates of live services are open", columns("Why", numbers=("Hard gates",)), rows)


def live(look: Look) -> Q:
    """Of an item: that its service is live."""
    launched = look.reach.filter(in_window("launched", look.today)).order_by()
    return Q(assessment__service__in=launched.values("pk"))
