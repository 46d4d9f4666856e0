import json
from collections.abc import Callable
from itertools import count
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.contract import MAX_FINDINGS, MAX_REQUESTS
from readiness.checks.types.prom_rules import Config, run
from readiness.egress import Egress, Fault, Request, Response
from tests.checks.types.playing import SAMPLES, Answer, asked, play, says, says_json, silence
from tests.servers.prometheus import Prometheus

RATE = 'sum(rate(a_total{code=~"5.."}[5m])) / sum(rate(a_total[5m])) > 0.01'
SLOW = "histogram_quantile(0.99, sum by (le) (rate(a_duration_seconds_bucket[5m]))) > 1"


def config(url: str = "http://p", /, **more: object) -> Config:
    return Config.model_validate({"base_url": url, "selector": '{service="shop"}', **more})


def rule(query: str = RATE, name: str = "Alert", **more: object) -> dict[str, object]:
    labels = {"service": "shop", "severity": "page"}
    annotations = {"runbook_url": "https://runbooks.example.com/x"}
    usual = {
        "type": "alerting",
        "name": name,
        "query": query,
        "labels": labels,
        "annotations": annotations,
        "health": "ok",
    }
    return usual | more


def recording(name: str, query: str) -> dict[str, object]:
    return {"type": "recording", "name": name, "query": query, "health": "ok"}


def prometheus_with(*rules: dict[str, object], has: Callable[[str], bool] = lambda query: True) -> Answer:
    """Answers with these rules, to both questions alike as an old one does, and with a count for a query that `has` accepts."""
    body = {"status": "success", "data": {"groups": [{"name": "g", "rules": list(rules)}]}}

    def answer(request: Request) -> Response:
        if "/api/v1/rules" in request.url:
            return says_json(body)(request)
        [query] = parse_qs(urlsplit(request.url).query)["query"]
        return says_json(vector(*(["3"] if has(query) else [])))(request)

    return answer


def vector(*values: str) -> dict[str, object]:
    result = [{"metric": {}, "value": [1, value]} for value in values]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def judged(*rules: dict[str, object], has: Callable[[str], bool] = lambda query: True, **more: object) -> Outcome:
    return play(run(config(**more)), prometheus_with(*rules, has=has))


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize(
    ("service", "result", "words"),
    [
        ("checkout", Result.PASS, "3 rules, 2 of which page; 1 on errors and 1 on p99 latency; all healthy"),
        ("payments", Result.PASS, "2 rules, 2 of which page"),
        ("ghost", Result.FAIL, "GhostErrors can never fire"),
        ("bare", Result.FAIL, "BarePool links no runbook. BareErrors links no runbook."),
        ("broken", Result.FAIL, "BrokenErrors fails when it is evaluated: "),
        ("nobody", Result.UNKNOWN, "No alerting rule carries these labels"),
    ],
)
def test_with_a_real_prometheus(
    egress: Egress, monitored: Prometheus, service: str, result: Result, words: str
) -> None:
    outcome = egress.run(run(config(monitored.url, selector=f'{{service="{service}"}}')))
    assert outcome.result is result, outcome
    assert words in outcome.reason or any(words in finding.message for finding in outcome.findings), outcome


@pytest.mark.needs("prometheus")
def test_a_real_quiet_counter_is_noted_and_no_fault(egress: Egress, monitored: Prometheus) -> None:
    outcome = egress.run(run(config(monitored.url, selector='{service="payments"}')))
    assert [finding.rule for finding in outcome.findings] == ["no-failure-yet"]


@pytest.mark.needs("prometheus")
def test_ghost_rules_are_each_named(egress: Egress, monitored: Prometheus) -> None:
    outcome = egress.run(run(config(monitored.url, selector='{service="ghost"}')))
    assert {finding.where for finding in outcome.findings} == {"ghost / GhostErrors", "ghost / GhostSlow"}
    assert outcome.figures["never_fire"] == 2


def test_the_recorded_answer_of_a_real_prometheus() -> None:
    body = (SAMPLES / "prometheus-rules.json").read_text()

    def answer(request: Request) -> Response:
        return (says(200, body, "application/json") if "/rules" in request.url else says_json(vector("1")))(request)

    outcome = play(run(config(selector='{service="checkout"}')), answer)
    assert outcome.result is Result.FAIL
    assert outcome.reason == "CheckoutP99Latency links no runbook."
    assert outcome.figures == {
        "rules": 2,
        "paging_rules": 2,
        "error_rate_rules": 1,
        "latency_p99_rules": 1,
        "without_runbook": 1,
        "unhealthy": 0,
        "never_fire": 0,
    }
    without = play(run(config(selector='{service="checkout"}', require=["error_rate", "latency_p99"])), answer)
    assert without.result is Result.PASS


@pytest.mark.parametrize(
    ("selector", "match"),
    [('{service="shop"}', '{service="shop"}'), ("{}", ""), ('{service!="x"}', ""), ('{service=""}', "")],
)
def test_a_prometheus_that_can_is_asked_for_the_services_rules_only(selector: str, match: str) -> None:
    requests: list[Request] = []

    def answer(request: Request) -> Response:
        requests.append(request)
        return prometheus_with(rule(RATE))(request)

    play(run(config(selector=selector, groups=["shop"])), answer)
    assert (asked(requests[0], "match[]"), asked(requests[0], "rule_group[]")) == (match, "shop")
    assert asked(requests[1], "match[]") == ""


def test_both_symptoms_must_page() -> None:
    ticket = {"service": "shop", "severity": "ticket"}
    assert judged(rule(RATE), rule(SLOW, "Slow")).result is Result.PASS
    outcome = judged(rule(RATE), rule(SLOW, "Slow", labels=ticket))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "No rule that pages watches the p99 latency."
    assert judged(rule(SLOW)).reason == "No rule that pages watches the error rate."


def test_what_pages_can_be_said_otherwise() -> None:
    labels = {"service": "shop", "team_pager": "yes"}
    rules = rule(RATE, labels=labels), rule(SLOW, "Slow", labels=labels)
    assert judged(*rules).result is Result.FAIL
    assert judged(*rules, page_label="team_pager=yes").result is Result.PASS


def test_a_rule_over_recording_rules_is_opened() -> None:
    rules = [
        rule("shop:errors:ratio > 0.01"),
        rule("shop:slow > 1", "Slow"),
        recording("shop:errors:ratio", RATE.removesuffix(" > 0.01")),
        recording("shop:slow", "shop:slower / 1000"),
        recording("shop:slower", SLOW.removesuffix(" > 1")),
    ]
    assert judged(*rules).result is Result.PASS


def test_a_metric_that_nobody_exports_can_never_fire() -> None:
    outcome = judged(rule(RATE), rule(SLOW, "Slow"), has=lambda query: "a_duration" not in query)
    assert outcome.result is Result.FAIL
    assert outcome.reason == ('Slow can never fire: {__name__="a_duration_seconds_bucket"} has no series.')


def test_a_counter_without_failures_yet_is_asked_for_by_its_label() -> None:
    asked: list[str] = []

    def has(query: str) -> bool:
        asked.append(query)
        return "5.." not in query

    outcome = judged(rule(RATE), rule(SLOW, "Slow"), has=has)
    assert outcome.result is Result.PASS
    assert 'count({__name__="a_total",code!=""})' in asked


def test_a_label_that_nobody_sets_can_never_fire() -> None:
    outcome = judged(rule(RATE), rule(SLOW, "Slow"), has=lambda query: "code" not in query)
    assert outcome.result is Result.FAIL
    assert "Alert can never fire" in outcome.reason


def test_one_side_of_or_is_enough() -> None:
    either = "rate(a_errors_total[5m]) or rate(b_errors_total[5m])"
    assert judged(rule(either), rule(SLOW, "S"), has=lambda query: "b_errors" not in query).result is Result.PASS
    assert judged(rule(either), rule(SLOW, "S"), has=lambda query: "_errors" not in query).result is Result.FAIL


@pytest.mark.parametrize(
    ("health", "result"), [("err", Result.FAIL), ("unknown", Result.UNKNOWN), ("?", Result.UNKNOWN)]
)
def test_health(health: str, result: Result) -> None:
    outcome = judged(rule(RATE), rule(SLOW, "Slow", health=health, lastError="many-to-many matching"))
    assert outcome.result is result
    assert "Slow " in outcome.reason


@pytest.mark.parametrize("annotations", [{}, None, {"runbook_url": ""}, {"runbook_url": "ask Ada"}, {"summary": "x"}])
def test_a_rule_without_a_link_has_no_runbook(annotations: object) -> None:
    outcome = judged(rule(RATE), rule(SLOW, "Slow", annotations=annotations))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Slow links no runbook."


def test_runbooks_alone_can_be_required() -> None:
    outcome = judged(rule("up == 0"), require=["runbooks"], has=lambda query: False)
    assert outcome.result is Result.PASS
    assert outcome.reason == "1 rule, 1 of which page; each with a runbook."


def test_a_paging_rule_that_cannot_be_read_leaves_it_unknown() -> None:
    outcome = judged(rule(RATE), rule("no_such_function(a)", "Odd"))
    assert outcome.result is Result.UNKNOWN
    assert "Odd: The query could not be read" in outcome.reason


def test_rules_of_other_services_and_groups_do_not_count() -> None:
    bad = rule("x", "Other", labels={"service": "other"}, annotations={})
    assert judged(rule(RATE), rule(SLOW, "Slow"), bad).result is Result.PASS
    assert judged(rule(RATE), groups=["elsewhere"]).result is Result.UNKNOWN
    assert judged(bad).reason == "No alerting rule carries these labels, so there is none to judge."


@pytest.mark.parametrize(
    ("selector", "is_own"),
    [
        ("{}", True),
        ('{service!="shop"}', False),
        ('{service=~"shop|till"}', True),
        ('{service=~"sh.*"}', True),
        ('{service=~"s"}', False),
        ('{service!~"till|x.+"}', True),
        ('{service="shop",severity="page"}', True),
        ('{team=""}', True),
        ('{team="a"}', False),
    ],
)
def test_label_selectors(selector: str, is_own: bool) -> None:
    outcome = judged(rule(RATE), rule(SLOW, "Slow"), selector=selector)
    assert outcome.result is (Result.PASS if is_own else Result.UNKNOWN)


@pytest.mark.parametrize("selector", ["", "x", "((", '{a=~"(a+)+$"}', '{a=~"[[:x:]]"}', "1 + 1", '{a="b"} > 1'])
def test_a_selector_that_is_none_is_refused(selector: str) -> None:
    if selector == "x":
        selector = "sum(x)"
    with pytest.raises(ValueError, match="selector"):
        config(selector=selector)


def test_more_metrics_than_can_be_asked_for_is_unknown() -> None:
    many = [rule(f"rate(errors_{number}_total[5m]) > 0", f"R{number}") for number in range(MAX_REQUESTS)]
    asked: list[str] = []

    def has(query: str) -> bool:
        asked.append(query)
        return True

    outcome = judged(*many, has=has)
    assert outcome.result is Result.UNKNOWN
    assert "narrow the labels" in outcome.reason
    assert asked == []


def test_findings_are_bounded() -> None:
    many = [rule("up", f"R{number}", annotations={}) for number in range(500)]
    outcome = judged(*many)
    assert outcome.result is Result.FAIL
    assert len(outcome.findings) == MAX_FINDINGS
    assert outcome.figures["without_runbook"] == 500


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).result is Result.UNKNOWN

    def later(request: Request) -> Response:
        return (prometheus_with(rule(RATE), rule(SLOW)) if "/rules" in request.url else silence(fault))(request)

    assert play(run(config()), later).result is Result.UNKNOWN


@pytest.mark.parametrize(
    "query", ["(" * 7000, "-" * 7000 + "a", "a" * 100_000, "+".join(["a"] * 3000), "\x00", "\ud800"]
)
def test_a_hostile_query_in_a_rule_is_harmless(query: str) -> None:
    body = json.dumps({"status": "success", "data": {"groups": [{"name": "g", "rules": [rule(query)]}]}})
    outcome = play(run(config()), says(200, body, "application/json"))
    assert outcome.result is Result.UNKNOWN


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=8),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
LABELS = (
    some.just({"service": "shop", "severity": "page"}) | some.dictionaries(some.text(max_size=8), some.text()) | JSON
)
QUERY = some.sampled_from([RATE, SLOW, "up", "a or b", "a:b", "(((", "absent(a)", 'a{code="500"}']) | some.text() | JSON
RULE = some.fixed_dictionaries(
    {"type": some.sampled_from(["alerting", "recording"]), "name": some.sampled_from(["a:b", "b"]), "query": QUERY},
    optional={
        "labels": LABELS,
        "annotations": LABELS | some.just({"runbook": "https://r.example"}),
        "health": some.sampled_from(["ok", "err", "unknown"]) | JSON,
        "lastError": some.text() | JSON,
    },
)
GROUPS = some.lists(
    some.fixed_dictionaries({"name": some.text(max_size=5), "rules": some.lists(RULE, max_size=4)}), max_size=3
)
RULES = some.fixed_dictionaries(
    {"status": some.just("success"), "data": some.fixed_dictionaries({"groups": GROUPS | JSON})}
)
COUNTS = some.sampled_from([vector(), vector("1"), vector("NaN")]) | JSON


@settings(max_examples=400)
@given(some.lists(RULES | JSON, min_size=1, max_size=2), some.lists(COUNTS, min_size=1, max_size=4))
def test_any_json_gives_an_outcome(rules: list[object], counts: list[object]) -> None:
    turn = count()

    def answer(request: Request) -> Response:
        contents = rules if "/rules" in request.url else counts
        return says_json(contents[next(turn) % len(contents)])(request)

    outcome = play(run(config()), answer)
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
