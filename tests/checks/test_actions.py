"""What people do about a check: set it up, switch it, run it, let it out of quarantine."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.checks import actions
from readiness.checks.actions import WrongConfig
from readiness.checks.models import Check, Run
from readiness.history.models import Entry
from tests.cast import NOW, Cast
from tests.checks.cases import FAIL, PASS, check_of, claimed, health, measured, queued, ran

URL = "https://prometheus.example.com"
CONFIG = {"base_url": URL, "query": "up", "comparator": ">", "threshold": 0}


def configure(check: Check, by: User, config: dict[str, Any] = CONFIG, version: int | None = None) -> Check:
    return actions.configure(by=by, check=check, version=version or check.version, config=config, now=NOW)


def switch(check: Check, by: User, *, on: bool = False, version: int | None = None) -> Check:
    return actions.switch(by=by, check=check, version=version or check.version, is_enabled=on, now=NOW)


def state(check: Check) -> dict[str, Any]:
    return dict(Check.objects.values().get(pk=check.pk))


# Set up


def test_a_check_that_was_set_up_is_due(cast: Cast) -> None:
    measured(cast)
    check = configure(check_of(cast, "prom_query"), cast.theo)
    assert (check.needs, check.is_set_up, check.next_due_at) == ([], True, NOW)
    assert check.config["query"] == "up"
    entry = Entry.objects.get(verb="check.configured")
    assert entry.after == {"base_url": URL, "query": "up"}


def test_what_equals_the_plan_goes_on_following_it(cast: Cast) -> None:
    measured(cast, {"prometheus_url": URL})
    check = configure(check_of(cast, "prom_query"), cast.theo)
    assert check.configured == {"query": "up"}


def test_wrong_settings_are_named_at_their_field_and_change_nothing(cast: Cast) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    before = state(check)
    with pytest.raises(WrongConfig) as refusal:
        configure(check, cast.theo, {"base_url": "prometheus", "comparator": ">"})
    assert refusal.value.problems == {
        "base_url": "An address starts with http:// or https:// and names a host.",
        "query": "This is needed.",
    }
    assert state(check) == before


def test_who_looked_at_an_older_version_is_told(cast: Cast) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    configure(check, cast.theo)
    with pytest.raises(Conflict) as conflict:
        configure(check, cast.mia, CONFIG | {"query": "down"}, version=check.version)
    assert isinstance(conflict.value.current, Check)
    assert conflict.value.current.config["query"] == "up"


# Switch


def test_a_failing_check_that_is_switched_off_blocks_nothing(cast: Cast) -> None:
    check = health(cast)
    ran(check, FAIL)
    assert check_of(cast, "health_pair").item.status == "not_met"
    off = switch(check_of(cast, "health_pair"), cast.theo)
    assert off.state == "off"
    assert check_of(cast, "health_pair").item.status == "unknown"
    assert Entry.objects.filter(verb="check.switched_off").count() == 1


def test_and_blocks_again_when_it_is_back_on(cast: Cast) -> None:
    ran(health(cast), FAIL)
    off = switch(check_of(cast, "health_pair"), cast.theo)
    on = switch(off, cast.theo, on=True)
    assert on.next_due_at == NOW
    assert check_of(cast, "health_pair").item.status == "not_met"


def test_what_waits_is_taken_back_when_it_is_switched_off(cast: Cast) -> None:
    check = health(cast)
    queued(check)
    switch(check, cast.theo)
    assert not Run.objects.exists()


def test_two_switches_at_once_are_one(cast: Cast) -> None:
    check = health(cast)
    switch(check, cast.theo)
    with pytest.raises(Conflict):
        switch(check, cast.mia)


# Run


def test_a_run_is_queued_at_once_and_a_worker_is_woken(
    cast: Cast, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    check = health(cast)
    with django_capture_on_commit_callbacks() as woken:
        run = actions.run_now(by=cast.olga, check=check, now=NOW)
    assert (run.slot, run.requested_by, run.is_urgent, run.status) == (NOW, cast.olga, True, "queued")
    assert len(woken) == 1
    assert Entry.objects.get(verb="check.run_requested").actor_id == cast.olga.pk


def test_pressed_twice_it_is_the_same_run(cast: Cast) -> None:
    check = health(cast)
    first = actions.run_now(by=cast.olga, check=check, now=NOW)
    second = actions.run_now(by=cast.theo, check=check, now=NOW + timedelta(seconds=1))
    assert first == second
    assert Entry.objects.filter(verb="check.run_requested").count() == 1


def test_a_planned_run_that_waits_becomes_urgent(cast: Cast) -> None:
    check = health(cast)
    waiting = queued(check)
    assert actions.run_now(by=cast.olga, check=check, now=NOW) == waiting
    waiting.refresh_from_db()
    assert waiting.is_urgent


def test_two_runs_in_the_same_moment_have_two_slots(cast: Cast) -> None:
    check = health(cast)
    ran(check, PASS)
    assert actions.run_now(by=cast.olga, check=check, now=NOW).slot > NOW


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        ({"is_enabled": False}, "switched off"),
        ({"is_set_up": False, "needs": ["Query: missing."]}, "Query: missing."),
        ({"quarantined_at": NOW, "quarantine_reason": "It broke."}, "release it first"),
        ({"retired_at": NOW}, "no longer asks"),
    ],
)
def test_what_cannot_run_says_what_would_make_it_run(cast: Cast, obstacle: dict[str, Any], words: str) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(**obstacle)
    with pytest.raises(Refused, match=words) as refusal:
        actions.run_now(by=cast.theo, check=check, now=NOW)
    assert refusal.value.rule == "check-ready"
    assert not Run.objects.exists()


def test_all_checks_that_are_ready_run_and_the_others_are_passed_over(cast: Cast) -> None:
    health(cast)
    [run] = actions.run_all(by=cast.olga, service=cast.checkout, now=NOW)
    assert run.check_row.type == "health_pair"
    assert actions.run_all(by=cast.olga, service=cast.checkout, now=NOW) == [run]
    assert Entry.objects.filter(verb="service.checks_requested").count() == 1


# Quarantine


def in_quarantine(cast: Cast) -> Check:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(quarantined_at=NOW, quarantine_reason="It broke.")
    return check


def test_a_released_check_is_due_again(cast: Cast) -> None:
    fresh = actions.release(by=cast.olga, check=in_quarantine(cast), now=NOW)
    assert (fresh.quarantined_at, fresh.quarantine_reason, fresh.next_due_at) == (None, "", NOW)
    assert Entry.objects.get(verb="check.released").before == {"quarantine_reason": "It broke."}


def test_releasing_twice_is_a_conflict(cast: Cast) -> None:
    check = in_quarantine(cast)
    actions.release(by=cast.olga, check=check, now=NOW)
    with pytest.raises(Conflict):
        actions.release(by=cast.theo, check=check, now=NOW)


# Who may

DO: dict[str, Callable[[Check, User], object]] = {
    "configure": configure,
    "switch": switch,
    "run": lambda check, by: actions.run_now(by=by, check=check, now=NOW),
    "run all": lambda check, by: actions.run_all(by=by, service=check.service, now=NOW),
    "release": lambda check, by: actions.release(by=by, check=check, now=NOW),
}


@pytest.mark.parametrize("do", DO)
@pytest.mark.parametrize(
    ("who", "refusal", "only"),
    [
        ("sam", NotVisible, None),
        ("vera", NotAllowed, None),
        ("olga", NotAllowed, {"configure", "switch"}),
        ("ada", NotAllowed, {"configure", "switch"}),
    ],
)
def test_who_may_not_is_refused_and_nothing_changes(
    cast: Cast, do: str, who: str, refusal: type[Exception], only: set[str] | None
) -> None:
    if only is not None and do not in only:
        return
    check = check_of(cast, health(cast).type)
    if do == "release":
        Check.objects.filter(pk=check.pk).update(quarantined_at=NOW, quarantine_reason="It broke.")
    before, entries = state(check), Entry.objects.count()
    with pytest.raises(refusal):
        DO[do](check, getattr(cast, who))
    assert state(check) == before
    assert (Entry.objects.count(), Run.objects.count()) == (entries, 0)


def test_a_run_in_the_middle_is_left_alone_by_a_second_press(cast: Cast) -> None:
    one = claimed(health(cast))
    assert actions.run_now(by=cast.theo, check=one.check, now=NOW).pk == one.run.pk
    one.run.refresh_from_db()
    assert (one.run.status, one.run.fence) == ("running", 1)
