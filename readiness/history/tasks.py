"""Seals what was written since the last time."""

from celery import shared_task
from django.utils import timezone

from readiness.history import actions


@shared_task(name="readiness.history.tasks.seal")
def seal() -> int:
    return actions.seal(now=timezone.now())
