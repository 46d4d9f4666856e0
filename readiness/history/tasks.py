"""Seals what was written since the last time."""

from celery import shared_task
from django.utils import timezone

from readiness.history import actions

MOST_BATCHES = 20
"""An import writes many entries; one run of the task ends all the same."""


@shared_task(name="readiness.history.tasks.seal")
def seal() -> int:
    sealed = 0
    for _ in range(MOST_BATCHES):
        now = timezone.now()
        done = actions.seal(now=now, is_full=now.minute == 0)
        sealed += done
        if not done:
            break
    return sealed
