"""The queue of record: slots, claims, leases, fences, quarantine."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries

from readiness.assessments.models import Evidence
from readiness.catalog.models import Lifecycle, Service
from readiness.checks import schedule
from readiness.checks.models import Check, Run, RunStatus
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.cases import FAIL, PASS, UNKNOWN, check_of, claimed, fleet, health, queued, ran

MINUTE = timedelta(minutes=1)


# Slots


def test_what_is_due_gets_a_run_at_its_planned_time(cast: Cast) -> None:
    check = health(cast)
    assert schedule.enqueue_due(NOW) == 1
    run = Run.objects.get()
    assert (run.check_row, run.slot, run.status) == (check, NOW, RunStatus.QUEUED)


def test_three_schedulers_plan_one_run(cast: Cast) -> None:
    health(cast)
    assert [schedule.enqueue_due(NOW) for _ in range(3)] == [1, 0, 0]
    assert Run.objects.count() == 1


def test_a_scheduler_that_was_late_with_the_same_slot_plans_nothing(cast: Cast) -> None:
    check = health(cast)
    ran(check, PASS)  # in the slot NOW
    Check.objects.filter(pk=check.pk).update(next_due_at=NOW)
    assert schedule.enqueue_due(NOW) == 0
    check.refresh_from_db()
    assert check.next_due_at > NOW


def test_a_slot_exists_once_in_the_database_itself(cast: Cast) -> None:
    check = health(cast)
    ran(check, PASS)
    with pytest.raises(IntegrityError, match=r"run_slot_once|check_id"):
        queued(check)


def test_a_check_has_one_waiting_run_in_the_database_itself(cast: Cast) -> None:
    check = health(cast)
    queued(check)
    with pytest.raises(IntegrityError, match=r"run_one_waiting|check_id"):
        queued(check, at=NOW + MINUTE)


def test_the_next_time_is_an_interval_away(cast: Cast) -> None:
    check = health(cast)
    ran(check, PASS)
    Check.objects.update(next_due_at=NOW + MINUTE)
    schedule.enqueue_due(NOW + 2 * MINUTE)
    check.refresh_from_db()
    assert timedelta(minutes=54) <= check.next_due_at - (NOW + 2 * MINUTE) <= timedelta(minutes=66)


@pytest.mark.parametrize(
    "state",
    [
        {"is_enabled": False},
        {"is_set_up": False},
        {"retired_at": NOW},
        {"quarantined_at": NOW, "quarantine_reason": "It broke."},
        {"next_due_at": NOW + MINUTE},
    ],
)
def test_what_may_not_run_is_not_planned(cast: Cast, state: dict[str, object]) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(**state)
    assert schedule.enqueue_due(NOW) == 0


def test_nothing_is_planned_for_an_item_that_does_not_count(cast: Cast) -> None:
    check = health(cast)
    check.item.status = "not_applicable"
    check.item.save(update_fields=["status"])
    assert schedule.enqueue_due(NOW) == 0


def test_nothing_is_planned_for_a_retired_service(cast: Cast) -> None:
    health(cast)
    Service.objects.update(lifecycle=Lifecycle.RETIRED)
    assert schedule.enqueue_due(NOW) == 0


def test_planning_costs_the_same_for_one_and_for_many(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fleet(cast, 60)
    with django_assert_max_num_queries(9):
        assert schedule.enqueue_due(NOW) == 60


# Claims


def test_a_claim_takes_a_run_with_a_lease_and_a_new_fence(cast: Cast) -> None:
    health(cast)
    schedule.enqueue_due(NOW)
    [one] = schedule.claim(worker="w1", now=NOW)
    run = Run.objects.get()
    assert (run.status, run.fence, run.attempts, run.started_at) == (RunStatus.RUNNING, 1, 1, NOW)
    assert run.lease_until == NOW + schedule.lease_time()
    assert (one.fence, one.check.item.assessment.service) == (1, cast.checkout)


def test_no_two_workers_get_the_same(cast: Cast) -> None:
    fleet(cast, 10)
    schedule.enqueue_due(NOW)
    first = schedule.claim(worker="w1", now=NOW, limit=6)
    second = schedule.claim(worker="w2", now=NOW, limit=6)
    assert len(first) == 6
    assert len(second) == 4
    assert not {one.run.pk for one in first} & {one.run.pk for one in second}
    assert schedule.claim(worker="w3", now=NOW) == []


def test_claiming_costs_the_same_for_one_and_for_many(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    fleet(cast, 40)
    schedule.enqueue_due(NOW)
    with django_assert_max_num_queries(11):  # five of them for the turns at origins, one of these once an origin
        assert len(schedule.claim(worker="w", now=NOW)) == 40


def test_what_somebody_waits_for_goes_first_and_alone(cast: Cast) -> None:
    checks = fleet(cast, 5)
    schedule.enqueue_due(NOW - MINUTE)
    for check in checks[:4]:
        queued(check, at=NOW - MINUTE)
    urgent = queued(checks[4])
    Run.objects.filter(pk=urgent.pk).update(is_urgent=True)
    assert [one.run for one in schedule.claim(worker="w", now=NOW)] == [urgent]
    assert len(schedule.claim(worker="w", now=NOW)) == 4


def test_a_lease_that_ran_out_is_taken_over_within_a_minute(cast: Cast) -> None:
    lost = claimed(health(cast), lease=schedule.lease_time())
    assert schedule.claim(worker="w2", now=NOW + schedule.lease_time() - timedelta(seconds=1)) == []
    [taken] = schedule.claim(worker="w2", now=NOW + timedelta(seconds=50))
    assert taken.run.pk == lost.run.pk
    assert (taken.fence, taken.run.attempts) == (2, 2)


def test_a_renewed_lease_is_not_taken_over(cast: Cast) -> None:
    one = claimed(health(cast), lease=MINUTE)
    assert schedule.renew([one], now=NOW + MINUTE / 2, lease=MINUTE) == 1
    assert schedule.claim(worker="w2", now=NOW + MINUTE) == []


def test_who_lost_the_lease_renews_nothing(cast: Cast) -> None:
    one = claimed(health(cast))
    schedule.claim(worker="w2", now=NOW + 2 * MINUTE)
    assert schedule.renew([one], now=NOW + 3 * MINUTE) == 0


def test_what_was_handed_back_cost_no_attempt(cast: Cast) -> None:
    one = claimed(health(cast))
    assert schedule.hand_back(run=one.run, fence=one.fence)
    [again] = schedule.claim(worker="w2", now=NOW)
    assert (again.run.attempts, again.fence) == (1, 2)


# Fences


def test_a_late_worker_records_nothing(cast: Cast) -> None:
    late = claimed(health(cast))
    [now_mine] = schedule.claim(worker="w2", now=NOW + 2 * MINUTE)
    assert schedule.finish(run=now_mine.run, fence=now_mine.fence, outcome=PASS, now=NOW + 2 * MINUTE)
    assert not schedule.finish(run=late.run, fence=late.fence, outcome=FAIL, now=NOW + 3 * MINUTE)
    run, evidence = Run.objects.get(), Evidence.objects.get()
    assert (run.result, run.evidence_id, evidence.result) == ("pass", evidence.pk, "pass")
    check = check_of(cast, "health_pair")
    assert (check.last_result, check.finished_runs) == ("pass", 1)


def test_a_late_worker_records_nothing_while_the_other_is_still_at_it(cast: Cast) -> None:
    late = claimed(health(cast))
    schedule.claim(worker="w2", now=NOW + 2 * MINUTE)
    assert not schedule.finish(run=late.run, fence=late.fence, outcome=FAIL, now=NOW + 3 * MINUTE)
    assert not Evidence.objects.exists()
    assert Run.objects.get().status == RunStatus.RUNNING


def test_a_run_ends_once(cast: Cast) -> None:
    one = claimed(health(cast))
    assert schedule.finish(run=one.run, fence=one.fence, outcome=PASS, now=NOW)
    assert not schedule.finish(run=one.run, fence=one.fence, outcome=PASS, now=NOW)
    assert Evidence.objects.count() == 1
    assert not schedule.put_back(run=one.run, fence=one.fence, problem="late", now=NOW)
    assert not schedule.hand_back(run=one.run, fence=one.fence)


# Quarantine


def test_a_broken_attempt_is_tried_again_after_a_pause(cast: Cast) -> None:
    one = claimed(health(cast))
    assert schedule.put_back(run=one.run, fence=one.fence, problem="KeyError: 'a'", now=NOW)
    assert schedule.claim(worker="w", now=NOW + timedelta(seconds=9)) == []
    [again] = schedule.claim(worker="w", now=NOW + timedelta(seconds=10))
    assert again.run.attempts == 2


def break_three_times(check: Check) -> None:
    queued(check)
    for attempt in range(3):
        at = NOW + attempt * 10 * MINUTE
        [one] = schedule.claim(worker="w", now=at)
        assert schedule.put_back(run=one.run, fence=one.fence, problem="KeyError: 'a'", now=at)


def test_three_broken_attempts_are_quarantined_where_people_can_see_it(cast: Cast) -> None:
    check = health(cast)
    break_three_times(check)
    check.refresh_from_db()
    assert Run.objects.get().status == RunStatus.QUARANTINED
    assert check.quarantined_at is not None
    assert check.quarantine_reason == "3 attempts broke off. The last one: KeyError: 'a'"
    assert list(Check.objects.quarantined()) == [check]
    assert Entry.objects.get(verb="check.quarantined").reason == check.quarantine_reason
    assert not Evidence.objects.exists()


def test_what_is_quarantined_is_not_claimed_and_not_planned(cast: Cast) -> None:
    break_three_times(health(cast))
    later = NOW + timedelta(days=2)
    assert schedule.enqueue_due(later) == 0
    assert schedule.claim(worker="w", now=later) == []


def test_three_lost_workers_are_a_quarantine_too(cast: Cast) -> None:
    check = health(cast)
    queued(check)
    for attempt in range(3):
        assert len(schedule.claim(worker="w", now=NOW + attempt * 2 * MINUTE)) == 1
    assert schedule.claim(worker="w", now=NOW + 8 * MINUTE) == []
    check.refresh_from_db()
    assert check.quarantine_reason == "3 attempts broke off. The last one: The worker was lost before it ended."


def test_what_took_its_worker_down_goes_in_smaller_company_and_at_last_alone(cast: Cast) -> None:
    for check in fleet(cast, 30):
        queued(check)
    sizes = [len(schedule.claim(worker="w", now=NOW))]
    sizes += [len(schedule.claim(worker="w", now=NOW + 2 * MINUTE)) for _ in range(3)]
    sizes += [len(schedule.claim(worker="w", now=NOW + 4 * MINUTE)) for _ in range(3)]
    assert sizes == [30, 10, 10, 10, 1, 1, 1]


# Results


def test_each_pass_renews_how_long_the_item_is_proved(cast: Cast) -> None:
    check = health(cast)
    ran(check, PASS)
    first = check_of(cast, "health_pair").item.valid_until
    ran(check, PASS, at=NOW + timedelta(hours=1))
    second = check_of(cast, "health_pair").item.valid_until
    assert first
    assert second == first + timedelta(hours=1)
    assert Evidence.objects.filter(is_superseded=False).count() == 1


def test_a_failure_makes_the_item_unmet_and_a_pass_makes_it_met(cast: Cast) -> None:
    check = health(cast)
    ran(check, FAIL)
    assert check_of(cast, "health_pair").item.status == "not_met"
    ran(check, PASS, at=NOW + MINUTE)
    assert check_of(cast, "health_pair").item.status == "met"


def test_unknown_results_in_a_row_are_counted_and_make_it_patient(cast: Cast) -> None:
    check = health(cast)
    for hour in range(5):
        ran(check, UNKNOWN, at=NOW + timedelta(hours=hour))
    check.refresh_from_db()
    assert check.unknown_in_a_row == 5
    assert check.last_finished_at
    assert check.next_due_at > check.last_finished_at + timedelta(hours=7)
    assert list(Check.objects.unread()) == [check]
    ran(check, PASS, at=NOW + timedelta(hours=9))
    check.refresh_from_db()
    assert check.unknown_in_a_row == 0


def test_who_set_it_up_anew_while_it_ran_sees_it_run_anew(cast: Cast) -> None:
    one = claimed(health(cast))
    Check.objects.filter(pk=one.check.pk).update(version=2, next_due_at=NOW)
    schedule.finish(run=one.run, fence=one.fence, outcome=PASS, now=NOW + MINUTE)
    assert Check.objects.due(NOW + MINUTE).filter(pk=one.check.pk).exists()


def test_what_a_check_said_that_was_switched_off_meanwhile_does_not_count(cast: Cast) -> None:
    one = claimed(health(cast))
    Check.objects.filter(pk=one.check.pk).update(is_enabled=False)
    schedule.finish(run=one.run, fence=one.fence, outcome=FAIL, now=NOW)
    assert not Evidence.objects.get().is_active
    assert check_of(cast, "health_pair").item.status == "unknown"
