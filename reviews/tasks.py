from celery import shared_task
from django.utils import timezone

from reviews import actions


@shared_task(name="reviews.tasks.pause_abandoned", expires=60)
def pause_abandoned() -> int:
    """Pauses what everybody has left; beat calls it every minute."""
    return actions.pause_abandoned(now=timezone.now())
