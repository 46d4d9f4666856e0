"""A check keeps its last 200 runs; evidence goes with its run unless it still counts."""

from datetime import timedelta

import pytest

from readiness.assessments.models import Evidence
from readiness.assessments.outcome import Outcome
from readiness.checks import retention
from readiness.checks.models import Check, Run
from tests.cast import NOW, Cast
from tests.checks.cases import FAIL, PASS, check_of, health, queued, ran

KEPT = 5


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "RUNS_KEPT", KEPT)


def many(check: Check, outcomes: list[Outcome]) -> None:
    for hour, outcome in enumerate(outcomes):
        ran(check, outcome, at=NOW + timedelta(hours=hour))


def test_only_every_twentieth_run_cuts(cast: Cast) -> None:
    check = health(cast)
    many(check, [PASS] * 8)
    assert retention.prune([check_of(cast, "health_pair")]) == 0
    assert Run.objects.count() == 8


def test_old_runs_go_with_their_evidence_and_the_newest_stay(cast: Cast) -> None:
    check = health(cast)
    many(check, [PASS] * 12)
    check.finished_runs = 19
    assert retention.prune([check]) == 7
    assert Run.objects.count() == KEPT
    assert Evidence.objects.count() == KEPT
    assert check_of(cast, "health_pair").item.status == "met"


def test_what_still_counts_is_never_cut(cast: Cast) -> None:
    check = health(cast)
    many(check, [FAIL] + [Outcome(PASS.result, "later")] + [FAIL] * 6)
    counting = set(Evidence.objects.that_counts().values_list("pk", flat=True))
    check.finished_runs = 19
    retention.prune([check])
    assert counting <= set(Evidence.objects.values_list("pk", flat=True))


def test_what_waits_is_never_cut(cast: Cast) -> None:
    check = health(cast)
    run = queued(check, at=NOW - timedelta(days=9))
    Run.objects.filter(pk=run.pk).update(status="running", lease_until=NOW, started_at=NOW)
    Run.objects.bulk_create(
        Run(check_row=check, slot=NOW + timedelta(hours=h), status="finished", finished_at=NOW, result="pass")
        for h in range(9)
    )
    check.finished_runs = 19
    assert retention.prune([check]) == 4
    assert Run.objects.waiting().get() == run


def test_other_checks_lose_nothing(cast: Cast) -> None:
    check = health(cast)
    many(check, [PASS] * 9)
    other = check_of(cast, "prom_query")
    other.finished_runs = 19
    assert retention.prune([other]) == 0
