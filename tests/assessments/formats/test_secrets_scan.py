import json
from typing import Any

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import as_json, judged, sample, sarif, told

SECRET = "AKIAINVENTED0000TEST"


def baseline(*found: dict[str, Any]) -> bytes:
    leaks = [
        {"type": "AWS Access Key", "filename": "a.py", "line_number": 3, "hashed_secret": "0f"} | one for one in found
    ]
    return as_json(
        {
            "version": "1.5.0",
            "plugins_used": [{"name": "AWSKeyDetector"}],
            "generated_at": "2026-03-01T10:00:00Z",
            "results": {"a.py": leaks},
        }
    )


def gitleaks(**changes: Any) -> bytes:
    leak = {
        "RuleID": "aws-access-token",
        "File": "a.py",
        "StartLine": 3,
        "Commit": "c0ffee",
        "Secret": SECRET,
        "Match": SECRET,
    }
    return as_json([leak | changes])


def trufflehog(*found: dict[str, Any], source: str = "Git") -> bytes:
    base = {
        "SourceMetadata": {"Data": {source: {"file": "a.py", "line": 3}}},
        "DetectorName": "AWS",
        "Verified": False,
        "Raw": SECRET,
    }
    return "\n".join(json.dumps(base | one) for one in found).encode()


@pytest.mark.parametrize(
    ("found", "result"),
    [
        ({}, "fail"),
        ({"is_secret": False}, "pass"),
        ({"is_secret": True}, "fail"),
        ({"is_secret": False, "is_verified": True}, "fail"),
    ],
)
def test_a_baseline_is_settled_when_somebody_decided(found: dict[str, Any], result: str) -> None:
    assert judged(baseline(found)).result == result


def test_detect_secrets_ends_well_and_has_findings_all_the_same() -> None:
    outcome = judged(sample("detect-secrets.json"))
    assert outcome.result == "fail"
    assert outcome.figures["undecided"] == 11
    assert any(finding.where.startswith(".ruff_cache/") for finding in outcome.findings)


def test_files_as_they_are_now_are_not_the_whole_history() -> None:
    outcome = judged(baseline({"is_secret": False}), scope="full-history")
    assert outcome.result == "unknown"
    assert "whole history" in outcome.reason


@pytest.mark.parametrize("content", [b"null", b"[]", b"[]\n"])
def test_gitleaks_writes_nothing_when_it_found_nothing(content: bytes) -> None:
    assert told(content).outcome.result == "unknown"  # nothing shows that it is gitleaks'
    outcome = judged(content, "secrets_scan", scope="full-history")
    assert outcome.result == "pass"
    assert outcome.findings[0].rule == "scope"


@pytest.mark.parametrize("content", [gitleaks(), trufflehog({}), trufflehog({"Verified": True}, {})])
def test_what_was_found_is_never_repeated(content: bytes) -> None:
    outcome = judged(content)
    assert outcome.result == "fail"
    assert outcome.findings[0].where == "a.py:3"
    assert SECRET not in repr(outcome)
    assert read(content).reading.holds_secrets


def test_a_redacted_report_may_be_kept() -> None:
    assert not read(gitleaks(Secret="REDACTED", Match="REDACTED")).reading.holds_secrets


def test_trufflehogs_lines_are_read_and_a_live_secret_stands_out() -> None:
    outcome = judged(trufflehog({}, {"Verified": True}))
    assert outcome.reason == "trufflehog found 2 possible secrets not settled, 1 of them live."
    assert outcome.findings[0].message.startswith("It was verified")
    assert told(trufflehog({})).kind == "secrets_scan"
    assert told(trufflehog({}, source="Filesystem")).outcome.figures["covers_history"] is False


FINISHED = {
    "level": "info-0",
    "ts": "2026-03-01T10:00:00Z",
    "logger": "trufflehog",
    "msg": "finished scanning",
    "chunks": 9,
}


def test_trufflehogs_log_alone_shows_that_it_found_nothing() -> None:
    started = json.dumps(FINISHED | {"msg": "running source"})
    inspection = told(f"🐷 TruffleHog\n{started}\n{json.dumps(FINISHED)}\n".encode())
    assert (inspection.kind, inspection.outcome.result) == ("secrets_scan", "pass")
    assert told(started.encode()).outcome.reason == "trufflehog does not say that it finished."


def test_a_line_of_trufflehog_that_was_cut_off_is_not_read() -> None:
    assert told(trufflehog({}, {"Verified": True})[:-20]).outcome.result == "unknown"


def test_a_baseline_without_an_entry_does_not_show_that_it_read_a_file() -> None:
    outcome = judged(baseline())
    assert (outcome.result, outcome.figures["findings"]) == ("unknown", 0)
    assert "does not say which files it read" in outcome.reason


def test_a_baseline_without_detectors_looked_for_nothing() -> None:
    empty = as_json({"version": "1.5.0", "plugins_used": [], "results": {}})
    assert told(empty).outcome.reason == "detect-secrets 1.5.0 had no detector switched on."


def in_sarif(*results: dict[str, Any], **run: Any) -> bytes:
    """As gitleaks writes it: no level anywhere, and a quote of what was found."""
    content = json.loads(sarif(*results, **run))
    content["runs"][0]["tool"]["driver"] |= {"name": "gitleaks", "version": None, "semanticVersion": "v8.30.0"}
    return as_json(content)


LEAK: dict[str, Any] = {
    "ruleId": "r1",
    "message": {"text": "r1 has detected secret for file a.py at commit c0ffee."},
    "locations": [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "a.py"},
                "region": {"startLine": 3, "snippet": {"text": SECRET}},
            }
        }
    ],
    "partialFingerprints": {"commitSha": "c0ffee"},
}


def test_gitleaks_in_sarif_is_a_secrets_scan_and_each_result_is_one() -> None:
    inspection = told(in_sarif(LEAK))
    assert (inspection.kind, inspection.outcome.result, inspection.tool) == ("secrets_scan", "fail", "gitleaks v8.30.0")
    assert inspection.outcome.findings[0].where == "a.py:3"
    assert inspection.outcome.figures["covers_history"] is True
    assert SECRET not in repr(inspection)
    assert read(in_sarif(LEAK)).reading.holds_secrets


def test_as_a_code_scan_it_would_have_passed_for_want_of_levels() -> None:
    outcome = told(in_sarif(LEAK), "sarif").outcome
    assert outcome.result == "unknown"
    assert "kind secrets_scan" in outcome.reason


def test_gitleaks_in_sarif_that_found_nothing_passes_where_it_had_rules() -> None:
    assert judged(in_sarif(), scope="full-history").result == "pass"
    assert judged(in_sarif(rules=[])).result == "unknown"
    assert judged(in_sarif(invocations=[{"executionSuccessful": False}])).result == "unknown"


def test_sarif_of_another_tool_is_no_secrets_scan() -> None:
    assert "It looks like: code scan" in told(sarif(), "secrets_scan").outcome.reason
