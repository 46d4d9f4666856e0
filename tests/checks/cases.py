"""A checklist whose items machines verify, a service that has just been measured against it, and its checks."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from readiness.assessments import actions as assessments
from readiness.assessments.outcome import Outcome, failed, passed, unknown
from readiness.catalog.models import Service
from readiness.checklists.models import Version
from readiness.checks import actions, schedule, turns
from readiness.checks.models import Check, Run
from readiness.checks.schedule import Claimed
from readiness.egress import Egress, EgressPolicy
from tests.assessments.small import item_yaml
from tests.cast import NOW, Cast, published, service

HEAD = """\
key: machines
name: What machines see
summary: One item for each way.
items:
"""
PACK = HEAD + "".join(
    [
        item_yaml("health", {"live-and-ready": "{probe: health_pair}"}, strength="observed"),
        item_yaml(
            "errors",
            {"clean": "{probe: error_leak, params: {error_type: any}}", "attested": "{attestation: document}"},
        ),
        item_yaml("metric", {"moves": "{query: prom_query, params: {comparator: '>', threshold: 0}}"}, gate="tracked"),
        item_yaml("outside", {"closed": "{probe: exposure}"}, applies="{all_traits: [internet-facing]}"),
        item_yaml("logs", {"structured": "{artifact: log_sample}"}),
    ]
)
LOCAL = Egress(EgressPolicy.parse("127.0.0.0/8"))
ADDRESS = "http://127.0.0.1:9"
"""Nobody listens there."""


def measured(cast: Cast, endpoints: dict[str, Any] | None = None, *, version: Version | None = None) -> Service:
    """`checkout`, assessed against PACK, with its checks planned."""
    Service.objects.filter(pk=cast.checkout.pk).update(endpoints=endpoints or {})
    cast.checkout.refresh_from_db()
    cast.assessed(version=version or published(PACK))
    actions.plan(service=cast.checkout, by=cast.theo, now=NOW)
    return cast.checkout


def health(cast: Cast, base: str = ADDRESS) -> Check:
    """The one check that is set up: live and ready at `base`."""
    measured(cast, {"live_url": f"{base}/healthz/live", "ready_url": f"{base}/healthz/ready"})
    return check_of(cast, "health_pair")


def check_of(cast: Cast, type_: str) -> Check:
    return Check.objects.select_related("service", "item__assessment").get(service=cast.checkout, type=type_)


def fleet(cast: Cast, number: int, base: str = ADDRESS) -> list[Check]:
    """As many checks that are due now, all alike, for tests of the queue: they stand beside the planned one."""
    first = health(cast, base)
    more = [
        Check(
            service=first.service,
            item=first.item,
            criterion_key=first.criterion_key,
            type=first.type if not place else f"{first.type}_{place}",
            config=first.config,
            is_set_up=True,
            next_due_at=NOW,
            verifies=first.verifies,
        )
        for place in range(1, number)
    ]
    return [first, *Check.objects.bulk_create(more)]


def town(cast: Cast, number: int, base: str = ADDRESS) -> list[Check]:
    """As many services, each with its own live and ready check."""
    endpoints = {"live_url": f"{base}/healthz/live", "ready_url": f"{base}/healthz/ready"}
    version = published(PACK)
    for place in range(number):
        one = service(f"town-{place}", cast.payments, traits=["http-api"], tech_lead=cast.theo, endpoints=endpoints)
        assessments.start(service=one, by=cast.theo, now=NOW, version=version)
        actions.plan(service=one, by=cast.theo, now=NOW)
    return list(Check.objects.filter(type="health_pair").select_related("service", "item__assessment"))


def queued(check: Check, *, at: datetime = NOW) -> Run:
    return Run.objects.create(check_row=check, slot=at, queued_at=at)


def claimed(check: Check, *, at: datetime = NOW, lease: timedelta = timedelta(minutes=1)) -> Claimed:
    """A run of this check that somebody carries out, who left the turn at its origin to others."""
    queued(check, at=at)
    [one] = schedule.claim(worker="somebody", now=at, lease=lease)
    turns.release(holder=one.run.worker)
    return one


def ran(check: Check, outcome: Outcome, *, at: datetime = NOW) -> Run:
    """A run that ended so."""
    check = Check.objects.select_related("service", "item__assessment").get(pk=check.pk)
    one = claimed(check, at=at)
    assert schedule.finish(run=one.run, fence=one.fence, outcome=outcome, now=at)
    return Run.objects.get(pk=one.run.pk)


PASS = passed("Live and ready answered.", {"live_ms": 3})
FAIL = failed("Live answered 500.", {"live_ms": 4})
UNKNOWN = unknown("Nobody answered.")

type Clock = Callable[[], datetime]


def standing_still(at: datetime = NOW) -> Clock:
    return lambda: at
