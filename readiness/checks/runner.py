"""Carries out a batch of runs: claimed from the database, called out together over one event loop, recorded one by one.

Two threads share the work. The calls have one of their own, which touches no database: a statement that takes a while
must not be counted as the slowness of the service that is measured. This one records what comes in, at once, and
renews the leases meanwhile.
"""

import os
import queue
import socket  # noqa: TID251 - only for this machine's name
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone

from readiness.assessments.outcome import Outcome, unknown
from readiness.checks import connections, inheriting, metrics, network, retention, schedule, source_health, turns
from readiness.checks.connections import Keys
from readiness.checks.models import Check, Run
from readiness.checks.pacing import NotStartedError, PutOffError, paced
from readiness.checks.recording import Ended
from readiness.checks.schedule import Claimed
from readiness.checks.source_health import Gauge
from readiness.checks.sources.keys import NoKeyError, with_keys
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.egress import Egress, Steps

log = structlog.get_logger(__name__)
RECORDED_TOGETHER = 100
GATHERED_FOR = 0.05
"""Seconds that a result waits for others to be recorded with: a transaction for each would cost more than the calls."""
START_WITHIN = timedelta(seconds=15)
"""What has not begun by then is handed back: one silent host must not keep a hundred checks waiting for their turn."""

type Clock = Callable[[], datetime]
type Seen = Outcome | Exception


@dataclass(frozen=True, slots=True)
class Ran:
    """`outcome` None: nothing was recorded, and `problem` says why."""

    run: Run
    outcome: Outcome | None = None
    problem: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Batch:
    results: tuple[Ran, ...] = ()
    seconds: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.results)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def run_batch(
    *,
    worker: str,
    clock: Clock = timezone.now,
    egress: Egress | None = None,
    limit: int = 100,
    among: Q | None = None,
    start_within: timedelta = START_WITHIN,
) -> Batch:
    """Claims up to `limit` runs and carries them out; empty when nothing waits. `among`: a condition on runs.

    A run whose type breaks is put back; the others of the batch don't notice.
    """
    claimed = schedule.claim(worker=worker, now=clock(), limit=limit, among=among)
    if not claimed:
        return Batch()
    started = time.monotonic()
    begin_before = started + start_within.total_seconds()
    calls = _Calls(claimed, egress or network.egress(), connections.keys(), begin_before)
    try:
        results = tuple(replace(ran, seconds=time.monotonic() - started) for ran in _record_all(claimed, calls, clock))
        if calls.gauge:
            source_health.note(calls.gauge, now=clock())
    finally:
        turns.release(holder=claimed[0].run.worker)
    batch = Batch(results, time.monotonic() - started)
    _account_for(batch)
    return batch


@dataclass(slots=True)
class _Calls:
    """The thread that calls out. What each check saw comes as (place in `claimed`, outcome or what it raised)."""

    claimed: list[Claimed]
    egress: Egress
    keys: Keys
    start_before: float
    gauge: Gauge = field(default_factory=Gauge)
    seen: queue.SimpleQueue[tuple[int, Seen] | None] = field(default_factory=queue.SimpleQueue)
    is_abandoned: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._carry_out, name="check calls", daemon=True).start()

    def _carry_out(self) -> None:
        try:
            many = [self._steps(one) for one in self.claimed]
            self.egress.run_all(many, on_done=self._tell, is_called_off=self.gauge.is_called_off)
        except Exception:
            if not self.is_abandoned.is_set():
                log.exception("calls broke off")
        finally:
            self.seen.put(None)

    def _steps(self, one: Claimed) -> Steps[Outcome]:
        steps = steps_of(one.check, self.keys, one.run.told)
        return paced(self.gauge.watch(one.check, steps), start_before=self.start_before)

    def _tell(self, place: int, seen: Seen) -> None:
        if self.is_abandoned.is_set():
            raise InterruptedError  # ends the run: nobody listens any more
        self.seen.put((place, seen))


def steps_of(check: Check, keys: Keys, told: Mapping[str, Any] | None = None) -> Steps[Outcome]:
    """The check's steps. What keeps it from running at all is an outcome too: unknown, with the reason.

    `keys`: kind of source → the credential that goes along with calls to its origin, added here and unknown to the type.
    `told`: what this run alone is told.
    """
    known = TYPES.get(check.type)
    if known is None:
        return unknown(f"This program knows no check of type “{check.type}”.")
    if lacking := needs(known, check.config):
        return unknown(f"It is not set up: {' '.join(lacking)}")
    own = [keys[kind] for kind in inheriting.kinds_of(check.type) if kind in keys]
    steps = known.start(check.config, told)
    try:
        return (yield from with_keys(steps, own) if own else steps)
    except NoKeyError as problem:
        return unknown(str(problem))


def _record_all(claimed: list[Claimed], calls: _Calls, clock: Clock) -> Iterator[Ran]:
    waiting = dict(enumerate(claimed))
    calls.start()
    try:
        for arrived in _as_they_come(calls, waiting, clock):
            yield from _record_some([(waiting.pop(place), seen) for place, seen in arrived], clock())
    finally:
        calls.is_abandoned.set()
    for one in waiting.values():
        yield _record(one, RuntimeError("The calls of the whole batch broke off."), clock())


def _as_they_come(calls: _Calls, waiting: dict[int, Claimed], clock: Clock) -> Iterator[list[tuple[int, Seen]]]:
    """Results in handfuls, at least one, until all are there. Renews the leases of what is under way meanwhile, three times
    in the length of one.
    """
    pause = schedule.lease_time().total_seconds() / 3
    renew_at = time.monotonic() + pause
    while True:
        if time.monotonic() >= renew_at:
            schedule.renew(list(waiting.values()), now=clock())
            renew_at = time.monotonic() + pause
        try:
            arrived = [calls.seen.get(timeout=max(0.0, renew_at - time.monotonic()))]
        except queue.Empty:
            continue
        _gather(arrived, calls)
        if some := [one for one in arrived if one is not None]:
            yield some
        if arrived[-1] is None:
            return


def _gather(arrived: list[tuple[int, Seen] | None], calls: _Calls) -> None:
    """Adds what comes within a moment; None is the end of all."""
    until = time.monotonic() + GATHERED_FOR
    while arrived[-1] is not None and len(arrived) < RECORDED_TOGETHER:
        try:
            arrived.append(calls.seen.get(timeout=max(0.0, until - time.monotonic())))
        except queue.Empty:
            return


def _record_some(arrived: list[tuple[Claimed, Seen]], now: datetime) -> Iterator[Ran]:
    """The quick way for those it is made for, then one by one."""
    ended = {one.run.pk: Ended(one.run, one.fence, seen) for one, seen in arrived if isinstance(seen, Outcome)}
    together = schedule.finish_together(list(ended.values()), now=now) if ended else set()
    for one, seen in arrived:
        yield Ran(one.run, ended[one.run.pk].outcome) if one.run.pk in together else _record(one, seen, now)


def _record(one: Claimed, seen: Seen, now: datetime) -> Ran:
    try:
        if isinstance(seen, Outcome):
            return _finish(one, seen, now)
        if isinstance(seen, NotStartedError):
            is_put_off = isinstance(seen, PutOffError)
            schedule.hand_back(run=one.run, fence=one.fence, is_put_off=is_put_off)
            why = "Its source does not answer" if is_put_off else "Its turn did not come in this batch"
            return Ran(one.run, problem=f"{why}; it waits.")
        return _put_back(one, seen, now)
    except DatabaseError as error:
        # The lease runs out by itself and somebody tries again; a database that is away must not end the whole batch.
        log.exception("run not recorded", run_id=one.run.pk, exc_info=error)
        return Ran(one.run, problem="The database did not take the result.")


def _finish(one: Claimed, outcome: Outcome, now: datetime) -> Ran:
    if schedule.finish(run=one.run, fence=one.fence, outcome=outcome, now=now):
        return Ran(one.run, outcome)
    log.warning("lease lost", run_id=one.run.pk, fence=one.fence)
    return Ran(one.run, problem="Another worker took it over; nothing was recorded.")


def _put_back(one: Claimed, error: Exception, now: datetime) -> Ran:
    problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    log.error("check broke", run_id=one.run.pk, type=one.check.type, attempt=one.run.attempts, exc_info=error)
    schedule.put_back(run=one.run, fence=one.fence, problem=f"The check itself broke: {problem}", now=now)
    return Ran(one.run, problem=problem)


def _account_for(batch: Batch) -> None:
    """Counters, the log line, and the end of old runs: none of it may undo what was recorded."""
    counted = [
        (ran.run.check_row.type, ran.outcome.result if ran.outcome else metrics.BROKEN, ran.seconds)
        for ran in batch.results
    ]
    metrics.count(counted, batch.seconds)
    retention.prune([ran.run.check_row for ran in batch.results if ran.outcome])
    broken = sum(ran.outcome is None for ran in batch.results)
    log.info("batch", runs=len(batch.results), broken=broken, seconds=round(batch.seconds, 3))
