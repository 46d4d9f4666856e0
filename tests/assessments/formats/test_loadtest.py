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


def test_locust_0_has_its_totals_in_two_files() -> None:
    requests = b'"Method","Name","# requests","# failures","Median response time","Requests/s"\n"None","Total",90000,9,20,100.0\n'
    distribution = b'"Name","# requests","50%","66%","95%","98%","99%","100%"\n"Total",90000,20,30,80,90,95,300\n'
    figures = told(requests + distribution).outcome.figures
    assert (figures["requests"], figures["errors"], figures["p95_ms"], figures["p99_ms"]) == (90_000, 9, 80, 95)


def test_locusts_file_of_failures_says_what_failed_and_quotes_nothing() -> None:
    failures = (
        b"Method,Name,Error,Occurrences,First Seen,Last Seen\n"
        b"GET,/flaky,HTTPError('503 Server Error: Service Unavailable for url: /flaky?token=hunter2'),15,x,y\n"
        b"GET,/a,ConnectionResetError(104),4,x,y\n"
    )
    outcome = told(STATS + b"\n" + failures).outcome
    assert (outcome.figures["failed_503"], outcome.figures["failed_ConnectionResetError"]) == (15, 4)
    assert "hunter2" not in repr(outcome)
    assert "cat run_stats.csv" in told(failures).outcome.reason


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
    only_400 = artillery({"400": 5000}, other="http.response_time.4xx", p50=1, p95=2, p99=102)
    assert judged(only_400, max_error_rate=0.01).result == "fail"
    assert judged(only_400, required_percentiles=[99], p99_ms=200).result == "unknown"


ARTILLERY_1: dict[str, Any] = {
    "timestamp": "2021-01-06T15:40:39.730Z", "scenariosCreated": 6000, "requestsCompleted": 5990, "errors": {"ECONNRESET": 10},
    "latency": {"min": 7.1, "max": 363.3, "median": 10.2, "p95": 30.5, "p99": 63.3}, "rps": {"count": 6000, "mean": 6.01},
    "codes": {"200": 5000, "201": 950, "503": 40}, "counters": {}, "phases": [{"duration": 998, "arrivalRate": 6}],
}  # fmt: skip


def test_artillery_1_says_the_same_in_other_names() -> None:
    figures = told(as_json({"aggregate": ARTILLERY_1, "intermediate": []})).outcome.figures
    assert (figures["requests"], figures["errors"], figures["p50_ms"], figures["p99_ms"]) == (6000, 50, 10.2, 63.3)
    assert figures["duration_s"] == pytest.approx(998.3, abs=0.1)
    assert (figures["failed_503"], figures["failed_ECONNRESET"]) == (40, 10)


def test_artillery_1_with_many_failures_does_not_show_how_quick_the_good_answers_were() -> None:
    failing = ARTILLERY_1 | {"codes": {"200": 4000, "503": 1990}}
    content = as_json({"aggregate": failing, "intermediate": []})
    assert judged(content, required_percentiles=[95], p95_ms=100).result == "unknown"
    assert judged(content, max_error_rate=0.01).result == "fail"
    assert judged(content, required_percentiles=[95], p95_ms=20).result == "fail"  # the bad ones were the quick ones


def test_an_artillery_report_that_counts_nothing_is_not_read() -> None:
    assert "nothing ran" in told(as_json({"aggregate": {"counters": {}, "summaries": {}}})).outcome.reason


def test_early_versions_of_artillery_2_have_the_times_of_all_answers_only() -> None:
    report = json.loads(artillery({"200": 5000}))
    assert told(as_json(report)).outcome.figures["p99_ms"] == 102
    report["aggregate"]["counters"]["http.codes.500"] = 4000
    report["aggregate"]["counters"]["http.requests"] = 9000
    assert judged(as_json(report), required_percentiles=[99], p99_ms=200).result == "unknown"


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


MACHINE_READABLE: dict[str, Any] = {
    "version": "1.0.0",
    "config": {"duration": 905.2, "execution": "local", "script": "/scripts/orders.js"},
    "metadata": {"generatedAt": "2026-03-01T10:00:00.123456789Z", "k6Version": "2.2.0"},
    "results": {
        "checks": {"metrics": [], "results": [{"name": "is ok", "passes": 8, "fails": 2}]},
        "metrics": [
            {"name": "http_reqs", "type": "counter", "contains": "default", "values": {"count": 90_000}},
            {"name": "http_req_failed", "type": "rate", "contains": "default",
             "values": {"matches": 90, "total": 90_000, "rate": 0.001}},
            {"name": "http_req_duration", "type": "trend", "contains": "time",
             "values": {"avg": 50, "med": 40, "min": 1, "max": 900, "p(90)": 100, "p(95)": 120}},
            {"name": "vus_max", "type": "gauge", "contains": "default", "values": {"value": 50, "min": 50, "max": 50}},
        ],
    },
}  # fmt: skip


def test_k6s_machine_readable_summary_has_no_p99() -> None:
    outcome = judged(as_json(MACHINE_READABLE), required_percentiles=[50, 95, 99])
    assert outcome.result == "unknown"
    assert "--new-machine-readable-summary=false" in outcome.reason
    figures = outcome.figures
    assert (figures["duration_s"], figures["requests"], figures["errors"], figures["peak_users"]) == (
        905.2,
        90_000,
        90,
        50,
    )
    assert (figures["p50_ms"], figures["p95_ms"], figures["p99_ms"]) == (40, 120, None)
    assert outcome.observed_at is not None
    assert outcome.observed_at.isoformat() == "2026-03-01T10:00:00.123456+00:00"


def test_k6s_machine_readable_summary_proves_what_it_does_say() -> None:
    content = as_json(MACHINE_READABLE)
    assert judged(content, min_duration_s=900, min_requests=1000, peak_rps=99).result == "pass"
    assert judged(content, max_error_rate=0.01).result == "pass"
    assert judged(content, required_percentiles=[95], p95_ms=100).result == "fail"


def test_k6s_single_samples_are_named() -> None:
    lines = b'{"type":"Metric","data":{"name":"http_reqs"},"metric":"http_reqs"}\n{"type":"Point","data":{},"metric":"http_reqs"}'
    assert "--summary-export" in told(lines).outcome.reason


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


def test_k6s_failures_are_known_from_their_share_alone() -> None:
    share = k6(http_req_failed={"values": {"rate": 0.5}})
    assert told(share).outcome.figures["errors"] == 45_000


# Judging


def history(*rows: tuple[int, int, float]) -> bytes:
    """(seconds, users, requests per second) of one run."""
    head = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,Total Request Count,Total Failure Count"
    lines = [f"{1_795_645_000 + at},{users},,Aggregated,{rps},0.0,{int(at * rps)},0" for at, users, rps in rows]
    return "\n".join([head, *lines]).encode()


RAMP = history(*[(at, min(50, at // 10), min(100.0, at / 5)) for at in range(1500)])


def test_the_time_at_the_peak_counts_and_not_the_way_up_to_it() -> None:
    assert judged(RAMP, min_duration_s=900, peak_rps=100).result == "pass"  # on the average it is 83
    outcome = judged(RAMP, min_duration_s=1200, peak_rps=100)
    assert outcome.reason == "It was at the peak of 100 requests per second for 1,025 s; at least 1,200 are asked for."
    assert judged(RAMP, min_duration_s=900, peak_users=51).result == "fail"


def test_a_hole_in_the_history_is_no_load() -> None:
    assert judged(history((0, 5, 100), (1, 5, 100), (2000, 5, 100)), min_duration_s=900, peak_rps=90).result == "fail"


def test_many_failures_hide_in_percentiles_that_count_them() -> None:
    outcome = judged(STATS, required_percentiles=[95], p95_ms=100)
    assert (outcome.result, outcome.reason) == (
        "unknown",
        "14.8% of the answers failed and count in the percentiles: they don't show the good ones.",
    )


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
