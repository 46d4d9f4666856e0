"""Days that nobody recorded, told by history: what was recorded at the time and what is rebuilt later say the same."""

from datetime import date, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment, Gap, Waiver
from readiness.catalog.models import Lifecycle, Service
from readiness.history.actions import TIME, Subject, record
from readiness.portfolio import tasks
from readiness.portfolio.daily.rebuilding import Rebuilt, catch_up, rebuild
from readiness.portfolio.daily.recording import NOW as FIELDS, record_today
from readiness.portfolio.daily.replay import Course
from readiness.portfolio.models import DailyFact, DailySum
from tests.assessments.small import PROBED, WRITTEN, see, small
from tests.cast import NOW, TODAY, Cast, day

SINCE_THEN = 40


def at(offset: int) -> datetime:
    return NOW + timedelta(days=offset)


def known() -> list[dict[str, object]]:
    names = [name for name in FIELDS if name != "by_machine"]
    return list(DailyFact.objects.order_by("service", "day").values("service", "day", *names))


@pytest.fixture
def lived(cast: Cast) -> Cast:
    """Forty days of `checkout`, each recorded at noon: proof that fails and passes, a gap planned, late, closed and opened
    again, a waiver that ends by itself, and one that is revoked.
    """
    with time_machine.travel(at(-SINCE_THEN), tick=False):
        assessment = small(cast, PROBED, WRITTEN, now=at(-SINCE_THEN))
    for offset in range(-SINCE_THEN, 0):
        _live_through(cast, assessment, offset)
        assessments.sweep(now=at(offset))
        record_today(now=at(offset))
    return cast


def _live_through(cast: Cast, assessment: Assessment, offset: int) -> None:
    match offset:
        case -35 | -20:
            see(assessment, now=at(offset), result="fail")
        case -34:
            gap = Gap.objects.get()
            assessments.plan_gap(
                by=cast.theo,
                gap=gap,
                version=gap.version,
                owner=cast.olga,
                due_on=day(-30),
                plan="We do it.",
                now=at(offset),
            )
        case -25 | -5:
            see(assessment, now=at(offset))
        case -19:
            _waive(cast, day(-15), at(offset))
        case -13:
            _waive(cast, day(-2), at(offset))
        case -10:
            waiver = Waiver.objects.get(status="approved")
            assessments.revoke_waiver(
                by=cast.theo, waiver=waiver, version=waiver.version, note="Not needed.", now=at(offset)
            )


def _waive(cast: Cast, ends_on: date, now: datetime) -> Waiver:
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("probed"), reason="No time.", mitigation="We watch it.", ends_on=ends_on, now=now
    )
    return assessments.decide_waiver(
        by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="Once.", now=now
    )


def test_what_is_rebuilt_is_what_was_recorded(lived: Cast) -> None:
    recorded = known()
    sums = list(DailySum.objects.order_by("day").values("day", "gaps", "overdue", "waived", "no_go", "hard_open"))
    assert {row["gaps"] for row in recorded} == {0, 1}  # it has lived
    assert {row["overdue"] for row in recorded} == {0, 1}
    assert {row["waived"] for row in recorded} == {0, 1}
    assert len({row["decision"] for row in recorded}) > 1
    assert (sum(row["opened"] for row in recorded), sum(row["closed"] for row in recorded)) == (2, 2)  # type: ignore[misc]
    DailyFact.objects.all().delete()
    DailySum.objects.all().delete()
    assert rebuild(day(-100), TODAY, now=NOW) == Rebuilt(SINCE_THEN, SINCE_THEN, 0)
    assert known() == recorded
    assert (
        list(DailySum.objects.order_by("day").values("day", "gaps", "overdue", "waived", "no_go", "hard_open")) == sums
    )


def test_what_was_recorded_stays_and_a_second_time_writes_nothing(lived: Cast) -> None:
    DailyFact.objects.filter(day=day(-3)).update(gaps=77)
    DailyFact.objects.filter(day=day(-4)).delete()
    assert rebuild(day(-100), TODAY, now=NOW).facts == 1
    assert rebuild(day(-100), TODAY, now=NOW) == Rebuilt(0, 0, 0)
    assert DailyFact.objects.get(day=day(-3)).gaps == 77
    assert not DailyFact.objects.filter(day=TODAY).exists()


def test_by_which_proof_it_was_met_is_not_known_any_more(lived: Cast) -> None:
    met = DailyFact.objects.filter(met__gt=0).order_by("day")[0].day
    DailyFact.objects.filter(day=met).delete()
    rebuild(met, met, now=NOW)
    assert DailyFact.objects.get(day=met).by_machine is None
    assert DailySum.objects.get(day=met).by_machine is None


def test_a_service_that_was_retired_has_facts_until_then(lived: Cast) -> None:
    Service.objects.filter(pk=lived.checkout.pk).update(lifecycle=Lifecycle.RETIRED)
    DailyFact.objects.all().delete()
    assert rebuild(day(-5), TODAY, now=NOW) == Rebuilt(0, 0, 1)
    subject = Subject("service", lived.checkout.pk, "Checkout", lived.checkout.pk, lived.checkout.team_id)
    record(
        "service.edited",
        subject,
        by=TIME,
        at=at(-3),
        before={"lifecycle": "production"},
        after={"lifecycle": "retired"},
    )
    assert rebuild(day(-5), TODAY, now=NOW) == Rebuilt(2, 2, 0)


def test_an_item_that_an_upgrade_brought_counts_from_then(lived: Cast) -> None:
    before = DailyFact.objects.get(day=day(-8)).applicable
    DailyFact.objects.all().delete()
    subject = Subject("service", lived.checkout.pk, "Checkout", lived.checkout.pk, lived.checkout.team_id)
    record("service.upgraded", subject, by=TIME, at=at(-7), after={"added": ["probed"], "removed": [], "changed": []})
    rebuild(day(-8), day(-7), now=NOW)
    numbers = DailyFact.objects.order_by("day").values_list("applicable", flat=True)
    assert list(numbers) == [before - 1, before]


def test_the_worker_makes_up_for_days_on_which_it_did_not_run(lived: Cast) -> None:
    DailyFact.objects.filter(day__gt=day(-6)).delete()
    DailySum.objects.filter(day__gt=day(-6)).delete()
    with time_machine.travel(NOW, tick=False):
        tasks.record_today()
    assert DailySum.objects.filter(day__gt=day(-6)).count() == 6
    with CaptureQueriesContext(connection) as captured:
        assert catch_up(now=NOW) == Rebuilt(0, 0, 0)
    assert len(captured) == 1


def test_an_installation_without_a_past_is_left_alone(cast: Cast) -> None:
    assert catch_up(now=NOW) == rebuild(day(-100), TODAY, now=NOW) == Rebuilt(0, 0, 0)


@time_machine.travel(NOW, tick=False)
def test_the_command_fills_any_range_and_says_what_it_can_not_know(lived: Cast) -> None:
    DailyFact.objects.all().delete()
    out = StringIO()
    call_command("facts", "rebuild", "--from", str(day(-9)), "--to", str(day(-5)), stdout=out)
    assert "5 facts of 5 days written." in out.getvalue()
    assert "Not known of these days: how much was proven by machines" in out.getvalue()
    call_command("facts", "rebuild", stdout=out)
    assert f"{SINCE_THEN - 5} facts of {SINCE_THEN - 5} days written." in out.getvalue()


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("--from", "yesterday"), "is no day"), (("--from", "2026-03-01", "--to", "2026-02-01"), "is after the last")],
)
def test_the_command_refuses_days_that_make_no_sense(db: None, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence):
        call_command("facts", "rebuild", *words)


def test_of_several_turns_on_one_day_the_last_stands() -> None:
    course = Course.of("a", [(day(1), "b"), (day(1), "c"), (day(5), "d")])
    assert [course.on(day(offset)) for offset in (-9, 0, 1, 4, 5, 99)] == ["a", "a", "c", "c", "d", "d"]
