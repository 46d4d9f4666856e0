"""Whatever breaks midway, what was switched off is switched on again."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.health_pair import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.hostile import SECRET
from tests.checks.types.playing import POLICY, play, says, silence
from tests.servers.api import Answer, Api, Call, api
from tests.servers.misbehaving import Application


@dataclass(slots=True)
class Staging:
    """A service that heeds its dependency as it should, unless told otherwise."""

    is_on: bool = True
    live_without: int = 200
    ready_without: int = 503
    broken_switches: int = 0
    refuses_off: bool = False
    switched: list[dict[str, object]] = field(default_factory=list)
    server: Api | None = None

    def answer(self, call: Call) -> Answer:
        if call.path == "/switch":
            return self._switch(json.loads(call.body))
        status = 200 if self.is_on else {"/live": self.live_without, "/ready": self.ready_without}[call.path]
        return Answer("", status)

    def _switch(self, asked: dict[str, object]) -> Answer:
        self.switched.append(asked)
        if asked["dependency"] == "on" and self.broken_switches and len(self.switched) > 1:
            self.broken_switches -= 1
            return Answer("", 500)
        self.is_on = asked["dependency"] == "on"
        return Answer("", 500 if self.refuses_off and not self.is_on else 204)


@pytest.fixture
def staging() -> Iterator[Staging]:
    staging = Staging()
    with api(staging.answer) as server:
        staging.server = server
        yield staging


def judged(staging: Staging, application: Application, **cut: object) -> Outcome:
    assert staging.server
    url = staging.server.url
    told = {"hook_url": f"{url}/switch", "live_url": f"{url}/live", "ready_url": f"{url}/ready", **cut}
    production = {"live_url": f"{application.url}/healthz/live", "ready_url": f"{application.url}/healthz/ready"}
    return Egress(POLICY).run(run(Config.model_validate({**production, "dependency_cut": told})))


def test_passes_when_live_stays_and_ready_turns(staging: Staging, application: Application) -> None:
    outcome = judged(staging, application)
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason.endswith("With the dependency off live stayed 200 and ready turned 503, and came back.")
    assert staging.switched == [{"dependency": "on"}, {"dependency": "off", "seconds": 60}, {"dependency": "on"}]
    assert outcome.figures["ready_status_without"] == 503
    assert outcome.figures["ready_status"] == 200


@pytest.mark.parametrize(
    ("live", "ready", "rule"),
    [
        (503, 503, "live-follows-dependency"),
        (200, 200, "ready-without-dependency"),
        (200, 500, "ready-without-dependency"),
    ],
)
def test_fails_when_a_probe_answers_the_other_question(
    staging: Staging, application: Application, live: int, ready: int, rule: str
) -> None:
    staging.live_without, staging.ready_without = live, ready
    outcome = judged(staging, application)
    assert outcome.result is Result.FAIL
    assert [finding.rule for finding in outcome.findings] == [rule]
    assert staging.is_on


def test_a_switch_that_fails_twice_is_tried_again(staging: Staging, application: Application) -> None:
    staging.broken_switches = 2
    assert judged(staging, application).result is Result.PASS
    assert staging.is_on


def test_a_dependency_that_stays_off_is_said_above_all(staging: Staging, application: Application) -> None:
    staging.broken_switches = 9
    outcome = judged(staging, application)
    assert outcome.result is Result.FAIL
    assert outcome.reason.startswith("The dependency could not be switched on again")


def test_an_off_that_was_refused_may_have_worked_and_is_undone(staging: Staging, application: Application) -> None:
    staging.refuses_off = True
    outcome = judged(staging, application)
    assert outcome.result is Result.UNKNOWN
    assert staging.is_on
    assert staging.switched[-1] == {"dependency": "on"}


def test_nothing_is_switched_off_where_production_already_fails(staging: Staging, application: Application) -> None:
    application.behaviour.ready_status = 500
    assert judged(staging, application).result is Result.FAIL
    assert staging.switched == []


def test_a_secret_goes_only_to_the_switch(
    staging: Staging, application: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert staging.server
    monkeypatch.setenv("CHECK_SECRET_F", f"{staging.server.url} {SECRET}")
    outcome = judged(staging, application, credential="X-Key: ${CHECK_SECRET_F}")
    assert SECRET not in str(outcome)
    assert {call.path for call in staging.server.calls if "x-key" in call.headers} == {"/switch"}
    monkeypatch.setenv("CHECK_SECRET_F", f"https://elsewhere {SECRET}")
    assert judged(staging, application, credential="X-Key: ${CHECK_SECRET_F}").result is Result.UNKNOWN


CUT = {"hook_url": "http://s/switch", "live_url": "http://s/live", "ready_url": "http://s/ready"}
CONFIG = Config.model_validate({"live_url": "http://a/live", "ready_url": "http://a/ready", "dependency_cut": CUT})


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("place", range(12))
def test_whatever_breaks_at_whatever_moment_on_is_asked_for_last(fault: Fault, place: int) -> None:
    turn, switched = count(), []

    def answer(request: Request) -> Response:
        if request.method == "POST":
            switched.append(json.loads(request.body or b"")["dependency"])
        return silence(fault)(request) if next(turn) == place else says(200)(request)

    assert play(run(CONFIG), answer).reason
    assert "off" not in switched or switched[-1] == "on"


@pytest.mark.parametrize("place", ["live_url", "ready_url", "hook_url"])
def test_production_is_never_cut(place: str) -> None:
    config = {"live_url": "https://a.example/live", "ready_url": "https://a.example/ready"}
    cut = {**CUT, place: "https://A.example:443/x"}
    [sentence] = needs(TYPES["health_pair"], {**config, "dependency_cut": cut})
    assert "where production answers" in sentence
