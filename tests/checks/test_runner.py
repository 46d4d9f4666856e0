"""A batch from claim to evidence, over real sockets."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from readiness.assessments.models import Evidence
from readiness.assessments.outcome import Outcome, Result, passed
from readiness.checks import runner, schedule
from readiness.checks.models import Check, Run, RunStatus, Tally
from readiness.checks.runner import Batch
from readiness.checks.types import TYPES
from readiness.checks.types.contract import CheckConfig, CheckType
from readiness.egress import Egress, EgressPolicy, Request, Steps
from tests.cast import NOW, Cast
from tests.checks.cases import LOCAL, check_of, fleet, health, queued, standing_still, town
from tests.servers.misbehaving import Application, misbehaving


@pytest.fixture
def application() -> Iterator[Application]:
    with misbehaving() as running:
        yield running


def batch(*, egress: Egress = LOCAL, limit: int = 100, start_within: timedelta = runner.START_WITHIN) -> Batch:
    return runner.run_batch(worker="w", clock=standing_still(), egress=egress, limit=limit, start_within=start_within)


def test_a_service_that_is_well_has_an_item_met_by_observation(cast: Cast, application: Application) -> None:
    check = health(cast, application.url)
    queued(check)
    [ran] = batch().results
    assert ran.outcome
    assert ran.outcome.result is Result.PASS
    run, evidence, check = Run.objects.get(), Evidence.objects.get(), check_of(cast, "health_pair")
    assert (run.status, run.result, run.evidence_id) == (RunStatus.FINISHED, "pass", evidence.pk)
    assert run.figures["live_status"] == 200
    assert (check.last_result, check.last_reason) == ("pass", run.reason)
    assert (check.item.status, check.item.strength) == ("met", "observed")


def test_a_service_that_is_not_ready_fails_with_a_finding(cast: Cast, application: Application) -> None:
    application.behaviour.ready_status = 503
    queued(health(cast, application.url))
    batch()
    run = Run.objects.get()
    assert (run.result, run.findings[0]["rule"]) == ("fail", "ready-not-200")
    assert check_of(cast, "health_pair").item.status == "not_met"


def test_nobody_there_is_unknown_and_opens_no_gap(cast: Cast) -> None:
    queued(health(cast))
    batch()
    assert Run.objects.get().result == "unknown"
    assert check_of(cast, "health_pair").item.status == "unknown"


def test_a_network_that_is_not_allowed_is_unknown_and_says_what_would_allow_it(
    cast: Cast, application: Application
) -> None:
    queued(health(cast, application.url))
    batch(egress=Egress(EgressPolicy()))
    run = Run.objects.get()
    assert run.result == "unknown"
    assert "EGRESS_ALLOW" in run.reason
    assert application.seen == []


def test_nothing_waiting_is_an_empty_batch(cast: Cast) -> None:
    assert not batch()


def test_a_batch_is_carried_out_together(cast: Cast, application: Application) -> None:
    application.behaviour.live_delay_s = 0.3
    for check in town(cast, 6, application.url):
        queued(check)
    done = batch()
    assert [ran.outcome.result for ran in done.results if ran.outcome] == [Result.PASS] * 6
    assert Evidence.objects.count() == 6
    assert max(ran.seconds for ran in done.results) < 6 * 0.3


def test_a_type_that_this_program_does_not_know_is_unknown(cast: Cast) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(type="of_the_future")
    queued(check)
    batch()
    assert Run.objects.get().reason == "This program knows no check of type “of_the_future”."


def test_a_configuration_that_no_longer_fits_is_unknown_and_says_what_it_needs(cast: Cast) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(config={"live_url": "not an address"})
    queued(check)
    batch()
    assert Run.objects.get().reason.startswith("It is not set up: Live address:")


class Nothing(CheckConfig):
    pass


def breaking(_config: Nothing) -> Steps[Outcome]:
    yield []
    raise KeyError("amount")


def breaking_later(_config: Nothing) -> Steps[Outcome]:
    yield [Request("http://127.0.0.1:9/")]
    raise ZeroDivisionError


def well(_config: Nothing) -> Steps[Outcome]:
    yield []
    return passed("It is well.")


def set_type(monkeypatch: pytest.MonkeyPatch, slug: str, run: object) -> None:
    kind = CheckType(slug, "Test", "Tests.", Nothing, run, timedelta(hours=1))  # type: ignore[arg-type]
    monkeypatch.setitem(TYPES, slug, kind)


def test_a_type_that_breaks_is_put_back_and_the_others_do_not_notice(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = fleet(cast, 3)
    for check, run in zip(checks, (breaking, well, breaking_later), strict=True):
        Check.objects.filter(pk=check.pk).update(type=run.__name__, config={}, criterion_key="live-and-ready")
        set_type(monkeypatch, run.__name__, run)
        queued(check)
    done = batch()
    words = {ran.run.check_row.type: ran.problem or str(ran.outcome and ran.outcome.result) for ran in done.results}
    assert words == {"breaking": "KeyError: 'amount'", "well": "pass", "breaking_later": "ZeroDivisionError"}
    assert Run.objects.filter(status=RunStatus.QUEUED, lease_until__gt=NOW).count() == 2
    assert Run.objects.get(status=RunStatus.FINISHED).check_row.type == "well"


def test_what_breaks_three_times_is_quarantined_with_what_broke(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(type="breaking", config={})
    set_type(monkeypatch, "breaking", breaking)
    queued(check)
    for attempt in range(3):
        at = NOW + timedelta(minutes=5 * attempt)
        runner.run_batch(worker="w", clock=standing_still(at), egress=LOCAL)
    check.refresh_from_db()
    assert check.quarantine_reason == "3 attempts broke off. The last one: The check itself broke: KeyError: 'amount'"


def test_what_did_not_get_its_turn_waits_for_the_next_batch(cast: Cast) -> None:
    queued(health(cast))
    [ran] = batch(start_within=timedelta(seconds=-1)).results
    assert ran.outcome is None
    run = Run.objects.get()
    assert (run.status, run.attempts, run.lease_until) == (RunStatus.QUEUED, 0, None)
    assert batch().results[0].outcome


def test_the_lease_is_renewed_while_a_check_takes_long(
    cast: Cast, application: Application, settings: Settings
) -> None:
    settings.CHECK_LEASE_SECONDS = 1
    application.behaviour.live_delay_s = 0.9
    queued(health(cast, application.url))
    moments = iter(NOW + timedelta(seconds=number) for number in range(100))
    runner.run_batch(worker="w", clock=lambda: next(moments), egress=LOCAL)
    run = Run.objects.get()
    assert run.status == RunStatus.FINISHED
    assert run.finished_at
    assert run.finished_at > NOW + timedelta(seconds=2)  # the clock was read for renewals in between


def test_who_loses_the_lease_meanwhile_records_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def overtaken(_config: Nothing) -> Steps[Outcome]:
        yield [Request("http://127.0.0.1:9/")]
        return passed("Too late.")

    set_type(monkeypatch, "overtaken", overtaken)
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(type="overtaken", config={})
    queued(check)
    clock = iter([NOW, NOW + timedelta(minutes=5)])
    original = schedule.claim

    def claim_and_lose(**how: object) -> object:
        mine = original(**how)  # type: ignore[arg-type]
        Run.objects.update(fence=9)
        return mine

    monkeypatch.setattr(schedule, "claim", claim_and_lose)
    [ran] = runner.run_batch(worker="w", clock=lambda: next(clock), egress=LOCAL).results
    assert ran.problem == "Another worker took it over; nothing was recorded."
    assert not Evidence.objects.exists()


def test_runs_and_batches_are_counted(cast: Cast, application: Application) -> None:
    check = health(cast, application.url)
    for minute in range(2):
        queued(check, at=NOW + timedelta(minutes=minute))
        batch()
    runs = Tally.objects.get(kind="run", type="health_pair", result="pass")
    assert (runs.count, Tally.objects.get(kind="batch").count) == (2, 2)
    assert runs.seconds > 0
