from typing import Any

import pytest

from readiness.assessments.formats import read
from tests.assessments.formats.reports import case, judged, junit, sample, told

FAILURE = '<failure message="1 != 2">Traceback</failure>'
SKIPPED = '<skipped message="later"/>'


def test_cases_are_counted_and_failures_named() -> None:
    outcome = judged(junit(case("a"), case("b", FAILURE), case("c", "<error/>"), case("d", SKIPPED)))
    assert outcome.result == "fail"
    assert outcome.figures == {"tests": 4, "passed": 1, "failures": 1, "errors": 1, "skipped": 1}
    assert outcome.reason == "2 of 4 cases failed: tests b, tests c."
    assert [finding.message for finding in outcome.findings] == [
        "“tests b” failed: 1 != 2",
        "“tests c” ended in an error: it does not say why",
    ]


@pytest.mark.parametrize(
    "head",
    [
        "<testsuite>",  # no counts, no name
        "<testsuite tests='0' failures='0'>",  # wrong counts
        "<?xml version='1.0' encoding='UTF-8'?>\n<!-- made by hand -->\n<testsuite>",
        "<testsuite xmlns='urn:junit'>",
        "<testsuites><testsuite><testsuite>",  # suites in suites
    ],
)
def test_dialects_of_the_root_are_read(head: str) -> None:
    closing = "</testsuite></testsuites>" if "testsuites" in head else ""
    inspection = told(junit(case("a"), head=head) + closing.encode())
    assert (inspection.kind, inspection.outcome.result) == ("junit", "pass")
    assert inspection.outcome.figures["tests"] == 1


@pytest.mark.parametrize(
    "content", [junit(), b"<testsuites tests='12'/>", junit(head="<testsuite tests='7' failures='0'>")]
)
def test_zero_cases_never_pass(content: bytes) -> None:
    outcome = judged(content)
    assert (outcome.result, outcome.reason) == ("unknown", "The report has no test case: nothing ran.")


def test_a_report_of_skipped_cases_proves_nothing() -> None:
    assert judged(junit(case("a", SKIPPED), case("b", status="notrun"))).result == "unknown"


def test_a_suite_that_could_not_start_fails_though_no_case_shows_it() -> None:
    outcome = judged(junit(case("a"), head="<testsuite tests='1' errors='1'>"))
    assert outcome.result == "fail"
    assert outcome.figures["errors"] == 1


def test_suites_that_count_what_no_case_shows_are_added_up_once() -> None:
    broken = "<testsuite name='x' tests='0' errors='1'></testsuite>"
    content = f"<testsuites errors='2'>{broken}{broken}<testsuite>{case('a')}</testsuite></testsuites>".encode()
    assert judged(content).figures["errors"] == 2
    nested = (
        f"<testsuites><testsuite errors='1'>{broken}</testsuite>{broken}<testsuite>{case('a')}</testsuite></testsuites>"
    )
    assert judged(nested.encode()).figures["errors"] == 2


def test_several_reports_in_one_file_have_to_be_merged_first() -> None:
    assert "merged into one" in told(junit(case("a")) + junit(case("b"))).outcome.reason


def test_gitleaks_quotes_what_it_found_in_its_failures() -> None:
    quoting = junit(
        case("a", "<failure message='r1 has detected a secret'>hunter2</failure>"), head="<testsuite name='gitleaks'>"
    )
    assert read(quoting).reading.holds_secrets
    assert "hunter2" not in repr(told(quoting))


@pytest.mark.parametrize(
    ("inside", "result"),
    [
        ("<system-out>error failure</system-out>", "pass"),
        ("<flakyFailure message='once'/>", "pass"),  # Surefire: passed on a later try
        ("<failure/><rerunFailure/>", "fail"),
        ("<skipped/><failure/>", "fail"),
        ("<properties><property name='a' value='b'/></properties>", "pass"),
    ],
)
def test_what_stands_in_a_case(inside: str, result: str) -> None:
    assert judged(junit(case("a", inside), case("b"))).result == result


def test_states_in_attributes_are_read() -> None:
    assert judged(junit(case("a"), case("b", result="failed"))).result == "fail"
    assert judged(junit(case("a"), case("b", status="run", result="completed"))).result == "pass"


def test_each_case_that_is_asked_for_has_passed() -> None:
    cases = [case("test_breaker_opens"), case("test_failFastWhileOpen"), case("test_half_open_tries_again")]
    assert judged(junit(*cases), required_cases=["open", "fail.?fast", "half.?open"]).result == "pass"


def test_a_report_without_such_a_case_says_nothing_about_it() -> None:
    outcome = judged(junit(case("test_a")), required_cases=["jitter"])
    assert (outcome.result, outcome.reason) == ("unknown", "The report has no case named “jitter”.")


def test_a_case_that_was_skipped_is_a_failure_of_what_it_stands_for() -> None:
    outcome = judged(junit(case("test_jitter", SKIPPED), case("test_a")), required_cases=["jitter"])
    assert outcome.result == "fail"


def test_each_dependency_needs_its_own_cases() -> None:
    params: dict[str, Any] = {"required_cases_per_dependency": ["slow", "down"], "dependencies": ["ledger", "stock"]}
    some = [case("test_ledger_slow"), case("test_ledger_down"), case("test_stock_slow")]
    assert "“down” for stock" in judged(junit(*some), **params).reason
    assert judged(junit(*some, case("test_stock_down")), **params).result == "pass"


def test_a_case_that_takes_too_long_fails() -> None:
    slow = junit(case("test_slow_ledger", time="4.5"))
    assert judged(slow, required_cases=["slow"], max_case_s=5).result == "pass"
    assert judged(slow, required_cases=["slow"], max_case_s=2).result == "fail"


@pytest.mark.parametrize(
    "content",
    [
        b'<!DOCTYPE x [<!ENTITY a "b">]><testsuite><testcase name="&a;"/></testsuite>',
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
        b"<?xml version='1.0' encoding='klingon'?><testsuite/>",
        b"<testsuite><testcase>",
        b"<html><testsuite/></html>",
        b"<testsuite>" * 500,
    ],
)
def test_xml_that_is_dangerous_or_broken_is_not_read(content: bytes) -> None:
    inspection = told(content, "junit")
    assert inspection.outcome.result == "unknown"
    assert "passwd" not in inspection.outcome.reason


def test_a_time_without_a_zone_is_kept_without_one() -> None:
    bare = judged(junit(case("a"), head="<testsuite timestamp='2026-03-01T10:00:00'>"))
    assert bare.observed_at is not None
    assert bare.observed_at.tzinfo is None
    zoned = judged(junit(case("a"), head="<testsuite timestamp='2026-03-01T10:00:00+02:00'>")).observed_at
    assert zoned is not None
    assert zoned.isoformat() == "2026-03-01T08:00:00+00:00"


def test_a_real_run_of_schemathesis_shows_its_server_error() -> None:
    outcome = judged(sample("schemathesis-junit.xml"))
    assert outcome.reason == "2 of 3 cases failed: POST /orders, GET /raw."
