"""Coverage: how much of what applies rests on what a machine saw, and how much on somebody's word."""

from collections.abc import Iterable

from readiness.checklists.rules import Category
from readiness.portfolio.insights.counting import Asked, Counts, asked
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Insight, Series, Table, columns, number
from readiness.portfolio.trend import Point, points_of


def read(look: Look) -> Insight:
    found = asked(look)
    total = _sum(found)
    if not total.applicable:
        return Insight("No service here is measured against a checklist yet.")
    points = points_of(look.user, look.selection, look.period.first, look.period.last, action=look.action)
    return Insight(
        headline=f"{_percent(total)} % of what applies is proven by a machine.",
        note=_since(points),
        chart=_chart(look, points),
        tables=(_by_category(look, found), _days(look, points)),
    )


def _percent(counts: Counts) -> int:
    """Rounded down: all of it is all of it."""
    return 100 * counts.by_machine // counts.applicable if counts.applicable else 0


def _sum(found: Iterable[Asked]) -> Counts:
    return sum((one.all for one in found), Counts())


def _since(points: tuple[Point, ...]) -> str:
    known = [point for point in points if point.machine_percent is not None]
    if len(known) < 2:
        return "Of the days before, history says what was met and not by which proof." if len(points) > 1 else ""
    before, now = known[0].machine_percent or 0, known[-1].machine_percent or 0
    if before == now:
        return "As much as at the beginning of these days."
    return f"{'Up' if now > before else 'Down'} from {before} % at the beginning of these days."


def _chart(look: Look, points: tuple[Point, ...]) -> Chart | None:
    if len(points) < 2:
        return None
    days = tuple(point.day for point in points)
    urls = tuple(look.rows("days", first=day, last=day) for day in days)
    met = Series("Met", "good", tuple(point.met_percent for point in points), urls, days)
    machine = Series("Proven by a machine", "busy", tuple(point.machine_percent for point in points), urls, days)
    return Chart("line", (met, machine), unit="%")


def _by_category(look: Look, found: list[Asked]) -> Table:
    heads = columns("Category", numbers=("Applies", "Met", "By a machine", "By hand", "Not met", "By a machine, %"))
    rows = []
    for category in Category:
        one = _sum(item for item in found if item.category == category)
        if not one.applicable:
            continue
        url = look.rows("items", category=category.value)
        rows.append(
            (
                Cell(category.label, url),
                number(one.applicable, url),
                number(one.met, look.rows("items", category=category.value, standing="met")),
                number(one.by_machine, look.rows("items", category=category.value, proof="machine")),
                number(one.met - one.by_machine, look.rows("items", category=category.value, proof="hand")),
                number(one.applicable - one.met, look.rows("items", category=category.value, standing="open")),
                Cell(_percent(one)),
            )
        )
    return Table("categories", "By category", heads, tuple(rows))


def _days(look: Look, points: tuple[Point, ...]) -> Table:
    heads = columns("Day", numbers=("Applies", "Met", "By a machine"))
    rows = []
    for point in reversed(points):
        url = look.rows("days", first=point.day, last=point.day)
        seen = Cell("not known") if point.by_machine is None else number(point.by_machine, url)
        rows.append((Cell(point.day), number(point.applicable, url), number(point.met, url), seen))
    return Table("days", "Day by day", heads, tuple(rows))
