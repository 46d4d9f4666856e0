"""The register as a board: a column for each status, the first cards of each, and how many there are."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import Count

from readiness.accounts.models import User
from readiness.assessments.models import Gap, GapStatus
from readiness.assessments.register.filters import ALL, Filters
from readiness.assessments.register.rows import matching

CARDS = 25


@dataclass(frozen=True, slots=True)
class Column:
    """`gaps`: the first of the `count` that there are."""

    status: str
    label: str
    count: int
    gaps: list[Gap]

    @property
    def more(self) -> int:
        return self.count - len(self.gaps)


def board(user: User, filters: Filters, today: date) -> list[Column]:
    """One statement for the numbers, and one for each column that has cards."""
    found = matching(user, filters, today)
    counts = dict(found.order_by().values_list("status").annotate(Count("pk")))
    rows = found.with_context().fetch_mode(models.FETCH_RAISE)
    return [
        Column(status.value, status.label, count, list(rows.filter(status=status)[:CARDS]) if count else [])
        for status in _shown(filters)
        for count in [counts.get(status.value, 0)]
    ]


def _shown(filters: Filters) -> Iterator[GapStatus]:
    """Closed ones only where they are asked for: there are more of them every year."""
    for status in GapStatus:
        if filters.status in {status, ALL} or (not filters.status and status != GapStatus.CLOSED):
            yield status
