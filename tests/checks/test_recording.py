"""What a source says must not decide whether its result can be written."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings, strategies as st
from pytest_django import DjangoAssertNumQueries

from readiness.assessments.models import Evidence
from readiness.assessments.outcome import Finding, Level, Outcome, Result
from readiness.checks import schedule
from readiness.checks.models import Check, Run
from readiness.checks.recording import Ended, finish, finish_together, storable
from tests.cast import NOW, Cast
from tests.checks.cases import FAIL, PASS, check_of, health, queued, ran, town

HOSTILE = Outcome(
    Result.FAIL,
    "It said \x00 and \ud800.",
    {"rate": math.nan, "most": math.inf, "name\x00": "a\x00b", "count": 3},
    (Finding("leak\x00", Level.ERROR, "\udfff" + "x" * 9000, "\x00"),) * 500,
)


def test_hostile_words_and_numbers_are_stored(cast: Cast) -> None:
    run = ran(health(cast), HOSTILE)
    assert run.reason == "It said � and ?."
    assert run.figures == {"rate": None, "most": None, "name�": "a�b", "count": 3}
    assert len(run.findings) == 100
    assert len(run.findings[0]["message"]) == 2000
    assert Evidence.objects.get().findings == run.findings


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(), max_size=50), number=st.floats())
def test_whatever_is_stored_is_text_and_finite(text: str, number: float) -> None:
    said = storable(Outcome(Result.PASS, text, {"n": number, "t": text}, (Finding("r", Level.INFO, text, text),)))
    assert "\x00" not in said.reason
    said.reason.encode()
    assert said.figures["n"] is None or math.isfinite(number)


def test_a_result_from_the_future_ends_the_run_without_evidence(cast: Cast) -> None:
    run = ran(health(cast), Outcome(Result.PASS, "It is fine.", observed_at=NOW + timedelta(days=1)))
    assert run.result == "unknown"
    assert "future" in run.reason
    assert run.evidence_id is None
    assert not Evidence.objects.exists()


def test_a_result_that_the_checklist_no_longer_asks_for_ends_the_run(cast: Cast) -> None:
    check = health(cast)
    check.criterion_key = "gone"
    check.save(update_fields=["criterion_key"])
    run = ran(check, Outcome(Result.PASS, "It is fine."))
    assert (run.status, run.result) == ("finished", "unknown")


def test_evidence_leads_to_its_check_and_the_run_to_its_evidence(cast: Cast) -> None:
    check = health(cast)
    run = ran(check, Outcome(Result.PASS, "It is fine."))
    evidence = Evidence.objects.get()
    assert (evidence.check_id, evidence.source) == (check.pk, f"check health_pair #{check.pk}")
    assert (evidence.idempotency_key, run.evidence_id) == (f"run:{run.pk}", evidence.pk)
    assert (evidence.how, evidence.strength) == ("probe", "observed")


def test_runs_are_counted(cast: Cast) -> None:
    check = health(cast)
    for minute in range(3):
        ran(check, Outcome(Result.PASS, "It is fine."), at=NOW + timedelta(minutes=minute))
    assert check_of(cast, "health_pair").finished_runs == 3
    assert Run.objects.count() == 3


# Together


def hours(number: int) -> datetime:
    return NOW + timedelta(hours=number)


def ended(checks: list[Check], outcome: Outcome, at: datetime) -> list[Ended]:
    for check in checks:
        queued(check, at=at)
    claims = schedule.claim(worker="w", now=at)
    return [Ended(one.run, one.fence, outcome) for one in claims]


@pytest.fixture
def checks(cast: Cast) -> list[Check]:
    """Five services, each with a check that has passed."""
    checks = town(cast, 5)
    for one in ended(checks, PASS, NOW):
        assert finish(run=one.run, fence=one.fence, outcome=one.outcome, now=NOW)
    return checks


def state(check: Check) -> dict[str, object]:
    """All that a run leaves behind, of the run, its evidence, its check and its item."""
    run = Run.objects.filter(check_row=check).latest("pk")
    assert run.evidence_id
    evidence = Evidence.objects.get(pk=run.evidence_id)
    check = Check.objects.select_related("item").get(pk=check.pk)
    assert evidence.idempotency_key == f"run:{run.pk}"
    assert check.item.criteria[0]["evidence"] == evidence.pk
    return {
        "run": (run.status, run.result, run.reason, run.figures, run.findings, run.finished_at, run.lease_until),
        "evidence": (evidence.result, evidence.how, evidence.kind, evidence.strength, evidence.valid_until),
        "check": (check.last_result, check.last_reason, check.last_finished_at, check.finished_runs, check.version),
        "item": (check.item.status, check.item.valid_until, check.item.reason),
        "counting": Evidence.objects.that_counts().filter(check_id=check.pk).count(),
    }


def test_together_leaves_the_same_behind_as_one_by_one(checks: list[Check]) -> None:
    said = Outcome(Result.PASS, "Live\x00 answered.", {"ms": 3}, (Finding("slow", Level.INFO, "A bit.", "here"),))
    first, *others = ended(checks, said, hours(1))
    assert finish_together(others, now=hours(1)) == {one.run.pk for one in others}
    assert finish(run=first.run, fence=first.fence, outcome=said, now=hours(1))
    states = [state(check) for check in checks]
    assert all(one == states[0] for one in states)
    assert Check.objects.due(hours(1)).filter(type="health_pair").count() == 0


def test_together_costs_the_same_for_one_and_for_many(
    checks: list[Check], django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    some = ended(checks, PASS, hours(1))
    with django_assert_max_num_queries(13):
        assert len(finish_together(some, now=hours(1))) == 5


def test_what_changes_a_standing_is_left_to_the_other_way(checks: list[Check]) -> None:
    same, *others = ended(checks, PASS, hours(1))
    some = [same, *(replace(one, outcome=FAIL) for one in others)]
    assert finish_together(some, now=hours(1)) == {same.run.pk}
    assert Run.objects.filter(status="running").count() == 4


@pytest.mark.parametrize("change", [{"fence": 7}, {"status": "queued"}])
def test_one_lost_lease_and_nothing_is_recorded_together(checks: list[Check], change: dict[str, object]) -> None:
    some = ended(checks, PASS, hours(1))
    Run.objects.filter(pk=some[2].run.pk).update(**change)
    assert finish_together(some, now=hours(1)) == set()
    assert Evidence.objects.count() == 5
    assert Run.objects.filter(finished_at=hours(1)).count() == 0


@pytest.mark.parametrize("change", [{"version": 9}, {"is_enabled": False}])
def test_one_check_that_somebody_changed_and_nothing_is_recorded_together(
    checks: list[Check], change: dict[str, object]
) -> None:
    some = ended(checks, PASS, hours(1))
    Check.objects.filter(pk=some[0].run.check_row_id).update(**change)
    assert finish_together(some, now=hours(1)) == set()


def test_a_second_word_of_a_late_worker_is_not_recorded_together(checks: list[Check]) -> None:
    some = ended(checks, PASS, hours(1))
    assert len(finish_together(some, now=hours(1))) == 5
    assert finish_together(some, now=hours(1)) == set()
    assert Evidence.objects.count() == 10
