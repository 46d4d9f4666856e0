from celery import shared_task
from django.utils import timezone

from reviews import actions, tallies


@shared_task(name="reviews.tasks.pause_abandoned", expires=60)
def pause_abandoned() -> int:
    """Pauses what everybody has left; beat calls it every minute."""
    return actions.pause_abandoned(now=timezone.now())


@shared_task(name="reviews.tasks.count_what_items_caught", expires=600)
def count_what_items_caught() -> int:
    """Keeps how often an item caught something or let it through; beat calls it every ten minutes."""
    return tallies.count_all(now=timezone.now())
