import json
from itertools import count
from urllib.parse import unquote_plus

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.prom_query import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import hurried, play, says, says_json, silence
from tests.servers.misbehaving import Application, Page
from tests.servers.prometheus import Prometheus


def config(url: str = "http://p", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "query": "up", **more})


def vector(*values: object) -> dict[str, object]:
    result = [
        {"metric": {"__name__": "up", "i": str(place)}, "value": [1.5, value]} for place, value in enumerate(values)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def judged(*values: object, **more: object) -> Outcome:
    return play(run(config(**more)), says_json(vector(*values)))


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize(
    ("settings", "result", "words"),
    [
        ({"query": "pool_in_use", "comparator": "<", "threshold": 0.9}, Result.PASS, "1 sample: 0.4 < 0.9."),
        ({"query": "pool_in_use", "comparator": ">=", "threshold": 0.9}, Result.FAIL, "0.4 is not >= 0.9"),
        ({"query": "no_such_metric"}, Result.FAIL, "the metric is absent"),
        ({"query": "ratio"}, Result.UNKNOWN, "no number"),
        ({"query": "pool_in_use * 0 / 0"}, Result.UNKNOWN, "no number"),
        ({"query": "0/0"}, Result.UNKNOWN, "reads no metric"),
        ({"query": "vector(1)"}, Result.UNKNOWN, "reads no metric"),
        ({"query": "no_such_metric or vector(0)"}, Result.FAIL, "only the constant beside it answers"),
        ({"query": "pool_in_use > 9 or vector(0)"}, Result.PASS, "1 sample: 0."),
        ({"query": "no_such_metric or pool_in_use"}, Result.PASS, "1 sample: 0.4."),
        ({"query": "absent(no_such_metric)"}, Result.PASS, "1 sample: 1."),
        ({"query": "scalar(pool_in_use)"}, Result.PASS, "1 sample: 0.4."),
        ({"query": "orders_total[5m]"}, Result.UNKNOWN, "did not return a list of samples"),
        ({"query": "((("}, Result.UNKNOWN, "Prometheus refused the question"),
        ({"query": "rate(orders_total[1m])", "max_sample_age_minutes": 1}, Result.PASS, "1 sample"),
        ({"query": "orders_total", "changed_within_hours": 0.02}, Result.PASS, "1 sample"),
        ({"query": "sum(orders_total)", "changed_within_hours": 0.01}, Result.PASS, "1 sample"),
        ({"query": "pool_in_use", "changed_within_hours": 0.01}, Result.UNKNOWN, "less than 0.01 hours"),
        ({"query": "vector(1)", "max_sample_age_minutes": 1}, Result.UNKNOWN, "reads no metric"),
        ({"query": "pool_in_use or vector(1)", "max_sample_age_minutes": 1}, Result.UNKNOWN, "can't be told"),
        ({"query": "sum(lost_total)", "changed_within_hours": 0.01}, Result.UNKNOWN, "has not changed yet"),
    ],
)
def test_with_a_real_prometheus(
    egress: Egress, monitored: Prometheus, settings: dict[str, object], result: Result, words: str
) -> None:
    outcome = egress.run(run(config(monitored.url, **settings)))
    assert outcome.result is result, outcome
    assert words in outcome.reason


@pytest.mark.parametrize(("value", "result"), [("4", Result.PASS), ("14", Result.FAIL)])
def test_the_reason_says_what_was_asked_in_short(value: str, result: Result) -> None:
    long = f'sum(orders_total{{service=~"{"a" * 300}"}})'
    outcome = judged(value, query=long, comparator="<", threshold=9)
    assert outcome.result is result
    assert "The query: sum(orders_total{service=" in outcome.reason
    assert outcome.reason.endswith("…")


@pytest.mark.needs("prometheus")
def test_a_sample_older_than_wanted_is_stale(egress: Egress, monitored: Prometheus) -> None:
    outcome = egress.run(run(config(monitored.url, query="pool_in_use", max_sample_age_minutes=0.00001)))
    assert outcome.result is Result.FAIL
    assert "older than" in outcome.reason


def test_every_series_is_compared() -> None:
    outcome = judged("0.1", "0.95", "0.2", comparator="<", threshold=0.9)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "The value 0.95 is not < 0.9. The query: up"
    assert outcome.figures == {"series": 3, "value": 0.95, "threshold": 0.9}
    assert [finding.where for finding in outcome.findings] == ['up{i="1"}']


@pytest.mark.parametrize(
    ("comparator", "value", "result"),
    [
        (">", "1", Result.FAIL),
        (">", "1.1", Result.PASS),
        (">=", "1", Result.PASS),
        ("<", "1", Result.FAIL),
        ("<=", "1", Result.PASS),
        ("==", "1", Result.PASS),
        ("==", "2", Result.FAIL),
        (">", "NaN", Result.UNKNOWN),
        (">", "+Inf", Result.UNKNOWN),
        ("<", "-Inf", Result.UNKNOWN),
    ],
)
def test_comparisons(comparator: str, value: str, result: Result) -> None:
    outcome = judged(value, comparator=comparator, threshold=1)
    assert outcome.result is result
    json.dumps(dict(outcome.figures), allow_nan=False)


def test_a_clear_violation_outweighs_what_is_no_number() -> None:
    assert judged("NaN", "0", comparator=">", threshold=1).result is Result.FAIL
    assert judged("NaN", "2", comparator=">", threshold=1).result is Result.UNKNOWN


def test_a_comparison_needs_a_threshold() -> None:
    with pytest.raises(ValueError, match="needs a threshold"):
        config(comparator=">")


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    outcome = play(run(config(max_sample_age_minutes=5, changed_within_hours=1)), silence(fault))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "Prometheus gave no answer: It did not answer."


@pytest.mark.parametrize("status", [204, 301, 400, 401, 403, 404, 422, 429, 500, 502, 503])
def test_no_status_but_200_counts(status: int) -> None:
    assert play(run(config()), says_json(vector("1"), status)).result is Result.UNKNOWN


def test_a_refusal_is_quoted() -> None:
    answer = says_json({"status": "error", "errorType": "bad_data", "error": "parse error: unexpected end"}, 400)
    outcome = play(run(config()), answer)
    assert outcome.reason == "Prometheus refused the question: parse error: unexpected end."


@pytest.mark.parametrize(
    "body",
    [
        "",
        "Prometheus is starting",
        "<html>Sign in</html>",
        '{"status":"success","data":{"resultType":"vector","resu',
        "[]",
        "null",
        '{"status":"success"}',
        '{"status":"success","data":null}',
        '{"status":"success","data":{"resultType":"vector","result":null}}',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1]}]}}',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"x"]}]}}',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,2]}]}}',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{}}]}}',
        '{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"2"]}]}}',
        '{"status":"success","data":{"resultType":"string","result":[1,"x"]}}',
        '{"status":"success","data":{"resultType":"scalar","result":[1,"NaN"]}}',
        "[" * 100_000,
        '{"status":"success","data":' + "[" * 100_000,
    ],
)
def test_a_body_that_is_not_prometheus_is_unknown(body: str) -> None:
    outcome = play(run(config()), says(200, body, "application/json"))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason.endswith(".") or outcome.reason.endswith("?")


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
VALUE = some.sampled_from(["1", "0", "NaN", "+Inf", "1e400", "", "x"]) | JSON
PAIR = some.tuples(some.floats() | some.integers(), VALUE) | JSON
SERIES = some.fixed_dictionaries(
    {"metric": some.dictionaries(some.text(max_size=5), VALUE, max_size=2) | JSON, "value": PAIR}
)
ANSWER = some.fixed_dictionaries(
    {
        "status": some.just("success") | JSON,
        "data": some.fixed_dictionaries(
            {
                "resultType": some.sampled_from(["vector", "scalar", "matrix"]) | JSON,
                "result": some.lists(SERIES, max_size=3) | PAIR,
            }
        )
        | JSON,
    }
)


@settings(max_examples=400)
@given(some.lists(ANSWER | JSON, min_size=1, max_size=3), some.sampled_from([200, 200, 200, 400, 500]))
def test_any_json_gives_an_outcome(contents: list[object], status: int) -> None:
    turn = count()

    def answer(request: Request) -> Response:
        return says_json(contents[next(turn) % len(contents)], status)(request)

    asked = config(comparator=">", threshold=0, max_sample_age_minutes=5, changed_within_hours=1)
    outcome = play(run(asked), answer)
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)


def test_a_prometheus_that_hangs_or_loops_is_unknown(egress: Egress, application: Application) -> None:
    for path in ("/silent", "/loop", "/endless"):
        application.behaviour.pages["/api/v1/query"] = Page("", 302, location=path)
        assert egress.run(hurried(run(config(application.url)))).result is Result.UNKNOWN


def test_a_secret_goes_only_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = config(credential="Authorization: Bearer ${CHECK_SECRET_P}")
    sent: list[Request] = []

    def answer(request: Request) -> Response:
        sent.append(request)
        return says_json(vector("1"))(request)

    monkeypatch.setenv("CHECK_SECRET_P", "https://p abc")
    assert play(run(asked), answer).result is Result.UNKNOWN
    assert not sent
    monkeypatch.setenv("CHECK_SECRET_P", "http://p abc")
    assert play(run(asked), answer).result is Result.PASS
    assert sent[0].headers == {"Authorization": "Bearer abc"}


@pytest.mark.parametrize(("was_there", "result"), [(True, Result.FAIL), (False, Result.UNKNOWN)])
def test_a_value_that_stands_still_fails_once_it_is_old_enough_to_have_moved(
    *, was_there: bool, result: Result
) -> None:
    def answer(request: Request) -> Response:
        asked = unquote_plus(request.url)
        value = "0" if "changes(" in asked else "1"
        is_empty = "offset" in asked and not was_there
        series = [] if is_empty else [{"metric": {}, "value": [1, value]}]
        return says_json({"status": "success", "data": {"resultType": "vector", "result": series}})(request)

    assert play(run(config(changed_within_hours=24)), answer).result is result
