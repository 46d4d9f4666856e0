"""The live stream. Pages are served over WSGI, which is two to ten times cheaper for them; `manage.py live` serves this."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "readiness.settings")
django.setup(set_prefix=False)

from reviews.live.stream import Application  # noqa: E402 - the applications must be there first

application = Application()
