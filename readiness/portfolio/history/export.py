"""The history as CSV, sent piece by piece."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, date

from django.conf import settings

from readiness.catalog.models import Service
from readiness.history.models import Entry, EntryQuerySet
from readiness.portfolio.export import AT_ONCE, Echo, safe_cell

HEADING = (
    "number", "at", "by", "by_kind", "verb", "kind", "object", "object_id", "service", "from", "to", "reason", "address",
)  # fmt: skip


def lines(entries: EntryQuerySet) -> Iterator[str]:
    """Newest first, the heading first; in pieces of up to 500 lines."""
    writer = csv.writer(Echo())
    slugs = dict(Service.objects.values_list("pk", "slug"))
    piece = [writer.writerow(HEADING)]
    for entry in entries.newest_first().iterator(chunk_size=AT_ONCE):
        piece.append(writer.writerow(safe_cell(cell) for cell in _cells(entry, slugs)))
        if len(piece) == AT_ONCE:
            yield "".join(piece)
            piece = []
    yield "".join(piece)


def _cells(entry: Entry, slugs: dict[int, str]) -> Iterator[object]:
    yield from (entry.pk, entry.at.astimezone(UTC).isoformat(timespec="seconds"), entry.actor_name, entry.actor_kind)
    yield from (entry.verb, entry.object_type, entry.object_label, entry.object_id)
    yield slugs.get(entry.service_id or 0, "")
    for values in (entry.before, entry.after):
        yield json.dumps(values, ensure_ascii=False, sort_keys=True) if values else ""
    yield entry.reason
    yield f"{settings.BASE_URL}{entry.url}" if entry.url else ""


def file_name(today: date) -> str:
    return f"history-{today.isoformat()}.csv"
