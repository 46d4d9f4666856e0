import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import count

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import MAX_REQUESTS, needs
from readiness.checks.types.prom_golden import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.anything import enveloped, json_with, vectors
from tests.checks.types.playing import Answer, asked, in_turn, play, says, says_json, silence
from tests.servers.misbehaving import Page, misbehaving
from tests.servers.prometheus import Prometheus, prometheus

USUAL = {
    "http_requests_total",
    "http_request_duration_seconds_bucket",
    "http_request_duration_seconds_count",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
}
NOW = 1_800_000_000


def config(url: str = "http://p", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "selector": '{job="checkout"}', **more})


def vector(*series: tuple[Mapping[str, str], object]) -> dict[str, object]:
    result = [{"metric": labels, "value": [NOW, str(value)]} for labels, value in series]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def exporting(
    names: Collection[str],
    statuses: Sequence[Mapping[str, str]] = ({"code": "200"},),
    values: Mapping[str, str | None] | None = None,
    age_s: float = 5,
) -> Answer:
    """A Prometheus that holds metrics of these names. `values`: a part of a query → its value, None for no series."""

    def answer(request: Request) -> Response:
        query = asked(request)
        if query.startswith("count by (__name__)"):
            return says_json(vector(*(({"__name__": name}, 1) for name in names)))(request)
        if query.startswith("count by ("):
            return says_json(vector(*((labels, 1) for labels in statuses)))(request)
        if query.startswith("max(timestamp("):
            return says_json(vector(({}, NOW - age_s)))(request)
        value = next((value for part, value in (values or {}).items() if part in query), "0.25")
        return says_json(vector() if value is None else vector(({}, value)))(request)

    return answer


def asked_of(answer: Answer, **more: object) -> list[str]:
    """The queries that were asked."""
    queries: list[str] = []

    def listening(request: Request) -> Response:
        queries.append(asked(request))
        return answer(request)

    play(run(config(**more)), listening)
    return queries


def judged(names: Collection[str] = USUAL, /, *, also: Mapping[str, object] | None = None, **how: object) -> Outcome:
    return play(run(config(**(also or {}))), exporting(names, **how))  # type: ignore[arg-type]


# With a real Prometheus


def otel(turn: int) -> str:
    name = "http_server_request_duration_seconds"
    return (
        f'{name}_bucket{{http_response_status_code="200",le="0.1"}} {turn * 9}\n'
        f'{name}_bucket{{http_response_status_code="200",le="+Inf"}} {turn * 10}\n'
        f'{name}_count{{http_response_status_code="200"}} {turn * 10}\n'
        f'{name}_bucket{{http_response_status_code="503",le="0.1"}} {turn}\n'
        f'{name}_bucket{{http_response_status_code="503",le="+Inf"}} {turn}\n'
        f'{name}_count{{http_response_status_code="503"}} {turn}\n'
        f"process_cpu_time_seconds_total {turn * 0.01}\nprocess_memory_usage_bytes 5e7\n"
        'db_client_connection_count{db_client_connection_state="used"} 3\n'
        'db_client_connection_count{db_client_connection_state="idle"} 1\n'
        "db_client_connection_max 10\n"
    )


def spring(turn: int) -> str:
    name = "http_server_requests_seconds"
    return (
        f'{name}{{status="200",outcome="SUCCESS",quantile="0.5"}} 0.02\n'
        f'{name}{{status="200",outcome="SUCCESS",quantile="0.99"}} 0.3\n'
        f'{name}_count{{status="200",outcome="SUCCESS"}} {turn * 4}\n'
        f"process_cpu_usage 0.25\njvm_memory_used_bytes 9e8\n"
        'hikaricp_connections_active{pool="main"} 2\nhikaricp_connections_max{pool="main"} 10\n'
    )


def grpc(turn: int) -> str:
    return (
        f'grpc_server_handled_total{{grpc_code="OK"}} {turn * 5}\n'
        f'grpc_server_handled_total{{grpc_code="Internal"}} {turn * 5}\n'
        f'grpc_server_handling_seconds_bucket{{le="1"}} {turn * 10}\n'
        f'grpc_server_handling_seconds_bucket{{le="+Inf"}} {turn * 10}\n'
        f"process_resident_memory_bytes 1e8\n"
    )


def containers(turn: int) -> str:
    # The pod's own group counts what its containers use once more.
    return "".join(
        f'container_cpu_usage_seconds_total{{pod="grpc-1",image="{image}"}} {turn * 0.1}\n'
        f'container_memory_working_set_bytes{{pod="grpc-1",image="{image}"}} 100\n'
        for image in ("grpc:1", "")
    )


@pytest.fixture(scope="module")
def lively() -> Iterator[Prometheus]:
    """A Prometheus that scrapes services built with different libraries; all of them have traffic."""
    with misbehaving() as application:
        styles = {"otel": otel, "spring": spring, "grpc": grpc, "cadvisor": containers}
        turns = count(1)

        def page(style: Callable[[int], str]) -> Callable[[], Page]:
            return lambda: Page(style(next(turns)), kind="text/plain")

        application.behaviour.pages |= {f"/{job}": page(style) for job, style in styles.items()}
        jobs = {job: [application.host] for job in styles}
        paths = {job: f"/{job}" for job in styles}
        awaited = [f'count_over_time(scrape_samples_scraped{{job="{job}"}}[1m]) >= 4' for job in styles]
        with prometheus(jobs=jobs, paths=paths, awaited=awaited) as running:
            yield running


@pytest.mark.needs("prometheus")
def test_opentelemetry_names_are_found(egress: Egress, lively: Prometheus) -> None:
    outcome = egress.run(run(config(lively.url, selector='{job="otel"}')))
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["requests_per_second"] > 0  # type: ignore[operator]
    assert outcome.figures["error_ratio"] == pytest.approx(1 / 11, abs=0.01)
    assert 50 < outcome.figures["p50_ms"] < 100  # type: ignore[operator]
    assert outcome.figures["p99_ms"] == pytest.approx(100, abs=1)
    assert outcome.figures["memory_bytes"] == 5e7
    assert outcome.figures["pool_db_client_in_use"] == 3
    assert outcome.figures["pool_db_client_max"] == 10
    assert outcome.figures["cpu_age_s"] < 60  # type: ignore[operator]


@pytest.mark.needs("prometheus")
def test_names_and_summaries_of_spring_are_found(egress: Egress, lively: Prometheus) -> None:
    outcome = egress.run(run(config(lively.url, selector='{job="spring"}')))
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["error_ratio"] == 0
    assert (outcome.figures["p50_ms"], outcome.figures["p99_ms"]) == (20, 300)
    assert (outcome.figures["cpu"], outcome.figures["memory_bytes"]) == (0.25, 9e8)
    assert outcome.figures["pool_hikaricp_max"] == 10


@pytest.mark.needs("prometheus")
def test_grpc_names_and_container_metrics_under_other_labels_are_found(egress: Egress, lively: Prometheus) -> None:
    outcome = egress.run(run(config(lively.url, selector='{job="grpc"}', resource_selector='{pod=~"grpc-.*"}')))
    assert outcome.result is Result.PASS, outcome
    assert outcome.figures["error_ratio"] == pytest.approx(0.5)
    assert outcome.figures["memory_bytes"] == 100
    alone = egress.run(run(config(lively.url, selector='{job="grpc"}')))
    assert alone.result is Result.UNKNOWN
    assert "found for CPU;" in alone.reason


@pytest.mark.needs("prometheus")
def test_own_queries_are_asked_in_a_real_prometheus(egress: Egress, lively: Prometheus) -> None:
    own = {
        "cpu_query": 'sum(rate(process_cpu_time_seconds_total{job="otel"}[1m]))',
        "p99_query": "((",
        "memory_query": "no_such_bytes",
        "pools": [{"name": "db", "in_use": "sum(db_client_connection_count)", "max": "no_such_pool"}],
    }
    outcome = egress.run(run(config(lively.url, selector='{job="otel"}', **own)))
    assert outcome.result is Result.FAIL
    assert "Memory: the metric is absent." in outcome.reason
    assert "Pool db, the most there can be: the metric is absent." in outcome.reason
    assert any("Latency p99: Prometheus refused the question" in finding.message for finding in outcome.findings)


@pytest.mark.needs("prometheus")
def test_a_service_without_traffic_is_told_to_send_some(egress: Egress, monitored: Prometheus) -> None:
    outcome = egress.run(run(config(monitored.url, memory_query="pool_in_use", cpu_query="pool_in_use")))
    assert outcome.result is Result.UNKNOWN, outcome
    assert (
        outcome.reason
        == "Nothing was asked of the service in the last 15 minutes; send some traffic and run this again."
    )


@pytest.mark.needs("prometheus")
def test_labels_that_no_series_carries_are_unknown(egress: Egress, monitored: Prometheus) -> None:
    outcome = egress.run(run(config(monitored.url, selector='{job="chekout"}')))
    assert outcome.result is Result.UNKNOWN
    assert 'No series carries {job="chekout"}' in outcome.reason


# With answers sent by hand


def test_all_signals_are_reported_with_their_units() -> None:
    outcome = judged()
    assert outcome.result is Result.PASS
    assert outcome.reason == "All 6 signals answer: 0.25 requests a second, 25.00% errors, p50 250 ms, p99 250 ms."
    assert outcome.figures["p99_ms"] == 250
    assert outcome.figures["p99_ms_age_s"] == 5


def test_what_is_not_found_is_named_with_where_to_set_it() -> None:
    outcome = judged({"http_requests_total"})
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == (
        "No metric with a usual name was found for Latency p50, Latency p99, CPU, Memory; "
        "export one, or set its query in this check."
    )
    assert "or set “Query for memory”." in outcome.findings[-1].message


@pytest.mark.parametrize("part", ["http_requests_total", "histogram_quantile(0.99", "process_resident"])
def test_a_query_that_returns_nothing_fails(part: str) -> None:
    outcome = judged(values={part: None})
    assert outcome.result is Result.FAIL
    assert "the metric is absent" in outcome.reason


def test_a_stale_signal_fails() -> None:
    outcome = judged(age_s=16 * 60)
    assert outcome.result is Result.FAIL
    assert "Traffic: the newest sample is older than 15 minutes." in outcome.reason


def test_no_error_yet_is_an_error_ratio_of_zero() -> None:
    outcome = judged(values={"or vector(0)": "0"})
    assert outcome.result is Result.PASS
    assert outcome.figures["error_ratio"] == 0


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
def test_what_is_no_number_is_unknown(value: str) -> None:
    outcome = judged(values={"histogram_quantile": value})
    assert outcome.result is Result.UNKNOWN
    assert "Latency p50: the query returns what is no number." in outcome.reason
    assert outcome.figures["p50_ms"] is None


def test_what_is_seen_to_be_missing_outweighs_what_is_not_known() -> None:
    assert judged(values={"histogram_quantile": "NaN", "process_resident": None}).result is Result.FAIL


@pytest.mark.parametrize(
    ("statuses", "matcher"),
    [
        ([{"code": "200"}, {"code": "503"}], 'code=~"5.."'),
        ([{"status": "2xx"}], 'status=~"5.."'),
        ([{"http_response_status_code": "404", "code": "x"}], 'http_response_status_code=~"5.."'),
        ([{"code": "OK"}, {"code": "NotFound"}], 'code=~"Unknown|DeadlineExceeded'),
        ([{"rpc_grpc_status_code": "0"}], 'rpc_grpc_status_code=~"Unknown|'),
        ([{"rpc_response_status_code": "OK"}], 'rpc_response_status_code=~"Unknown|'),
        ([{"result": "success"}], "|(?i:.*(err|fail"),
        ([{"status": "OK"}], "|(?i:.*(err|fail"),
    ],
)
def test_failed_requests_are_told_by_the_label_that_says_so(statuses: list[dict[str, str]], matcher: str) -> None:
    assert any(f"{matcher}" in query for query in asked_of(exporting(USUAL, statuses)))


def test_failures_may_have_a_counter_of_their_own() -> None:
    names = {"orders_requests_total", "orders_errors_total"}
    assert any('"orders_errors_total"' in query for query in asked_of(exporting(names, [{}])))


def test_a_counter_without_a_status_gives_way_to_one_that_has_it() -> None:
    def answer(request: Request) -> Response:
        has_status = "duration" in asked(request)
        return exporting(USUAL, [{"code": "200"}] if has_status else [{}])(request)

    ratio = next(query for query in asked_of(answer) if "or vector(0)" in query)
    assert "http_request_duration_seconds_count" in ratio


def test_what_a_service_asks_of_others_is_not_its_traffic() -> None:
    outcome = judged({"http_client_requests_total", "http_client_request_duration_seconds_bucket"})
    assert "found for Traffic, Error ratio, Latency p50" in outcome.reason


def test_pools_with_usual_names_are_asked_for() -> None:
    outcome = judged(USUAL | {"worker_pool_in_use", "worker_pool_max", "db_pool_active_connections", "other_pool_used"})
    assert outcome.figures["pool_worker_pool_in_use"] == 0.25
    assert "pool_other_pool_in_use" not in outcome.figures


def test_declared_pools_stand_over_found_ones() -> None:
    own = {"pools": [{"name": "db", "in_use": "db_busy", "max": "db_size"}]}
    outcome = judged(USUAL | {"worker_pool_in_use", "worker_pool_max"}, also=own, values={"db_busy": "3"})
    assert outcome.figures["pool_db_in_use"] == 3
    assert "pool_worker_pool_in_use" not in outcome.figures


def test_milliseconds_stay_milliseconds() -> None:
    names = USUAL - {"http_request_duration_seconds_bucket", "http_request_duration_seconds_count"}
    outcome = judged(names | {"istio_request_duration_milliseconds_bucket"})
    assert outcome.figures["p99_ms"] == 0.25


def test_an_own_query_without_a_metric_has_no_age() -> None:
    outcome = judged(also={"cpu_query": "vector(1)"})
    assert outcome.result is Result.UNKNOWN
    assert "CPU: the age of its samples can't be told." in outcome.reason


def test_no_more_is_asked_than_allowed() -> None:
    metrics = " + ".join(f"metric_{number}" for number in range(60))
    pools = [{"name": f"p{number}", "in_use": f"{metrics} + {number}", "max": metrics} for number in range(10)]
    assert len(asked_of(exporting(USUAL), pools=pools)) < MAX_REQUESTS


@pytest.mark.parametrize("selector", ["job", "{}", "{job=", '{job="a"} or b', "", "{job=~}"])
def test_a_selector_that_names_no_series_is_refused(selector: str) -> None:
    [problem] = needs(TYPES["prom_golden"], {"base_url": "http://p", "selector": selector})
    assert problem.startswith("Labels of the service's metrics: ")


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    outcome = play(run(config()), silence(fault))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "Prometheus gave no answer: It did not answer."


@pytest.mark.parametrize("body", ["", "<html>Sign in</html>", "[]", "null", '{"status":"success"}', "[" * 100_000])
def test_a_body_that_is_not_prometheus_is_unknown(body: str) -> None:
    assert play(run(config()), says(200, body)).result is Result.UNKNOWN


WORDS = ("status", "success", "data", "resultType", "vector", "result", "metric", "value", "__name__", "code", *USUAL)


@settings(max_examples=300)
@given(some.lists(enveloped(json_with(WORDS) | vectors(("__name__", "code"), WORDS, json_with(WORDS))), min_size=1))
def test_any_json_gives_an_outcome(contents: list[object]) -> None:
    outcome = play(run(config()), in_turn(contents))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)


@settings(max_examples=200)
@given(vectors(("__name__", "code"), WORDS, json_with(WORDS)), some.sampled_from([None, "cpu_query", "p99_query"]))
def test_any_number_gives_an_outcome(content: object, own: str | None) -> None:
    def answer(request: Request) -> Response:
        if asked(request).startswith("count by"):
            return exporting(USUAL)(request)
        return says_json({"status": "success", "data": content})(request)

    outcome = play(run(config(**{own: "up"} if own else {})), answer)
    json.dumps(dict(outcome.figures), allow_nan=False)
