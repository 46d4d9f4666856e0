"""Whose turn it is to call an origin. A turn ends with the batch, or with the lease of a worker that died."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from readiness.checks.models import Origin
from readiness.checks.types import ASKING


@dataclass(frozen=True, slots=True)
class Candidate:
    """A run that could be claimed. `origin` empty: it calls nobody, or nobody knows whom."""

    run_id: int
    attempts: int
    is_urgent: bool
    origin: str
    type: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Origins that are somebody's turn, and those that rest, for which only what a person asks for is run."""

    held: frozenset[str]
    resting: frozenset[str]


def closed(now: datetime) -> Closed:
    rows = Origin.objects.closed(now).values_list("url", "held_until", "next_try_at")
    held = {url for url, until, _ in rows if until and until > now}
    return Closed(frozenset(held), frozenset(url for url, _, at in rows if at and at > now))


def take(candidates: Sequence[Candidate], *, holder: str, now: datetime, until: datetime) -> list[Candidate]:
    """Those whose origin is this holder's now. Of a source that is down one goes, to try it, beside what people ask for."""
    urls = sorted({one.origin for one in candidates} - {""})
    won = _won(urls, holder, now, until)
    tried: set[str] = set()
    taken = []
    for one in candidates:
        row = won.get(one.origin)
        if one.origin and row is None:
            continue
        if row is not None and row.down_since and one.type in ASKING and not one.is_urgent:
            if one.origin in tried:
                continue
            tried.add(one.origin)
        taken.append(one)
    return taken


def _won(urls: Sequence[str], holder: str, now: datetime, until: datetime) -> dict[str, Origin]:
    if not urls:
        return {}
    free = _locked(urls, now)
    if len(free) < len(urls):
        Origin.objects.bulk_create([Origin(url=url) for url in urls], ignore_conflicts=True)
        free = _locked(urls, now)
    Origin.objects.filter(pk__in=[row.pk for row in free]).update(holder=holder, held_until=until)
    return {row.url: row for row in free}


def _locked(urls: Sequence[str], now: datetime) -> list[Origin]:
    # In one order, and without waiting: two that lock the same rows would else wait for each other for ever.
    rows = Origin.objects.filter(url__in=urls).free(now).order_by("url")
    return list(rows.select_for_update(skip_locked=True).only("url", "down_since"))


def renew(*, holder: str, until: datetime) -> None:
    Origin.objects.filter(holder=holder).update(held_until=until)


def release(*, holder: str, urls: Collection[str] | None = None) -> None:
    """All of this holder's turns, or those at `urls`."""
    rows = Origin.objects.filter(holder=holder)
    (rows if urls is None else rows.filter(url__in=urls)).update(holder="", held_until=None)
