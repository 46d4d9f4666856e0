"""libcurl's multi handle, turned by an event loop of our own: libcurl's select() would end at file descriptor 1024."""

import heapq
import selectors
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pycurl

from readiness.egress.calls import Fault, Request
from readiness.egress.hop import Hop
from readiness.egress.journey import Journey
from readiness.egress.policy import EgressPolicy
from readiness.egress.target import BadUrlError, Target

type Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Setup:
    """How an `Egress` calls out; see there."""

    policy: EgressPolicy
    ca_file: str | None
    resolve: Resolve | None
    per_host: int
    parallel: int


class Loop:
    """Carries journeys from submit() to their end. For one thread; `ready` holds what is to be done between turns."""

    def __init__(self, setup: Setup, is_called_off: Callable[[Request], bool] | None = None) -> None:
        self.ready: deque[Callable[[], None]] = deque()
        self._setup = setup
        self._is_called_off = is_called_off
        self._waiting: deque[Journey] = deque()
        self._later: list[tuple[float, int, Journey]] = []  # a heap: when, in the order they came
        self._came = count()
        self._may_start = False
        self._active: dict[pycurl.Curl, tuple[Journey, Hop]] = {}
        self._busy_hosts: Counter[str] = Counter()
        self._selector = selectors.DefaultSelector()
        self._wake_at: float | None = None
        self._has_stuck_lookup = False
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    def submit(self, journey: Journey) -> None:
        try:
            journey.begin()
        except BadUrlError as problem:
            journey.refuse(problem)
            return
        due = time.monotonic() + journey.request.after.total_seconds()
        heapq.heappush(self._later, (due, next(self._came), journey))
        self._admit_due()

    def _admit_due(self) -> None:
        """Those whose time has come stand in line now."""
        while self._later and self._later[0][0] <= time.monotonic():
            self._waiting.append(heapq.heappop(self._later)[2])
            self._may_start = True

    def turn_until_room(self) -> None:
        """Go on until another check may begin."""
        self._turn_while(lambda: len(self._waiting) + len(self._active) >= self._setup.parallel)

    def turn_until_idle(self) -> None:
        self._turn_while(lambda: bool(self.ready or self._waiting or self._active or self._later))

    def close(self) -> None:
        may_block = self._has_stuck_lookup or bool(self._active)
        for curl in self._active:
            self._multi.remove_handle(curl)
            curl.close()
        self._active.clear()
        if may_block:  # libcurl waits here for its lookup threads, as long as the name server likes
            threading.Thread(target=self._close_multi, daemon=True).start()
        else:
            self._close_multi()

    def _close_multi(self) -> None:
        self._multi.close()  # still tells _watch of sockets that go
        self._selector.close()

    def _turn_while(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            while self.ready:
                self.ready.popleft()()
            self._admit_due()
            if self._may_start:
                self._start_waiting()
            if self._active or self._later:
                self._turn()

    def _start_waiting(self) -> None:
        self._may_start = False
        for _ in range(len(self._waiting)):
            if len(self._active) >= self._setup.parallel:
                return
            journey = self._waiting.popleft()
            if self._busy_hosts[journey.target.host] >= self._setup.per_host:
                self._waiting.append(journey)
                continue
            if self._is_called_off and self._is_called_off(journey.request):
                journey.call_off()
                continue
            journey.started = time.monotonic()
            self._busy_hosts[journey.target.host] += 1
            self._dial(journey, journey.target)

    def _dial(self, journey: Journey, target: Target, *, peek: bool = False) -> None:
        hop = Hop(journey.sent, target, self._setup.policy, journey.seconds_left, peek=peek)
        addresses = self._setup.resolve(target.host, target.port) if self._setup.resolve else []
        curl = hop.prepare(self._setup.ca_file, addresses)
        self._active[curl] = (journey, hop)
        self._multi.add_handle(curl)

    def _turn(self) -> None:
        for key, events in self._selector.select(self._patience()):
            directions = (pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0) | (
                pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0
            )
            self._multi.socket_action(key.fd, directions)
        if self._wake_at is not None and time.monotonic() >= self._wake_at:
            self._wake_at = None
            self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._collect()

    def _patience(self) -> float:
        """Seconds until libcurl's timer or a call whose time comes, at most one."""
        moments = [self._wake_at, self._later[0][0] if self._later else None]
        nearest = min((moment for moment in moments if moment is not None), default=None)
        return 1.0 if nearest is None else min(1.0, max(0.0, nearest - time.monotonic()))

    def _collect(self) -> None:
        remaining = 1
        while remaining:
            remaining, succeeded, failed = self._multi.info_read()
            for curl in succeeded:
                self._finish(curl, 0, "")
            for curl, code, message in failed:
                self._finish(curl, code, message)

    def _finish(self, curl: pycurl.Curl, code: int, message: str) -> None:
        journey, hop = self._active.pop(curl)
        self._multi.remove_handle(curl)
        hop.close(code, message)
        self._has_stuck_lookup |= hop.fault is Fault.TIMEOUT and not hop.was_looked_up
        if hop.peek and journey.untrusted is not None:
            journey.untrusted.certificates, journey.untrusted.tls_version = hop.certificates, hop.tls_version
            hop = journey.untrusted
        elif hop.fault is Fault.TLS and hop.request.want_certificate:
            journey.untrusted = hop
            self._dial(journey, hop.target, peek=True)
            return
        target = journey.next_target(hop)
        if target is not None:
            self._dial(journey, target)
            return
        self._busy_hosts[journey.target.host] -= 1
        self._may_start = True
        journey.end(hop)

    def _watch(self, event: int, fd: int, _multi: object, _tag: object) -> None:
        if event == pycurl.POLL_REMOVE:
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
            return
        wanted = (selectors.EVENT_READ if event & pycurl.POLL_IN else 0) | (
            selectors.EVENT_WRITE if event & pycurl.POLL_OUT else 0
        )
        change = self._selector.modify if fd in self._selector.get_map() else self._selector.register
        change(fd, wanted)

    def _set_timer(self, milliseconds: int) -> None:
        self._wake_at = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000
