"""Is the process alive, may it get traffic, and how is it doing (Prometheus)."""

import ipaddress
import os
from contextlib import suppress

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import Error as DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

_ready = {"is_migrated": False}


@require_safe
@login_not_required
def live(_request: HttpRequest) -> HttpResponse:
    """Touches nothing outside the process: a database that is down must not get every web process restarted."""
    return JsonResponse({"status": "alive"})


@require_safe
@login_not_required
def ready(_request: HttpRequest) -> HttpResponse:
    problems = missing()
    body = {"status": "not ready" if problems else "ready", "missing": problems}
    return JsonResponse(body, status=503 if problems else 200)


def missing() -> list[str]:
    """Sentences that say what keeps this process from serving people."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return [] if _is_migrated() else ["The database is older than the program; run `manage.py migrate`."]
    except DatabaseError:
        return ["The database does not answer."]


def _is_migrated() -> bool:
    # Once migrated, a running process stays so; the question costs several queries.
    if not _ready["is_migrated"]:
        executor = MigrationExecutor(connection)
        _ready["is_migrated"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _ready["is_migrated"]


@require_safe
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    if not _may_read_metrics(request):
        raise Http404
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _may_read_metrics(request: HttpRequest) -> bool:
    if "HTTP_X_FORWARDED_FOR" in request.META and not os.environ.get("METRICS_BEHIND_PROXY"):
        return False  # came through a proxy: from outside
    with suppress(ValueError):
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
        return any(address in network for network in settings.METRICS_ALLOW)
    return False
