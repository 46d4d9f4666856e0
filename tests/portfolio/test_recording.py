"""The fact of a day is what stood at its end: written as often as the beat comes, read for ever."""

from datetime import timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.models.gap import ClosedHow
from readiness.catalog.models import Lifecycle, Service
from readiness.celery import app
from readiness.history.actions import TIME, Subject, record
from readiness.portfolio.daily.recording import record_today
from readiness.portfolio.models import DailyFact, DailySum
from readiness.portfolio.tasks import record_today as task
from tests.cast import NOW, TODAY, Cast, published
from tests.portfolio.many import many_services


@pytest.fixture
def many(cast: Cast) -> Cast:
    many_services(14, teams=[cast.payments, cast.search], people=cast.people, version=published(), now=NOW)
    return cast


def fact(service: Service) -> DailyFact:
    return DailyFact.objects.get(service=service, day=TODAY)


def gap_moves(verb: str, service: Service, at: object = NOW) -> None:
    record(verb, Subject("gap", 1, "A gap", service.pk, service.team_id), by=TIME, at=at)  # type: ignore[arg-type]


def test_a_fact_says_what_the_counters_say(many: Cast) -> None:
    assert record_today(now=NOW) == 14
    for one in Assessment.objects.select_related("service"):
        found = fact(one.service)
        counts = one.counts.values()
        assert found.met + found.open + found.unsure + found.waived == found.applicable
        assert found.applicable == sum(of_one["applicable"] for of_one in counts)
        assert (found.decision, found.hard_open) == (one.computed_decision, one.hard_open)
        assert sum(found.by_category.values()) == found.open + found.unsure
        assert found.gaps == Gap.objects.open().filter(service=one.service).count()
        assert found.overdue == Gap.objects.overdue(TODAY).filter(service=one.service).count()


def test_what_a_machine_saw_is_counted_apart(many: Cast) -> None:
    met = Item.objects.filter(status="met").first()
    assert met
    service = met.assessment.service
    Item.objects.filter(pk=met.pk).update(strength="observed")
    unmet = Item.objects.filter(status="not_met", assessment__service=service)
    unmet.update(strength="observed")
    record_today(now=NOW)
    assert fact(service).by_machine == 1


def test_twice_is_once_and_the_last_of_a_day_remains(many: Cast) -> None:
    record_today(now=NOW)
    gap = Gap.objects.open().first()
    assert gap
    before = fact(gap.service).gaps
    Gap.objects.filter(pk=gap.pk).update(status="closed", closed_at=NOW, closed_how=ClosedHow.CHECK)
    gap_moves("gap.closed", gap.service)
    record_today(now=NOW + timedelta(hours=1))
    assert (fact(gap.service).gaps, fact(gap.service).closed) == (before - 1, 1)
    assert DailyFact.objects.count() == 14


def test_sums_are_those_of_their_facts_by_team_and_tier(many: Cast) -> None:
    record_today(now=NOW)
    sums = DailySum.objects.filter(day=TODAY)
    for one in sums:
        facts = DailyFact.objects.filter(day=TODAY, service__team=one.team, service__tier=one.tier)
        assert one.services == len(facts) == one.go + one.conditional + one.no_go
        for name in ("met", "by_machine", "gaps", "overdue", "hard_open"):
            assert getattr(one, name) == sum(getattr(fact, name) for fact in facts)
        assert one.by_category["security"] == sum(fact.by_category["security"] for fact in facts)
    assert sum(one.services for one in sums) == 14


def test_a_retired_service_and_one_that_nobody_measures_have_no_fact(many: Cast) -> None:
    record_today(now=NOW)
    service = Assessment.objects.select_related("service")[0].service
    Service.objects.filter(pk=service.pk).update(lifecycle=Lifecycle.RETIRED)
    assert record_today(now=NOW) == 13
    assert not DailyFact.objects.filter(service__in=[service, many.checkout]).exists()
    assert sum(DailySum.objects.values_list("services", flat=True)) == 13


def test_what_moved_after_the_last_beat_of_a_day_is_counted_on_the_next(many: Cast) -> None:
    service = Assessment.objects.select_related("service")[0].service
    late = NOW.replace(hour=23, minute=10)
    record_today(now=late)
    gap_moves("gap.opened", service, late + timedelta(minutes=20))
    gap_moves("gap.reopened", service, late + timedelta(minutes=21))
    gap_moves("gap.closed", service, late + timedelta(minutes=55))  # past midnight
    record_today(now=late + timedelta(hours=1))
    assert (fact(service).opened, fact(service).closed) == (2, 0)
    assert DailyFact.objects.get(service=service, day=TODAY + timedelta(days=1)).closed == 1
    of_team = DailySum.objects.get(day=TODAY, team=service.team_id, tier=service.tier)
    assert of_team.opened == 2


def test_a_day_ends_at_midnight_of_the_house(many: Cast) -> None:
    service = Assessment.objects.select_related("service")[0].service
    gap_moves("gap.opened", service, NOW.replace(hour=14, minute=59))
    gap_moves("gap.opened", service, NOW.replace(hour=15, minute=1))  # Tuesday in Tokyo
    with override_settings(TIME_ZONE="Asia/Tokyo"):
        assert timezone.get_default_timezone() == ZoneInfo("Asia/Tokyo")
        record_today(now=NOW.replace(hour=14, minute=59, second=30))
    assert fact(service).opened == 1


def test_it_costs_as_many_statements_for_fourteen_as_for_four(cast: Cast) -> None:
    version = published()
    numbers = []
    for more in (4, 10):
        many_services(more, teams=[cast.payments], people=cast.people, version=version, now=NOW)
        with CaptureQueriesContext(connection) as captured:
            record_today(now=NOW)
        numbers.append(len(captured))
    assert numbers[0] == numbers[1]


def test_the_scheduler_records_each_hour(many: Cast) -> None:
    beats = {row["task"]: row["schedule"] for row in app.conf.beat_schedule.values()}
    assert beats[task.name] == timedelta(hours=1)
    with time_machine.travel(NOW, tick=False):
        assert task() == 14


def test_the_command_says_how_many(many: Cast) -> None:
    out = StringIO()
    call_command("facts", "today", stdout=out)
    assert out.getvalue() == "14 services recorded.\n"
