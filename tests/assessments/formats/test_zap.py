import json
from typing import Any

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import as_json, judged, told, zap, zap_alert, zap_item, zap_xml

OURS: dict[str, Any] = {"max_high": 0, "target_hosts": ["https://shop.example", "https://shop.staging.example:8443"]}


@pytest.mark.parametrize("report", [zap(zap_alert(1)), zap_xml(zap_item(1)), zap()])
def test_a_scan_of_the_right_host_without_anything_high_passes(report: bytes) -> None:
    outcome = judged(report, **OURS)
    assert (outcome.result, outcome.reason) == ("pass", "ZAP 2.16.0 reports nothing of high risk on shop.example.")
    assert told(report).kind == "zap"


@pytest.mark.parametrize("report", [zap(zap_alert(3)), zap_xml(zap_item(3))])
def test_anything_high_fails_and_says_where(report: bytes) -> None:
    outcome = judged(report, **OURS)
    assert (outcome.result, outcome.reason) == (
        "fail",
        "ZAP 2.16.0 reports 1 alert of high risk: SQL Injection.",
    )
    assert outcome.findings[0].where == "https://shop.example/q?id=1"
    assert outcome.figures["high_alerts"] == 1


def test_a_scan_of_another_site_says_nothing_here() -> None:
    outcome = judged(zap(host="public.example"), **OURS)
    assert outcome.result == "unknown"
    assert "The scan was of public.example, not of shop.example" in outcome.reason
    assert list(read(zap(host="public.example")).reading.targets) == ["public.example"]


def test_what_another_site_shows_beside_ours_is_noted() -> None:
    other = {"@name": "https://cdn.example", "@host": "cdn.example", "alerts": [zap_alert(3)]}
    outcome = judged(zap(more=[other]), **OURS)
    assert outcome.result == "pass"
    assert [finding.rule for finding in outcome.findings] == ["other-site"]
    assert judged(zap(zap_alert(3), more=[other]), **OURS).result == "fail"


def test_medium_risk_counts_where_it_is_asked_for() -> None:
    two = zap(zap_alert(2, "CSRF"), zap_alert(2, "No CSP"))
    assert judged(two, **OURS).result == "pass"
    assert judged(two, **OURS, max_medium=2).result == "pass"
    assert judged(two, **OURS, max_medium=1).reason == "ZAP 2.16.0 reports 2 alerts of medium risk: CSRF, No CSP."


def test_the_risk_may_stand_in_words_alone_and_one_that_is_missing_is_unknown() -> None:
    assert judged(zap(zap_alert(3, riskcode=None)), **OURS).result == "fail"
    assert judged(zap(zap_alert(3, riskcode="", riskdesc="")), **OURS).result == "unknown"


@pytest.mark.parametrize("report", [zap(zap_alert(3, confidence="0")), zap_xml(zap_item(3, confidence=0))])
def test_what_a_person_marked_as_false_is_noted(report: bytes) -> None:
    outcome = judged(report, **OURS)
    assert outcome.result == "pass"
    assert [finding.rule for finding in outcome.findings] == ["false-positive"]


def test_a_report_without_a_site_is_unknown() -> None:
    outcome = judged(as_json({"@programName": "ZAP", "@version": "2.16.0", "site": []}), **OURS)
    assert (outcome.result, outcome.reason) == ("unknown", "The report names no site: nothing was scanned.")


def test_one_site_and_one_alert_by_themselves_are_read() -> None:
    report = json.loads(zap())
    report["site"] = report["site"][0] | {"alerts": zap_alert(3)}
    assert judged(as_json(report), **OURS).result == "fail"


def test_the_time_has_a_zone_only_in_newer_reports() -> None:
    old = read(zap()).reading.observed_at
    assert old is not None
    assert (old.isoformat(), old.tzinfo) == ("2026-03-03T10:00:00", None)
    new = read(as_json(json.loads(zap()) | {"created": "2026-03-03T10:00:00.123Z"})).reading.observed_at
    assert new is not None
    assert new.isoformat() == "2026-03-03T10:00:00.123000+00:00"
    assert read(as_json(json.loads(zap()) | {"@generated": "yesterday"})).reading.observed_at is None


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'<!DOCTYPE x [<!ENTITY a "b">]><OWASPZAPReport/>', "document type or entities"),
        (b"<OWASPZAPReport><site>", "not XML"),
        (b"<other/>", "begins with <other>"),
        (b'{"alerts": []}', "no report of ZAP"),
        (b"[1, 2]", "no report of ZAP"),
    ],
)
def test_what_is_no_report_is_unknown(content: bytes, words: str) -> None:
    outcome = told(content, "zap").outcome
    assert outcome.result == "unknown"
    assert words in outcome.reason


def test_a_service_that_declares_no_address_is_told_so() -> None:
    assert "No base address" in read(zap()).lacks({"max_high": 0})
    assert read(zap()).lacks(OURS) == ""
