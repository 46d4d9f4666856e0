"""A service whose alerts can be drilled, and drills of it in every state."""

from datetime import datetime, timedelta

from readiness.assessments.outcome import Outcome, unknown
from readiness.catalog.models import Service
from readiness.checks import actions, schedule, turns
from readiness.checks.models import Check, Drill, Run
from tests.assessments.small import item_yaml
from tests.cast import NOW, Cast, published
from tests.checks.cases import check_of

PACK = "key: drills\nname: Drills\nsummary: One item.\nitems:\n" + item_yaml(
    "alerts", {"delivered": "{query: am_delivery, params: {max_ack_minutes: 15}}"}, strength="exercised"
)
LABELS = {"alertname": "ReadinessDeliveryDrill", "severity": "page"}
SENT = unknown(
    "Alertmanager took the test alert.",
    {"is_sent": True, "allowed_minutes": 15, **{f"label_{name}": value for name, value in LABELS.items()}},
)
NOT_SENT = unknown("No test alert was sent. Alertmanager gave no answer.", {"is_sent": False})
RESOLVED = unknown("The test alert is resolved.", {"is_resolved": True})
LATER = NOW + timedelta(minutes=4, seconds=3)
TOO_LATE = NOW + timedelta(minutes=17)


def drillable(cast: Cast, alertmanager: str = "http://127.0.0.1:9", prometheus: str = "http://127.0.0.1:9") -> Check:
    """The check of `checkout`, set up with the addresses of its sources."""
    endpoints = {"prometheus_url": prometheus, "alert_selector": '{service="checkout"}'}
    Service.objects.filter(pk=cast.checkout.pk).update(endpoints=endpoints)
    cast.checkout.refresh_from_db()
    cast.assessed(version=published(PACK))
    actions.plan(service=cast.checkout, by=cast.theo, now=NOW)
    check = check_of(cast, "am_delivery")
    return actions.configure(
        by=cast.theo, check=check, version=check.version, config=check.config | {"base_url": alertmanager}, now=NOW
    )


def started(cast: Cast, check: Check | None = None) -> Drill:
    return actions.start_drill(by=cast.theo, check=check or drillable(cast), now=NOW)


def carried_out(outcome: Outcome, *, at: datetime = NOW) -> Run:
    """A worker takes the run that waits, sees this, and leaves the turn at its origin to others."""
    [one] = schedule.claim(worker="somebody", now=at)
    turns.release(holder=one.run.worker)
    assert schedule.finish(run=one.run, fence=one.fence, outcome=outcome, now=at)
    return Run.objects.get(pk=one.run.pk)


def sent(cast: Cast, check: Check | None = None) -> Drill:
    drill = started(cast, check)
    carried_out(SENT)
    return again(drill)


def again(drill: Drill) -> Drill:
    return Drill.objects.with_people().get(pk=drill.pk)
