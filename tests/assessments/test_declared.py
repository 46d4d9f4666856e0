"""What a service says of itself reaches the criteria that leave it open."""

import json
from datetime import timedelta

import pytest

from readiness.assessments.models import Assessment
from readiness.catalog.models import Dependency
from tests.assessments.formats.reports import as_json, sample, zap, zap_alert
from tests.assessments.test_upload import declare, results, upload
from tests.cast import NOW, Cast

TRACES = json.loads(sample("otlp-traces.json"))


@pytest.fixture(autouse=True)
def assessment(cast: Cast) -> Assessment:
    return cast.assessed()


def traces(at: int = int((NOW - timedelta(hours=1)).timestamp() * 1e9)) -> bytes:
    """The sample, as of an hour ago."""
    for resource in TRACES["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                span["startTimeUnixNano"] = str(at)
    return as_json(TRACES)


def statistics() -> bytes:
    return as_json(json.loads(sample("pg-stat-statements.json")) | {"taken_at": (NOW - timedelta(hours=1)).isoformat()})


def test_budget_and_rows_of_the_query_audit(cast: Cast) -> None:
    assert results(upload(cast, statistics())) == {
        "perf-query-audit/times": "unknown",
        "perf-query-audit/volume": "unknown",
    }
    declare(cast, statement_budget_ms="50", production_rows="orders=1m")
    assert results(upload(cast, statistics())) == {"perf-query-audit/times": "pass", "perf-query-audit/volume": "fail"}


def test_a_web_scan_is_held_against_the_services_own_hosts(cast: Cast) -> None:
    assert results(upload(cast, zap()))["sec-scanning/web-scan"] == "unknown"
    declare(cast, base_url="https://shop.example/api")
    assert results(upload(cast, zap(zap_alert(1))))["sec-scanning/web-scan"] == "pass"
    assert results(upload(cast, zap(zap_alert(3))))["sec-scanning/web-scan"] == "fail"


def test_traces_are_held_against_the_declared_dependencies(cast: Cast) -> None:
    assert results(upload(cast, traces()))["obs-tracing/linked-spans"] == "unknown"
    Dependency.objects.create(service=cast.checkout, name="payments")
    Dependency.objects.create(service=cast.checkout, name="PostgreSQL")
    assert results(upload(cast, traces()))["obs-tracing/linked-spans"] == "pass"
    declare(cast, trace_service="another")
    assert results(upload(cast, traces()))["obs-tracing/linked-spans"] == "unknown"


def test_only_what_the_service_says_it_speaks_to_is_looked_for_in_traces(cast: Cast) -> None:
    def depth() -> str:
        return results(upload(cast, traces(), item_key="obs-tracing-depth"))["obs-tracing-depth/depth"]

    for resource in TRACES["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            scope["spans"] = [span for span in scope["spans"] if span["name"] != "send receipts"]
    assert depth() == "fail"
    cast.checkout.traits = ["calls-services", "has-database"]
    cast.checkout.save()
    assert depth() == "pass"
