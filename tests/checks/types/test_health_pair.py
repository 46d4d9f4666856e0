import pytest

from readiness.assessments.outcome import Result
from readiness.checks.types.health_pair import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.playing import by_path, finish, hurried, play, says, silence
from tests.servers.misbehaving import SIGN_IN, Application, Page

CONFIG = Config(live_url="http://a/live", ready_url="http://a/ready")


def config(application: Application, live: str = "/healthz/live", ready: str = "/healthz/ready") -> Config:
    return Config(live_url=application.url + live, ready_url=application.url + ready)


def test_passes_when_both_answer(egress: Egress, application: Application) -> None:
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.PASS
    assert outcome.reason.startswith("Live answered 200 in ")
    assert outcome.figures["live_status"] == outcome.figures["ready_status"] == 200


@pytest.mark.parametrize("status", [204, 404, 500, 503])
def test_fails_when_ready_says_no(egress: Egress, application: Application, status: int) -> None:
    application.behaviour.ready_status = status
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert outcome.reason.startswith(f"Ready answered {status} in ")
    assert [finding.rule for finding in outcome.findings] == ["ready-not-200"]


def test_fails_when_live_is_slow(egress: Egress, application: Application) -> None:
    application.behaviour.live_delay_s = 0.2
    slow = config(application).model_copy(update={"max_live_ms": 100})
    outcome = egress.run(run(slow))
    assert outcome.result is Result.FAIL
    assert "more than 100 ms" in outcome.reason


def test_live_slower_than_a_second_fails() -> None:
    outcome = play(run(CONFIG), by_path({"live": says(200, took_ms=1001)}, says(200)))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Live took 1001 ms, more than 1000 ms."


@pytest.mark.parametrize("other", ["http://a/live", "http://A:80/live/", "http://a/live#x"])
def test_the_same_address_twice_fails_without_a_call(other: str) -> None:
    outcome = finish(run(Config(live_url="http://a/live", ready_url=other)))
    assert outcome.result is Result.FAIL
    assert "same address" in outcome.reason


def test_two_addresses_that_lead_to_one_fail(egress: Egress, application: Application) -> None:
    application.behaviour.pages["/a"] = Page("", 302, location="/healthz/live")
    outcome = egress.run(run(config(application, ready="/a")))
    assert outcome.result is Result.FAIL
    assert "end at the same address" in outcome.reason


def test_a_sign_in_page_is_not_health(egress: Egress, application: Application) -> None:
    application.behaviour.pages["/healthz/ready"] = Page(SIGN_IN)
    outcome = egress.run(run(config(application)))
    assert outcome.result is Result.FAIL
    assert "sign-in page" in outcome.reason


@pytest.mark.parametrize("path", ["/loop", "/endless", "/silent"])
def test_what_gives_no_whole_answer_is_unknown(egress: Egress, application: Application, path: str) -> None:
    outcome = egress.run(hurried(run(config(application, ready=path))))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.startswith("Ready did not answer: ")


def test_a_refused_connection_and_an_unknown_host_are_unknown(egress: Egress) -> None:
    unreachable = Config(live_url="http://127.0.0.1:1/live", ready_url="http://nowhere.invalid/ready")
    outcome = egress.run(hurried(run(unreachable)))
    assert outcome.result is Result.UNKNOWN
    assert "refused" in outcome.reason


def test_a_clear_no_outweighs_a_silence() -> None:
    outcome = play(run(CONFIG), by_path({"live": says(503)}, silence(Fault.TIMEOUT)))
    assert outcome.result is Result.FAIL
