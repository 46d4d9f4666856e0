"""The pages. Granian serves this."""

import gc
import os
from pathlib import Path
from threading import Thread

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - the applications must be there first
from django.template.loader import get_template  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from readiness import celery  # noqa: E402, F401 - pages wake workers; without our application Celery would not know where


def warm() -> None:
    """What the first visitors of a fresh process would wait for: views are imported and templates read while nobody asks yet.
    What is there by then stays; the collector need not walk it again with every request.
    """
    _ = get_resolver().url_patterns
    templates = Path(settings.BASE_DIR) / "templates"
    for path in sorted(templates.rglob("*.html")):
        get_template(str(path.relative_to(templates)))
    gc.collect()
    gc.freeze()


Thread(target=warm, name="warms up", daemon=True).start()
