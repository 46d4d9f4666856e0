"""What no machine can say of the shop: the people's part of its hard gates, each done by whoever it falls to."""

from datetime import datetime, timedelta

from readiness.accounts.models import User
from readiness.assessments import actions as assessments
from readiness.assessments.launch import Audience, Step, Threshold
from readiness.assessments.models import Item
from readiness.catalog.models import Service
from tests.cast import Cast

NOTE = "Rolled 1.4.2 back to 1.4.1 on staging at 14:02; the schema fits both, orders went on, and it took four minutes in all."
LINK = "https://wiki.shop.example/operations"
ATTESTED = (
    ("obs-alerting", "delivery-drill", "drill"),
    ("ops-on-call", "escalation", "document"),
    ("ops-rollback", "written", "document"),
    ("ops-rollback", "exercised", "drill"),
)


def do_their_part(cast: Cast, service: Service, now: datetime) -> None:
    for what in ATTESTED:
        _attest(cast, service, what, now)
    normal = "Between 20 and 90 a minute by day, fewer than five at night."
    assessments.name_metric_owner(
        by=cast.theo, service=service, owner=cast.theo, metric="orders_placed_total", normal=normal, now=now
    )
    assessments.confirm_on_call(by=cast.olga, service=service, now=now)
    _plan_launch(cast.theo, service, now)


def _attest(cast: Cast, service: Service, what: tuple[str, str, str], now: datetime) -> None:
    item_key, criterion, kind = what
    item = Item.objects.select_related("assessment__service").get(assessment__service=service, key=item_key)
    evidence = assessments.attest(
        by=cast.theo, item=item, criterion_key=criterion, kind=kind, link=LINK, note=NOTE, witness=cast.olga,
        performed_by=cast.theo, performed_on=now.date() - timedelta(days=1), now=now,
    )  # fmt: skip
    assessments.confirm_witness(by=cast.olga, evidence=evidence, now=now)


def _plan_launch(by: User, service: Service, now: datetime) -> None:
    metric = "sum(rate(orders_placed_total[5m]))"
    assessments.save_launch_plan(
        by=by, service=service, version=0, decider=by, note="", now=now,
        audiences=[Audience(who="Customer service", when="a day before", channel="#launches")],
        ramp=[Step(percent=5, hold_minutes=60, metric=metric), Step(percent=100, hold_minutes=240, metric=metric)],
        thresholds=[
            Threshold(metric=metric, limit="below 10 a minute", action="roll back"),
            Threshold(metric=metric, limit="above 20 a minute", action="go on"),
        ],
    )  # fmt: skip
