"""A drill through a real Prometheus and a real Alertmanager to a receiver that notes what it is sent."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.utils import timezone

from readiness.checks import actions, runner
from readiness.checks.models import Drill, DrillState, Run
from tests.cast import Cast
from tests.checks.cases import LOCAL
from tests.checks.drilling import again, drillable
from tests.infrastructure.waiting import eventually
from tests.servers.alertmanager import Alertmanager, alertmanager
from tests.servers.api import Answer, Api, Call, api
from tests.servers.misbehaving import Page, misbehaving
from tests.servers.prometheus import prometheus

pytestmark = pytest.mark.needs("prometheus", "alertmanager")

RULES = """
groups:
  - name: checkout
    rules:
      - alert: ErrorRate
        expr: up_and_well == 0
        labels: {severity: page, service: checkout, team: payments}
"""
TREE = """
route:
  receiver: nobody
  group_by: ['...']
  group_wait: 10ms
  group_interval: 100ms
  routes:
    - matchers: ['severity="page"', 'team="payments"']
      receiver: pager
receivers:
  - name: nobody
  - name: pager
    webhook_configs:
      - {{url: {url}, send_resolved: true}}
"""


@pytest.fixture(scope="module")
def pager() -> Iterator[Api]:
    def take(_call: Call) -> Answer:
        return Answer("ok")

    with api(take) as receiver:
        yield receiver


@pytest.fixture(scope="module")
def manager(pager: Api) -> Iterator[Alertmanager]:
    with alertmanager(TREE.format(url=pager.url)) as server:
        yield server


@pytest.fixture(scope="module")
def prometheus_url() -> Iterator[str]:
    with misbehaving() as application:
        application.behaviour.pages["/metrics"] = Page("up_and_well 1\n", kind="text/plain")
        with prometheus(rules=RULES, target=application.host) as server:
            yield server.url


def received(pager: Api, drill: Drill, status: str) -> Callable[[], dict[str, Any]]:
    """The alert of this drill, as the pager was told it."""

    def find() -> dict[str, Any]:
        alerts = [alert for call in pager.calls for alert in json.loads(call.body)["alerts"]]
        mine = (one for one in alerts if one["labels"].get("drill") == str(drill.key) and one["status"] == status)
        return next(mine, {})

    return find


def work() -> None:
    """What a worker does when it is woken."""
    assert runner.run_batch(worker="w", egress=LOCAL)


@pytest.mark.django_db
def test_the_alert_reaches_the_pager_with_the_link_and_ends_when_it_is_acknowledged(
    cast: Cast, pager: Api, manager: Alertmanager, prometheus_url: str
) -> None:
    check = drillable(cast, manager.url, prometheus_url)
    drill = actions.start_drill(by=cast.theo, check=check, now=timezone.now())
    work()
    alert = eventually(received(pager, drill, "firing"), what="the alert at the pager")
    assert alert["labels"] == {
        "alertname": "ReadinessDeliveryDrill", "drill": str(drill.key), "service": "checkout", "severity": "page",
        "team": "payments",
    }  # fmt: skip
    assert alert["annotations"]["acknowledge_url"] == drill.absolute_link
    assert "DRILL, nothing is broken" in alert["annotations"]["summary"]
    assert datetime.fromisoformat(alert["startsAt"]) <= timezone.now(), "it began when it was sent, not when it ends"
    assert again(drill).state == DrillState.SENT

    ended = actions.acknowledge_drill(by=cast.olga, drill=drill, now=timezone.now())
    work()
    assert eventually(received(pager, drill, "resolved"), what="the end of the alert at the pager")
    assert again(ended).resolved_at is not None
    assert cast.item("alerts").status == "met"


@pytest.mark.django_db
def test_an_alertmanager_that_is_not_there_begins_nothing(cast: Cast, prometheus_url: str) -> None:
    check = drillable(cast, "http://127.0.0.1:9", prometheus_url)
    drill = actions.start_drill(by=cast.theo, check=check, now=timezone.now())
    work()
    assert again(drill).state == DrillState.NOT_SENT
    assert "Alertmanager gave no answer" in again(drill).words
    assert Run.objects.get().result == "unknown"
    assert cast.item("alerts").status == "unknown"
