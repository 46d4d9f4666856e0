"""The one way out for checks, under the deployment's policy (EGRESS_ALLOW)."""

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from django.conf import settings

from readiness.egress import Egress, EgressPolicy

PORTS = {"postgresql": 5432, "redis": 6379, "rediss": 6379}


def egress() -> Egress:
    """Made once in a process for what the deployment allows; it holds no connection."""
    return _under(settings.EGRESS_ALLOW)


@lru_cache(maxsize=1)
def _under(_allowed: str) -> Egress:
    return Egress(policy())


def policy() -> EgressPolicy:
    """Raises ValueError with a sentence; `settings` has read the same text before."""
    return EgressPolicy.parse(settings.EGRESS_ALLOW, own=own_sockets())


def own_sockets() -> Iterator[tuple[str, int]]:
    """Where our database, broker and cache listen: no check may talk to them, whatever EGRESS_ALLOW says.

    Our own web port is not among them: this site may be checked like any other service.
    """
    for database in settings.DATABASES.values():
        if database["ENGINE"].endswith("postgresql"):
            yield _host(database.get("HOST")), int(database.get("PORT") or PORTS["postgresql"])
    caches = [cache_settings.get("LOCATION", "") for cache_settings in settings.CACHES.values()]
    for url in [settings.BROKER_URL, *caches]:
        parts = urlsplit(url if isinstance(url, str) else "")
        if parts.scheme in PORTS:
            yield parts.hostname or "localhost", parts.port or PORTS[parts.scheme]


def _host(name: str | None) -> str:
    """A socket file (`/run/postgresql`) belongs to a server on this machine, which mostly listens on a port as well."""
    return "localhost" if not name or name.startswith("/") else name
