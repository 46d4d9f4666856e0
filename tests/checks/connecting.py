"""Sources of the organisation, connected by the administrator of the cast."""

from typing import Any

from readiness.checks.actions import integrations as actions
from readiness.checks.actions.integrations import Said
from readiness.checks.models import Integration
from tests.cast import NOW, Cast

SECRET = "s3cret-Value-nobody-may-see"
URL = "https://prometheus.example.com"


def connected(cast: Cast, kind: str = "prometheus", *, tested: bool = True, **said: Any) -> Integration:
    """By default a Prometheus with a bearer token; no test of it waits unless `tested` is False."""
    values = {"address": URL, "way": "bearer", "secret": SECRET} | said
    made = actions.connect(by=cast.ada, kind=kind, said=Said(**values), version=0, now=NOW)
    if tested:
        Integration.objects.filter(pk=made.pk).update(test_asked_at=None)
    return Integration.objects.get(pk=made.pk)


def changed(cast: Cast, integration: Integration, **said: Any) -> Integration:
    values = {name: getattr(integration, name) for name in ("address", "flavour", "settings", "way")} | said
    return actions.connect(
        by=cast.ada, kind=integration.kind, said=Said(**values), version=integration.version, now=NOW
    )
