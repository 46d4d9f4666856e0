"""A register to look at: four gaps of `checkout`, and as many more as a test wants."""

from typing import Any

import pytest
from django.utils import timezone

from readiness.assessments import actions
from readiness.assessments.models import Gap, Item
from readiness.catalog.models import Service
from tests.assessments.small import small
from tests.cast import Cast, day as day_of_the_cast, service

TODAY = timezone.localdate()


def day(offset: int) -> Any:
    return TODAY + (day_of_the_cast(offset) - day_of_the_cast(0))


@pytest.fixture
def gaps(cast: Cast) -> dict[str, Gap]:
    """Overdue of Olga · due soon of Theo · later, of nobody · closed."""
    small(cast, now=timezone.now())
    found = {
        key: actions.open_gap(by=cast.theo, item=cast.item(key), because="Missing.", now=timezone.now())
        for key in ("probed", "drilled", "written", "mixed")
    }
    Gap.objects.filter(pk=found["probed"].pk).update(owner=cast.olga, due_on=day(-3))
    Gap.objects.filter(pk=found["drilled"].pk).update(owner=cast.theo, due_on=day(5), plan="Run it.")
    Gap.objects.filter(pk=found["written"].pk).update(due_on=day(40))
    Gap.objects.filter(pk=found["mixed"].pk).update(status="closed", closed_at=timezone.now(), closed_how="check")
    return found


def many_gaps(cast: Cast, number: int) -> None:
    """One more service each, in a team of its own size."""
    assessment = cast.item("drilled").assessment
    start = Service.objects.count()
    for index in range(start, start + number):
        one = service(f"more-{index}", cast.payments, tech_lead=cast.theo)
        assessment.pk, assessment.service = None, one
        assessment._state.adding = True
        assessment.save()
        item = Item.objects.create(
            assessment=assessment, key="drilled", title=f"Drill {index}", position=1, gate="hard"
        )
        Gap.objects.create(
            item=item, service=one, gate="hard", opened_at=timezone.now(), owner=cast.olga if index % 2 else cast.theo
        )
