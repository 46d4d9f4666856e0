"""Carries out the tests of connections that administrators asked for. The request for one is a row, as a run of a check is:
a worker that dies loses nothing, and two workers carry it out once.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.utils import timezone

from readiness.checks import network
from readiness.checks.models import Integration
from readiness.checks.models.integrations import TEST_LEASE
from readiness.checks.recording import LONGEST_TEXT, plain_text
from readiness.checks.sources import Seen, probed
from readiness.checks.sources.keys import NoKeyError, with_keys
from readiness.egress import Egress, Steps

log = structlog.get_logger(__name__)


def probe_waiting(*, now: datetime | None = None, egress: Egress | None = None) -> int:
    """Returns how many it carried out; no network inside a transaction."""
    now = now or timezone.now()
    mine = [row for row in Integration.objects.test_waiting(now) if _claim(row, now)]
    if mine:
        results = (egress or network.egress()).run_all([_steps(row) for row in mine])
        _record(mine, results, now)
    return len(mine)


def _claim(row: Integration, now: datetime) -> bool:
    waiting = Integration.objects.test_waiting(now).filter(pk=row.pk, test_asked_at=row.test_asked_at)
    return bool(waiting.update(test_lease_until=now + TEST_LEASE))


def _steps(row: Integration) -> Steps[Seen]:
    key = row.key
    try:
        return (yield from with_keys(probed(row.connection), [key] if key else []))
    except NoKeyError as problem:
        return Seen(is_good=False, words=str(problem).removeprefix(f"{row}: "))


def _record(rows: Sequence[Integration], results: Sequence[Seen | Exception], now: datetime) -> None:
    for row, result in zip(rows, results, strict=True):
        seen = result if isinstance(result, Seen) else _broke(row, result)
        # What was changed since is tested anew, and asked for by that change itself.
        asked = Integration.objects.filter(pk=row.pk, version=row.version, test_asked_at=row.test_asked_at)
        asked.update(
            test_asked_at=None,
            test_lease_until=None,
            tested_at=now,
            test_is_good=seen.is_good,
            test_words=plain_text(seen.words, LONGEST_TEXT),
        )
        Integration.objects.filter(pk=row.pk, test_asked_at=row.test_asked_at).update(test_lease_until=None)


def _broke(row: Integration, error: Exception) -> Seen:
    log.error("test of a connection broke", kind=row.kind, exc_info=error)
    return Seen(is_good=False, words=f"The test itself broke: {type(error).__name__}.")
