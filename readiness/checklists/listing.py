"""The rows of the list pages, put together from a fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from django.contrib.auth.models import AnonymousUser
from django.db import models

from readiness.accounts.models import User
from readiness.checklists import usage
from readiness.checklists.compare import Comparison, compare
from readiness.checklists.models import Checklist, Status, Version
from readiness.checklists.reading import gates


@dataclass(frozen=True, slots=True)
class ChecklistRow:
    """`current` is None where there is a draft only. `here` and `older`: services on the current version, and on older ones."""

    checklist: Checklist
    current: Version | None
    draft_number: int | None
    hard: int
    tracked: int
    here: int
    older: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """`before` is the number of the version that `difference` is to; None for the first."""

    version: Version
    before: int | None
    difference: Comparison | None
    services: int


def checklist_rows(person: User | AnonymousUser, checklists: Iterable[Checklist]) -> list[ChecklistRow]:
    """Three queries, however many checklists."""
    found = list(checklists)
    marks = Version.objects.filter(checklist__in=found).order_by("number")
    numbers = list(marks.values_list("pk", "checklist_id", "number", "status"))
    current_ids = {checklist: pk for pk, checklist, _, status in numbers if status == Status.PUBLISHED}
    drafts = {checklist: number for _, checklist, number, status in numbers if status == Status.DRAFT}
    current = Version.objects.all().fetch_mode(models.FETCH_RAISE).in_bulk(current_ids.values())
    counts = usage.counts_by_version(person)
    used: Counter[int] = Counter()
    for pk, checklist, _, _ in numbers:
        used[checklist] += counts.get(pk, 0)
    rows = []
    for one in found:
        version = current.get(current_ids.get(one.pk, 0))
        hard, tracked = gates(version.pack) if version else (0, 0)
        here = counts.get(version.pk, 0) if version else 0
        rows.append(ChecklistRow(one, version, drafts.get(one.pk), hard, tracked, here, used[one.pk] - here))
    return rows


def version_rows(person: User | AnonymousUser, versions: Sequence[Version], before: Version | None) -> list[VersionRow]:
    """`versions` newest first; `before` is the one that comes before the last of them. One query."""
    counts = usage.counts_by_version(person)
    return [
        VersionRow(
            version,
            before=older.number if older else None,
            difference=compare(older.pack, version.pack) if older else None,
            services=counts.get(version.pk, 0),
        )
        for version, older in zip_longest(versions, [*versions[1:], *([before] if before else [])])
    ]
