from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.assessments import actions
from readiness.assessments.models import Evidence
from readiness.assessments.outcome import Finding, Level, Outcome, Result, passed
from readiness.checklists.rules import How, Strength
from tests.assessments.small import attested, refused, see, small
from tests.cast import NOW, Cast


def test_the_same_fact_twice_is_one_row_and_changes_nothing(cast: Cast) -> None:
    assessment = small(cast)
    first = see(assessment, key="run 1")
    again = see(assessment, result="fail", key="run 1", now=NOW + timedelta(hours=1))
    assert (first.is_new, again.is_new) == (True, False)
    assert again.evidence == first.evidence
    assert Evidence.objects.count() == 1
    assert cast.item("probed").status == "met"


def test_what_was_seen_is_kept(cast: Cast) -> None:
    finding = Finding("slow", Level.WARNING, "Took 900 ms", "https://x.example/ready")
    outcome = Outcome(Result.FAIL, "Too slow.", {"latency_ms": 900}, (finding,))
    actions.record_evidence(
        assessment=small(cast), item_key="probed", criterion_key="answers", how=How.PROBE, kind="health_pair", outcome=outcome,
        strength=Strength.OBSERVED, source="ci", idempotency_key="x", by=cast.theo, now=NOW,
    )  # fmt: skip
    evidence = Evidence.objects.get()
    assert evidence.figures == {"latency_ms": 900}
    assert evidence.findings == [
        {"rule": "slow", "level": "warning", "message": "Took 900 ms", "where": "https://x.example/ready"}
    ]
    assert evidence.added_by == cast.theo


def test_three_dates_age_runs_from_the_artifacts_own_time(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, observed_at=NOW - timedelta(days=6))
    evidence = Evidence.objects.get()
    assert (evidence.observed_at, evidence.received_at) == (NOW - timedelta(days=6), NOW)
    assert evidence.valid_until == NOW + timedelta(days=1)
    assert evidence.is_backdated


def test_three_dates_proof_from_the_future_is_refused(cast: Cast) -> None:
    assessment = small(cast)
    with refused(Refused, "in the future", rule="three-dates"):
        see(assessment, observed_at=NOW + timedelta(hours=1))


def test_three_dates_clocks_may_differ_a_little(cast: Cast) -> None:
    see(small(cast), observed_at=NOW + timedelta(minutes=4))
    assert cast.item("probed").status == "met"


@pytest.mark.parametrize(("item", "criterion"), [("no-such", "answers"), ("probed", "no-such")])
def test_what_the_pinned_checklist_does_not_know_is_refused(cast: Cast, item: str, criterion: str) -> None:
    assessment = small(cast)
    with refused(Refused, "no-such", rule="pinned"):
        see(assessment, item, criterion=criterion)


def test_people_need_the_right_to_attach(cast: Cast) -> None:
    assessment = small(cast)
    for person, refusal in (
        (cast.sam, NotVisible),
        (cast.vera, NotAllowed),
        (cast.ada, NotAllowed),
        (cast.eve, NotAllowed),
    ):
        with refused(refusal):
            actions.record_evidence(
                assessment=assessment, item_key="probed", criterion_key="answers", how=How.ARTIFACT, kind="junit",
                outcome=passed("fine"), strength=Strength.UPLOADED, source="upload", idempotency_key="u", by=person, now=NOW,
            )  # fmt: skip


def test_a_later_word_replaces_the_earlier_one_and_both_stay_readable(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail")
    see(assessment, now=NOW + timedelta(hours=1))
    assert list(Evidence.objects.order_by("id").values_list("result", "is_superseded")) == [
        ("fail", True),
        ("pass", False),
    ]


def test_a_late_arrival_does_not_overrule_what_was_observed_after_it(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment)
    see(assessment, result="fail", observed_at=NOW - timedelta(hours=2), now=NOW + timedelta(minutes=1))
    assert cast.item("probed").status == "met"
    assert Evidence.objects.get(result="fail").is_superseded


def test_a_late_pass_does_not_outlive_the_failure_after_it(cast: Cast) -> None:
    """Even when that failure has been replaced meanwhile by a pass that is worth less."""
    assessment = small(cast)
    see(assessment, result="fail", observed_at=NOW - timedelta(hours=3))
    see(assessment, strength="linked", observed_at=NOW - timedelta(hours=2))
    see(assessment, observed_at=NOW - timedelta(hours=4))
    assert cast.item("probed").status == "unknown"


def test_machine_first_an_attestation_does_not_meet_what_a_check_says_is_failing(cast: Cast) -> None:
    assessment = small(cast)
    query: dict[str, Any] = {"criterion": "rotated", "how": "query", "kind": "prom_query"}
    see(assessment, "either", "fail", check_id=7, **query)
    attested(cast, "either", "rotated")
    assert cast.item("either").status == "not_met"
    actions.switch_evidence(check_id=7, is_active=False, now=NOW, by=cast.theo)
    assert cast.item("either").status == "met"
    actions.switch_evidence(check_id=7, is_active=True, now=NOW, by=cast.theo)
    assert cast.item("either").status == "not_met"


def test_switching_a_check_that_never_ran_changes_nothing(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    small(cast)
    with django_assert_num_queries(3):  # the look, and the transaction around it
        actions.switch_evidence(check_id=999, is_active=False, now=NOW)


def test_a_result_that_comes_after_its_check_was_switched_off_blocks_nothing(cast: Cast) -> None:
    assessment = small(cast)
    actions.record_evidence(
        assessment=assessment, item_key="probed", criterion_key="answers", how=How.PROBE, kind="health_pair",
        outcome=Outcome(Result.FAIL, "503"), strength=Strength.OBSERVED, source="check", idempotency_key="late", by=cast.theo,
        now=NOW, check_id=3, is_active=False,
    )  # fmt: skip
    assert cast.item("probed").status == "unknown"
