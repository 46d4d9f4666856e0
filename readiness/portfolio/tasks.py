"""Each hour: how does every service stand, and how far is every campaign?"""

from celery import shared_task
from django.utils import timezone

from readiness.portfolio.campaigns import days
from readiness.portfolio.daily import rebuilding, recording


@shared_task(name="readiness.portfolio.tasks.record_today", expires=3600)
def record_today() -> int:
    """Answers how many services there is a fact of. Days on which no worker ran are made up for, from history."""
    now = timezone.now()
    number = recording.record_today(now=now)
    rebuilding.catch_up(now=now)
    return number


@shared_task(name="readiness.portfolio.tasks.count_campaigns", expires=3600)
def count_campaigns() -> int:
    """The last count of a day stands. Answers how many campaigns run."""
    return days.record_days(timezone.now())
