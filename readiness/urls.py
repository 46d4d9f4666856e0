"""Every address of the site. Each room names its own; they stand side by side at the root."""

from django.conf import settings
from django.urls import include, path

from readiness import health

urlpatterns = [
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/", include("readiness.api")),
    path("accounts/", include("readiness.accounts.sign_in_urls")),
    path("", include("readiness.accounts.urls")),
    path("", include("readiness.portfolio.history.urls")),
    path("", include("readiness.mail.urls")),
    path("", include("readiness.catalog.urls")),
    path("", include("readiness.checklists.urls")),
    path("", include("readiness.assessments.urls")),
    path("", include("readiness.checks.urls")),
    path("", include("reviews.urls")),
    path("", include("readiness.outgoing.urls")),
    path("", include("readiness.portfolio.urls")),
    path("", include("readiness.reminders.urls")),
]
if settings.DEBUG:
    urlpatterns += [path("", include("readiness.face.urls"))]
