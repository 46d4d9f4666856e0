from celery import shared_task
from django.utils import timezone

from readiness.assessments import actions


@shared_task(name="readiness.assessments.tasks.sweep", expires=60)
def sweep() -> None:
    """Ends what has run out; beat calls it every minute."""
    actions.sweep(now=timezone.now())
    actions.sweep_traces(now=timezone.now())
