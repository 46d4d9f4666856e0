"""Driving a check without a network, or hurrying it over a real one."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from readiness.egress import EgressPolicy, Fault, Request, Response, Steps

POLICY = EgressPolicy.parse("127.0.0.0/8, ::1/128")
SAMPLES = Path(__file__).parent / "samples"

type Answer = Callable[[Request], Response]


def play[T](steps: Steps[T], answer: Answer) -> T:
    """Runs a check to its end; `answer` is asked for each request."""
    responses: Sequence[Response] | None = None
    while True:
        try:
            requests = next(steps) if responses is None else steps.send(responses)
        except StopIteration as stop:
            outcome: T = stop.value
            return outcome
        responses = [answer(request) for request in requests]


def finish[T](steps: Steps[T]) -> T:
    """The result of a check that asks nobody."""
    return play(steps, silence(Fault.BROKEN))


def hurried[T](steps: Steps[T], timeout: timedelta = timedelta(milliseconds=400)) -> Steps[T]:
    """The same check, less patient."""
    responses: Sequence[Response] | None = None
    while True:
        try:
            requests = next(steps) if responses is None else steps.send(responses)
        except StopIteration as stop:
            outcome: T = stop.value
            return outcome
        responses = yield [replace(request, timeout=timeout) for request in requests]


def says(status: int, body: str | bytes = b"", kind: str = "text/html", took_ms: float = 5, **headers: str) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    elapsed = timedelta(milliseconds=took_ms)
    return lambda request: Response(
        request, request.url, status, {"content-type": kind, **names}, content, elapsed=elapsed
    )


def says_headers(headers: Mapping[str, str], status: int = 200) -> Answer:
    return lambda request: Response(request, request.url, status, headers, b"x")


def says_json(content: object, status: int = 200) -> Answer:
    return says(status, json.dumps(content), "application/json")


def in_turn(contents: Sequence[object]) -> Answer:
    """JSON answers, one after the other and from the beginning again."""
    answers = cycle([says_json(content) for content in contents])

    def answer(request: Request) -> Response:
        return next(answers)(request)

    return answer


def asked(request: Request, name: str = "query") -> str:
    """A parameter of the request's address."""
    return parse_qs(urlsplit(request.url).query).get(name, [""])[0]


def silence(fault: Fault, problem: str = "It did not answer.") -> Answer:
    return lambda request: Response(request, request.url, fault=fault, problem=problem)


def by_path(answers: dict[str, Answer], otherwise: Answer) -> Answer:
    """The first answer whose key is in the address."""
    return lambda request: next((answers[key] for key in answers if key in request.url), otherwise)(request)
