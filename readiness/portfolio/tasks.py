"""Each hour: how does every service stand?"""

from celery import shared_task
from django.utils import timezone

from readiness.portfolio.daily import recording


@shared_task(name="readiness.portfolio.tasks.record_today", expires=3600)
def record_today() -> int:
    """Answers how many services there is a fact of."""
    return recording.record_today(now=timezone.now())
