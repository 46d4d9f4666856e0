"""Proof that runs out: stale at its moment, one entry in the history, one notice, however many workers sweep."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from readiness.assessments import actions
from readiness.assessments.models import Gap
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.assessments.small import DRILLED, see, small
from tests.cast import NOW, Cast, day

WEEK = timedelta(days=7)
RUNS_OUT = NOW + WEEK


def at_once(number: int, work: Callable[[], int]) -> list[int]:
    gate = Barrier(number)

    def one(_: int) -> int:
        try:
            gate.wait(timeout=10)
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


def stale_entries() -> int:
    return Entry.objects.filter(verb="item.status", after__status="stale").count()


def test_until_its_moment_nothing_happens(cast: Cast) -> None:
    see(small(cast))
    assert actions.sweep(now=RUNS_OUT - timedelta(seconds=1)) == 0
    assert cast.item("probed").status == "met"


def test_what_ran_out_is_stale_which_blocks_and_mails_nobody(cast: Cast) -> None:
    """Rule *unknown-blocks*: the check, not a person, is what comes late."""
    see(small(cast))
    assert [actions.sweep(now=RUNS_OUT) for _ in range(3)] == [1, 0, 0]
    item = cast.item("probed")
    assert (item.status, item.assessment.computed_decision) == ("stale", "no_go")
    assert stale_entries() == 1
    assert not Mail.objects.exists()


def test_what_is_seen_to_fail_after_it_ran_out_is_told_once(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    actions.sweep(now=RUNS_OUT)
    for minute in range(3):
        see(assessment, result="fail", now=RUNS_OUT + timedelta(minutes=minute))
        actions.sweep(now=RUNS_OUT + timedelta(minutes=minute))
    assert [mail.recipient for mail in Mail.objects.all()] == [cast.theo]
    assert Gap.objects.open().count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_workers_that_sweep_at_the_same_moment_write_one_entry(cast: Cast) -> None:
    see(small(cast))
    at_once(4, lambda: actions.sweep(now=RUNS_OUT))
    assert cast.item("probed").status == "stale"
    assert stale_entries() == 1


@pytest.mark.django_db(transaction=True)
def test_several_workers_that_end_a_waiver_at_the_same_moment_tell_each_person_once(cast: Cast) -> None:
    small(cast, DRILLED)
    asked = actions.request_waiver(
        by=cast.theo,
        item=cast.item("drilled"),
        ends_on=day(30),
        now=NOW,
        reason="No window before launch.",
        mitigation="Ten per cent of traffic.",
    )
    actions.decide_waiver(by=cast.mia, waiver=asked, version=asked.version, is_approved=True, note="", now=NOW)
    at_once(4, lambda: actions.sweep(now=NOW + timedelta(days=30)))
    ended = Mail.objects.filter(kind="waiver_ended")
    assert sorted(mail.recipient.name for mail in ended) == ["Mia Example", "Theo Example"]
    assert Entry.objects.filter(verb="waiver.expired").count() == 1
