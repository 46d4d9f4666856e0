import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.prom_targets import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.anything import enveloped, json_with, vectors
from tests.checks.types.playing import SAMPLES, Answer, by_path, in_turn, play, says, says_json, silence
from tests.servers.misbehaving import Page, misbehaving
from tests.servers.prometheus import Prometheus, prometheus

NOTHING: dict[str, object] = {"status": "success", "data": {"resultType": "vector", "result": []}}


def config(url: str = "http://p", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "selector": '{job="checkout"}', **more})


def target(health: str = "up", instance: str = "a:80", job: str = "checkout", error: str = "") -> dict[str, object]:
    return {"labels": {"job": job, "instance": instance}, "health": health, "lastError": error}


def listing(*targets: object) -> dict[str, object]:
    return {"status": "success", "data": {"activeTargets": list(targets)}}


def metric(*values: str) -> dict[str, object]:
    result = [{"metric": {"instance": f"{place}:80"}, "value": [1, value]} for place, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def judged(targets: object, up: object = NOTHING, /, **more: object) -> Outcome:
    return play(run(config(**more)), by_path({"/targets?": says_json(targets)}, says_json(up)))


@pytest.fixture(scope="module")
def half_reached() -> Iterator[Prometheus]:
    """Job "checkout" has one target that answers and one that refuses; job "payments" has one that answers."""
    with misbehaving() as application:
        application.behaviour.pages["/metrics"] = Page("orders_total 1\n", kind="text/plain")
        jobs = {"checkout": [application.host, "127.0.0.1:1"], "payments": [application.host]}
        with prometheus(jobs=jobs, awaited=("count(up) == 3",)) as running:
            yield running


@pytest.mark.needs("prometheus")
def test_a_real_target_that_refuses_is_down(egress: Egress, half_reached: Prometheus) -> None:
    outcome = egress.run(run(config(half_reached.url)))
    assert outcome.result is Result.FAIL
    assert outcome.figures == {"targets": 2, "up": 1, "down": 1}
    assert outcome.reason.startswith("127.0.0.1:1 is down: ")
    assert "connection refused" in outcome.reason


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("selector", ['{job="payments"}', '{job=~"pay.*"}', '{job=~"(pay|x)[a-z]+"}'])
def test_real_targets_are_chosen_by_their_labels(egress: Egress, half_reached: Prometheus, selector: str) -> None:
    outcome = egress.run(run(config(half_reached.url, selector=selector)))
    assert (outcome.result, outcome.reason) == (Result.PASS, "1 target, all up.")


@pytest.mark.needs("prometheus")
def test_no_real_target_is_unknown(egress: Egress, half_reached: Prometheus) -> None:
    outcome = egress.run(run(config(half_reached.url, selector='{job="chekout"}')))
    assert outcome.result is Result.UNKNOWN
    assert 'Prometheus has no target with {job="chekout"}' in outcome.reason


def test_the_recorded_answer_of_a_real_prometheus() -> None:
    recorded = json.loads((SAMPLES / "prometheus-targets.json").read_text())
    outcome = judged(recorded, selector='{job=~"checkout|dead"}')
    assert outcome.figures == {"targets": 2, "up": 1, "down": 1}
    assert "connection refused" in outcome.reason


def test_only_own_targets_count() -> None:
    assert judged(listing(target(), target("down", job="payments"))).result is Result.PASS


def test_a_target_that_was_not_scraped_yet_is_unknown() -> None:
    outcome = judged(listing(target(), target("unknown", "b:80")))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "b:80 was not scraped yet."


def test_fewer_targets_than_wanted_fail() -> None:
    assert judged(listing(target()), min_targets=2).reason == "1 target up, fewer than 2."


@pytest.mark.parametrize(
    "listed",
    [
        says(404, "no such page"),
        silence(Fault.TOO_LARGE),
        says_json({"status": "success", "data": {}}),
        says(200, "[" * 9999),
    ],
)
def test_without_a_list_of_targets_the_metric_is_asked(listed: Answer) -> None:
    outcome = play(run(config()), by_path({"/targets?": listed}, says_json(metric("1", "0"))))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "1:80 is down."
    assert play(run(config()), by_path({"/targets?": listed}, says_json(metric("1")))).result is Result.PASS


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).result is Result.UNKNOWN


WORDS = ("activeTargets", "labels", "health", "up", "down", "job", "checkout", "instance", "lastError", "resultType")
JSON = json_with(WORDS)
TARGETS = some.fixed_dictionaries(
    {
        "labels": some.dictionaries(some.sampled_from(WORDS), some.sampled_from(WORDS), max_size=3) | JSON,
        "health": some.sampled_from(["up", "down", "unknown"]) | JSON,
        "lastError": some.text() | JSON,
    }
)


@settings(max_examples=300)
@given(
    enveloped(some.fixed_dictionaries({"activeTargets": some.lists(TARGETS, max_size=4)}) | JSON),
    enveloped(vectors(WORDS, WORDS, JSON) | JSON),
)
def test_any_json_gives_an_outcome(targets: object, up: object) -> None:
    outcome = play(run(config()), in_turn([targets, up]))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
