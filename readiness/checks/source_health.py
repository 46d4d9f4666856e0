"""Whether the sources that checks ask answer at all. One that did not answer several checks in a row is left in peace: the
others of the batch are handed back, and later ones wait until a single trial call is answered.

Only what fails on the way counts (no connection, no answer in time, a server's error); a source that says no is there.
A check of the service itself is no such thing: that a service does not answer is what it is for.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.formats import date_format

from readiness.assessments.outcome import Outcome
from readiness.checks import rules
from readiness.checks.models import Check, Origin, Run, RunStatus
from readiness.checks.pacing import PutOffError
from readiness.checks.places import origin_of
from readiness.checks.types import ASKING
from readiness.egress import Fault, Request, Response, Steps

log = structlog.get_logger(__name__)
NO_ANSWER = {Fault.REFUSED, Fault.TIMEOUT, Fault.NO_SUCH_HOST, Fault.TLS, Fault.BROKEN}
MOST_REMEMBERED = 10


@dataclass(slots=True)
class Gauge:
    """How the sources of one batch answer. Written by the thread that calls, read by the one that records.

    `failing`: origin → checks that got no answer since the last that did; `answered`: origins that answered somebody.
    """

    failing: dict[str, dict[int, str]] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    down: set[str] = field(default_factory=set)
    watched: set[int] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.failing or self.answered)

    def watch(self, check: Check, steps: Steps[Outcome]) -> Steps[Outcome]:
        """The same steps. Raises PutOffError when the source has been found down before they began, or on the way."""
        if check.type not in ASKING or not check.origin:
            return (yield from steps)
        if check.origin in self.down:
            steps.close()
            raise PutOffError
        answers: Sequence[Response] | None = None
        while True:
            try:
                requests = next(steps) if answers is None else steps.send(answers)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                return outcome
            answers = yield from self._watched(requests)
            if any(answer.fault is Fault.CALLED_OFF for answer in answers):
                steps.close()
                raise PutOffError
            self._note(check, answers)

    def _watched(self, requests: Sequence[Request]) -> Steps[Sequence[Response]]:
        """Only calls of checks that ask a source are called off; others may call the same place for its own sake."""
        own = {id(request) for request in requests}
        self.watched |= own
        try:
            return (yield requests)
        finally:
            self.watched -= own

    def is_called_off(self, request: Request) -> bool:
        """Asked when a call's turn comes: many are under way when the first of them fail."""
        return bool(self.down) and id(request) in self.watched and origin_of(request.url) in self.down

    def _note(self, check: Check, answers: Sequence[Response]) -> None:
        here = [one for one in answers if origin_of(one.request.url) == check.origin]
        failed = [one for one in here if _is_no_answer(one)]
        if len(failed) < len(here):
            self.answered.add(check.origin)
            self.failing.pop(check.origin, None)
            self.down.discard(check.origin)
        elif failed:
            one = failed[0]
            failing = self.failing.setdefault(check.origin, {})
            failing[check.pk] = one.problem or f"It answered {one.status}."
            if len(failing) >= rules.DOWN_AFTER:
                self.down.add(check.origin)


def _is_no_answer(answer: Response) -> bool:
    return answer.fault in NO_ANSWER or (answer.status is not None and (answer.status >= 500 or answer.status == 429))


def note(gauge: Gauge, *, now: datetime) -> None:
    """Remembers across batches and workers what this one saw; no statement when every source is as it should be."""
    recovered = gauge.answered - gauge.failing.keys()
    if recovered:
        _clear(recovered)
    if gauge.failing:
        _remember(gauge, now)


def _clear(urls: Collection[str]) -> None:
    cleared = Origin.objects.filter(url__in=urls, failures__gt=0).update(
        failing=[], failures=0, problem="", down_since=None, tries=0, next_try_at=None
    )
    if cleared:
        log.info("sources answer again", sources=cleared)


@transaction.atomic
def _remember(gauge: Gauge, now: datetime) -> None:
    urls = sorted(gauge.failing)
    Origin.objects.bulk_create([Origin(url=url) for url in urls], ignore_conflicts=True)
    rows = list(Origin.objects.filter(url__in=urls).order_by("url").select_for_update())
    for row in rows:
        _count(row, gauge, now)
    Origin.objects.bulk_update(rows, ["failing", "failures", "problem", "down_since", "tries", "next_try_at"])


def _count(row: Origin, gauge: Gauge, now: datetime) -> None:
    failing = gauge.failing[row.url]
    if row.url in gauge.answered:
        row.failing, row.down_since, row.tries, row.next_try_at = [], None, 0, None
    row.failing = list(dict.fromkeys([*row.failing, *failing]))[:MOST_REMEMBERED]
    row.failures, row.problem = len(row.failing), next(reversed(failing.values()))[:500]
    if row.down_since is None and row.failures < rules.DOWN_AFTER:
        return
    if row.down_since is None:
        log.warning("source down", source=row.url, problem=row.problem)
    row.tries = min(row.tries + 1, 1000)
    row.down_since, row.next_try_at = row.down_since or now, now + rules.source_pause(row.tries)


# For pages


@dataclass(frozen=True, slots=True)
class Down:
    """A source that does not answer. `waiting`: runs that wait for it."""

    since: datetime
    next_try_at: datetime
    waiting: int = 0

    def words(self, title: str, now: datetime) -> str:
        """`Prometheus has not answered since 10:42; next try 11:00; 240 checks wait.`"""
        then = f"next try {_clock(self.next_try_at, now)}" if self.next_try_at > now else "it is tried now"
        wait = f"; {self.waiting} check{' waits' if self.waiting == 1 else 's wait'}" if self.waiting else ""
        return f"{title} has not answered since {_clock(self.since, now)}; {then}{wait}."


def down(urls: Collection[str], *, counts: bool = False) -> dict[str, Down]:
    """Of these origins, those that are down; one statement, another with `counts`."""
    if not urls:
        return {}
    found = list(Origin.objects.down().filter(url__in=urls))
    waiting = _waiting([row.url for row in found]) if counts else {}
    return {row.url: _down(row, waiting.get(row.url, 0)) for row in found}


def _down(row: Origin, waiting: int) -> Down:
    assert row.down_since is not None and row.next_try_at is not None  # noqa: S101, PT018 - the database's constraint
    return Down(row.down_since, row.next_try_at, waiting)


def _waiting(urls: Collection[str]) -> dict[str, int]:
    queued = Run.objects.filter(status=RunStatus.QUEUED, check_row__origin__in=urls)
    return dict(queued.values_list("check_row__origin").annotate(number=Count("pk")).order_by())


def _clock(moment: datetime, now: datetime) -> str:
    here = timezone.localtime(moment)
    return date_format(here, "H:i" if here.date() == timezone.localtime(now).date() else "j M, H:i")
