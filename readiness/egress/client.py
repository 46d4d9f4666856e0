"""Requests out, answers back: one at a time, a batch, or many checks at once over one event loop."""

import ssl
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from readiness.egress.calls import Request, Response, Steps
from readiness.egress.journey import Journey
from readiness.egress.loop import Loop, Resolve, Setup
from readiness.egress.policy import EgressPolicy


class Egress:
    """Calls out under a policy. Holds no connection between calls, so one can be shared by threads and forks.

    `ca_file`: PEM bundle of the authorities to trust instead of the machine's.
    `resolve`: (host, port) → addresses, asked on each hop; an empty list leaves it to the name server.
    At most `per_host` calls to a host and `parallel` in all run at a time; a call's clock starts when its turn comes.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        ca_file: str | None = None,
        resolve: Resolve | None = None,
        per_host: int = 8,
        parallel: int = 64,
    ) -> None:
        self._setup = Setup(
            policy=policy,
            ca_file=ca_file or ssl.get_default_verify_paths().cafile,
            resolve=resolve,
            per_host=per_host,
            parallel=parallel,
        )

    def fetch(self, request: Request) -> Response:
        """Make one call. Network trouble is in `Response.fault`, never raised."""
        return self.fetch_all([request])[0]

    def fetch_all(self, requests: Sequence[Request]) -> list[Response]:
        """Make calls at the same time. Returns the responses in the order of the requests."""

        def steps() -> Steps[Sequence[Response]]:
            return (yield requests)

        return list(self.run(steps()))

    def run[T](self, steps: Steps[T]) -> T:
        """Carry out one check's steps and return its result. What the steps raise comes through."""
        (outcome,) = self.run_all([steps])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def run_all[T](
        self,
        many: Iterable[Steps[T]],
        on_done: Callable[[int, T | Exception], None] | None = None,
        is_called_off: Callable[[Request], bool] | None = None,
    ) -> list[T | Exception]:
        """Carry out many checks at once. Returns results, or what the steps raised, in order.

        `on_done(position, outcome)` hears of each as soon as it is there; what it raises ends the run.
        `is_called_off(request)` is asked when a call's turn comes; true, and it is answered with Fault.CALLED_OFF instead.
        """
        loop = Loop(self._setup, is_called_off)
        outcomes: dict[int, T | Exception] = {}

        def finish(position: int, outcome: T | Exception) -> None:
            outcomes[position] = outcome
            if on_done is not None:
                on_done(position, outcome)

        try:
            for position, steps in enumerate(many):
                loop.turn_until_room()
                _Run(loop, position, steps, finish).advance(None)
            loop.turn_until_idle()
        finally:
            loop.close()
        return [outcomes[position] for position in sorted(outcomes)]


class _Run[T]:
    """One generator of steps on its way: its open batch, and where its result goes."""

    def __init__(
        self, loop: Loop, position: int, steps: Steps[T], finish: Callable[[int, T | Exception], None]
    ) -> None:
        self.loop, self.position, self.steps, self.finish = loop, position, steps, finish

    def advance(self, responses: Sequence[Response] | None) -> None:
        try:
            # a generator starts with next() and goes on with send()
            requests = next(self.steps) if responses is None else self.steps.send(responses)
            while not requests:
                requests = self.steps.send([])
        except StopIteration as stop:
            self.finish(self.position, stop.value)
        except Exception as error:  # noqa: BLE001  # one check's mistake is its own result, not the others' end
            self.finish(self.position, error)
        else:
            self._send(requests)

    def _send(self, requests: Sequence[Request]) -> None:
        responses: dict[int, Response] = {}

        def arrive(place: int, response: Response) -> None:
            responses[place] = response
            if len(responses) == len(requests):
                self.loop.ready.append(lambda: self.advance([responses[i] for i in range(len(requests))]))

        for place, request in enumerate(requests):
            self.loop.submit(Journey(request, partial(arrive, place)))
