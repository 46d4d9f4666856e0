"""How long the open gaps have been open."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, Q, Value, When
from django.urls import reverse
from django.utils import timezone

from readiness.assessments.models import Gap
from readiness.assessments.models.gap import GapQuerySet
from readiness.checklists.rules import Gate
from readiness.portfolio.daily.days import bounds
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Chart, Column, Insight, Series, Table, columns, number

AGES: Mapping[str, tuple[str, int | None]] = {
    "week": ("Up to a week", 7),
    "month": ("A week to a month", 30),
    "quarter": ("1 to 3 months", 91),
    "half": ("3 to 6 months", 182),
    "older": ("Longer", None),
}
"""Key → words, and the number of days before which a gap is younger."""
OLD = ("half", "older")
NAMED = 5


def age(today: date) -> Case:
    """Of a gap: a key of `AGES`."""
    whens = [
        When(open_since__gte=bounds(today - timedelta(days=days))[0], then=Value(key))
        for key, (_, days) in AGES.items()
        if days is not None
    ]
    return Case(*whens, default=Value("older"), output_field=CharField())


def read(look: Look) -> Insight:
    gaps = Gap.objects.filter(service__in=look.services.order_by().values("pk")).open()
    hard, tracked, late = _counts(gaps, look.today)
    total = hard + tracked
    if not total:
        return Insight("No gap is open.", tone="good")
    old = sum(total[key] for key in OLD)
    return Insight(
        headline=_headline(total.total(), old),
        tone="warn" if old else "",
        chart=_chart(look, hard, tracked),
        tables=(_by_age(look, hard, tracked, late), _oldest(gaps)),
    )


def _headline(total: int, old: int) -> str:
    start = f"{total} {'gap is' if total == 1 else 'gaps are'} open"
    return (
        f"{start}, {old} of them for longer than three months."
        if old
        else f"{start}, none for longer than three months."
    )


def _counts(gaps: GapQuerySet, today: date) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """On hard gates, tracked, and of both the overdue, by age. One statement."""
    hard, tracked, late = Counter[str](), Counter[str](), Counter[str]()
    rows: Any = gaps.order_by().annotate(age=age(today)).values_list("age", "gate")
    for key, gate, count, overdue in rows.annotate(number=Count("pk"), overdue=Count("pk", filter=Q(due_on__lt=today))):
        (hard if gate == Gate.HARD else tracked)[key] += count
        late[key] += overdue
    return hard, tracked, late


def _chart(look: Look, hard: Counter[str], tracked: Counter[str]) -> Chart:
    series = tuple(
        Series(
            label,
            tone,
            tuple(counts[key] for key in AGES),
            tuple(look.rows("gaps", age=key, gate=gate) for key in AGES),
        )
        for label, tone, counts, gate in (
            ("On hard gates", "bad", hard, Gate.HARD.value),
            ("Tracked", "warn", tracked, Gate.TRACKED.value),
        )
    )
    return Chart("bar", series, tuple(words for words, _ in AGES.values()))


def _by_age(look: Look, hard: Counter[str], tracked: Counter[str], late: Counter[str]) -> Table:
    rows = tuple(
        (
            Cell(words),
            number(hard[key], look.rows("gaps", age=key, gate=Gate.HARD.value)),
            number(tracked[key], look.rows("gaps", age=key, gate=Gate.TRACKED.value)),
            number(late[key], look.rows("gaps", age=key, overdue=1), tone="bad"),
            number(hard[key] + tracked[key], look.rows("gaps", age=key)),
        )
        for key, (words, _) in AGES.items()
    )
    return Table("ages", "By age", columns("Open for", numbers=("On hard gates", "Tracked", "Overdue", "All")), rows)


def _oldest(gaps: GapQuerySet) -> Table:
    """One statement."""
    fields = ("pk", "item__title", "service__name", "owner__name", "open_since")
    rows = tuple(
        (
            Cell(title, reverse("assessments:gap", args=[pk])),
            Cell(service),
            Cell(owner or "Nobody"),
            Cell(timezone.localdate(since)),
        )
        for pk, title, service, owner, since in gaps.order_by("open_since", "pk").values_list(*fields)[:NAMED]
    )
    return Table("oldest", "The oldest", (*columns("Gap", "Service", "Owner"), Column("Open since")), rows)
