import json
from typing import Any

import pytest

from tests.assessments.formats.reports import as_json, sample, told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"generated_at": "x", "metrics": {}, "results": [], "errors": []}, "bandit -f sarif"),
        ({"results": [], "errors": [], "paths": {}, "version": "1"}, "semgrep scan --sarif"),
        ({"SchemaVersion": 2, "Results": []}, "trivy --format sarif"),
        ({"matches": [], "source": {}, "descriptor": {}}, "grype -o sarif"),
        ({"numTotalTests": 3, "testResults": []}, "jest-junit"),
        ({"stats": {}, "tests": [], "passes": [], "failures": []}, "mocha-junit-reporter"),
        ([{"code": "S105", "filename": "a.py", "location": {}, "noqa_row": 1}], "ruff check --output-format sarif"),
        ({"cluster": {}, "config": {}, "uptime": "x", "versionInfo": {}}, "state of an Alertmanager"),
        ({"status": "success", "data": {"activeTargets": [], "droppedTargets": []}}, "Prometheus' targets"),
        ({"query_block": {"select_id": 1}}, "PostgreSQL are read"),
    ],
)
def test_json_of_a_tool_that_is_read_in_another_form_says_which(content: Any, words: str) -> None:
    outcome = told(as_json(content)).outcome
    assert outcome.result == "unknown"
    assert words in outcome.reason


@pytest.mark.parametrize("root", ["test-run", "assemblies", "TestRun", "testng-results", "checkstyle", "coverage"])
def test_xml_that_is_no_junit_is_named(root: str) -> None:
    outcome = told(f"<?xml version='1.0'?>\n<{root} total='3'><x/></{root}>".encode()).outcome
    assert outcome.result == "unknown"
    assert outcome.reason.startswith("This is")


def test_a_report_on_one_line_is_no_log_of_one_line() -> None:
    found = told(sample("semgrep-1.185.0.json"))
    assert (found.kind, "semgrep scan --sarif" in found.outcome.reason) == ("", True)


def test_a_plan_as_text_is_named() -> None:
    plan = b" Gather  (cost=1000.00..5775.67 rows=79 width=49) (actual time=0.5..43.0 rows=80 loops=1)\n   Workers Planned: 2\n"
    assert "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)" in told(plan.lstrip()).outcome.reason


def test_what_nobody_knows_is_told_what_is_known() -> None:
    assert "none of the reports that are read" in told(as_json({"status": "success"})).outcome.reason
    assert "none of the reports that are read" in told(b"<html></html>").outcome.reason


def test_types_of_another_shape_are_no_samples_of_k6() -> None:
    strange = json.dumps({"type": {}, "metric": [], "data": 1}).encode()
    assert told(strange).outcome.result == "unknown"
