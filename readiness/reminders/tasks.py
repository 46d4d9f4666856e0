"""Each ten minutes: whose morning is it?"""

from celery import shared_task
from django.utils import timezone

from readiness.reminders import digest


@shared_task(name="readiness.reminders.tasks.remind")
def remind() -> int:
    return len(digest.build(timezone.now()))
