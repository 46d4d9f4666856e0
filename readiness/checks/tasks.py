"""Wakes a worker up. The database is the queue of record, so a message that is lost, doubled or late changes nothing;
nothing is retried here, as the scheduler's next beat is the retry.
"""

import time
from datetime import timedelta

import structlog
from celery import Task, shared_task
from django.utils import timezone

from readiness.checks import drilling, measuring, plans, probing, runner, schedule

log = structlog.get_logger(__name__)
NO_NEW_BATCH_AFTER = timedelta(seconds=30)
"""With the longest batch on top this stays well below Celery's time limit."""


@shared_task(name="readiness.checks.tasks.wake", max_retries=0)
def wake() -> int:
    """Plans what is due and carries out what waits, until nothing is left or time is up. Returns how many runs it
    took.
    """
    ends = time.monotonic() + NO_NEW_BATCH_AFTER.total_seconds()
    probing.probe_waiting()
    drilling.sweep(timezone.now())
    plans.plan_outdated(now=timezone.now())
    taken = 0
    while time.monotonic() < ends:
        schedule.enqueue_due(timezone.now())
        batch = runner.run_batch(worker=runner.worker_name())
        if not batch:
            break
        taken += len(batch.results)
    return taken


@shared_task(name="readiness.checks.tasks.run_batch", max_retries=0)
def run_batch() -> int:
    """One batch, what is urgent first."""
    return len(runner.run_batch(worker=runner.worker_name()).results)


@shared_task(name="readiness.checks.tasks.test_connections", max_retries=0)
def test_connections() -> int:
    """The tests of connections that wait."""
    return probing.probe_waiting()


@shared_task(name="readiness.checks.tasks.measure", max_retries=0)
def measure() -> int:
    """The figures of launches that run, and thresholds that somebody tries. Beat calls it every 15 seconds, a page at once."""
    return measuring.try_waiting() + measuring.read_launches()


def wake_soon() -> None:
    """Asks for a worker now. A broker that is down costs no more than the wait for the scheduler's next beat."""
    _send(run_batch)


def test_soon() -> None:
    """The same for tests of connections."""
    _send(test_connections)


def measure_soon() -> None:
    """The same for figures."""
    _send(measure)


def _send(task: Task[[], int]) -> None:
    try:
        task.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever a broker may raise
        log.warning("no worker was woken; the scheduler's next beat will", error=str(error))
