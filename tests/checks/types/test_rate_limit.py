import threading
from itertools import count

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.pacing import AT_ONCE
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.rate_limit import Config, run
from readiness.egress import Egress, Fault, Request, Response, Steps
from tests.checks.types.playing import play, says, says_headers, silence
from tests.servers.api import Answer, Api, Call, api

PRODUCTION = "https://checkout.example.com"


def config(server: Api | None = None, **more: object) -> Config:
    staging = server.url if server else "http://staging"
    return Config.model_validate({"staging_url": staging, "production_url": PRODUCTION, **more})


def after(calls: int, status: int = 429, headers: dict[str, str] | None = None) -> Outcome:
    """What a service gets that answers as many calls, and each later one with `status`."""
    turn = count(1)

    def answer(request: Request) -> Response:
        is_late = next(turn) > calls
        return says_headers((headers or {}) if is_late else {}, status if is_late else 200)(request)

    return play(run(config()), answer)


def test_passes_when_the_burst_is_refused(egress: Egress) -> None:
    turn, lock = count(1), threading.Lock()

    def answer(call: Call) -> Answer:
        with lock:
            place = next(turn)
        return Answer("slow down", 429, {"Retry-After": "30"}) if 40 < place <= 60 else Answer("fine")

    with api(answer) as staging:
        outcome = egress.run(run(config(staging, path="/api/orders")))
        assert {call.path for call in staging.calls} == {"/api/orders"}
        assert len(staging.calls) <= 40 + AT_ONCE + 1
    assert outcome.result is Result.PASS, outcome
    assert "wait 30 seconds" in outcome.reason
    assert outcome.figures["retry_after_s"] == 30


def test_the_burst_goes_out_no_more_at_once_than_a_batch_may() -> None:
    sizes = []

    def counted() -> Steps[Outcome]:
        steps = run(config())
        requests = next(steps)
        while True:
            sizes.append(len(requests))
            answers = yield requests
            try:
                requests = steps.send(answers)
            except StopIteration as stop:
                outcome: Outcome = stop.value
                return outcome

    play(counted(), says(200))
    assert max(sizes) == AT_ONCE
    assert sum(sizes) == 201  # and one afterwards


def test_fails_when_nobody_says_stop(egress: Egress) -> None:
    with api(lambda call: Answer("fine")) as staging:
        outcome = egress.run(run(config(staging, max_requests=50)))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "50 requests in a burst (50 × 200): none was answered 429."


def test_a_limit_without_a_time_to_wait_is_noted() -> None:
    outcome = after(10)
    assert outcome.result is Result.PASS
    assert [finding.rule for finding in outcome.findings] == ["no-retry-after"]
    assert after(10, headers={"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}).findings == ()


def test_a_limit_that_says_503_is_explained() -> None:
    outcome = after(30, 503, {"retry-after": "1"})
    assert outcome.result is Result.FAIL
    assert "let it say 429" in outcome.reason


def test_a_service_that_the_burst_takes_down_fails() -> None:
    outcome = after(150, status=500)
    assert outcome.result is Result.FAIL
    assert "does not answer any more" in outcome.reason


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_burst_that_is_turned_away_says_nothing(status: int) -> None:
    outcome = after(0, status=status)
    assert outcome.result is Result.UNKNOWN
    assert "Name a path" in outcome.reason


def test_a_limit_that_somebody_else_uses_up_is_unknown() -> None:
    outcome = after(0)
    assert outcome.result is Result.UNKNOWN
    assert "very first call" in outcome.reason


def test_a_service_that_is_down_beforehand_gets_no_burst() -> None:
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return says(503)(request)

    assert play(run(config()), answer).result is Result.UNKNOWN
    assert len(asked) == 1


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).result is Result.UNKNOWN


@pytest.mark.parametrize(
    "staging",
    ["https://checkout.example.com", "https://CHECKOUT.example.com:443/staging", "https://checkout.example.com./"],
)
def test_production_gets_no_burst(staging: str) -> None:
    [sentence] = needs(TYPES["rate_limit"], {"staging_url": staging, "production_url": PRODUCTION})
    assert sentence.startswith("The staging address is where production answers")


def test_only_staging_can_be_meant() -> None:
    config = {"staging_url": "https://s.example", "production_url": PRODUCTION, "environment": "production"}
    assert needs(TYPES["rate_limit"], config)
    assert needs(TYPES["rate_limit"], {"staging_url": "https://s.example"}) != []


def test_a_secret_goes_only_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = config(credential="X-Key: ${CHECK_SECRET_S}")
    monkeypatch.setenv("CHECK_SECRET_S", "https://elsewhere abc")
    outcome = play(run(asked), says(200))
    assert outcome.result is Result.UNKNOWN
    assert "abc" not in outcome.reason
