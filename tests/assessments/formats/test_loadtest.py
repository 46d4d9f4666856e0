import json
from typing import Any

import pytest

from readiness.assessments.formats import read
from readiness.assessments.formats.loadtest import LoadParams, lacks
from tests.assessments.formats.reports import artillery, as_json, judged, k6, sample, told

STATS, HISTORY = sample("locust_stats.csv"), sample("locust_stats_history.csv")
NAMED = ("duration_s", "requests", "rps", "errors", "error_rate", "p50_ms", "p95_ms", "p99_ms", "peak_users")


@pytest.mark.parametrize("content", [STATS, HISTORY, sample("locust-json.json"), sample("artillery-v2.json"), k6()])
def test_each_tool_is_brought_to_the_same_figures(content: bytes) -> None:
    figures = told(content).outcome.figures
    assert list(figures)[: len(NAMED)] == list(NAMED)


# Locust


def test_locusts_totals_have_no_time_so_the_rate_gives_it() -> None:
    figures = told(STATS).outcome.figures
    assert figures["duration_s"] == pytest.approx(28.97, abs=0.01)
    assert (figures["requests"], figures["errors"], figures["p99_ms"]) == (1270, 188, 81)


def test_locusts_two_files_joined_say_everything() -> None:
    outcome = told(STATS + b"\n" + HISTORY).outcome
    assert outcome.figures["duration_s"] == 29
    assert (outcome.figures["peak_users"], outcome.figures["p99_ms"], outcome.figures["requests"]) == (10, 81, 1270)
    assert outcome.observed_at is not None


def test_locusts_history_alone_has_no_percentiles_of_the_run() -> None:
    outcome = judged(HISTORY, required_percentiles=[95])
    assert outcome.result == "unknown"
    assert "cat run_stats.csv run_stats_history.csv" in outcome.reason


def test_locusts_json_is_merged_over_its_endpoints() -> None:
    figures = told(sample("locust-json.json")).outcome.figures
    assert (figures["requests"], figures["errors"], figures["p95_ms"]) == (1305, 191, 77)
    assert figures["peak_users"] is None


def test_older_locusts_have_other_columns() -> None:
    old = b"Type,Name,# requests,# failures,Median response time,Requests/s,50%,95%\n,Aggregated,10,1,5,2,5,9\n"
    figures = told(old).outcome.figures
    assert (figures["requests"], figures["p95_ms"], figures["p99_ms"], figures["duration_s"]) == (10, 9, None, 5)


def test_a_locust_run_that_was_cut_off_is_not_read() -> None:
    assert "no row “Aggregated”" in told(STATS.partition(b",Aggregated")[0]).outcome.reason


# Artillery


def test_artillerys_failures_are_its_answers_not_its_users() -> None:
    outcome = judged(sample("artillery-v2.json"), max_error_rate=0.01)
    assert outcome.result == "fail"
    assert outcome.figures["error_rate"] == pytest.approx(0.3689, abs=0.0001)
    assert "75 × 500" in outcome.reason


def test_artillerys_percentiles_are_those_of_good_answers() -> None:
    assert told(sample("artillery-v2.json")).outcome.figures["p50_ms"] == 15


def test_a_report_in_which_nothing_was_answered_well_does_not_pass() -> None:
    only_400 = artillery({"400": 5000})
    assert judged(only_400, max_error_rate=0.01).result == "fail"
    assert judged(only_400, required_percentiles=[99], p99_ms=200).result == "unknown"


def test_artillery_1_is_named() -> None:
    old = as_json({"aggregate": {"codes": {"200": 1}, "latency": {"p95": 1}}})
    assert "Artillery 1" in told(old).outcome.reason


# k6


def test_k6_counts_failures_as_passes_of_a_rate() -> None:
    figures = told(k6()).outcome.figures
    assert (figures["errors"], figures["error_rate"]) == (90, 0.001)
    assert (figures["duration_s"], figures["peak_users"]) == (900, 50)


def test_k6_leaves_p99_out_unless_asked() -> None:
    default = k6(http_req_duration={"type": "trend", "values": {"med": 40, "p(90)": 100, "p(95)": 120}})
    outcome = judged(default, required_percentiles=[50, 95, 99])
    assert outcome.result == "unknown"
    assert "summaryTrendStats" in outcome.reason


def test_k6s_percentiles_are_those_of_expected_answers() -> None:
    name = "http_req_duration{expected_response:true}"
    content = k6(**{name: {"values": {"p(50)": 80, "p(95)": 300, "p(99)": 400}}})
    assert told(content).outcome.figures["p95_ms"] == 300


def test_k6s_summary_export_says_true_for_a_threshold_that_failed() -> None:
    flat: dict[str, Any] = {
        "http_reqs": {"count": 2000, "rate": 2},
        "http_req_failed": {"passes": 0, "fails": 2000, "value": 0},
        "http_req_duration": {"med": 1, "p(95)": 2, "thresholds": {"p(95)<1": True, "p(50)<9": False}},
    }
    outcome = told(as_json({"metrics": flat})).outcome
    assert outcome.figures["duration_s"] == 1000
    assert [finding.message for finding in outcome.findings] == [
        "The tool's own threshold http_req_duration: p(95)<1 was not kept."
    ]
    kept = k6(http_req_waiting={"values": {}, "thresholds": {"p(95)<1": {"ok": True}, "max<2": {"ok": False}}})
    assert len(told(kept).outcome.findings) == 1


# Judging


@pytest.mark.parametrize(
    ("params", "result"),
    [
        ({}, "pass"),
        ({"min_duration_s": 900}, "pass"),
        ({"min_duration_s": 901}, "fail"),
        ({"min_requests": 90_001}, "fail"),
        ({"peak_rps": 100}, "pass"),
        ({"peak_rps": 101}, "fail"),
        ({"peak_users": 51}, "fail"),
        ({"p95_ms": 120}, "pass"),
        ({"p95_ms": 119}, "fail"),
        ({"p99_ms": 199}, "fail"),
        ({"p50_ms": 39}, "fail"),
        ({"max_error_rate": 0.001}, "pass"),
        ({"max_error_rate": 0.0009}, "fail"),
        ({"required_percentiles": [50, 95, 99]}, "pass"),
        ({"required_percentiles": [75]}, "unknown"),
    ],
)
def test_each_criterion_is_judged_by_what_it_asks_alone(params: dict[str, Any], result: str) -> None:
    assert judged(k6(), **params).result == result


def test_nothing_but_nan_is_unknown() -> None:
    content = k6().decode().replace("120", "NaN").replace("200}", "Infinity}").encode()
    assert json.loads(content)
    assert judged(content, required_percentiles=[95, 99]).result == "unknown"


def test_a_run_without_requests_never_passes() -> None:
    idle = k6(http_reqs={"values": {"count": 0, "rate": 0}})
    assert judged(idle, min_duration_s=900).result == "unknown"


def test_the_reason_says_the_figures() -> None:
    assert judged(k6(), required_percentiles=[50, 95, 99]).reason == "p50 40 ms, p95 120 ms, p99 200 ms."
    assert judged(k6(), min_duration_s=900, min_requests=1000).reason == "90,000 requests in 900 s."


def test_a_budget_that_nobody_declared_is_named() -> None:
    assert "latency budget" in lacks(LoadParams(required_percentiles=(50, 95, 99)))
    assert "expected peak" in lacks(LoadParams(min_duration_s=900))
    assert lacks(LoadParams(required_percentiles=(50, 95, 99), p99_ms=100)) == ""
    assert read(k6()).lacks({"max_error_rate": 0.01}) == ""
