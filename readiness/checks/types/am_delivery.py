"""A test alert takes the way of a real one, and somebody on call acknowledges it in time.

Passes when the person on call, or the owner of the platform, acknowledges the alert in time on the page that it links
to; who started the drill does not. That Alertmanager took the alert proves nothing yet: it says nothing of whom it
reached. The alert carries the labels of one of the service's own rules that page, so that it is routed as that rule
would be; its name and its words say that it is a drill. Runs only when a person starts one; a second run resolves it.
https://prometheus.io/docs/alerting/latest/alerts_api/
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from pydantic import Field

from readiness.assessments.outcome import Figure, Outcome, unknown
from readiness.assessments.promql.alerts import pages
from readiness.checks.types._alerting import AlertmanagerConfig, OwnRules, rulebook, rules_requests
from readiness.checks.types._secrets import revealed
from readiness.checks.types.contract import HttpAddress, UnreadableError, shortened
from readiness.egress import Request, Response, Steps

ALERT_NAME = "ReadinessDeliveryDrill"
LABEL = "label_"
"""Figures with this prefix are the labels that the alert was sent with; it is resolved with the same."""
OWN_LABELS = frozenset({"alertname", "drill"})
MOST_LABELS, LONGEST_NAME, LONGEST_VALUE = 30, 50, 400


class Config(OwnRules, AlertmanagerConfig):
    max_ack_minutes: int = Field(
        default=15,
        ge=1,
        le=60,
        title="Minutes to acknowledge",
        description="Within this time the person on call acknowledges the alert; later is too late.",
        examples=[15],
    )


class Drill(Config):
    """What one drill adds to the set-up. `labels` empty: they are read from the rules, and the alert is sent; else the
    alert with these labels is resolved.
    """

    drill: str = Field(min_length=8, max_length=64)
    link: HttpAddress
    service: str
    labels: Mapping[str, str] = {}


def run(config: Config) -> Steps[Outcome]:
    if not isinstance(config, Drill):
        return unknown("A delivery drill is run when a person starts one.", {"is_sent": False})
    if config.labels:
        return (yield from _resolved(config))
    try:
        labels = yield from _labels(config)
        [answer] = yield [_post(config, labels, ends_in=timedelta(minutes=config.max_ack_minutes))]
        _accepted(answer)
    except UnreadableError as problem:
        return unknown(f"No test alert was sent. {problem}", {"is_sent": False})
    reason = (
        f"Alertmanager took the test alert. Whoever is on call has {config.max_ack_minutes} minutes to acknowledge it."
    )
    sent: dict[str, Figure] = {f"{LABEL}{name}": value for name, value in labels.items()}
    return unknown(reason, {"is_sent": True, "allowed_minutes": config.max_ack_minutes, **sent})


def _labels(config: Drill) -> Steps[dict[str, str]]:
    """Those of the first rule that pages. Raises UnreadableError."""
    answers = yield rules_requests(config.prometheus, config.selector, config.groups)
    paging = [
        rule for rule in rulebook(answers).selected(config.selector, config.groups) if pages(rule, config.page_label)
    ]
    if not paging:
        raise UnreadableError(
            f"No rule with these labels pages ({config.page_label}), so there is none whose way it could take."
        )
    first = min(paging, key=lambda rule: rule.place)
    carried = {name: value for name, value in first.labels.items() if name not in OWN_LABELS and _fits(name, value)}
    return {"alertname": ALERT_NAME, "drill": config.drill, **dict(sorted(carried.items())[:MOST_LABELS])}


def _fits(name: str, value: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z_]\w*", name)) and len(name) <= LONGEST_NAME and 0 < len(value) <= LONGEST_VALUE


def _resolved(config: Drill) -> Steps[Outcome]:
    try:
        [answer] = yield [_post(config, config.labels, ends_in=timedelta(0))]
        _accepted(answer)
    except UnreadableError as problem:
        return unknown(f"The test alert was not resolved; it ends by itself. {problem}", {"is_resolved": False})
    return unknown("The test alert is resolved.", {"is_resolved": True})


def _post(config: Drill, labels: Mapping[str, str], *, ends_in: timedelta) -> Request:
    """Raises UnreadableError when the credential is not to be had."""
    now = datetime.now(UTC)
    alert = {
        "labels": dict(labels),
        "annotations": _words(config),
        "generatorURL": config.link,
        # Said, because Alertmanager takes the end for a beginning that is missing. A resolved alert ends after it began.
        "startsAt": (now if ends_in else now - timedelta(seconds=1)).isoformat(timespec="milliseconds"),
        "endsAt": (now + ends_in).isoformat(timespec="milliseconds"),
    }
    url = f"{config.base_url.rstrip('/')}/api/v2/alerts"
    credential = revealed(config.credential, url) if config.credential else {}
    headers = {"Content-Type": "application/json", **credential}
    return Request(url, "POST", headers, json.dumps([alert]).encode(), follow_redirects=False)


def _words(config: Drill) -> dict[str, str]:
    minutes = config.max_ack_minutes
    return {
        "summary": f"DRILL, nothing is broken: please acknowledge within {minutes} minutes ({config.service})",
        "description": (
            f"This is a drill of {config.service}: it shows that its alerts reach a person. "
            f"Open {config.link} within {minutes} minutes and press the button. Nothing else is to be done."
        ),
        "acknowledge_url": config.link,
        "runbook_url": config.link,
    }


def _accepted(answer: Response) -> None:
    """Raises UnreadableError for everything that is no 200."""
    if answer.fault:
        raise UnreadableError(f"Alertmanager gave no answer: {answer.problem or answer.fault}")
    if answer.status in {401, 403}:
        raise UnreadableError(f"Alertmanager asks for a credential: it answered {answer.status}.")
    if answer.status != 200:
        why = f": {shortened(answer.text)}" if answer.status == 400 and answer.text.strip() else ""
        raise UnreadableError(f"Alertmanager answered {answer.status}{why}.")
