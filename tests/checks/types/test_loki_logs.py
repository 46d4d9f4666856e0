"""Against a stand-in that follows Loki's documentation: read, not run."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.formats import FORMATS
from readiness.assessments.formats.contract import Artifact
from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.loki_logs import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.anything import enveloped, json_with
from tests.checks.types.playing import in_turn, play, says, says_json, silence
from tests.servers.loki import Loki, loki

APP = {"app": "checkout"}
FIELDS = {"min_json_share": 0.99, "required_fields": ["request_id", "duration_ms", "status"]}
SECRET = "4929-invented-0000"


def config(url: str = "http://l", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "query": '{app="checkout"}', **more})


def line(number: int = 1, status: int = 200, level: str = "info", **more: object) -> str:
    request = {"level": level, "request_id": f"r{number}", "duration_ms": 12, "status": status, "msg": SECRET}
    return json.dumps({**request, **more})


def lines(count: int, **more: object) -> list[str]:
    return [line(number, **more) for number in range(count)]  # type: ignore[arg-type]


@pytest.fixture
def store() -> Iterator[Loki]:
    with loki() as running:
        yield running


def judged(egress: Egress, store: Loki, /, **more: object) -> Outcome:
    return egress.run(run(config(store.url, **more)))


def test_good_lines_pass(egress: Egress, store: Loki) -> None:
    store.push(APP, *lines(300))
    outcome = judged(egress, store, **FIELDS)
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["request_lines"] == 300
    assert outcome.observed_at is not None


def test_the_same_lines_are_judged_as_in_an_uploaded_sample(egress: Egress, store: Loki) -> None:
    texts = [*lines(200), line(1, 500), line(2, level="debug"), "Started in 3 s", json.dumps({"status": "12 ms"})] * 2
    store.push(APP, *texts)
    asked = {**FIELDS, "min_json_share": 0.999, "forbidden_levels": ["debug"], "failures_log_errors": True}
    ours = judged(egress, store, **asked)
    sample = FORMATS["log_sample"]
    theirs = sample.judge(sample.read(Artifact("\n".join(texts).encode())), sample.asked(asked))
    assert ours.result is theirs.result is Result.FAIL
    assert (ours.reason, ours.figures, ours.findings) == (theirs.reason, theirs.figures, theirs.findings)


def test_lines_of_plain_text_fail(egress: Egress, store: Loki) -> None:
    store.push(APP, *[f"GET /orders {SECRET} took 12 ms"] * 250)
    outcome = judged(egress, store, **FIELDS)
    assert outcome.result is Result.FAIL
    assert "0 of 250 lines are JSON; at least 99% are asked for." in outcome.reason


def test_what_a_line_says_is_never_repeated(egress: Egress, store: Loki) -> None:
    store.push(APP, *lines(200, status=500, level="debug"), *[SECRET] * 50, json.dumps({"level": "error", "x": SECRET}))
    outcome = judged(egress, store, forbidden_levels=["debug"], failures_log_errors=True, **FIELDS)
    assert outcome.result is Result.FAIL
    assert len(outcome.findings) >= 3
    assert SECRET not in repr(outcome)


def test_nothing_asked_asks_what_a_sample_is_asked(egress: Egress, store: Loki) -> None:
    store.push(APP, *lines(210, level="debug"))
    assert "210 lines of level debug." in judged(egress, store).reason


def test_pages_are_read_until_there_is_enough(egress: Egress, store: Loki) -> None:
    noise = [json.dumps({"level": "info", "msg": "tick"})] * 4
    store.push(APP, *[text for number in range(400) for text in (*noise, line(number))])
    outcome = judged(egress, store, **FIELDS)
    assert outcome.result is Result.PASS, outcome
    assert len(store.queries) == 2
    assert outcome.figures["lines"] == 1000


def test_pages_are_read_until_a_request_has_failed(egress: Egress, store: Loki) -> None:
    store.push(APP, line(0, 503, "error"), *lines(1200))
    outcome = judged(egress, store, failures_log_errors=True)
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["failed_requests"] == 1


def test_an_answer_that_is_too_large_is_asked_for_in_smaller_parts(egress: Egress, store: Loki) -> None:
    store.push(APP, *lines(300, more="x" * 5000))
    outcome = judged(egress, store, **FIELDS)
    assert outcome.result is Result.PASS, outcome
    assert [query["limit"] for query in store.queries] == ["500", "125", "125"]


def test_too_few_lines_are_unknown(egress: Egress, store: Loki) -> None:
    store.push(APP, *lines(20))
    store.push(APP, *lines(300), age_s=3 * 3600)
    store.push({"app": "payments"}, *lines(300))
    outcome = judged(egress, store, hours=2, **FIELDS)
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "The sample has 20 request lines; at least 200 are asked for."


def test_no_line_is_unknown(egress: Egress, store: Loki) -> None:
    outcome = judged(egress, store)
    assert outcome.result is Result.UNKNOWN
    assert "Loki has no line of these streams" in outcome.reason


def test_a_query_that_is_none_is_refused_in_lokis_words(egress: Egress, store: Loki) -> None:
    outcome = judged(egress, store, query="app=checkout")
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.startswith("Loki refused the question: parse error at line 1")


def test_a_tenant_is_named(egress: Egress) -> None:
    with loki(tenant="shop") as store:
        store.push(APP, *lines(200))
        assert judged(egress, store).reason == "Loki asks for a credential: it answered 401."
        assert judged(egress, store, tenant="shop").result is Result.PASS


def streams(*values: object) -> dict[str, object]:
    return {"status": "success", "data": {"resultType": "streams", "result": [{"stream": APP, "values": list(values)}]}}


def test_structured_metadata_beside_a_line_is_left_alone() -> None:
    values = [[str(1_800_000_000_000_000_000 + number), line(number), {"pod": "a"}] for number in range(200)]
    assert play(run(config(**FIELDS)), says_json(streams(*values))).result is Result.PASS


def test_a_query_of_numbers_is_told_apart() -> None:
    numbers = {"status": "success", "data": {"resultType": "matrix", "result": []}}
    assert "returns numbers, not log lines" in play(run(config()), says_json(numbers)).reason


@pytest.mark.parametrize("value", [[], ["1"], [1, "x"], ["1", 2], ["x", "y"], ["9" * 30, "y"], "1", None, ["٣", "y"]])
def test_a_line_of_another_shape_is_unknown(value: object) -> None:
    outcome = play(run(config()), says_json(streams(value)))
    assert outcome.reason == "The answer is not in the form that Loki uses."


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).reason == "Loki gave no answer: It did not answer."


@pytest.mark.parametrize("body", ["", "<html>Sign in</html>", "[]", "null", '{"status":"success"}', "[" * 100_000])
def test_a_body_that_is_not_lokis_is_unknown(body: str) -> None:
    assert play(run(config()), says(200, body)).result is Result.UNKNOWN


WORDS = (
    "resultType",
    "streams",
    "result",
    "stream",
    "values",
    "level",
    "status",
    line(),
    line(2, 500),
    "debug",
    "9" * 19,
)
JSON = json_with(WORDS)
VALUES = some.lists(
    some.tuples(some.integers(0, 10**19).map(str), some.sampled_from(WORDS) | some.text()) | JSON, max_size=4
)
STREAMS = some.fixed_dictionaries(
    {
        "resultType": some.just("streams") | JSON,
        "result": some.lists(some.fixed_dictionaries({"stream": some.just(APP) | JSON, "values": VALUES}), max_size=3)
        | JSON,
    }
)


@settings(max_examples=300)
@given(contents=some.lists(enveloped(STREAMS | JSON), min_size=1, max_size=3), failures=some.booleans())
def test_any_json_gives_an_outcome(*, contents: list[object], failures: bool) -> None:
    asked = config(min_lines=1, failures_log_errors=failures, forbidden_levels=["debug"], **FIELDS)
    outcome = play(run(asked), in_turn(contents))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
