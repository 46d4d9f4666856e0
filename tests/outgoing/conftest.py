"""Pages and actions wake workers through our Celery application, so it has to be there, as it is in a web process."""

import readiness.celery  # noqa: F401 - for what it does
