"""Tells the live processes, through Redis, that a review changed. What changed they read from the database.

A word that gets lost costs a second: they also look by themselves. So nothing here waits for a Redis that does not answer, and
nothing fails because of it.
"""

import time
from collections.abc import Collection
from functools import cache, partial
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.db import transaction

if TYPE_CHECKING:
    from redis import Redis

CHANNEL = "readiness:reviews"
PATIENCE_S = 0.3
REST_S = 5.0  # after it did not answer, nobody waits for it again so soon

log = structlog.get_logger(__name__)
_rests = {"until": 0.0}


def has_redis() -> bool:
    return bool(settings.BROKER_URL != "embedded")


def announce(review_id: int, changed: Collection[str] = ()) -> None:
    """When the transaction has been committed; an embedded installation has nobody to tell. `changed`: regions, see `changes`."""
    if has_redis():
        transaction.on_commit(partial(_publish, " ".join([str(review_id), *changed])), robust=True)


def read(message: bytes) -> tuple[int, frozenset[str]]:
    """Which review, and which of its regions; none named: anything may have changed."""
    review_id, *changed = message.decode().split()
    return int(review_id), frozenset(changed)


def _publish(message: str) -> None:
    from redis import RedisError  # noqa: PLC0415 - an embedded installation never loads it

    if time.monotonic() < _rests["until"]:
        return
    try:
        _client(settings.BROKER_URL).publish(CHANNEL, message)
    except RedisError as problem:
        _rests["until"] = time.monotonic() + REST_S
        log.warning("redis does not answer; screens learn of changes a little later", problem=str(problem))


@cache
def _client(url: str) -> "Redis":
    """A pool of connections, shared by the threads of this process. Tries a second time: Redis may have been restarted."""
    from redis import Redis  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    retry = Retry(NoBackoff(), 1)
    return Redis.from_url(url, socket_connect_timeout=PATIENCE_S, socket_timeout=PATIENCE_S, retry=retry)
