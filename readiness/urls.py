"""Every address of the site."""

from django.urls import include, path

from readiness import health

urlpatterns = [
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
    path("accounts/", include("allauth.account.urls")),
]
