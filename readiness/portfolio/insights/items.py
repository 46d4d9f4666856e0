"""Which items fail most, and which never fail anything: a check that catches nothing may not be worth its keep."""

from collections.abc import Iterable, Sequence

from django.db.models import Count, Q

from readiness.assessments.models import Gap
from readiness.assessments.models.gap import GapQuerySet
from readiness.portfolio.daily.days import bounds
from readiness.portfolio.insights.counting import STANDINGS, Asked, asked
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Insight, Series, Table, columns, number
from reviews.models import IncidentItem
from reviews.rules.incidents import Standing

DRAWN = 10
ENOUGH = 3
"""An item that counts for fewer services has not been tried."""
TONES = {"gap": "warn", "waived": "waived", "unknown": "calm"}
LET_THROUGH = (Standing.PASSED, Standing.WAIVED)


def opened_in(look: Look) -> Q:
    """Of a gap: that it was opened in these days, or opened again."""
    (start, _), (_, end) = bounds(look.period.first), bounds(look.period.last)
    return Q(open_since__gte=start, open_since__lt=end)


def _gaps(look: Look) -> GapQuerySet:
    return Gap.objects.filter(service__in=look.services.order_by().values("pk"))


# Most failed


def most_failed(look: Look) -> Insight:
    found = asked(look)
    failing = sorted((one for one in found if one.all.gap), key=lambda one: (-one.all.gap, -one.all.unknown, one.title))
    if not found:
        return Insight("No service here is measured against a checklist yet.")
    if not failing:
        return Insight("Nothing fails: every item is met, waived or waits for its proof.", tone="good")
    first = failing[0]
    return Insight(
        headline=f"{first.title}: not met by {first.all.gap} of {first.all.applicable} services.",
        note=f"{len(failing)} of {len(found)} items are not met somewhere.",
        chart=_chart(look, failing[:DRAWN]),
        tables=(_failed(look, failing),),
    )


def _chart(look: Look, failing: Sequence[Asked]) -> Chart:
    series = tuple(
        Series(
            STANDINGS[standing],
            tone,
            tuple(getattr(one.all, standing) for one in failing),
            tuple(look.rows("items", key=one.key, standing=standing) for one in failing),
        )
        for standing, tone in TONES.items()
        if any(getattr(one.all, standing) for one in failing)
    )
    return Chart("bars", series, tuple(one.title for one in failing))


def _failed(look: Look, failing: Iterable[Asked]) -> Table:
    opened = _opened(look)
    heads = columns(
        "Item", "Gate", numbers=("Not met", "Waived", "Unknown", "Of services", "Gaps opened in these days")
    )
    rows = tuple(
        (
            Cell(one.title, note=one.kind),
            *(
                number(getattr(one.all, standing), look.rows("items", key=one.key, standing=standing))
                for standing in TONES
            ),
            number(one.all.applicable, look.rows("items", key=one.key)),
            number(opened.get(one.key, 0), look.rows("gaps", key=one.key, opened=1)),
        )
        for one in failing
    )
    return Table("items", "Every item that is not met somewhere", heads, rows)


def _opened(look: Look) -> dict[str, int]:
    """One statement: item → gaps of it that were opened in these days."""
    moved = _gaps(look).filter(opened_in(look)).order_by()
    return dict(moved.values_list("item__key").annotate(number=Count("pk")))


# Never fails


def never_failed(look: Look) -> Insight:
    found = [one for one in asked(look) if one.all.applicable >= ENOUGH]
    if not found:
        return Insight(f"No item counts for {ENOUGH} services or more yet: too few to tell.")
    caught, blamed = _caught(look), _let_through(look)
    quiet = [one for one in found if one.key not in caught and not one.all.gap and not one.all.waived]
    idle = [one for one in quiet if one.key not in blamed]
    if not idle:
        return Insight("Every item has caught something in these days.", note=_blamed(len(quiet)))
    idle.sort(key=lambda one: (-one.all.met, one.title))
    return Insight(
        headline=f"{len(idle)} of {len(found)} items failed nothing in these days.",
        note=f"Each asks every service for proof. Drop or sharpen what only ever passes. {_blamed(len(quiet) - len(idle))}",
        tables=(_idle(look, idle),),
    )


def _blamed(count: int) -> str:
    if not count:
        return ""
    return f"{count} more never failed, but an incident names {'it' if count == 1 else 'them'}: sharpen, don't drop."


def _caught(look: Look) -> set[str]:
    """Items of which a gap was open at some time in these days. One statement.

    A gap keeps the days of its last opening and its first; what was closed and opened again between is taken as open.
    """
    (start, _), (_, end) = bounds(look.period.first), bounds(look.period.last)
    was_open = Q(opened_at__lt=end) & (Q(closed_at=None) | Q(closed_at__gte=start))
    return set(_gaps(look).filter(was_open).order_by().values_list("item__key", flat=True).distinct())


def _let_through(look: Look) -> set[str]:
    """Items that an incident of these services names as passed or waived. One statement."""
    of_these = Q(incident__service__in=look.services.order_by().values("pk"), incident__withdrawn_at=None)
    return set(IncidentItem.objects.filter(of_these, standing__in=LET_THROUGH).values_list("key", flat=True).distinct())


def _idle(look: Look, idle: Iterable[Asked]) -> Table:
    heads = columns("Item", numbers=("Met", "Of these by a machine", "Unknown", "Of services"))
    rows = tuple(
        (
            Cell(one.title, note=one.kind),
            number(one.all.met, look.rows("items", key=one.key, standing="met")),
            number(one.all.by_machine, look.rows("items", key=one.key, proof="machine")),
            number(one.all.unknown, look.rows("items", key=one.key, standing="unknown")),
            number(one.all.applicable, look.rows("items", key=one.key)),
        )
        for one in idle
    )
    return Table("items", "Items that failed nothing", heads, rows)
