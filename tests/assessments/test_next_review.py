"""The next review comes nearer in the same transaction as what calls for it."""

from datetime import timedelta

import pytest

from readiness.assessments import actions
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.history.models import Entry
from readiness.portfolio import registration
from tests.assessments.small import DRILLED, PROBED, WRITTEN, see, small
from tests.cast import NOW, TODAY, Cast, day

WEEK_LATER = NOW + timedelta(days=7)
YEAR = TODAY + timedelta(days=365)


@pytest.fixture
def decided(cast: Cast) -> Assessment:
    """`checkout` is tier 2 by now; its probe passed, and a review decided so."""
    Service.objects.filter(pk=cast.checkout.pk).update(tier=2)
    assessment = small(cast, PROBED, WRITTEN)
    see(assessment)
    return actions.note_decision(assessment=assessment, decision=Decision.GO, review_id=4, by=cast.theo, now=NOW)


def launched(cast: Cast) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(launched_on=day(3))


def now_of(assessment: Assessment) -> Assessment:
    return Assessment.objects.select_related("service").get(pk=assessment.pk)


def retier(cast: Cast, tier: int, days: int = 7) -> None:
    service = Service.objects.with_people().get(pk=cast.checkout.pk)
    registration.change(
        by=cast.theo, now=NOW + timedelta(days=days), service=service, version=service.version, changes={"tier": tier}
    )


def due(assessment: Assessment) -> tuple[object, str]:
    found = now_of(assessment)
    assert found.next_review is not None
    assert found.next_review.due_on == found.next_review_due_on
    return found.next_review_due_on, found.next_review.reason


def test_a_decision_is_good_for_a_year(decided: Assessment) -> None:
    assert due(decided) == (YEAR, "A year after the decision of 2 March 2026.")


def test_before_the_first_decision_nothing_is_due(cast: Cast) -> None:
    assert small(cast).next_review is None


def test_a_raised_tier_calls_for_a_review_within_two_weeks(cast: Cast, decided: Assessment) -> None:
    retier(cast, 1)
    assert due(decided) == (day(21), "The tier was raised from 2 to 1 on 9 March 2026.")
    entry = Entry.objects.get(verb="service.review_due")
    assert entry.after == {"next_review_due_on": day(21).isoformat()}
    assert entry.reason == "The tier was raised from 2 to 1 on 9 March 2026."


def test_judging_again_moves_nothing(cast: Cast, decided: Assessment) -> None:
    retier(cast, 1)
    actions.refresh(assessment=decided, now=NOW + timedelta(days=9))
    assert due(decided)[0] == day(21)
    assert Entry.objects.filter(verb="service.review_due").count() == 1


def test_a_tier_that_was_raised_by_mistake_gives_the_year_back(cast: Cast, decided: Assessment) -> None:
    retier(cast, 1)
    retier(cast, 2, days=8)
    assert due(decided)[0] == YEAR


def test_a_lower_tier_calls_for_nothing(cast: Cast, decided: Assessment) -> None:
    retier(cast, 3)
    assert due(decided)[0] == YEAR


def test_a_hard_gate_that_opens_after_launch_calls_for_a_review(cast: Cast, decided: Assessment) -> None:
    launched(cast)
    see(decided, result="fail", now=WEEK_LATER)
    assert due(decided) == (day(21), "“Probed” stopped being met on 9 March 2026, after launch.")


def test_it_stays_due_when_the_gate_closes_and_opens_again(cast: Cast, decided: Assessment) -> None:
    launched(cast)
    for days, result in ((7, "fail"), (8, "pass"), (9, "fail")):
        see(decided, result=result, now=NOW + timedelta(days=days))
    assert due(decided)[0] == day(21)


def test_before_launch_the_review_is_still_to_come_anyway(decided: Assessment) -> None:
    see(decided, result="fail", now=WEEK_LATER)
    assert due(decided)[0] == YEAR


def test_a_gate_under_a_waiver_was_talked_about(cast: Cast, decided: Assessment) -> None:
    see(decided, result="fail", now=NOW)
    waiver = actions.request_waiver(
        by=cast.theo, item=cast.item("probed"), reason="The probe needs the new mesh, which comes in April.",
        mitigation="On-call watches the pods by hand until then.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    actions.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    launched(cast)
    see(decided, now=WEEK_LATER)
    see(decided, result="fail", now=WEEK_LATER + timedelta(days=1))
    assert due(decided)[0] == YEAR


def test_what_an_upgrade_brings_in_is_no_gate_that_fell(cast: Cast, decided: Assessment) -> None:
    launched(cast)
    small(cast, PROBED, WRITTEN, DRILLED, now=WEEK_LATER)
    actions.refresh(assessment=decided, now=WEEK_LATER)
    assert due(decided)[0] == YEAR


def test_the_next_decision_begins_anew(cast: Cast, decided: Assessment) -> None:
    launched(cast)
    see(decided, result="fail", now=WEEK_LATER)
    retier(cast, 1, days=8)
    later = NOW + timedelta(days=10)
    actions.note_decision(assessment=decided, decision=Decision.NO_GO, review_id=5, by=cast.theo, now=later)
    found = now_of(decided)
    assert (found.next_review_due_on, found.last_tier) == (day(24), 1)
    assert (found.tier_raised_on, found.gate_fell_on, found.gate_fell) == (None, None, "")
