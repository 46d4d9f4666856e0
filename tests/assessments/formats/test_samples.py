"""Reports that real tools wrote, of the version in their name: what `inspect_artifact` makes of each, with its figures."""

from typing import Any

import pytest

from tests.assessments.formats.reports import judged, sample, told

RAN: dict[str, tuple[str, str, dict[str, Any]]] = {
    "artillery-2.0.21.json": (
        "loadtest", "fail", {"requests": 168, "errors": 20, "p50_ms": 22, "p95_ms": 32.8, "p99_ms": 36.2, "failed_500": 15},
    ),
    "bandit-1.9.4.sarif": ("sarif", "fail", {"rules": 8, "results": 8, "errors": 2, "warnings": 3, "blocking": 2}),
    "bandit-1.9.4-clean.sarif": ("sarif", "pass", {"rules": 0, "results": 0}),  # it counts the lines that it read
    "bandit-1.9.4-own.json": ("", "unknown", {}),
    "detect-secrets-1.5.0.json": ("secrets_scan", "fail", {"findings": 2, "undecided": 2, "covers_history": False}),
    "detect-secrets-1.5.0-clean.json": ("secrets_scan", "unknown", {"findings": 0}),  # nothing shows what it read
    "jest-junit-17.0.0.xml": ("junit", "fail", {"tests": 4, "passed": 2, "failures": 1, "errors": 0, "skipped": 1}),
    "jest-junit-17.0.0-with-suite-errors.xml": ("junit", "fail", {"tests": 6, "failures": 2, "errors": 1}),
    "locust-2.47.0.csv": (
        "loadtest", "fail",
        {"duration_s": 18, "requests": 1207, "errors": 87, "p50_ms": 21, "p99_ms": 42, "peak_users": 10, "failed_500": 63},
    ),
    "locust-2.47.0.json": ("loadtest", "fail", {"requests": 1243, "errors": 88, "p50_ms": 21, "p95_ms": 34, "p99_ms": 42}),
    "mocha-junit-reporter-2.2.1.xml": ("junit", "fail", {"tests": 2, "passed": 1, "failures": 1}),
    "postgresql-15-estimate.json": ("explain", "unknown", {"execution_ms": None, "most_rows_filtered": None}),
    "postgresql-15-parallel.json": ("explain", "fail", {"most_rows_filtered": 300_000}),
    "postgresql-15-partitions.json": ("explain", "fail", {"filtered_scans": 1, "most_rows_filtered": 160_000}),
    "postgresql-15-psql-frame.txt": ("", "unknown", {}),
    "postgresql-15-serial.json": ("explain", "fail", {"most_rows_filtered": 300_000}),
    "postgresql-15-timing-off.json": ("explain", "pass", {"execution_ms": 0.14}),
    "pytest-9.2.0.xml": ("junit", "fail", {"tests": 7, "passed": 3, "failures": 1, "errors": 1, "skipped": 2}),
    "pytest-9.2.0-empty.xml": ("junit", "unknown", {"tests": 0}),
    "ruff-0.17.6.sarif": ("sarif", "fail", {"rules": 7, "results": 7, "errors": 7}),
    "ruff-0.17.6-clean.sarif": ("sarif", "unknown", {"rules": 0}),  # it lists only rules that found something
    "ruff-0.17.6-clean.xml": ("junit", "unknown", {"tests": 0}),  # as where there was nothing to read
    "bandit-1.9.4-unparsed.sarif": ("sarif", "unknown", {"results": 0}),
    "schemathesis-4.32.5.xml": ("junit", "fail", {"tests": 2, "failures": 2}),
    "semgrep-1.185.0.sarif": ("sarif", "fail", {"rules": 3, "results": 2, "errors": 1, "warnings": 1}),
    "semgrep-1.185.0-clean.sarif": ("sarif", "pass", {"rules": 3, "results": 0}),
    "semgrep-1.185.0.json": ("", "unknown", {}),
    "semgrep-1.185.0.xml": ("junit", "fail", {"tests": 2, "failures": 2}),
    "semgrep-1.185.0-clean.xml": ("junit", "unknown", {"tests": 0}),  # no case: nothing shows that it ran
}  # fmt: skip


@pytest.mark.parametrize("name", RAN)
def test_outcome_and_figures(name: str) -> None:
    kind, result, figures = RAN[name]
    inspection = told(sample(name))
    assert (inspection.kind, inspection.outcome.result) == (kind, result)
    assert {figure: inspection.outcome.figures.get(figure) for figure in figures} == figures


def test_tools_are_named_with_their_version_where_the_report_says_it() -> None:
    tools = {name: told(sample(name)).tool for name in RAN}
    assert tools["bandit-1.9.4.sarif"] == "Bandit 1.9.4"
    assert tools["semgrep-1.185.0.sarif"] == "Semgrep OSS 1.185.0"
    assert tools["detect-secrets-1.5.0.json"] == "detect-secrets 1.5.0"


def test_a_clean_scan_is_asked_about_by_what_its_rules_say() -> None:
    clean = sample("semgrep-1.185.0-clean.sarif")
    assert judged(clean, rules_matching="timeout").result == "pass"
    assert judged(clean, rules_matching="inject").result == "pass"
    assert judged(clean, rules_matching="CWE-89").result == "pass"
    assert judged(clean, rules_matching="deserial").result == "unknown"
    assert (
        "names only rules that found something"
        in judged(sample("bandit-1.9.4-clean.sarif"), rules_matching="inject").reason
    )


def test_the_codes_of_schemathesis_are_spelled_out() -> None:
    messages = {finding.message for finding in told(sample("schemathesis-4.32.5.xml")).outcome.findings}
    assert any("ST101 Server error" in message for message in messages)


def test_the_locust_run_is_followed_over_time() -> None:
    ran = sample("locust-2.47.0.csv")
    assert judged(ran, min_duration_s=10, peak_users=10).result == "pass"
    assert judged(ran, min_duration_s=10, peak_users=11).result == "fail"
    assert judged(ran, min_duration_s=5, peak_rps=60).result == "pass"
