"""Many workers, schedulers and people at the same moment, on whichever database this run uses."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection

from readiness.assessments.models import Evidence
from readiness.checks import actions, runner, schedule
from readiness.checks.models import Check, Run, RunStatus
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.cases import FAIL, LOCAL, PASS, check_of, claimed, fleet, health, queued, standing_still, town
from tests.servers.misbehaving import misbehaving

pytestmark = pytest.mark.django_db(transaction=True)


def at_once[T](number: int, work: Callable[[int], T]) -> list[T]:
    """Runs `work(0)`, `work(1)`, … in as many threads, which begin together; each has a connection of its own."""
    gate = threading.Barrier(number)

    def one(place: int) -> T:
        try:
            gate.wait(timeout=10)
            return work(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.fixture
def address() -> Iterator[str]:
    with misbehaving() as application:
        yield application.url


def test_workers_that_claim_at_the_same_moment_get_different_runs(cast: Cast) -> None:
    for check in fleet(cast, 60):
        queued(check)

    def take_all(place: int) -> list[int]:
        mine: list[int] = []
        while some := schedule.claim(worker=f"w{place}", now=NOW, limit=7):
            mine += [one.run.pk for one in some]
        return mine

    taken = Counter(pk for mine in at_once(6, take_all) for pk in mine)
    assert len(taken) == 60
    assert set(taken.values()) == {1}
    assert set(Run.objects.values_list("fence", "attempts")) == {(1, 1)}


def test_three_schedulers_at_the_same_moment_plan_each_slot_once(cast: Cast) -> None:
    fleet(cast, 40)
    planned = at_once(3, lambda _place: schedule.enqueue_due(NOW))
    assert sum(planned) == 40
    assert Run.objects.count() == 40


def test_two_that_hold_the_same_run_record_one_result(cast: Cast) -> None:
    late = claimed(health(cast))
    [current] = schedule.claim(worker="w2", now=NOW + timedelta(minutes=5))

    def end(place: int) -> bool:
        one, outcome = ((late, FAIL), (current, PASS))[place]
        return schedule.finish(run=one.run, fence=one.fence, outcome=outcome, now=NOW + timedelta(minutes=5))

    assert at_once(2, end) == [False, True]
    assert (Run.objects.get().result, Evidence.objects.get().result) == ("pass", "pass")
    assert check_of(cast, "health_pair").finished_runs == 1


def test_the_same_ticket_ends_a_run_once(cast: Cast) -> None:
    one = claimed(health(cast))
    ended = at_once(4, lambda _place: schedule.finish(run=one.run, fence=one.fence, outcome=PASS, now=NOW))
    assert sorted(ended) == [False, False, False, True]
    assert Evidence.objects.count() == 1


def test_a_button_pressed_by_five_people_is_one_run(cast: Cast) -> None:
    check = health(cast)
    people = [cast.theo, cast.mia, cast.olga, cast.pia, cast.ada]
    runs = at_once(5, lambda place: actions.run_now(by=people[place], check=check, now=NOW))
    assert len({run.pk for run in runs}) == 1
    assert Entry.objects.filter(verb="check.run_requested").count() == 1


def test_a_switch_and_a_result_at_the_same_moment_agree(cast: Cast) -> None:
    """Whoever comes first: a check that is off has no active evidence."""
    check = health(cast)
    for turn in range(6):
        check = Check.objects.select_related("service", "item__assessment").get(pk=check.pk)
        at = NOW + timedelta(hours=turn)
        one = claimed(check, at=at)

        def act(place: int) -> object:
            if place:
                return schedule.finish(run=one.run, fence=one.fence, outcome=FAIL, now=at)  # noqa: B023 - used at once
            return actions.switch(by=cast.theo, check=check, version=check.version, is_enabled=False, now=at)  # noqa: B023

        at_once(2, act)
        assert not Evidence.objects.that_counts().filter(is_active=True).exists()
        check.refresh_from_db()
        actions.switch(by=cast.theo, check=check, version=check.version, is_enabled=True, now=at)


def test_plans_and_results_at_the_same_moment_do_not_wait_for_each_other_for_ever(cast: Cast) -> None:
    check = health(cast)
    for turn in range(5):
        at = NOW + timedelta(hours=turn)
        one = claimed(Check.objects.select_related("service", "item__assessment").get(pk=check.pk), at=at)

        def act(place: int) -> object:
            if place:
                return schedule.finish(run=one.run, fence=one.fence, outcome=PASS, now=at)  # noqa: B023 - used at once
            return actions.plan(service=cast.checkout, by=cast.theo, now=at)  # noqa: B023

        at_once(2, act)
    assert check_of(cast, "health_pair").finished_runs == 5


def test_workers_side_by_side_end_every_run_once_while_services_are_planned_anew(cast: Cast, address: str) -> None:
    checks = town(cast, 12, address)
    for turn in (0, 1, 2):  # at first every standing changes; then the same is said again, and recorded together
        at = NOW + timedelta(hours=3 * turn)
        assert schedule.enqueue_due(at, limit=100) == 12

        def work(place: int, at: datetime = at) -> int:
            if place == 3:
                return sum(len([actions.plan(service=one.service, by=cast.theo, now=at)]) for one in checks)
            done = 0
            while some := runner.run_batch(worker=f"w{place}", clock=standing_still(at), egress=LOCAL, limit=3):
                done += len(some.results)
            return done

        assert sum(at_once(4, work)) == 12 + 12
    assert set(Run.objects.values_list("status", "result", "attempts")) == {(RunStatus.FINISHED, "pass", 1)}
    assert Evidence.objects.count() == 36
    assert Evidence.objects.that_counts().count() == 12
    assert set(Check.objects.filter(type="health_pair").values_list("finished_runs", flat=True)) == {3}
