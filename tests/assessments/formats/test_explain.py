import json
from typing import Any

from tests.assessments.formats.reports import as_json, judged, plan, sample, scan, told

LARGE: dict[str, Any] = {"large_table_rows": 100_000}


def test_a_parallel_scan_counts_the_rows_of_all_workers() -> None:
    outcome = judged(sample("explain-seqscan.json"), **LARGE)
    assert outcome.reason == "A parallel sequential scan filters orders: 600,000 rows are read for it."
    assert judged(plan(scan(40_000, loops=3, is_parallel=True)), **LARGE).result == "fail"
    assert judged(plan(scan(40_000)), **LARGE).result == "pass"


def test_a_plan_that_was_not_run_is_unknown() -> None:
    outcome = judged(sample("explain-noanalyze.json"), **LARGE)
    assert outcome.result == "unknown"
    assert "ANALYZE" in outcome.reason


def test_what_was_only_estimated_counts_no_rows() -> None:
    outcome = judged(sample("explain-noanalyze.json"))
    assert outcome.findings == ()
    assert outcome.figures["most_rows_filtered"] is None


def test_auto_explain_has_the_time_of_the_root_only() -> None:
    logged = {"Query Text": "SELECT 1", "Plan": json.loads(plan(scan(200_000)))[0]["Plan"]}
    outcome = told(as_json(logged)).outcome
    assert (outcome.result, outcome.figures["execution_ms"]) == ("fail", 2.0)
    assert judged(as_json(logged), max_execution_ms=1).result == "fail"


def test_a_plan_in_psqls_frame_says_how_to_get_it_bare() -> None:
    framed = b"                 QUERY PLAN                  \n----------\n [                +\n   {      +\n"
    assert "psql -XAt" in told(framed).outcome.reason


def test_an_index_passes() -> None:
    assert judged(sample("explain-index.json"), **LARGE).result == "pass"


def test_a_scan_without_a_filter_is_noted_and_does_not_fail() -> None:
    outcome = judged(plan(scan(900_000, is_filtered=False)), **LARGE)
    assert outcome.result == "pass"
    assert len(outcome.findings) == 1


def test_time_is_held_against_its_budget() -> None:
    assert judged(plan(), max_execution_ms=2).result == "fail"
    assert judged(plan(), max_execution_ms=3).result == "pass"


def test_several_plans_and_a_clients_table_are_read() -> None:
    both = as_json(json.loads(plan()) + json.loads(plan(scan(200_000))))
    assert judged(both, **LARGE).result == "fail"
    assert told(both).outcome.figures["plans"] == 2
    table = as_json([{"QUERY PLAN": json.loads(plan(scan(200_000)))}])
    assert told(table).outcome.result == "fail"
    assert told(as_json([{"QUERY PLAN": plan().decode()}])).kind == "explain"


def test_one_plan_that_was_not_run_makes_all_of_them_unknown() -> None:
    both = as_json(json.loads(plan()) + json.loads(sample("explain-noanalyze.json")))
    assert judged(both, **LARGE).result == "unknown"
