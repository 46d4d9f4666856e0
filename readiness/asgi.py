"""The live stream's door. Pages are served over WSGI, which is two to ten times cheaper for them."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
application = get_asgi_application()
