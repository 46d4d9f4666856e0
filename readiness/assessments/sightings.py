"""What traces showed, remembered for a day: so that a call that is made once an hour counts beside one that is made every second.

Plain values, JSON-ready: what was seen → when it was seen last.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from readiness.assessments.formats.traces import Call, TraceFacts

KEPT = timedelta(hours=24)
MOST = 200
"""Of each sort; the latest stay."""

type Seen = dict[str, str]
"""What → when, as ISO time in UTC."""


def merged(before: Mapping[str, Any], facts: TraceFacts, now: datetime) -> dict[str, Any]:
    """`before` with `facts` added, without what is older than a day."""
    at = (facts.latest or now).isoformat()
    fresh = {
        "services": dict.fromkeys(facts.services, at),
        "links": {"\t".join(link): at for link in facts.links},
        "calls": {_written(call): at for call in facts.calls},
        "together": {"\t".join(sorted(facts.together)): at} if facts.together else {},
    }
    return {name: _kept(before.get(name, {}), seen, now) for name, seen in fresh.items()}


def _kept(before: Mapping[str, str], seen: Seen, now: datetime) -> Seen:
    both = dict(before)
    both.update({what: max(at, both.get(what, "")) for what, at in seen.items()})
    since = (now - KEPT).isoformat()
    latest = sorted(((at, what) for what, at in both.items() if at > since), reverse=True)[:MOST]
    return {what: at for at, what in latest}


def remembered(sightings: Mapping[str, Any], facts: TraceFacts) -> TraceFacts:
    """What is remembered as the facts of one look; `facts` says how many traces and spans that look had."""
    together: list[str] = max((what.split("\t") for what in sightings.get("together", {})), key=len, default=[])
    times = [at for seen in sightings.values() for at in seen.values()]
    return replace(
        facts,
        services=frozenset(sightings.get("services", {})),
        links=frozenset(
            (caller, called) for caller, called in (what.split("\t") for what in sightings.get("links", {}))
        ),
        calls=frozenset(_read(what) for what in sightings.get("calls", {})),
        together=frozenset(together),
        latest=datetime.fromisoformat(max(times)) if times else None,
    )


def _written(call: Call) -> str:
    return "\t".join((call.service, call.database, call.queue, *call.peers[:6]))


def _read(said: str) -> Call:
    service, database, queue, *peers = said.split("\t")
    return Call(service, database, queue, tuple(peers))
