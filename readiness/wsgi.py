"""The pages. Granian serves this."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
application = get_wsgi_application()

from readiness import celery  # noqa: E402, F401 - pages wake workers; without our application Celery would not know where
