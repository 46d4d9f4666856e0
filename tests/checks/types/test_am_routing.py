import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.am_routing import Config, run
from readiness.egress import Egress, Fault, Request
from tests.checks.types.anything import enveloped, json_with
from tests.checks.types.playing import SAMPLES, Answer, by_path, in_turn, play, says, says_json, silence
from tests.servers.alertmanager import Alertmanager, alertmanager
from tests.servers.misbehaving import Page, misbehaving
from tests.servers.prometheus import Prometheus, prometheus

TREE = (SAMPLES / "alertmanager.yml").read_text()
RULES = (SAMPLES / "rules.yml").read_text()
SENT = {"status": "success", "data": {"activeAlertmanagers": [{"url": "http://a/api/v2/alerts"}]}}
INTERVALS = "time_intervals: [{name: always, time_intervals: [{}]}, {name: nights, time_intervals: [{months: ['2']}]}]"


def config(alertmanager_url: str = "http://a", prometheus_url: str = "http://p", /, **more: object) -> Config:
    addresses = {"base_url": alertmanager_url, "prometheus_url": prometheus_url}
    return Config.model_validate({**addresses, "selector": "{}", **more})


def rule(name: str = "Errors", **labels: str) -> dict[str, object]:
    return {"type": "alerting", "name": name, "query": "up", "labels": {"severity": "page", **labels}, "health": "ok"}


def answers(tree: str, *rules: object, sent: object = SENT, silences: object = ()) -> Answer:
    groups = {"status": "success", "data": {"groups": [{"name": "g", "rules": list(rules or [rule()])}]}}
    status = {"config": {"original": tree}}
    known = {
        "/api/v2/status": says_json(status),
        "/api/v2/silences": says_json(silences),
        "/alertmanagers": says_json(sent),
    }
    return by_path(known, says_json(groups))


def silenced(*, days: float, state: str = "active", **labels: str) -> dict[str, Any]:
    matchers = [
        {"name": name, "value": value, "isRegex": "*" in value, "isEqual": True} for name, value in labels.items()
    ]
    until = datetime.now(UTC) + timedelta(days=days)
    return {"matchers": matchers, "status": {"state": state}, "endsAt": until.isoformat()}


def tree(routes: str = "", receivers: str = "{name: pager, webhook_configs: [{}]}, {name: hole}") -> str:
    return f"route: {{receiver: pager, routes: [{routes}]}}\nreceivers: [{receivers}]\n{INTERVALS}"


def judged(text: str, *rules: object, **more: object) -> Outcome:
    return play(run(config(**more)), answers(text, *rules))


# With a real Alertmanager, to which a real Prometheus sends


@pytest.fixture(scope="module")
def connected() -> Iterator[tuple[Alertmanager, Prometheus]]:
    with misbehaving() as application, alertmanager(TREE) as manager:
        application.behaviour.pages["/metrics"] = Page("up_and_well 1\n", kind="text/plain")
        with prometheus(rules=RULES, target=application.host, alertmanager=manager.host) as server:
            yield manager, server


@pytest.mark.needs("prometheus", "alertmanager")
@pytest.mark.parametrize(
    ("selector", "result", "words"),
    [
        ('{service="checkout"}', Result.PASS, "2 rules that should page: all reach a receiver (pager)."),
        ('{service="ghost"}', Result.PASS, "(default)"),
        ('{service="nobody"}', Result.UNKNOWN, "No rule with these labels pages (severity=page)"),
        ("{}", Result.PASS, "(default, pager)"),
    ],
)
def test_with_real_servers(
    egress: Egress, connected: tuple[Alertmanager, Prometheus], selector: str, result: Result, words: str
) -> None:
    manager, server = connected
    outcome = egress.run(run(config(manager.url, server.url, selector=selector)))
    assert outcome.result is result, outcome
    assert words in outcome.reason


@pytest.mark.needs("prometheus", "alertmanager")
def test_a_real_silence_is_seen(egress: Egress, connected: tuple[Alertmanager, Prometheus]) -> None:
    manager, server = connected
    silence = silenced(days=30, service="payments", alertname="Payment.*")
    body = json.dumps({**silence, "startsAt": datetime.now(UTC).isoformat(), "createdBy": "a", "comment": "b"})
    headers = {"Content-Type": "application/json"}
    made = egress.fetch(Request(f"{manager.url}/api/v2/silences", method="POST", body=body.encode(), headers=headers))
    assert made.status == 200, made.text
    outcome = egress.run(run(config(manager.url, server.url, selector='{service="payments"}')))
    assert outcome.result is Result.UNKNOWN, outcome
    assert outcome.reason.startswith("PaymentErrors is silenced until ")
    others = egress.run(run(config(manager.url, server.url, selector='{service="checkout"}')))
    assert others.result is Result.PASS


@pytest.mark.needs("prometheus", "alertmanager")
def test_a_prometheus_that_sends_nowhere_fails(
    egress: Egress, connected: tuple[Alertmanager, Prometheus], monitored: Prometheus
) -> None:
    outcome = egress.run(run(config(connected[0].url, monitored.url)))
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Prometheus sends its alerts to no Alertmanager."


def test_the_recorded_answer_of_a_real_alertmanager() -> None:
    recorded = json.loads((SAMPLES / "alertmanager-status.json").read_text())["config"]["original"]
    assert judged(recorded).result is Result.PASS
    outcome = judged(recorded, rule(severity="ticket"), page_label="severity=ticket")
    assert outcome.result is Result.FAIL
    assert outcome.reason == "Errors reaches nobody: it ends at “null”, which has no integration."


# With answers sent by hand


def test_a_receiver_without_an_integration_swallows_alerts() -> None:
    outcome = judged(tree("{receiver: hole, matchers: ['severity=\"page\"']}"), rule(), rule("Slow", severity="ticket"))
    assert outcome.result is Result.FAIL
    assert outcome.figures == {"paging_rules": 1, "receivers": 1, "black_holes": 1, "muted": 0, "silenced": 0}
    assert [finding.where for finding in outcome.findings] == ["g / Errors"]


def test_one_receiver_that_tells_somebody_is_enough() -> None:
    routes = (
        "{receiver: hole, matchers: ['severity=\"page\"'], continue: true}, {receiver: pager, match: {severity: page}}"
    )
    assert judged(tree(routes)).result is Result.PASS


def test_the_name_of_the_alert_is_a_label_too() -> None:
    assert judged(tree("{receiver: hole, match: {alertname: Errors}}")).result is Result.FAIL


def test_a_rule_that_is_always_muted_is_unknown() -> None:
    outcome = judged(tree("{receiver: pager, match: {severity: page}, mute_time_intervals: [always]}"))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "Errors reaches nobody: the route to “pager” is muted at all times."


def test_a_rule_that_is_muted_at_times_passes_with_a_note() -> None:
    outcome = judged(tree("{receiver: pager, match: {severity: page}, mute_time_intervals: [nights]}"))
    assert outcome.result is Result.PASS
    assert [finding.rule for finding in outcome.findings] == ["muted-at-times"]


def test_labels_that_only_series_have_are_noted() -> None:
    outcome = judged(tree("{receiver: hole, match: {cluster: test}}"))
    assert outcome.result is Result.PASS
    assert outcome.findings[0].message.startswith("Some route asks for cluster, which Errors doesn't set")
    outcome = judged(tree("{receiver: hole, match: {team: x}}"), rule(team="{{ $labels.team }}"))
    assert [finding.rule for finding in outcome.findings] == ["open-label"]


@pytest.mark.parametrize(
    ("silence", "result", "count"),
    [
        (silenced(days=30, severity="page"), Result.UNKNOWN, 1),
        (silenced(days=30, alertname="Err.*", team=""), Result.UNKNOWN, 1),
        (silenced(days=1, severity="page"), Result.PASS, 1),
        (silenced(days=30, severity="page", state="expired"), Result.PASS, 0),
        (silenced(days=30, severity="page", instance="a:80"), Result.PASS, 0),
        (silenced(days=30, severity="(x+)+.*"), Result.PASS, 0),
    ],
)
def test_a_long_silence_is_unknown_and_a_short_one_is_noted(silence: object, result: Result, count: int) -> None:
    outcome = play(run(config()), answers(tree(), silences=[silence]))
    assert outcome.result is result
    assert outcome.figures["silenced"] == count


@pytest.mark.parametrize("silences", ["x", {}, [1], [{"status": {"state": "active"}, "matchers": [], "endsAt": "now"}]])
def test_silences_that_cannot_be_read_are_noted(silences: object) -> None:
    outcome = play(run(config()), answers(tree(), silences=silences))
    assert outcome.result is Result.PASS
    assert [finding.rule for finding in outcome.findings] == ["silences-unread"]


def test_what_pages_is_told_by_the_label_that_was_set() -> None:
    assert judged(tree(), rule(severity="critical")).result is Result.UNKNOWN
    assert judged(tree(), rule(severity="critical"), page_label="severity=critical").result is Result.PASS


def test_a_ruler_that_keeps_no_list_of_alertmanagers_is_believed() -> None:
    for sent in (says(404), says(200, "<html>"), says_json({"status": "success", "data": []})):
        answer = by_path({"/alertmanagers": sent}, answers(tree()))
        assert play(run(config()), answer).result is Result.PASS


@pytest.mark.parametrize("fault", Fault)
def test_no_answer_is_unknown(fault: Fault) -> None:
    assert play(run(config()), silence(fault)).reason == "Alertmanager gave no answer: It did not answer."
    without_rules = by_path({"/api/v1/": silence(fault)}, answers(tree()))
    assert play(run(config()), without_rules).reason == "Prometheus gave no answer: It did not answer."


@pytest.mark.parametrize(
    "body", ["", "<html>Sign in</html>", "[]", "null", '{"config":{}}', '{"config":[]}', "[" * 99_999]
)
def test_a_body_that_is_not_alertmanagers_is_unknown(body: str) -> None:
    outcome = play(run(config()), by_path({"/api/v2/status": says(200, body)}, answers(tree())))
    assert outcome.result is Result.UNKNOWN
    assert outcome.reason == "The answer is not that of an Alertmanager; is the address right?"


@pytest.mark.parametrize("text", ["", "route: 3", "a: &x [*x]", "route: {receiver: a, routes: [{matchers: ['=']}]}"])
def test_a_configuration_that_cannot_be_read_is_unknown(text: str) -> None:
    outcome = judged(text)
    assert outcome.result is Result.UNKNOWN
    assert "Alertmanager" in outcome.reason


def test_each_source_is_sent_its_own_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECK_SECRET_A", "http://a one")
    monkeypatch.setenv("CHECK_SECRET_P", "http://p two")
    sent: dict[str, Mapping[str, str]] = {}

    def answer(request: Request) -> object:
        sent[request.url[:8]] = request.headers
        return answers(tree())(request)

    asked = config(credential="X-A: ${CHECK_SECRET_A}", prometheus_credential="X-P: ${CHECK_SECRET_P}")
    play(run(asked), answer)  # type: ignore[arg-type]
    assert sent == {"http://a": {"X-A": "one"}, "http://p": {"X-P": "two"}}


WORDS = (
    "config",
    "original",
    tree(),
    "groups",
    "rules",
    "alerting",
    "type",
    "name",
    "query",
    "labels",
    "severity",
    "page",
)
JSON = json_with(WORDS)


@settings(max_examples=300)
@given(some.lists(enveloped(JSON) | some.fixed_dictionaries({"config": JSON}), min_size=1, max_size=4))
def test_any_json_gives_an_outcome(contents: list[object]) -> None:
    outcome = play(run(config()), in_turn(contents))
    assert outcome.reason
    json.dumps(dict(outcome.figures), allow_nan=False)
