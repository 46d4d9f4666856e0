"""A source that does not answer is left in peace, says so, and recovers by itself."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from readiness.assessments.outcome import Result
from readiness.checks import rules, runner, schedule, source_health
from readiness.checks.models import Check, Origin, Run
from readiness.checks.runner import Batch
from readiness.egress import Egress, EgressPolicy
from tests.cast import NOW, Cast, login
from tests.checks.cases import LOCAL, queued, standing_still, town
from tests.checks.connecting import connected
from tests.servers.source import Source, source, vector

MINUTE = timedelta(minutes=1)
QUERY = "/api/v1/query"


@pytest.fixture
def prometheus() -> Iterator[Source]:
    with source({QUERY: (503, {})}) as running:
        yield running


def asking(cast: Cast, url: str, number: int) -> list[Check]:
    """As many services with a check each that asks the Prometheus at `url`, and a run each that waits."""
    town(cast, number)
    checks = Check.objects.filter(type="prom_query").order_by("pk")
    config = {"base_url": url, "query": "up", "comparator": "exists"}
    checks.update(config=config, is_set_up=True, needs=[], origin=url, next_due_at=NOW + timedelta(days=1))
    for check in checks:
        queued(check)
    return list(checks)


def batch(after: timedelta = timedelta(0), egress: Egress = LOCAL) -> Batch:
    return runner.run_batch(worker="w", clock=standing_still(NOW + after), egress=egress)


def run_counts() -> dict[str, int]:
    words = [run.result or run.status for run in Run.objects.all()]
    return {word: words.count(word) for word in set(words)}


def test_after_a_few_silent_calls_the_other_checks_of_the_source_wait(cast: Cast, prometheus: Source) -> None:
    checks = asking(cast, prometheus.url, 40)
    batch()
    calls = len(prometheus.calls)
    assert rules.DOWN_AFTER <= calls <= 8 + rules.DOWN_AFTER
    assert run_counts() == {"unknown": calls, "queued": 40 - calls}
    row = Origin.objects.get()
    assert (row.url, row.down_since, row.next_try_at) == (prometheus.url, NOW, NOW + MINUTE)
    assert set(Run.objects.filter(status="queued").values_list("attempts", flat=True)) == {0}
    assert not batch()  # until the next try nobody asks
    assert len(prometheus.calls) == calls
    waiting = Check.objects.filter(runs__status="queued")
    assert set(waiting.values_list("last_result", "unknown_in_a_row")) == {("", 0)}
    assert len(checks) == 40


def test_one_trial_call_at_a_time_and_longer_pauses(cast: Cast, prometheus: Source) -> None:
    asking(cast, prometheus.url, 30)
    batch()
    calls, moments = len(prometheus.calls), [Origin.objects.get().next_try_at]
    after = timedelta(0)
    for tries in (2, 3, 4):
        after += rules.source_pause(tries - 1)
        assert len(batch(after).results) == 1
        moments.append(Origin.objects.get().next_try_at)
    assert len(prometheus.calls) == calls + 3
    pauses = [rules.source_pause(tries) for tries in (1, 2, 3, 4)]
    assert pauses == [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]
    assert rules.source_pause(100) == rules.LONGEST_REST
    assert moments[-1] == NOW + after + pauses[-1]
    assert Origin.objects.get().down_since == NOW


def test_it_recovers_by_itself(cast: Cast, prometheus: Source) -> None:
    asking(cast, prometheus.url, 30)
    batch()
    silent = run_counts()["unknown"]
    prometheus.answers[QUERY] = vector(1)
    assert len(batch(MINUTE).results) == 1
    row = Origin.objects.get()
    assert (row.down_since, row.next_try_at, row.failures, row.tries) == (None, None, 0, 0)
    batch(MINUTE)
    assert run_counts() == {"unknown": silent, "pass": 30 - silent}


def test_what_a_person_asks_for_is_tried_at_once_and_brings_it_back(cast: Cast, prometheus: Source) -> None:
    checks = asking(cast, prometheus.url, 20)
    batch()
    prometheus.answers[QUERY] = vector(1)
    Run.objects.filter(check_row=checks[-1]).update(is_urgent=True)
    [ran] = batch().results
    assert (ran.run.check_row, ran.outcome and ran.outcome.result) == (checks[-1], Result.PASS)
    assert Origin.objects.get().down_since is None


def test_what_people_ask_for_in_vain_does_not_hammer_it(cast: Cast, prometheus: Source) -> None:
    asking(cast, prometheus.url, 40)
    batch()
    Run.objects.filter(status="queued").update(is_urgent=True)
    calls = len(prometheus.calls)
    batch()
    assert len(prometheus.calls) <= calls + 8 + rules.DOWN_AFTER
    assert not Run.objects.filter(status="queued", is_urgent=True).exists()
    assert not batch()


def test_answers_in_between_keep_it_up(cast: Cast, prometheus: Source) -> None:
    asking(cast, prometheus.url, 6)
    answers: list[Any] = [(503, {})] * 2 + [vector(1)] + [(503, {})] * 2
    for answer in answers:
        prometheus.answers[QUERY] = answer
        runner.run_batch(worker="w", clock=standing_still(), egress=LOCAL, limit=1)
    row = Origin.objects.get()
    assert (row.failures, row.down_since) == (2, None)


def test_one_check_that_never_gets_an_answer_is_its_own_trouble(cast: Cast, prometheus: Source) -> None:
    [check] = asking(cast, prometheus.url, 1)
    for minute in range(1, 6):
        batch()
        queued(check, at=NOW + minute * MINUTE)
    row = Origin.objects.get()
    assert (row.failures, row.down_since) == (1, None)


@pytest.mark.parametrize("answer", [(401, {}), (404, {}), (200, {"status": "error"}), (422, {"status": "error"})])
def test_a_source_that_says_no_is_there(cast: Cast, prometheus: Source, answer: Any) -> None:
    prometheus.answers[QUERY] = answer
    asking(cast, prometheus.url, 12)
    batch()
    assert run_counts() == {"unknown": 12}
    assert Origin.objects.get().down_since is None


def test_nobody_listening_counts_and_a_network_that_is_not_allowed_does_not(cast: Cast) -> None:
    asking(cast, "http://127.0.0.1:9", 12)
    batch(egress=Egress(EgressPolicy()))
    assert Origin.objects.get().failures == 0
    for check in Check.objects.filter(type="prom_query"):
        queued(check, at=NOW + MINUTE)
    batch()
    row = Origin.objects.get()
    assert row.down_since == NOW
    assert "nothing is listening there" in row.problem


def test_a_check_of_the_service_itself_does_not_wait_for_the_source(cast: Cast, prometheus: Source) -> None:
    """The Prometheus may be a service here, too, with checks of its own."""
    asking(cast, prometheus.url, 12)
    own = Check.objects.filter(type="health_pair")[0]
    config = {"live_url": f"{prometheus.url}/live", "ready_url": f"{prometheus.url}/ready"}
    Check.objects.filter(pk=own.pk).update(config=config, origin=prometheus.url)
    batch()
    assert Origin.objects.get().down_since
    queued(own, at=NOW + MINUTE)
    [ran] = batch().results
    assert (ran.run.check_row.pk, ran.outcome is not None) == (own.pk, True)


def test_a_worker_that_dies_during_the_trial_is_followed_by_another(cast: Cast, prometheus: Source) -> None:
    asking(cast, prometheus.url, 20)
    batch()
    [trial] = schedule.claim(worker="dies", now=NOW + MINUTE)
    assert schedule.claim(worker="w2", now=NOW + MINUTE) == []
    later = NOW + MINUTE + schedule.lease_time() + timedelta(seconds=1)
    [again] = schedule.claim(worker="w2", now=later)
    assert again.run.pk == trial.run.pk


def test_the_pages_say_it_in_one_sentence(cast: Cast, prometheus: Source, client: Client) -> None:
    connected(cast, address=prometheus.url)
    checks = asking(cast, prometheus.url, 20)
    batch()
    waiting = run_counts()["queued"]
    Origin.objects.update(down_since=NOW + timedelta(hours=1, minutes=12), next_try_at=NOW + timedelta(days=400))
    sentence = "Prometheus has not answered since 2 Mar, 10:42; next try 6 Apr, 09:30"
    page = login(client, cast.ada).get("/settings/integrations/").content.decode()
    assert f"{sentence}; {waiting} checks wait." in page
    put_off = Check.objects.filter(runs__status="queued")[0]
    page = client.get(f"/checks/{put_off.pk}/").content.decode()
    assert f"{sentence}." in page
    assert "no worker has ended it yet" not in page
    assert len(checks) == 20


def test_the_sentence() -> None:
    down = source_health.Down(NOW, NOW + timedelta(minutes=18), 240)
    assert down.words("Prometheus", NOW + MINUTE) == (
        "Prometheus has not answered since 09:30; next try 09:48; 240 checks wait."
    )
    assert source_health.Down(NOW, NOW, 1).words("Loki", NOW + MINUTE) == (
        "Loki has not answered since 09:30; it is tried now; 1 check waits."
    )


def test_a_service_of_ones_own_is_no_source(cast: Cast) -> None:
    for check in town(cast, 5):
        queued(check)
    batch()
    assert run_counts() == {"unknown": 5}
    assert Origin.objects.get().failures == 0
