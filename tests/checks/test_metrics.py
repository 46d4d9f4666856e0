"""What /metrics says of checks, whichever process is asked."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from readiness.checks import metrics
from readiness.checks.models import Check, Run
from tests.cast import Cast
from tests.checks.cases import health, queued


def said(client: Client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    ours = [line.rpartition(" ") for line in lines if line.startswith("readiness_check")]
    return {name: float(number) for name, _, number in ours}


def test_runs_are_counted_by_type_and_result_and_batches_timed(cast: Cast, client: Client) -> None:
    metrics.count([("health_pair", "pass", 0.5), ("health_pair", "pass", 0.25), ("exposure", "broken", 1)], 2.0)
    metrics.count([("health_pair", "fail", 1)], 3.0)
    numbers = said(client)
    assert numbers['readiness_check_run_seconds_count{result="pass",type="health_pair"}'] == 2
    assert numbers['readiness_check_run_seconds_sum{result="pass",type="health_pair"}'] == 0.75
    assert numbers['readiness_check_run_seconds_count{result="broken",type="exposure"}'] == 1
    assert (numbers["readiness_check_batch_seconds_count"], numbers["readiness_check_batch_seconds_sum"]) == (2, 5)


def test_the_age_of_the_queue_is_that_of_the_oldest_that_nobody_took(cast: Cast, client: Client) -> None:
    assert said(client)["readiness_check_queue_age_seconds"] == 0
    queued(health(cast), at=timezone.now() - timedelta(minutes=5))
    numbers = said(client)
    assert 299 < numbers["readiness_check_queue_age_seconds"] < 320
    assert numbers["readiness_check_runs_waiting"] == 1


def test_what_is_under_way_does_not_wait(cast: Cast, client: Client) -> None:
    run = queued(health(cast), at=timezone.now() - timedelta(minutes=5))
    later = timezone.now() + timedelta(minutes=1)
    Run.objects.filter(pk=run.pk).update(status="running", lease_until=later, started_at=timezone.now())
    assert said(client)["readiness_check_runs_waiting"] == 0


def test_checks_in_quarantine_are_counted(cast: Cast, client: Client) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(quarantined_at=timezone.now(), quarantine_reason="It broke.")
    assert said(client)["readiness_checks_quarantined"] == 1
