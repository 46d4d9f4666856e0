"""Traces come in, from each service with its own token, and become proof for the criteria that take traces.

A token speaks for one service. What it sends about itself may be joined to what others send about themselves, by trace and span
ids and by nothing else: whoever sends learns of another service only that it answered, by its name in traces. What it sends under
other names (a collector that serves several) counts for its own service alone.

Kept are the spans at borders, of the traces whose id hashes lowest, for a quarter of an hour: every service thereby keeps the
same traces, however many there are. They are looked at a minute after the first news, when the spans of the others are there too;
an answer is recorded when it is another one than before, and once an hour.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from readiness.accounts.policy import Refused
from readiness.assessments import formats, sightings
from readiness.assessments.actions.declared import asked
from readiness.assessments.actions.evidence import Said, take_in
from readiness.assessments.actions.holding import hold
from readiness.assessments.formats.traces import Span, TraceFacts, facts_of, is_same_name, judge_facts
from readiness.assessments.models import Assessment, Item, ReceivedSpan, TraceSummary
from readiness.assessments.outcome import Outcome, Result, unknown
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.checklists.pack import PackCriterion, Way
from readiness.checklists.rules import How, Strength
from readiness.history.actions import Actor

KIND = "otlp_trace"
RECEIVER = Actor.machine("Trace receiver")
JOINED_WITHIN = timedelta(minutes=15)
OLDEST = timedelta(hours=24)
AHEAD = timedelta(minutes=5)
LOOK_EVERY = timedelta(minutes=1)
"""Exporters send in batches: a trace is whole only when each of them has sent."""
SAY_AGAIN_AFTER = timedelta(hours=1)
MOST_ROWS = 500
"""Of one service."""
MOST_NEW_ROWS = 200
"""Of one export."""
MOST_NEIGHBOURS = 2000
SWEPT = 200


@dataclass(frozen=True, slots=True)
class Received:
    """`rejected`: spans without ids, service or a time within a day; `warning`: what the sender should know; may be empty."""

    rejected: int = 0
    warning: str = ""


def receive_traces(*, service: Service, spans: Sequence[Span], now: datetime) -> Received:
    """Keeps what is needed of an export that the service's own token brought, and looks at it when it is time."""
    good = [span for span in spans if span.service and span.trace_id and span.span_id and _is_recent(span, now)]
    own = _own_names(service, good)
    kept = _keep(service, [span for span in good if _is_at_a_border(span)], own, now)
    for service_id in _concerned(service, kept):
        TraceSummary.objects.filter(service_id=service_id, news_at=None).update(news_at=now)
    look(service_id=service.pk, now=now)  # the others are looked at by the sweep
    return Received(len(spans) - len(good), _warning(service, good, own, len(spans) - len(good)))


def _is_recent(span: Span, now: datetime) -> bool:
    return span.started_at is not None and now - OLDEST <= span.started_at <= now + AHEAD


def _is_at_a_border(span: Span) -> bool:
    return span.is_call or span.is_answer or bool(span.database or span.queue)


def _own_names(service: Service, spans: Sequence[Span]) -> set[str]:
    """Which of the names in the export are the sender's own."""
    known = [name for name in (service.slug, service.name, service.name_in_traces) if name]
    return {said for said in {span.service for span in spans} if any(is_same_name(name, said) for name in known)}


def _warning(service: Service, good: Sequence[Span], own: set[str], rejected: int) -> str:
    if rejected:
        return f"{rejected} spans lack ids or service.name, or did not start within the last day; they are left out."
    if good and not own:
        said = ", ".join(sorted({span.service for span in good})[:3])
        return f"None of these spans is of {service.slug}: they say {said}. Say its name in traces on its page."
    return ""


def rank_of(trace_id: str) -> int:
    """Of 2⁶². Hashed, because some tracers begin their ids with the time."""
    return int.from_bytes(hashlib.sha256(trace_id.encode()).digest()[:8]) >> 2


@transaction.atomic
def _keep(service: Service, spans: Sequence[Span], own: set[str], now: datetime) -> list[ReceivedSpan]:
    """Those of the lowest ranks; once the service has its number, only what ranks below goes in, and the highest go."""
    mine = ReceivedSpan.objects.filter(service=service).order_by("rank", "id")
    highest = mine.values_list("rank", flat=True)[MOST_ROWS - 1 : MOST_ROWS].first()
    ranked = sorted((rank_of(span.trace_id), span.span_id, span.kind, place) for place, span in enumerate(spans))
    wanted = [(rank, spans[place]) for rank, _, _, place in ranked if highest is None or rank < highest][:MOST_NEW_ROWS]
    kept = [_row(service, span, rank, is_own=span.service in own, now=now) for rank, span in wanted]
    if kept:
        # Ordered, so that two exports at once wait for each other rather than for ever; the same span twice is one row.
        ReceivedSpan.objects.bulk_create(kept, ignore_conflicts=True)
        surplus = mine.select_for_update(skip_locked=True).values_list("pk", flat=True)[MOST_ROWS : MOST_ROWS + 1000]
        ReceivedSpan.objects.filter(pk__in=list(surplus)).delete()
    return kept


def _row(service: Service, span: Span, rank: int, *, is_own: bool, now: datetime) -> ReceivedSpan:
    return ReceivedSpan(
        service=service, trace_id=span.trace_id, span_id=span.span_id, parent_id=span.parent_id, kind=span.kind,
        name=span.service[:200], is_own=is_own, database=span.database, queue=span.queue, peers=list(span.peers[:6]),
        links=[list(link) for link in span.links[:5]], started_at=min(span.started_at or now, now), received_at=now, rank=rank,
    )  # fmt: skip


def _concerned(service: Service, kept: Sequence[ReceivedSpan]) -> list[int]:
    """The service itself, and those whose kept spans are of the same traces."""
    if not kept:
        return []
    TraceSummary.objects.get_or_create(service=service)
    traces = {row.trace_id for row in kept} | {trace_id for row in kept for trace_id, _ in row.links}
    others = ReceivedSpan.objects.filter(trace_id__in=traces).exclude(service=service)
    return sorted({service.pk, *others.values_list("service_id", flat=True).distinct()[:50]})


# A look at what came


@transaction.atomic
def look(*, service_id: int, now: datetime) -> bool:
    """Judges what is kept of one service, once for all news of a minute; who comes second finds nothing to do."""
    if not _due(now).filter(service_id=service_id).update(news_at=None, looked_at=now):
        return False
    summary = TraceSummary.objects.select_related("service").get(service_id=service_id)
    service = summary.service
    facts = facts_of(_joined(service), service.name_in_traces)
    summary.sightings = sightings.merged(summary.sightings, facts, now)
    assessment_id = Assessment.objects.filter(service=service).values_list("pk", flat=True).first()
    if assessment_id is not None and facts.spans:
        _prove(hold(assessment_id), summary, sightings.remembered(summary.sightings, facts), now)
    summary.save(update_fields=["sightings", "answers"])
    return True


def _due(now: datetime) -> QuerySet[TraceSummary]:
    return TraceSummary.objects.filter(news_at__lte=now - LOOK_EVERY)


def _joined(service: Service) -> list[Span]:
    """What the service sent, and the spans of others right above or below it, each under the name that the catalog knows."""
    mine = list(ReceivedSpan.objects.filter(service=service)[:MOST_ROWS])
    ids = {(row.trace_id, row.span_id) for row in mine}
    above = {(row.trace_id, row.parent_id) for row in mine if row.kind in {"server", "consumer"}}
    above |= {(trace, span) for row in mine for trace, span in row.links}
    traces = {trace for trace, _ in ids | above}
    others = (
        ReceivedSpan.objects.filter(trace_id__in=traces, is_own=True).exclude(service=service).select_related("service")
    )
    near = [
        row for row in others[:MOST_NEIGHBOURS] if (row.trace_id, row.span_id) in above | ids or _hangs_below(row, ids)
    ]
    return [_span(row, service.name_in_traces if row.is_own else row.name) for row in mine] + [
        replace(_span(row, row.service.name_in_traces), database="", queue="", peers=()) for row in near
    ]


def _hangs_below(row: ReceivedSpan, ids: set[tuple[str, str]]) -> bool:
    return (row.trace_id, row.parent_id) in ids or any((trace, span) in ids for trace, span in row.links)


def _span(row: ReceivedSpan, name: str) -> Span:
    return Span(
        trace_id=row.trace_id, span_id=row.span_id, parent_id=row.parent_id, service=name, kind=row.kind,
        started_at=row.started_at, database=row.database, queue=row.queue, peers=tuple(row.peers),
        links=tuple((trace, span) for trace, span in row.links),
    )  # fmt: skip


def _prove(held: Assessment, summary: TraceSummary, facts: TraceFacts, now: datetime) -> None:
    for item, criterion, way in _takers(held):
        outcome = _judged(held, way, facts)
        place = f"{item.key}/{criterion.key}"
        digest = _digest(outcome)
        before = summary.answers.get(place, {})
        if before.get("said") == digest and now - datetime.fromisoformat(before["at"]) < SAY_AGAIN_AFTER:
            continue
        summary.answers[place] = {"said": digest, "at": now.isoformat()}
        told = Said(
            item_key=item.key, criterion_key=criterion.key, how=How.ARTIFACT, kind=KIND, outcome=outcome,
            strength=Strength.OBSERVED, source="traces received", by=RECEIVER,
            idempotency_key=f"traces:{hashlib.sha256(f'{held.pk}\n{place}\n{now.isoformat()}'.encode()).hexdigest()}",
        )  # fmt: skip
        take_in(held, told, now=now)


def _digest(outcome: Outcome) -> str:
    """Of what is said, without how many traces it was said of: that changes with each look."""
    figures = {name: value for name, value in outcome.figures.items() if name not in {"traces", "spans"}}
    reason = "" if outcome.result is Result.PASS else outcome.reason
    return hashlib.sha256(json.dumps([outcome.result, reason, figures], sort_keys=True).encode()).hexdigest()[:16]


def _takers(held: Assessment) -> list[tuple[Item, PackCriterion, Way]]:
    """Every criterion that counts here and takes traces."""
    service = held.service
    return [
        (item, criterion, way)
        for item in held.items.filter(retired_at=None).exclude(status=ItemStatus.NOT_APPLICABLE)
        for criterion in held.version.pack.item(item.key).criteria_for(tier=service.tier, traits=service.traits)
        for way in criterion.ways
        if way.how is How.ARTIFACT and way.kind == KIND
    ]


def _judged(held: Assessment, way: Way, facts: TraceFacts) -> Outcome:
    one = formats.FORMATS[KIND]
    params = one.asked({**asked(held, way), "service": held.service.name_in_traces})
    outcome = judge_facts(
        facts, min_services=params.min_services, dependencies=params.dependencies, require_spans=params.require_spans,
        service=params.service,
    )  # fmt: skip
    lacking = one.lacks(params)
    return unknown(lacking, facts.figures) if lacking and outcome.result is Result.PASS else outcome


# What time takes away


def sweep_traces(*, now: datetime) -> int:
    """Looks at what came since the last look, and lets go of what is old. Twice does no harm; returns how many were looked at."""
    old = ReceivedSpan.objects.filter(received_at__lt=now - JOINED_WITHIN)
    looked = sum(_look_safely(pk, now) for pk in list(_due(now).values_list("service_id", flat=True)[:SWEPT]))
    old.delete()
    TraceSummary.objects.filter(news_at=None, looked_at__lt=now - sightings.KEPT).delete()
    return looked


def _look_safely(service_id: int, now: datetime) -> bool:
    """A refusal (a checklist that changed underneath) must not keep the others from being looked at."""
    try:
        return look(service_id=service_id, now=now)
    except Refused:
        TraceSummary.objects.filter(service_id=service_id).update(news_at=None, looked_at=now)
        return False
