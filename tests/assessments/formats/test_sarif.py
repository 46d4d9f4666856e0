from typing import Any

import pytest

from tests.assessments.formats.reports import as_json, judged, sample, sarif, told

HIGH: dict[str, Any] = {"min_security_severity": 7.0}


def result(rule: str = "r1", **changes: Any) -> dict[str, Any]:
    return {"ruleId": rule, "message": {"text": "Seen."}} | changes


@pytest.mark.parametrize(
    ("own", "of_rule", "result_"),
    [
        ("error", None, "fail"),
        (None, "error", "fail"),  # Semgrep says the level at the rule alone
        ("note", "error", "pass"),
        (None, None, "pass"),  # bandit leaves MEDIUM out: a warning
        ("none", None, "pass"),
    ],
)
def test_the_level_is_the_results_then_the_rules_then_a_warning(
    own: str | None, of_rule: str | None, result_: str
) -> None:
    rule = {"id": "r1"} | ({"defaultConfiguration": {"level": of_rule}} if of_rule else {})
    seen = result(level=own) if own else result()
    outcome = judged(sarif(seen, rules=[rule]), **HIGH)
    assert outcome.result == result_
    if own is None and of_rule is None:
        assert outcome.findings[0].level == "warning"


@pytest.mark.parametrize(
    ("severity", "result_"),
    [("9.8", "fail"), (7.0, "fail"), ("CRITICAL", "fail"), ("high", "fail"), ("6.9", "pass"), ("?", "pass")],
)
def test_security_severity_is_a_number_or_a_word(severity: object, result_: str) -> None:
    rule = {"id": "r1", "properties": {"security-severity": severity}}
    assert judged(sarif(result(level="warning"), rules=[rule]), **HIGH).result == result_


def test_rules_are_found_by_place_in_extensions_and_by_parent() -> None:
    bad = {"id": "ext/1", "defaultConfiguration": {"level": "error"}}
    tool = {"driver": {"name": "CodeQL", "rules": [{"id": "own"}]}, "extensions": [{"name": "pack", "rules": [bad]}]}
    placed = {"rule": {"index": 0, "toolComponent": {"index": 0}}, "message": {"text": "x"}}
    assert judged(as_json({"version": "2.1.0", "runs": [{"tool": tool, "results": [placed]}]}), **HIGH).result == "fail"
    parent = {"id": "CA1000", "defaultConfiguration": {"level": "error"}}
    assert judged(sarif(result("CA1000/2"), rules=[parent]), **HIGH).result == "fail"


@pytest.mark.parametrize(
    ("suppressions", "result_"),
    [
        ([{"kind": "inSource"}], "pass"),
        ([{"kind": "external", "status": "accepted"}], "pass"),
        ([{"kind": "external", "status": "underReview"}], "fail"),
        ([{"kind": "external", "status": "rejected"}], "fail"),
        ([], "fail"),
    ],
)
def test_only_an_accepted_suppression_suppresses(suppressions: list[object], result_: str) -> None:
    assert judged(sarif(result(level="error", suppressions=suppressions)), **HIGH).result == result_


def test_what_is_no_finding_does_not_count() -> None:
    passed, gone = result(level="error", kind="pass"), result(level="error", baselineState="absent")
    assert judged(sarif(passed, gone), **HIGH).result == "pass"


def test_results_stand_before_the_rules_that_they_refer_to_by_place() -> None:
    run = {
        "results": [{"ruleIndex": 1, "message": {"text": "x"}}, {"ruleIndex": 0, "message": {"text": "y"}}],
        "tool": {
            "driver": {"name": "T", "rules": [{"id": "a"}, {"id": "b", "defaultConfiguration": {"level": "error"}}]}
        },
    }
    outcome = judged(as_json({"runs": [run], "$schema": "sarif-2.1.0", "version": "2.1.0"}), **HIGH)
    assert [(finding.rule, finding.level) for finding in outcome.findings] == [("b", "error"), ("a", "warning")]


def test_an_extension_is_also_found_by_its_name() -> None:
    bad = {"id": "js/x", "defaultConfiguration": {"level": "error"}}
    tool = {"driver": {"name": "CodeQL", "rules": [{"id": "own"}]}, "extensions": [{"name": "pack", "rules": [bad]}]}
    placed = {"rule": {"index": 0, "toolComponent": {"name": "pack"}}, "message": {"text": "x"}}
    assert judged(as_json({"version": "2.1.0", "runs": [{"tool": tool, "results": [placed]}]}), **HIGH).result == "fail"


def test_a_run_may_give_its_rules_other_levels() -> None:
    override = {"descriptor": {"id": "r1"}, "configuration": {"level": "error"}}
    assert judged(sarif(result()), **HIGH).result == "pass"
    assert judged(sarif(result(), invocations=[{"ruleConfigurationOverrides": [override]}]), **HIGH).result == "fail"


def test_classes_of_weaknesses_are_words_of_a_rule() -> None:
    target = {"id": "89", "toolComponent": {"name": "CWE"}}
    rule = {"id": "r1", "relationships": [{"target": target, "kinds": ["superset"]}]}
    taxonomy = {"name": "CWE", "taxa": [{"id": "89", "name": "SQL Injection"}]}
    for pattern in ("CWE-89", "injection"):
        content = sarif(result(level="note"), rules=[rule], taxonomies=[taxonomy])
        assert judged(content, rules_matching=pattern).result == "fail"


def test_a_rule_that_is_switched_off_looked_for_nothing() -> None:
    off = {"id": "timeout", "defaultConfiguration": {"enabled": False}}
    assert judged(sarif(rules=[off, {"id": "b"}]), rules_matching="timeout").result == "unknown"


def test_messages_and_files_may_stand_elsewhere() -> None:
    rule = {"id": "r1", "messageStrings": {"default": {"text": "{0} is called without {1}."}}}
    place = {"artifactLocation": {"index": 1}, "region": {"startLine": 4}}
    one = result(message={"id": "default", "arguments": ["get", "timeout"]}, locations=[{"physicalLocation": place}])
    files = [{"location": {"uri": "a.py"}}, {"location": {"uri": "b.py"}}]
    finding = judged(sarif(one, rules=[rule], artifacts=files), **HIGH).findings[0]
    assert (finding.message, finding.where) == ("get is called without timeout.", "b.py:4")
    logical = result(locations=[{"logicalLocations": [{"fullyQualifiedName": "shop.call"}]}])
    assert judged(sarif(logical), **HIGH).findings[0].where == "shop.call"


def test_how_bad_it_is_stands_in_the_finding_and_the_worst_come_first() -> None:
    rules: list[dict[str, Any]] = [{"id": "r1", "properties": {"security-severity": "9.8"}}, {"id": "r0"}]
    many = [result("r0", level="error"), *(result(level="error", message={"text": f"{n}"}) for n in (1, 2))]
    outcome = judged(sarif(result("r0", level="note"), *many, rules=rules), **HIGH)
    assert [finding.rule for finding in outcome.findings] == ["r1", "r1", "r0", "r0"]
    assert outcome.findings[0].message == "1 (severity 9.8)"


def test_bandit_lists_no_rule_where_it_found_nothing_and_counts_the_lines_it_read() -> None:
    totals = {"metrics": {"_totals": {"loc": 200}}}
    ran = [{"executionSuccessful": True}]
    assert judged(sarif(rules=[], invocations=ran, properties=totals), **HIGH).result == "pass"
    assert judged(sarif(rules=[], properties=totals), **HIGH).result == "unknown"
    totals["metrics"]["_totals"]["loc"] = 0
    assert judged(sarif(rules=[], invocations=ran, properties=totals), **HIGH).result == "unknown"


def test_a_file_that_the_tool_could_not_read_leaves_it_open() -> None:
    place = {"physicalLocation": {"artifactLocation": {"uri": "shop/orders.py"}}}
    ran = {"executionSuccessful": True}
    told = {"level": "error", "message": {"text": "syntax error"}, "locations": [place]}
    for kind in ("toolConfigurationNotifications", "toolExecutionNotifications"):
        outcome = judged(sarif(invocations=[ran | {kind: [told]}]), **HIGH)
        assert (outcome.result, "could not read all of it: shop/orders.py" in outcome.reason) == ("unknown", True)
        assert judged(sarif(invocations=[ran | {kind: [told | {"level": "note"}]}]), **HIGH).result == "pass"
        assert judged(sarif(result(level="error"), invocations=[ran | {kind: [told]}]), **HIGH).result == "fail"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (as_json({"version": "2.1.0", "runs": []}), "no run"),
        (sarif(rules=[]), "lists no rule"),
        (
            as_json({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "T", "rules": [{"id": "a"}]}}}]}),
            "no list of results",
        ),
        (sarif(invocations=[{"executionSuccessful": False}]), "did not finish"),
    ],
)
def test_silence_of_a_tool_that_did_not_look_proves_nothing(content: bytes, words: str) -> None:
    outcome = judged(content, **HIGH)
    assert outcome.result == "unknown"
    assert words in outcome.reason


def test_an_error_that_was_seen_outweighs_a_run_that_did_not_finish() -> None:
    assert judged(sarif(result(level="error"), invocations=[{"executionSuccessful": False}]), **HIGH).result == "fail"


def test_only_the_rules_that_are_asked_about_count() -> None:
    rules: list[dict[str, Any]] = [{"id": "r1", "fullDescription": {"text": "call without timeout"}}, {"id": "r2"}]
    clean = sarif(result("r2", level="error"), rules=rules)
    assert judged(clean, rules_matching="timeout").result == "pass"
    assert judged(sarif(result("r1", level="note"), rules=rules), rules_matching="timeout").result == "fail"
    outcome = judged(clean, rules_matching="inject")
    assert (outcome.result, outcome.reason) == (
        "unknown",
        "Scanner 1 lists no rule about “inject”: it did not look for that.",
    )


def test_other_versions_are_named() -> None:
    assert "SARIF 2.0.0" in told(as_json({"version": "2.0.0", "runs": []}), "sarif").outcome.reason


def test_the_run_says_when_and_of_which_commit() -> None:
    from readiness.assessments.formats import read  # noqa: PLC0415 - beside the one test that needs it

    content = sarif(
        invocations=[{"executionSuccessful": True, "endTimeUtc": "2026-03-01T10:00:00Z"}],
        versionControlProvenance=[{"repositoryUri": "https://x", "revisionId": "abc1234"}],
    )
    reading = read(content).reading
    assert reading.commit == "abc1234"
    assert reading.observed_at is not None
    assert reading.observed_at.isoformat() == "2026-03-01T10:00:00+00:00"


def test_real_scanners() -> None:
    semgrep = judged(sample("semgrep.sarif"), rules_matching="timeout")
    assert [finding.rule for finding in semgrep.findings] == ["requests-no-timeout"]
    assert semgrep.findings[0].where == "bad.py:5"
    bandit = judged(sample("bandit.sarif"), **HIGH)
    assert bandit.figures["errors"] == 2
    assert judged(sample("bandit.sarif"), rules_matching="inject").result == "fail"
    assert judged(sample("ruff.sarif"), **HIGH).figures["errors"] == 8
