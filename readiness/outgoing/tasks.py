"""Wakes a worker up. The database is the queue of record: what a lost message would have done, the next beat does."""

import time
from datetime import timedelta

import structlog
from celery import Task, shared_task
from django.utils import timezone

from readiness.outgoing import issues, listening, sending

log = structlog.get_logger(__name__)
NO_NEW_BATCH_AFTER = timedelta(seconds=30)


@shared_task(name="readiness.outgoing.tasks.wake", max_retries=0)
def wake() -> int:
    """Reads on in the history, makes the issues that were asked for, and sends what is due, until nothing is left or time is up.
    Returns how many of both it tried.
    """
    ends = time.monotonic() + NO_NEW_BATCH_AFTER.total_seconds()
    listening.hear(timezone.now())
    made = 0
    while time.monotonic() < ends and issues.make_next(now=timezone.now()):
        made += 1
    while time.monotonic() < ends:
        sent = sending.deliver_due(now=timezone.now())
        if not sent:
            break
        made += sent
    return made


@shared_task(name="readiness.outgoing.tasks.keep_days", max_retries=0)
def keep_days() -> int:
    """What a new day brings: gaps that are overdue now, and old deliveries that go."""
    now = timezone.now()
    listening.forget_old(now)
    return listening.note_overdue(now)


def wake_soon() -> None:
    """Asks for a worker now. A broker that is down costs no more than the wait for the scheduler's next beat."""
    _send(wake)


def _send(task: Task[[], int]) -> None:
    try:
        task.apply_async(retry=False, expires=60)
    except Exception as error:  # noqa: BLE001 - whatever a broker may raise
        log.warning("no worker was woken; the scheduler's next beat will", error=str(error))
