import json
from datetime import UTC, datetime, timedelta

import pytest

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types.am_delivery import Config, Drill, run
from readiness.egress import Fault, Request
from tests.checks.types.playing import Answer, by_path, finish, play, says, says_json, silence

KEY = "0b8b3a3e-6f0a-4c39-9d3f-6a8d5f0f3c11"
LINK = f"https://readiness.example.com/drills/{KEY}/"
SENT = {"alertname": "ReadinessDeliveryDrill", "drill": KEY, "severity": "page", "service": "checkout"}


def told(**more: object) -> Drill:
    addresses = {"base_url": "http://a", "prometheus_url": "http://p", "selector": '{service="checkout"}'}
    return Drill.model_validate({**addresses, "drill": KEY, "link": LINK, "service": "Checkout", **more})


def rule(name: str, **labels: str) -> dict[str, object]:
    return {"type": "alerting", "name": name, "query": "up", "labels": labels, "health": "ok"}


PAGES = rule("ErrorRate", service="checkout", severity="page")
TICKET = rule("Disk", service="checkout", severity="ticket")


def sources(*rules: object, alertmanager: Answer | None = None) -> Answer:
    groups = {"status": "success", "data": {"groups": [{"name": "g", "rules": list(rules)}]}}
    return by_path({"/api/v2/alerts": alertmanager or says(200)}, says_json(groups))


def posted(config: Drill, *rules: object) -> tuple[Outcome, dict[str, object]]:
    """The outcome, and the alert that was sent."""
    seen: list[Request] = []

    def answer(request: Request) -> object:
        seen.append(request)
        return sources(*rules)(request)

    outcome = play(run(config), answer)  # type: ignore[arg-type]  # what it answers with is the inner one's
    [request] = [one for one in seen if one.method == "POST"]
    assert request.url == "http://a/api/v2/alerts"
    assert not request.follow_redirects
    [alert] = json.loads(request.body or b"")
    return outcome, alert


def test_the_alert_carries_the_labels_of_a_rule_that_pages_and_one_that_makes_it_unique() -> None:
    outcome, alert = posted(told(), TICKET, PAGES, rule("Other", service="basket", severity="page"))
    assert alert["labels"] == SENT
    assert outcome.result is Result.UNKNOWN, "that it was sent proves nothing"
    assert outcome.figures["is_sent"] is True
    assert {name: value for name, value in outcome.figures.items() if name.startswith("label_")} == {
        f"label_{name}": value for name, value in SENT.items()
    }


def test_it_says_that_it_is_a_drill_and_where_to_acknowledge_it() -> None:
    _, alert = posted(told(), PAGES)
    words = alert["annotations"]
    assert isinstance(words, dict)
    assert words["summary"].startswith("DRILL, nothing is broken: please acknowledge within 15 minutes")
    assert words["acknowledge_url"] == LINK
    assert LINK in words["description"]
    assert alert["generatorURL"] == LINK


def test_it_ends_by_itself_when_the_time_is_over() -> None:
    _, alert = posted(told(max_ack_minutes=10), PAGES)
    left = datetime.fromisoformat(str(alert["endsAt"])) - datetime.now(UTC)
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert datetime.fromisoformat(str(alert["startsAt"])) <= datetime.now(UTC)


def test_a_rules_own_name_and_a_label_called_drill_are_not_carried() -> None:
    _, alert = posted(told(), rule("E", service="checkout", severity="page", alertname="x", drill="y", empty=""))
    assert alert["labels"] == SENT


@pytest.mark.parametrize("rules", [(), (TICKET,)])
def test_without_a_rule_that_pages_nothing_is_sent(rules: tuple[object, ...]) -> None:
    outcome = play(run(told()), sources(*rules, alertmanager=silence(Fault.BROKEN)))
    assert (outcome.result, outcome.figures) == (Result.UNKNOWN, {"is_sent": False})
    assert "No rule with these labels pages" in outcome.reason


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (silence(Fault.REFUSED, "It refused the connection."), "gave no answer: It refused the connection."),
        (says(401), "asks for a credential: it answered 401."),
        (says(400, "invalid label set"), "answered 400: invalid label set."),
        (says(500), "answered 500."),
        (says(302, location="http://elsewhere"), "answered 302."),
    ],
)
def test_an_alertmanager_that_does_not_take_it_is_unknown_and_nothing_was_sent(answer: Answer, words: str) -> None:
    outcome = play(run(told()), sources(PAGES, alertmanager=answer))
    assert (outcome.result, outcome.figures["is_sent"]) == (Result.UNKNOWN, False)
    assert outcome.reason == f"No test alert was sent. Alertmanager {words}"


def test_a_prometheus_that_gives_no_rules_is_unknown_and_nothing_was_sent() -> None:
    outcome = play(run(told()), silence(Fault.TIMEOUT))
    assert outcome.figures == {"is_sent": False}
    assert "Prometheus gave no answer" in outcome.reason


def test_a_second_run_resolves_the_very_same_alert() -> None:
    outcome, alert = posted(told(labels=SENT))
    assert alert["labels"] == SENT
    started, ended = (datetime.fromisoformat(str(alert[name])) for name in ("startsAt", "endsAt"))
    assert started < ended <= datetime.now(UTC)
    assert outcome.figures == {"is_resolved": True}


def test_an_alert_that_could_not_be_resolved_ends_by_itself() -> None:
    outcome = play(run(told(labels=SENT)), says(503))
    assert outcome.figures == {"is_resolved": False}
    assert "it ends by itself" in outcome.reason


def test_it_does_nothing_unless_somebody_started_a_drill() -> None:
    config = Config.model_validate({"base_url": "http://a", "prometheus_url": "http://p", "selector": "{}"})
    assert finish(run(config)).figures == {"is_sent": False}


def test_a_credential_goes_to_its_own_origin_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHECK_SECRET_AM", "http://elsewhere s3cret")
    outcome = play(run(told(credential="Authorization: Bearer ${CHECK_SECRET_AM}")), sources(PAGES))
    assert outcome.figures == {"is_sent": False}
    assert "s3cret" not in outcome.reason
