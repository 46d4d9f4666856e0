"""The one way in: `record` is called inside the transaction of the change it describes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Protocol

from django.db import IntegrityError, transaction
from django.db.models import Max

from readiness.history.models import ActorKind, Entry, EntryQuerySet, Seal

GENESIS = "0" * 64
LOOK_BACK = 20_000


class Person(Protocol):
    pk: Any

    def get_full_name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Actor:
    kind: ActorKind
    name: str
    id: int | None = None

    @classmethod
    def person(cls, user: Person) -> Actor:
        return cls(ActorKind.PERSON, user.get_full_name(), user.pk)

    @classmethod
    def machine(cls, name: str) -> Actor:
        return cls(ActorKind.MACHINE, name)


TIME = Actor(ActorKind.SYSTEM, "the passing of time")


@dataclass(frozen=True, slots=True)
class Subject:
    """What changed. `service_id` and `team_id` decide who may read the entry."""

    type: str
    id: object
    label: str
    service_id: int | None = None
    team_id: int | None = None


def record(
    verb: str,
    subject: Subject,
    *,
    by: Actor | Person,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Entry:
    written = entry(verb, subject, by=by, at=at, before=before, after=after, reason=reason)
    written.save(force_insert=True)
    return written


def record_all(entries: Sequence[Entry]) -> None:
    """Writes what `entry` made, in one statement: a change that touches many rows has one entry for each."""
    Entry.objects.bulk_create(entries, batch_size=500)


def entry(
    verb: str,
    subject: Subject,
    *,
    by: Actor | Person,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Entry:
    """An entry that is not written yet; see `record_all`."""
    actor = by if isinstance(by, Actor) else Actor.person(by)
    return Entry(
        at=at,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_name=actor.name[:200],
        verb=verb,
        object_type=subject.type,
        object_id=str(subject.id),
        object_label=subject.label[:300],
        service_id=subject.service_id,
        team_id=subject.team_id,
        before=_plain(before),
        after=_plain(after),
        reason=reason,
    )


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: _plain_value(value) for key, value in (values or {}).items()}


def _plain_value(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return _plain(value)
        case list() | tuple() | set() | frozenset():
            items = [_plain_value(item) for item in value]
            return sorted(items, key=str) if isinstance(value, set | frozenset) else items
        case _:
            return str(value)


def seal(*, now: datetime, limit: int = 5000, is_full: bool = True) -> int:
    """Appends unsealed entries to the chain; returns how many. Safe to run twice at once: a place in the chain is unique."""
    try:
        with transaction.atomic():
            return _seal_batch(now, limit, is_full=is_full)
    except IntegrityError:
        return 0  # another process sealed the same places a moment earlier; the next run goes on from there


def _seal_batch(now: datetime, limit: int, *, is_full: bool) -> int:
    last = Seal.objects.order_by("-position").first()
    digest, position = (last.digest, last.position) if last else (GENESIS, 0)
    links = []
    for entry in _unsealed(is_full=is_full).order_by("id")[:limit]:
        digest, position = link(digest, entry), position + 1
        links.append(Seal(entry=entry, position=position, digest=digest, sealed_at=now))
    Seal.objects.bulk_create(links, batch_size=500)
    return len(links)


def _unsealed(*, is_full: bool) -> EntryQuerySet:
    """On PostgreSQL an entry may turn up below one that is sealed: its number was given before its transaction ended. It is
    looked for so far back, and once an hour all the way; each minute that would walk the whole history.
    """
    found = Entry.objects.filter(seal=None)
    if is_full:
        return found
    newest = Seal.objects.aggregate(newest=Max("entry_id"))["newest"] or 0
    return found.filter(id__gt=newest - LOOK_BACK)


def link(previous: str, entry: Entry) -> str:
    body = json.dumps(_canonical(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{previous}\n{body}".encode()).hexdigest()


def _canonical(entry: Entry) -> dict[str, Any]:
    names = [
        "id", "actor_kind", "actor_id", "actor_name", "verb", "object_type", "object_id", "object_label",
        "service_id", "team_id", "before", "after", "reason",
    ]  # fmt: skip
    moments = {name: getattr(entry, name).astimezone(UTC).isoformat() for name in ("at", "written_at")}
    return {name: getattr(entry, name) for name in names} | moments


def broken_links() -> Iterator[str]:
    """Walks the chain from its beginning; yields one sentence for each place that does not hold."""
    digest, expected = GENESIS, 1
    for seal_row in Seal.objects.select_related("entry").order_by("position").iterator(chunk_size=1000):
        if seal_row.position != expected:
            yield f"Position {expected} is missing: the chain goes on at {seal_row.position}."
            expected = seal_row.position
        computed = link(digest, seal_row.entry)
        if computed != seal_row.digest:
            what = f"entry {seal_row.entry_id} ({seal_row.entry.verb})"
            yield f"Position {seal_row.position} does not hold: {what}, or the seal before it, was changed."
        digest, expected = seal_row.digest, expected + 1
