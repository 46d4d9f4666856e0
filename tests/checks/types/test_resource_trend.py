import json
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.resource_trend import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.anything import enveloped, json_with, vectors
from tests.checks.types.playing import Answer, asked, in_turn, play, says, says_json, silence
from tests.servers.prometheus import Prometheus, prometheus

NAMES = {"process_resident_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"}
END = 1_800_000_000
HOUR = {
    "start": datetime.fromtimestamp(END - 3600, UTC).isoformat(),
    "end": datetime.fromtimestamp(END, UTC).isoformat(),
}

type Course = Callable[[float], float]
"""Seconds since the start of the window → value."""


def config(url: str = "http://p", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "selector": '{job="steady"}', **more})


# With a real Prometheus, two hours of whose past were written for it


def course_of(name: str, labels: str, value: Course, begin: float) -> Iterator[str]:
    yield f"# TYPE {name} gauge"
    for seconds in range(0, 7200, 30):
        yield f"{name}{{{labels}}} {value(seconds)} {begin + seconds:.0f}"


def wave(seconds: float) -> float:
    return (seconds // 30) % 7


@pytest.fixture(scope="module")
def past() -> Iterator[Prometheus]:
    """Job "steady" goes up and down; job "leaky" gains 1 MB a minute, a descriptor a minute, and restarts once."""
    begin = time.time() - 7200
    written = {
        "process_resident_memory_bytes": {
            "steady": lambda at: 2e8 + 1e5 * wave(at),
            "leaky": lambda at: 2e8 + at / 60 * 1e6,
        },
        "process_open_fds": {"steady": lambda at: 40 + wave(at), "leaky": lambda at: 40 + at // 60},
        "process_max_fds": {"steady": lambda at: 1024, "leaky": lambda at: 1024},
        "process_start_time_seconds": {
            "steady": lambda at: 1_700_000_000,
            "leaky": lambda at: 1_700_000_000 + (at > 3600) * 99,
        },
        "worker_pool_in_use": {"steady": wave, "leaky": lambda at: 9.5},
        "worker_pool_max": {"steady": lambda at: 10, "leaky": lambda at: 10},
    }
    lines = [
        line
        for name, jobs in written.items()
        for place, (job, value) in enumerate(jobs.items())
        for line in list(course_of(name, f'job="{job}",instance="a:80"', value, begin))[min(place, 1) :]
    ]
    with prometheus(history="\n".join([*lines, "# EOF"]) + "\n", awaited=("vector(1)",)) as running:
        yield running


@pytest.mark.needs("prometheus", "promtool")
def test_a_steady_service_passes_in_a_real_prometheus(egress: Egress, past: Prometheus) -> None:
    outcome = egress.run(run(config(past.url)))
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["restarts"] == 0
    assert outcome.figures["pool_peak_percent"] == 60
    assert outcome.figures["duration_s"] == pytest.approx(7200, abs=200)
    assert outcome.observed_at is not None


@pytest.mark.needs("prometheus", "promtool")
def test_a_leak_a_full_pool_and_a_restart_fail_in_a_real_prometheus(egress: Egress, past: Prometheus) -> None:
    outcome = egress.run(run(config(past.url, selector='{job="leaky"}')))
    assert outcome.result is Result.FAIL, outcome
    rules = {finding.rule for finding in outcome.findings}
    assert {"grows", "pool-full", "restarted"} <= rules
    assert outcome.figures["restarts"] == 1
    assert outcome.figures["file_descriptors_growth_percent"] == pytest.approx(141, abs=8)


@pytest.mark.needs("prometheus", "promtool")
def test_own_queries_and_a_window_that_is_too_short(egress: Egress, past: Prometheus) -> None:
    own = {"memory_query": 'sum(process_resident_memory_bytes{job="steady"})', "descriptors_query": "process_open_fds"}
    assert (
        egress.run(run(config(past.url, **own))).result is Result.FAIL
    )  # the other job's descriptors are asked for, too
    now = time.time()
    window = {
        "start": datetime.fromtimestamp(now - 600, UTC).isoformat(),
        "end": datetime.fromtimestamp(now - 400, UTC).isoformat(),
    }
    outcome = egress.run(run(config(past.url, **window)))
    assert outcome.result is Result.UNKNOWN
    assert "too short to be carried on" in outcome.reason


@pytest.mark.needs("prometheus", "promtool")
def test_labels_that_no_series_carries_are_unknown(egress: Egress, past: Prometheus) -> None:
    outcome = egress.run(run(config(past.url, selector='{job="chekout"}')))
    assert outcome.result is Result.UNKNOWN
    assert 'No series carries {job="chekout"}' in outcome.reason


# With answers sent by hand


def exporting(names: Collection[str] = NAMES, memory: Course = lambda at: 1e8, status: int = 200) -> Answer:
    def answer(request: Request) -> Response:
        query = asked(request)
        if "query_range" not in request.url:
            result = [{"metric": {"__name__": name}, "value": [END, "1"]} for name in names]
            return says_json({"status": "success", "data": {"resultType": "vector", "result": result}})(request)
        course = memory if "memory" in query else lambda at: 7.0
        values = [[END - 3600 + at, str(course(at))] for at in range(0, 3601, 15)]
        result = [{"metric": {"instance": "a"}, "values": values}]
        return says_json({"status": "success", "data": {"resultType": "matrix", "result": result}}, status)(request)

    return answer


def judged(answer: Answer, /, **more: object) -> Outcome:
    return play(run(config(**HOUR, **more)), answer)


def test_growth_is_held_against_what_the_checklist_says() -> None:
    grows = exporting(memory=lambda at: 1e8 + at * 200)  # 17 % of its level in a day
    assert judged(grows).result is Result.PASS
    assert judged(grows, max_growth_share=0.1).result is Result.FAIL
    assert judged(grows, projected_hours=48).result is Result.FAIL


def test_what_is_not_exported_is_unknown_unless_it_is_not_required() -> None:
    alone = exporting(NAMES - {"process_open_fds"})
    assert judged(alone).reason == "There is no series of file descriptors."
    assert judged(alone, require=["memory"]).result is Result.PASS


def test_the_window_of_a_load_test_is_asked_for() -> None:
    requests: list[Request] = []

    def answer(request: Request) -> Response:
        requests.append(request)
        return exporting()(request)

    judged(answer)
    assert asked(requests[0], "time") == str(END)
    assert (asked(requests[1], "start"), asked(requests[1], "end")) == (str(END - 3600), str(END))
    assert asked(requests[1], "step") == "15"


def test_areas_of_memory_are_taken_together() -> None:
    queries: list[str] = []

    def answer(request: Request) -> Response:
        queries.append(asked(request))
        return exporting({"jvm_memory_used_bytes"})(request)

    judged(answer)
    memory = '{__name__="jvm_memory_used_bytes",job="steady"}'
    assert f"sum without (area, id, state, db_client_connection_state) ({memory})" in queries


@pytest.mark.parametrize(
    ("window", "sentence"),
    [
        ({"start": "2027-01-31T14:00Z"}, "A window has a start and an end."),
        ({"start": "2027-01-31T14:00Z", "end": "2027-01-31T14:00Z"}, "The load ends after it starts"),
        ({"start": "2027-01-31T14:00Z", "end": "2027-03-31T14:00Z"}, "seven days at most"),
        ({"start": "2027-01-31T14:00", "end": "2027-01-31T15:00Z"}, "with its time zone"),
        ({"start": "yesterday", "end": "2027-01-31T15:00Z"}, "write a moment such as"),
    ],
)
def test_a_window_that_is_none_is_refused(window: dict[str, str], sentence: str) -> None:
    said = needs(TYPES["resource_trend"], {"base_url": "http://p", "selector": '{a="b"}', **window})
    assert any(sentence in problem for problem in said), said


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert judged(silence(fault)).reason == "Prometheus gave no answer: It did not answer."


@pytest.mark.parametrize("body", ["", "<html>Sign in</html>", "[]", "null", '{"status":"success"}', "[" * 100_000])
def test_a_body_that_is_not_prometheus_is_unknown(body: str) -> None:
    assert judged(says(200, body)).result is Result.UNKNOWN


def test_a_range_that_is_refused_is_unknown() -> None:
    assert judged(exporting(status=500)).reason == "Prometheus answered 500."


WORDS = ("resultType", "matrix", "vector", "result", "metric", "values", "value", "__name__", *NAMES)
JSON = json_with(WORDS)
SERIES = some.fixed_dictionaries(
    {"metric": JSON, "values": some.lists(some.tuples(some.floats(), some.sampled_from(["1", "NaN", "x"])) | JSON)}
)
MATRIX = some.fixed_dictionaries({"resultType": some.just("matrix") | JSON, "result": some.lists(SERIES) | JSON})


@settings(max_examples=300)
@given(enveloped(vectors(("__name__",), WORDS, JSON)), some.lists(enveloped(MATRIX | JSON), min_size=1, max_size=3))
def test_any_json_gives_an_outcome(names: object, contents: list[object]) -> None:
    outcome = judged(in_turn([names, *contents]))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
