"""What Prometheus may know about checks. Workers count into the database, and whichever web process is asked reads it
there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Count, F, Min
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from readiness.checks.models import Check, Origin, Run, Tally

log = structlog.get_logger(__name__)
BROKEN = "broken"

type Counted = tuple[str, str, float]
"""Type, result (or BROKEN) and seconds of one run."""


def count(runs: Iterable[Counted], batch_seconds: float) -> None:
    """Adds a batch to the counters. Never raises for a database that does not answer: a number is not worth a
    result.
    """
    sums: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    sums["batch", "", ""].append(batch_seconds)
    for type_, result, seconds in runs:
        sums["run", type_, result].append(seconds)
    try:
        with transaction.atomic():
            for key, values in sorted(sums.items()):  # always in the same order: two workers never wait for each other
                _add(key, values)
    except DatabaseError as error:
        log.warning("not counted", error=str(error))


def _add(key: tuple[str, str, str], values: list[float]) -> None:
    kind, type_, result = key
    rows = Tally.objects.filter(kind=kind, type=type_, result=result)
    change = {"count": F("count") + len(values), "seconds": F("seconds") + sum(values)}
    if rows.update(**change):
        return
    Tally.objects.bulk_create([Tally(kind=kind, type=type_, result=result)], ignore_conflicts=True)
    rows.update(**change)


class ChecksCollector(Collector):
    """Reads the counters and the queue when somebody asks for /metrics."""

    def describe(self) -> Iterable[Metric]:
        return []  # else registering would ask the database

    def collect(self) -> Iterable[Metric]:
        try:
            return [*_tallies(), *_queue(), *_checks()]
        except DatabaseError as error:
            log.warning("no metrics of checks", error=str(error))
            return []


def register() -> None:
    REGISTRY.register(ChecksCollector())


def _tallies() -> Iterator[Metric]:
    runs = SummaryMetricFamily("readiness_check_run_seconds", "Runs of checks.", labels=["type", "result"])
    batches = SummaryMetricFamily("readiness_check_batch_seconds", "Batches of runs.", labels=[])
    for tally in Tally.objects.order_by("kind", "type", "result"):
        if tally.kind == "batch":
            batches.add_metric([], tally.count, tally.seconds)
        else:
            runs.add_metric([tally.type, tally.result], tally.count, tally.seconds)
    return iter([runs, batches])


def _queue() -> Iterator[Metric]:
    now = timezone.now()
    free = Run.objects.claimable(now).aggregate(number=Count("pk"), oldest=Min("queued_at"))
    age = max(0.0, (now - free["oldest"]).total_seconds()) if free["oldest"] else 0.0
    yield GaugeMetricFamily("readiness_check_runs_waiting", "Runs that no worker has taken.", value=free["number"])
    yield GaugeMetricFamily("readiness_check_queue_age_seconds", "How long the oldest of them has waited.", value=age)


def _checks() -> Iterator[Metric]:
    quarantined = Check.objects.quarantined().count()
    unread = Check.objects.unread().count()
    yield GaugeMetricFamily("readiness_checks_quarantined", "Checks in quarantine.", value=quarantined)
    down = Origin.objects.down().count()
    yield GaugeMetricFamily("readiness_check_sources_down", "Sources that do not answer.", value=down)
    yield GaugeMetricFamily("readiness_checks_unread", "Checks that could not tell, repeatedly.", value=unread)
