"""Several people press the same button at the same moment, on whichever database this run uses."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from readiness.accounts.models import User
from readiness.accounts.policy import Refused
from readiness.assessments import actions
from readiness.assessments.models import Launch, LaunchTick
from readiness.history.models import Entry
from tests.assessments.launches import MINUTE, SUPPORT_KEY, measured, planned, started
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 8
LATER = NOW + 31 * MINUTE


def pressed(cast: Cast, press: Callable[[User], object]) -> list[str]:
    """What those hear who were too late: as many begin together as there are hands."""
    gate = threading.Barrier(MANY)
    people = [cast.theo, cast.olga, cast.pia, cast.mia] * (MANY // 4)

    def one(by: User) -> str:
        try:
            gate.wait(timeout=10)
            press(by)
        except Refused as refusal:
            return f"{type(refusal).__name__}: {refusal}"
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(MANY) as pool:
        return [said for said in pool.map(one, people) if said]


def test_who_is_told_is_ticked_once_and_everybody_else_hears_by_whom(cast: Cast) -> None:
    planned(cast)
    lost = pressed(cast, lambda by: actions.tell(by=by, service=cast.checkout, key=SUPPORT_KEY, now=NOW))
    tick = LaunchTick.objects.select_related("by").get()
    assert lost == [f"Conflict: {tick.by} told Support at 09:30."] * (MANY - 1)
    assert Launch.objects.count() == Entry.objects.filter(verb="launch.told").count() == 1


def test_a_launch_starts_once(cast: Cast) -> None:
    planned(cast)
    lost = pressed(cast, lambda by: actions.start_launch(by=by, service=cast.checkout, now=NOW))
    launch = Launch.objects.select_related("started_by").get()
    assert lost == [f"Conflict: {launch.started_by} started this launch at 09:30."] * (MANY - 1)
    assert launch.ticks.count() == 1


def test_a_step_begins_once(cast: Cast) -> None:
    launch = started(cast)
    measured(launch, 0.001, LATER)
    lost = pressed(cast, lambda by: actions.next_step(by=by, service=cast.checkout, step=2, now=LATER))
    tick = launch.ticks.select_related("by").get(key="2")
    assert lost == [f"Conflict: {tick.by} began 50 % at 10:01."] * (MANY - 1)
    assert Launch.objects.get().step == 2


def test_a_roll_back_and_a_step_at_once_leave_one_of_them(cast: Cast) -> None:
    launch = started(cast)
    measured(launch, 0.001, LATER)

    def press(by: User) -> None:
        if by == cast.olga:
            actions.roll_back(by=by, service=cast.checkout, reason="It is too slow.", now=LATER)
        else:
            actions.next_step(by=by, service=cast.checkout, step=2, now=LATER)

    lost = pressed(cast, press)
    launch.refresh_from_db()
    assert launch.is_rolled_back
    done = Entry.objects.filter(verb__in=["launch.rolled_back", "launch.step"]).count()
    assert done == MANY - len(lost) == launch.step


def test_workers_that_read_at_once_read_a_launch_once(cast: Cast) -> None:
    started(cast)
    claimed: list[Launch] = []
    pressed(cast, lambda _: claimed.extend(actions.claim_readings(now=LATER)))
    assert len(claimed) == 1
