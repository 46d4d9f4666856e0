"""From the row to the receiver: claimed with a lease and a fencing number, called through `egress`, and marked by what came back.

A worker that dies in between leaves the row to the next one when the lease ends: the message may arrive twice, with the same id,
and none is lost.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet

from readiness.checks import network
from readiness.checks.recording import plain_text
from readiness.checks.sealing import SealedError
from readiness.egress import Egress, Request, Response
from readiness.outgoing.models import Delivery, DeliveryStatus
from readiness.outgoing.rules import is_final, signed_headers, wait_after

LEASE = timedelta(minutes=2)
TIMEOUT = timedelta(seconds=10)
AT_ONCE = 64
AT_ONCE_TO_ONE = 8
"""So that a receiver that hangs keeps nobody else waiting."""
TRIES_KEPT = 20
ANSWER_KEPT = 500
log = structlog.get_logger(__name__)


def deliver_due(*, now: datetime, egress: Egress | None = None) -> int:
    """One batch. Returns how many calls it made; no network inside a transaction."""
    claimed = [row for row in _fairly(Delivery.objects.due(now)) if _claim(row, now)]
    ready = [(row, request) for row in claimed if (request := _request(row, now))]
    if ready:
        answers = (egress or network.egress()).fetch_all([request for _, request in ready])
        for (row, _), answer in zip(ready, answers, strict=True):
            _record(row, answer, now)
    return len(ready)


def _fairly(due: QuerySet[Delivery]) -> list[Delivery]:
    """The oldest first, a few of each receiver."""
    rows = due.select_related("receiver").order_by("next_attempt_at", "pk")[: AT_ONCE * AT_ONCE_TO_ONE]
    taken: Counter[int] = Counter()
    chosen = []
    for row in rows:
        taken[row.receiver_id] += 1
        if taken[row.receiver_id] <= AT_ONCE_TO_ONE:
            chosen.append(row)
    return chosen[:AT_ONCE]


def _claim(row: Delivery, now: datetime) -> bool:
    """Compare-and-swap on the fence: of two workers that saw the same row one gets it.

    The condition is on the row alone. With a join it would be a subquery, which PostgreSQL does not ask again after it has
    waited for the other worker: both would get it.
    """
    claimed = Delivery.objects.filter(pk=row.pk, fence=row.fence, status=DeliveryStatus.QUEUED)
    row.fence += 1
    row.attempts += 1
    return claimed.update(fence=row.fence, attempts=row.attempts, lease_until=now + LEASE) == 1


def _request(row: Delivery, now: datetime) -> Request | None:
    """None, with the reason on the row, when its secret can't be read: that mends itself by no second try."""
    receiver = row.receiver
    try:
        secret = receiver.secret
    except SealedError:
        _finish(row, now, DeliveryStatus.GIVEN_UP, receiver.secret_problem, [])
        return None
    body = row.body.encode()
    headers = {"Content-Type": "application/json", "User-Agent": "Readiness"}
    url = receiver.address
    if receiver.is_chat:
        url = secret
    else:
        headers |= signed_headers(secret, message_id=row.message_id, now=now, body=row.body)
    return Request(url, "POST", headers=headers, body=body, timeout=TIMEOUT, follow_redirects=False)


def _record(row: Delivery, answer: Response, now: datetime) -> None:
    problem = _problem(answer)
    tried = {
        "at": now.isoformat(),
        "ms": round(answer.elapsed.total_seconds() * 1000),
        "status": answer.status,
        "answer": plain_text(answer.text, ANSWER_KEPT),
        "problem": problem,
    }
    status = DeliveryStatus.DELIVERED
    if problem:
        status = DeliveryStatus.GIVEN_UP if is_final(answer.status, row.attempts) else DeliveryStatus.QUEUED
        log.warning("not delivered", delivery_id=row.pk, attempt=row.attempts, problem=problem, status=status.value)
    _finish(row, now, status, problem, [tried], next_attempt_at=now + wait_after(row.attempts, answer.headers))


def _problem(answer: Response) -> str:
    """Empty when the receiver took it: anything from 200 to 299."""
    if answer.fault:
        return answer.problem or f"No answer: {answer.fault}."
    status = answer.status or 0
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return (
            f"It answered {status}: it leads on to another address, and redirects are not followed. Give that address."
        )
    if status == 410:
        return "It answered 410: it is gone for good."
    return f"It answered {status}."


def _finish(
    row: Delivery, now: datetime, status: DeliveryStatus, problem: str, tried: Sequence[dict[str, Any]], **changes: Any
) -> None:
    """Of a row that is still ours: who lost the lease says nothing any more."""
    Delivery.objects.filter(pk=row.pk, fence=row.fence, status=DeliveryStatus.QUEUED).update(
        status=status,
        problem=problem[:1000],
        lease_until=None,
        tried_at=now,
        tries=[*row.tries, *tried][-TRIES_KEPT:],
        **changes,
    )
