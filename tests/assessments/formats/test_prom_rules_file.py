import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.assessments.formats.reports import as_json, judged, manifest, rule_file, rule_object, told
from tests.infrastructure.programs import find

RULES_OF_CHECKS = Path("tests/checks/types/samples/rules.yml")
ANSWER_OF_CHECKS = Path("tests/checks/types/samples/prometheus-rules.json")
ALL: dict[str, Any] = {"require": ["error_rate", "latency_p99", "runbooks"]}


@pytest.mark.parametrize(
    "content",
    [
        rule_file(),
        rule_object(),
        rule_file() + b"---\n" + rule_object(),
        b"---\n" + rule_object() + b"---\n" + rule_object(),
    ],
)
def test_files_and_objects_of_the_operator_pass_alike(content: bytes) -> None:
    outcome = judged(content, **ALL)
    assert outcome.result == "pass"
    assert (
        outcome.reason.endswith("on errors and 1 on p99 latency; each with a runbook.")
        or "2 on errors" in outcome.reason
    )
    assert told(content).kind == "prom_rules_file"


@pytest.mark.needs("prometheus")
def test_promtool_takes_what_passes_here(tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_bytes(rule_file())
    promtool = (find("prometheus") or Path()).with_name("promtool")
    done = subprocess.run(
        [promtool, "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, "3 rules found" in done.stdout) == (0, True)


def test_a_file_that_a_real_prometheus_loads_is_judged_as_it_is() -> None:
    content = RULES_OF_CHECKS.read_bytes()
    assert judged(content, selector='{service="checkout"}').result == "pass"
    bare = judged(content, selector='{service="bare"}')
    assert [finding.rule for finding in bare.findings] == [
        "no-error_rate",
        "no-latency_p99",
        "no-runbook",
        "no-runbook",
    ]


def test_what_a_real_prometheus_answers_is_read_as_well() -> None:
    outcome = judged(ANSWER_OF_CHECKS.read_bytes(), selector="{}", require=["runbooks"])
    assert told(ANSWER_OF_CHECKS.read_bytes()).kind == "prom_rules_file"
    assert outcome.figures["rules"]


def test_a_rule_that_does_not_page_does_not_count() -> None:
    outcome = judged(rule_file(("severity: page", "severity: ticket")), **ALL)
    assert outcome.reason == "No rule that pages watches the error rate. No rule that pages watches the p99 latency."
    assert judged(rule_file(("severity: page", "severity: critical")), page_label="severity=critical").result == "pass"


def test_a_rule_without_a_runbook_is_named() -> None:
    outcome = judged(rule_file((', runbook_url: "https://runbooks.example/checkout/errors"', "")), **ALL)
    assert (outcome.result, outcome.reason) == ("fail", "CheckoutErrors links no runbook.")
    assert judged(rule_file(('"https://runbooks.example/checkout/slow"', "ask Ada")), **ALL).result == "fail"


def test_an_expression_that_can_t_be_read_is_unknown_and_a_missing_one_fails() -> None:
    broken = judged(rule_file(("job:errors:ratio5m > 0.01", '"sum(((("')), **ALL)
    assert broken.result == "unknown"
    assert "CheckoutErrors: The query could not be read" in broken.reason
    recorded = judged(
        rule_file(("expr: sum(rate(http_requests_total{code", "expr: sum(rate(http_requests_total{{code"))
    )
    assert recorded.result == "unknown"
    assert judged(rule_file(("        expr: job:errors:ratio5m > 0.01\n", "")), **ALL).result == "fail"


def test_rules_of_another_service_are_none_of_ours() -> None:
    outcome = judged(rule_file(), selector='{service="stock"}')
    assert (outcome.result, "none to judge" in outcome.reason) == ("unknown", True)
    assert "selector" in judged(rule_file(), selector="service").reason


@pytest.mark.parametrize(
    "content",
    [b"groups: []\n", b"groups:\n  - name: a\n    rules: []\n", as_json({"groups": None}), b"groups: alert:\n"],
)
def test_a_file_without_rules_is_unknown(content: bytes) -> None:
    assert told(content, "prom_rules_file").outcome.result == "unknown"


def test_a_template_that_was_not_rendered_says_so() -> None:
    outcome = told(
        b"groups:\n  - name: x\n    rules:\n      {{- range .Values.alerts }}\n      - alert: a\n", "prom_rules_file"
    )
    assert "render it first" in outcome.outcome.reason


def test_manifests_that_hold_rules_among_others_are_manifests() -> None:
    assert told(manifest() + b"---\n" + rule_object()).kind == "k8s_manifest"


def test_a_list_as_kubectl_prints_it_is_read() -> None:
    rule = {"alert": "A", "expr": "rate(errors_total[5m]) > 1", "labels": {"severity": "page"}}
    one = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "spec": {"groups": [{"name": "g", "rules": [rule]}]},
    }
    content = json.dumps({"apiVersion": "v1", "kind": "List", "items": [one]}).encode()
    assert told(content).kind == "prom_rules_file"
    assert judged(content, require=["error_rate"]).result == "pass"
