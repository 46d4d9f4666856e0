"""A process that empties the outbox for as long as it lives: python -m tests.torture.postman (DATABASE_URL, EMAIL_URL)."""

import os
import time
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
django.setup()

from django.utils import timezone  # noqa: E402 - only now are there apps

from readiness.mail import delivery  # noqa: E402

if __name__ == "__main__":
    delivery.LEASE = timedelta(seconds=2)  # whoever takes over from the dead does not wait for two minutes
    while True:
        delivery.deliver_due(now=timezone.now())
        time.sleep(0.05)
