"""Services with a course: recorded on some days, the first of them five weeks ago."""

from datetime import timedelta

from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Lifecycle, Service
from readiness.checklists.models import Status, Version
from readiness.checklists.rules import Strength
from readiness.portfolio.daily.recording import record_today
from tests.cast import NOW, Cast, day, person, published
from tests.portfolio.many import many_services

AGES = (2, 12, 40, 100, 300)
RECORDED = (35, 21, 7, 1, 0)


def fleet(cast: Cast, number: int) -> None:
    """`number` services more in both teams; some are live and have lost a gate, gaps are of many ages."""
    people = [person(f"Quinn{number}"), person(f"Rae{number}")]
    version = Version.objects.filter(status=Status.PUBLISHED).first() or published()
    many_services(number, teams=[cast.payments, cast.search], people=people, version=version, now=NOW)
    for rest, age in enumerate(AGES):
        keys = [pk for pk in Gap.objects.values_list("pk", flat=True) if pk % len(AGES) == rest]
        Gap.objects.filter(pk__in=keys).update(
            open_since=NOW - timedelta(days=age), opened_at=NOW - timedelta(days=age)
        )
    Item.objects.filter(status=ItemStatus.MET, position__lt=16).update(strength=Strength.OBSERVED)
    live = Service.objects.filter(lifecycle=Lifecycle.PRODUCTION).order_by("pk")
    fallen = list(live.values_list("pk", flat=True))[::3]
    Assessment.objects.filter(service__in=fallen).update(gate_fell_on=day(-12), gate_fell="Backups restore")
    for back in RECORDED:
        record_today(now=NOW - timedelta(days=back))
