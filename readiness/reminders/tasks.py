"""Each ten minutes: whose morning is it?"""

from celery import shared_task
from django.utils import timezone

from readiness.reminders import digest, weekly


@shared_task(name="readiness.reminders.tasks.remind")
def remind() -> int:
    now = timezone.now()
    return len(digest.build(now)) + len(weekly.build(now))
