"""Open gaps day by day, and when the pace of the last weeks will have closed them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format

from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Column, Insight, Series, Table, columns, number
from readiness.portfolio.trend import Point, Trend, Week, trend


def read(look: Look) -> Insight:
    found = trend(look.user, look.selection, look.period.first, look.period.last, action=look.action)
    if found.latest is None:
        return Insight(_nothing(found))
    return Insight(
        headline=_headline(found),
        note=_ahead(found) if _is_now(found) else "",
        tone="bad" if found.latest.overdue else "",
        chart=_chart(look, found),
        tables=(_days(look, found.points), _weeks(look, found.weeks)),
    )


def _nothing(found: Trend) -> str:
    if found.first_known is None:
        return "Nothing was recorded yet. How every service stands is written down each hour; the curve begins then."
    return "Nothing was recorded of these services on those days."


def _is_now(found: Trend) -> bool:
    """False where the days end before the last that was recorded: then it is told as the past."""
    return found.latest is not None and found.latest.day == found.last_known


def _headline(found: Trend) -> str:
    now: Any = found.latest
    when = "" if _is_now(found) else f" on {date_format(now.day, 'j F Y')}"
    verb = ("is" if now.gaps <= 1 else "are") if _is_now(found) else ("was" if now.gaps <= 1 else "were")
    if not now.gaps:
        return f"No gap {verb} open{when}."
    late = f", {now.overdue} of them overdue" if now.overdue else ", none of them overdue"
    return f"{now.gaps} {'gap' if now.gaps == 1 else 'gaps'} {verb} open{when}{late}."


def _ahead(found: Trend) -> str:
    ahead = found.forecast
    if ahead.done_on:
        return f"At the pace of the last weeks none of them is left by {date_format(ahead.done_on, 'j F Y')}."
    return ahead.reason


def _chart(look: Look, found: Trend) -> Chart:
    points = found.points
    days = tuple(point.day for point in points)
    urls = tuple(_of_day(look, day) for day in days)
    series = [
        Series("Open gaps", "busy", tuple(point.gaps for point in points), urls, days),
        Series("Overdue", "bad", tuple(point.overdue for point in points), urls, days),
    ]
    if ends := found.burn_down:
        series.append(
            Series("Forecast", "calm", (ends[0][1], ends[1][1]), (), (ends[0][0], ends[1][0]), is_dashed=True)
        )
    return Chart("line", tuple(series), until=_until(look, found))


def _until(look: Look, found: Trend) -> date | None:
    """As far ahead as it looks back, so that the past keeps half of the picture at least."""
    done_on = found.forecast.done_on if _is_now(found) else None
    return min(done_on, look.today + max(look.period.length, timedelta(weeks=4))) if done_on else None


def _days(look: Look, points: Iterable[Point]) -> Table:
    rows = tuple(
        (
            Cell(point.day),
            number(point.gaps, _of_day(look, point.day)),
            number(point.overdue, _of_day(look, point.day)),
            number(point.hard_open, _of_day(look, point.day)),
            number(point.services, _of_day(look, point.day)),
        )
        for point in sorted(points, key=lambda point: point.day, reverse=True)
    )
    return Table(
        "days", "Day by day", columns("Day", numbers=("Open gaps", "Overdue", "Hard gates open", "Services")), rows
    )


def _weeks(look: Look, weeks: Iterable[Week]) -> Table:
    rows = []
    for week in sorted(weeks, key=lambda week: week.ends_on, reverse=True):
        first = week.ends_on - timedelta(days=6)
        url = look.rows("days", first=first, last=week.ends_on)
        closed = number(week.closed, url, note="" if week.is_whole else "not every day is known")
        rows.append((Cell(first), Cell(week.ends_on), number(week.opened, url), closed))
    heads = (Column("Week from"), Column("to"), Column("Opened", is_number=True), Column("Closed", is_number=True))
    return Table("weeks", "Opened and closed in the last eight weeks", heads, tuple(rows))


def _of_day(look: Look, day: date) -> str:
    return look.rows("days", first=day, last=day)
