"""The history as CSV, sent piece by piece."""

import json
from collections.abc import Iterator
from datetime import UTC, date

from django.conf import settings

from readiness.catalog.models import Service
from readiness.face.spreadsheet import AT_ONCE, pieces
from readiness.history.models import Entry, EntryQuerySet

HEADING = (
    "number", "at", "by", "by_kind", "verb", "kind", "object", "object_id", "service", "from", "to", "reason", "address",
)  # fmt: skip


def lines(entries: EntryQuerySet) -> Iterator[str]:
    """Newest first, the heading first."""
    slugs = dict(Service.objects.values_list("pk", "slug"))
    newest = entries.newest_first().iterator(chunk_size=AT_ONCE)
    return pieces(HEADING, (_cells(entry, slugs) for entry in newest))


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
