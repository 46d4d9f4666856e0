"""Exports of several services at the same moment, on whichever database this run uses."""

import pytest

from readiness.assessments import actions
from readiness.assessments.actions.traces import LOOK_EVERY, MOST_ROWS
from readiness.assessments.models import Evidence, ReceivedSpan
from readiness.catalog.models import Dependency
from tests.assessments.small import small
from tests.assessments.test_traces_received import TRACED, checkouts, indexs
from tests.cast import NOW, Cast
from tests.checks.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_exports_at_the_same_moment_are_all_kept_and_recorded_once(cast: Cast) -> None:
    Dependency.objects.create(service=cast.checkout, name="index", needed=cast.index)
    small(cast, TRACED)

    def export(place: int) -> None:
        for number in range(20):
            spans = checkouts(trace=number + 1) if place % 2 else indexs(trace=number + 1)
            actions.receive_traces(service=cast.checkout if place % 2 else cast.index, spans=spans, now=NOW)

    at_once(6, export)
    assert ReceivedSpan.objects.count() == 80
    actions.sweep_traces(now=NOW + LOOK_EVERY)
    passed = Evidence.objects.filter(criterion_key="linked", result="pass")
    assert passed.count() == 1


def test_many_exports_at_once_keep_to_the_bound(cast: Cast) -> None:
    def export(place: int) -> None:
        for batch in range(5):
            first = (place * 5 + batch) * 60
            spans = [one for number in range(first, first + 60) for one in checkouts(trace=number + 1)]
            actions.receive_traces(service=cast.checkout, spans=spans, now=NOW)

    at_once(4, export)
    actions.receive_traces(service=cast.checkout, spans=checkouts(trace=100_000), now=NOW)
    assert MOST_ROWS <= ReceivedSpan.objects.count() <= MOST_ROWS + 400
