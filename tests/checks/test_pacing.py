"""A check has an end, whatever it calls."""

import time
from collections.abc import Sequence
from datetime import timedelta

import pytest

from readiness.assessments.outcome import Outcome, Result, passed
from readiness.checks.pacing import AT_ONCE, NotStartedError, paced
from readiness.egress import Request, Response, Steps

FOREVER = float("inf")


def calls(number: int, rounds: int = 1) -> Steps[Outcome]:
    for _ in range(rounds):
        answers = yield [Request(f"http://127.0.0.1:9/{place}") for place in range(number)]
        assert [answer.url[-1] for answer in answers] == [str(place)[-1] for place in range(number)]
    return passed("All answered.")


def play(steps: Steps[Outcome]) -> tuple[Outcome, list[int]]:
    """The outcome, and how many calls went out together each time."""
    together: list[int] = []
    answers: Sequence[Response] | None = None
    while True:
        try:
            requests = next(steps) if answers is None else steps.send(answers)
        except StopIteration as stop:
            return stop.value, together
        together.append(len(requests))
        answers = [Response(request, request.url, 200) for request in requests]


def test_many_calls_go_out_a_few_at_a_time_and_come_back_in_order() -> None:
    outcome, together = play(paced(calls(AT_ONCE * 2 + 3), start_before=FOREVER))
    assert outcome.result is Result.PASS
    assert together == [AT_ONCE, AT_ONCE, 3]


def test_a_check_that_calls_nobody_has_a_result() -> None:
    assert play(paced(calls(0), start_before=FOREVER))[0].result is Result.PASS


def test_what_takes_too_long_is_unknown_and_says_so() -> None:
    outcome, _ = play(paced(calls(40, rounds=3), start_before=FOREVER, longest=timedelta(seconds=-1)))
    assert outcome.result is Result.UNKNOWN
    assert "was stopped" in outcome.reason


def test_what_did_not_begin_in_time_does_not_begin() -> None:
    with pytest.raises(NotStartedError):
        next(paced(calls(1), start_before=time.monotonic() - 1))


def test_what_a_check_raises_comes_through() -> None:
    def broken() -> Steps[Outcome]:
        yield [Request("http://127.0.0.1:9/")]
        raise KeyError("amount")

    with pytest.raises(KeyError):
        play(paced(broken(), start_before=FOREVER))
