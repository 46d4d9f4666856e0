"""Empties the outbox."""

from celery import shared_task
from django.utils import timezone

from readiness.mail import delivery


@shared_task(name="readiness.mail.tasks.deliver")
def deliver() -> int:
    return delivery.deliver_due(now=timezone.now()).sent
