"""What a source says must not decide whether its result can be written."""

import math
from datetime import timedelta

from hypothesis import given, settings, strategies as st

from readiness.assessments.models import Evidence
from readiness.assessments.outcome import Finding, Level, Outcome, Result
from readiness.checks.models import Run
from readiness.checks.recording import storable
from tests.cast import NOW, Cast
from tests.checks.cases import check_of, health, ran

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
