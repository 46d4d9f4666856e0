"""Do traces follow a request from service to service? Read from whatever keeps traces, judged the same everywhere.

A trace crosses a border where a server's span hangs below a client's span of another service (or a consumer's below or beside a
producer's). A database, a queue or somebody else's API sends no spans: there the client's span that names it is enough, as long
as nobody of that name sends spans.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from readiness.assessments.formats._jaeger import spans_of_traces
from readiness.assessments.formats._otlp import spans_of_protobuf, spans_of_resources
from readiness.assessments.formats._spans import MAX_SPANS, Span
from readiness.assessments.formats.contract import (
    Reading,
    UnreadableError,
    Verdict,
    counted,
    entries_of,
    fields_of,
    shortened,
)
from readiness.assessments.outcome import Figure, Level, Outcome

__all__ = [
    "Call",
    "Span",
    "TraceFacts",
    "facts_of",
    "is_same_name",
    "judge_facts",
    "judge_spans",
    "spans_of_export",
    "spans_of_json",
    "spans_of_protobuf",
]

DATABASE, QUEUE = "database", "queue"
WORDS = {DATABASE: "a database", QUEUE: "a queue"}
MOST_NAMED = 8
_SAME = {
    "postgres": "postgresql",
    "pg": "postgresql",
    "mongo": "mongodb",
    "rabbit": "rabbitmq",
    "mssql": "microsoftsqlserver",
}


def spans_of_json(value: object) -> list[Span]:
    """Of OTLP/JSON or what protobuf prints, of Jaeger (`data`), Jaeger v3 (`result`) or Tempo (`batches`, `trace`), or of a list
    of any of them. Empty when it is none of these or holds no span. Raises UnreadableError for too many.
    """
    return bounded_spans(span for part in (entries_of(value) or [value]) for span in _spans_of(fields_of(part)))


def bounded_spans(spans: Iterable[Span]) -> list[Span]:
    """Those that have ids. Raises UnreadableError when there are more than MAX_SPANS."""
    return [span for span in _bounded(spans) if span.trace_id and span.span_id]


def spans_of_export(value: Mapping[str, Any]) -> list[Span]:
    """Of OTLP/JSON alone, and those without ids as well. Raises UnreadableError for too many."""
    names = ("resourceSpans", "resource_spans")
    return _bounded(span for name in names for span in spans_of_resources(entries_of(value.get(name))))


def _bounded(spans: Iterable[Span]) -> list[Span]:
    found = list(islice(spans, MAX_SPANS + 1))
    if len(found) > MAX_SPANS:
        raise UnreadableError(f"There are more than {MAX_SPANS:,} spans; a few traces are enough.")
    return found


def _spans_of(part: Mapping[str, Any]) -> Iterator[Span]:
    for name in ("resourceSpans", "resource_spans", "batches"):
        yield from spans_of_resources(entries_of(part.get(name)))
    for name in ("result", "trace"):
        inner = fields_of(part.get(name))
        for resources in ("resourceSpans", "resource_spans", "batches"):
            yield from spans_of_resources(entries_of(inner.get(resources)))
    data = part.get("data")
    yield from spans_of_traces(entries_of(data) if isinstance(data, list) else [data])
    if "processes" in part:  # one trace of Jaeger by itself
        yield from spans_of_traces([part])


# What the spans show


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a service says it made. `database`, `queue`: the system; `peers`: other names of whom it calls."""

    service: str
    database: str = ""
    queue: str = ""
    peers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TraceFacts:
    """What is kept of spans. `services`: all of them; `together`: the most that are in one trace (of those, when asked, in which
    the service itself is); `links`: (calling service, called service) with a client's span above a server's.
    """

    traces: int = 0
    spans: int = 0
    services: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()
    links: frozenset[tuple[str, str]] = frozenset()
    calls: frozenset[Call] = frozenset()
    latest: datetime | None = None

    @property
    def systems(self) -> Mapping[str, frozenset[str]]:
        """What kind of thing is spoken to → which systems of it."""
        return {
            DATABASE: frozenset(call.database for call in self.calls if call.database),
            QUEUE: frozenset(call.queue for call in self.calls if call.queue),
        }

    @property
    def figures(self) -> dict[str, Figure]:
        pairs = sorted(f"{caller} → {called}" for caller, called in self.links)
        return {
            "traces": self.traces, "spans": self.spans, "services": len(self.services), "links": len(pairs),
            "service_names": _some(sorted(self.services)), "linked": _some(pairs),
            "databases": _some(sorted(self.systems[DATABASE])), "queues": _some(sorted(self.systems[QUEUE])),
        }  # fmt: skip


def facts_of(spans: Sequence[Span], service: str = "") -> TraceFacts:
    """`service`: the name of the one that is judged; then only what it takes part in counts."""
    traces: dict[str, set[str]] = defaultdict(set)
    for span in spans:
        if span.service:
            traces[span.trace_id].add(span.service)
    if service:
        traces = defaultdict(
            set, {trace: names for trace, names in traces.items() if any(is_same_name(service, n) for n in names)}
        )
    own = [span for span in spans if span.trace_id in traces]
    together: set[str] = max(traces.values(), key=len, default=set())
    calls = {Call(span.service, span.database, span.queue, span.peers) for span in own if _names_somebody(span)}
    return TraceFacts(
        traces=len(traces),
        spans=len(own),
        services=frozenset(name for names in traces.values() for name in names),
        together=frozenset(together),
        links=frozenset(_links(own)),
        calls=frozenset(calls),
        latest=max((span.started_at for span in own if span.started_at), default=None),
    )


def _names_somebody(span: Span) -> bool:
    """Some instrumentations leave the kind of a database's span out."""
    return bool(span.database or span.queue) or (span.is_call and bool(span.peers))


def _links(spans: Sequence[Span]) -> Iterator[tuple[str, str]]:
    calling: dict[tuple[str, str], list[Span]] = defaultdict(list)
    for span in spans:
        if span.is_call:
            calling[span.trace_id, span.span_id].append(span)
    for span in spans:
        if span.is_answer:
            # A client's and a server's span share one id where Zipkin's model is kept.
            above = {(span.trace_id, span.parent_id), (span.trace_id, span.span_id), *span.links}
            callers = {caller.service for place in above for caller in calling.get(place, ())}
            yield from ((caller, span.service) for caller in callers if caller and caller != span.service)


# Judging


def judge_spans(
    spans: Sequence[Span],
    *,
    min_services: int | None = None,
    dependencies: Collection[str] = (),
    require_spans: Collection[str] = (),
    service: str = "",
) -> Outcome:
    """`dependencies`: what the service declares, by label; `require_spans`: database, queue; `service`: its name in traces, when
    it is known. What is not given is not asked. Age runs from the latest span.
    """
    return judge_facts(
        facts_of(spans, service), min_services=min_services, dependencies=dependencies, require_spans=require_spans,
        service=service,
    )  # fmt: skip


def judge_facts(
    facts: TraceFacts,
    *,
    min_services: int | None = None,
    dependencies: Collection[str] = (),
    require_spans: Collection[str] = (),
    service: str = "",
) -> Outcome:
    verdict = Verdict()
    if not facts.spans:
        whose = f" that {shortened(service, 80)} takes part in" if service else ""
        verdict.unclear.append(f"There is no trace{whose}.")
    else:
        _judge_width(facts, min_services, verdict)
        for dependency in dependencies:
            _judge_dependency(facts, dependency, service, verdict)
        for wanted in require_spans:
            if not facts.systems.get(wanted):
                verdict.fail(f"no-{wanted}", f"No span says that it speaks to {WORDS.get(wanted, wanted)}.")
    return verdict.outcome(_good(facts), Reading("traces", facts.figures, facts.latest))


def _judge_width(facts: TraceFacts, least: int | None, verdict: Verdict) -> None:
    if least is None or len(facts.together) >= least:
        return
    verdict.fail(
        "too-few-services",
        f"No trace has spans of {least} services; the widest has {counted(len(facts.together), 'service')}"
        f"{f': {_some(sorted(facts.together))}' if facts.together else ''}.",
    )


def _judge_dependency(facts: TraceFacts, dependency: str, service: str, verdict: Verdict) -> None:
    name = shortened(dependency, 80)
    by_us = [call for call in facts.calls if not service or is_same_name(service, call.service)]
    if any(
        is_same_name(dependency, called)
        for caller, called in facts.links
        if not service or is_same_name(service, caller)
    ):
        return
    if any(_is_system(dependency, call) for call in by_us):
        return
    sends_spans = any(is_same_name(dependency, one) for one in facts.services)
    is_called = any(_is_peer(dependency, call) for call in by_us)
    if sends_spans:
        verdict.fail(
            "no-link", f"{name} sends spans, but none of them hangs below a client's span of its caller.", name
        )
    elif is_called:
        verdict.note("no-spans", f"{name} is called, and sends no spans of its own.", name, Level.WARNING)
    else:
        verdict.unclear.append(f"No trace shows a call to {name} by that name.")


def _good(facts: TraceFacts) -> str:
    figures = facts.figures
    parts = [f"{counted(facts.traces, 'trace')} of {counted(len(facts.services), 'service')}"]
    parts += [str(figures["linked"])] if figures["linked"] else []
    parts += [str(figures[name]) for name in ("databases", "queues") if figures[name]]
    return f"{'; '.join(parts)}."


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(shortened(name, 80) for name in names[:MOST_NAMED])}{' …' if len(names) > MOST_NAMED else ''}"


# Names: a catalog writes `payment-gateway`, a span `PaymentGateway`, `shop/payment-gateway` or `payment-gateway.prod.svc`


def _plain(name: str) -> str:
    plain = re.sub(r"[\W_]+", "", name.lower())
    return _SAME.get(plain, plain)


def is_same_name(name: str, other: str) -> bool:
    """Whether two names of services are of one; what stands before the last slash is the place it is in."""
    return bool(_plain(name)) and _plain(name) in {_plain(other), _plain(other.rpartition("/")[2])}


def _is_system(dependency: str, call: Call) -> bool:
    """A database or a queue, by the name of the system or of what is in it."""
    systems = {_plain(system) for system in (call.database, call.queue) if system}
    words = {_plain(word) for word in re.split(r"[\W_]+", dependency)} | {_plain(dependency)}
    return bool(systems) and (bool(systems & words) or _is_peer(dependency, call))


def _is_peer(dependency: str, call: Call) -> bool:
    names = {part for peer in call.peers for part in (peer, *re.split(r"[.:/]", peer))}
    return _plain(dependency) in {_plain(name) for name in names if name}
