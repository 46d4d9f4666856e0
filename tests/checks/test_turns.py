"""One batch at a time calls an origin, so that the limit of calls to a host holds for all workers together."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from readiness.checks import places, runner, schedule, turns
from readiness.checks.models import Check, Origin, Run
from tests.cast import NOW, Cast
from tests.checks.cases import ADDRESS, LOCAL, fleet, health, queued, standing_still, town
from tests.checks.test_races import at_once
from tests.servers.misbehaving import Page, misbehaving

ELSEWHERE = "http://127.0.0.2:9"


def claim(worker: str, **how: timedelta) -> list[schedule.Claimed]:
    return schedule.claim(worker=worker, now=NOW + how.get("after", timedelta(0)))


def test_while_one_batch_calls_an_origin_no_other_does(cast: Cast) -> None:
    for place, check in enumerate(town(cast, 4)):
        queued(check)
        if place >= 2:
            Check.objects.filter(pk=check.pk).update(origin=ELSEWHERE)
    first = schedule.claim(worker="w1", now=NOW, limit=1)
    assert [one.check.origin for one in first] == [f"{ADDRESS}"]
    second = claim("w2")
    assert {one.check.origin for one in second} == {ELSEWHERE}
    assert claim("w3") == []
    turns.release(holder=first[0].run.worker)
    assert [one.check.origin for one in claim("w3")] == [f"{ADDRESS}"]


def test_a_worker_that_died_keeps_its_turn_no_longer_than_its_lease(cast: Cast) -> None:
    for check in town(cast, 2):
        queued(check)
    schedule.claim(worker="w1", now=NOW, limit=1)
    assert claim("w2", after=schedule.lease_time() - timedelta(seconds=1)) == []
    [lost] = claim("w2", after=schedule.lease_time() + timedelta(seconds=1))  # what broke before goes in small company
    assert lost.run.attempts == 2


def test_a_renewed_lease_renews_the_turn(cast: Cast) -> None:
    for check in town(cast, 2):
        queued(check)
    first = schedule.claim(worker="w1", now=NOW, limit=1)
    schedule.renew(first, now=NOW + schedule.lease_time())
    assert claim("w2", after=schedule.lease_time() + timedelta(seconds=1)) == []


def test_a_batch_that_ended_leaves_its_turns(cast: Cast) -> None:
    queued(health(cast))
    runner.run_batch(worker="w", clock=standing_still(), egress=LOCAL)
    assert Origin.objects.get().holder == ""
    assert list(Origin.objects.free(NOW)) == [Origin.objects.get()]


def test_a_batch_that_broke_off_leaves_its_turns(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    queued(health(cast))

    def explode(*_: object, **__: object) -> Iterator[object]:
        raise RuntimeError

    monkeypatch.setattr(runner, "_record_all", explode)
    with pytest.raises(RuntimeError):
        runner.run_batch(worker="w", clock=standing_still(), egress=LOCAL)
    assert Origin.objects.get().holder == ""


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_at_the_same_moment_one_gets_the_turn(cast: Cast) -> None:
    for check in town(cast, 12):
        queued(check)
    got = at_once(6, lambda place: len(schedule.claim(worker=f"w{place}", now=NOW, limit=2)))
    assert sorted(got) == [0, 0, 0, 0, 0, 2]


class Crowd:
    """How many calls were under way at once, at most."""

    def __init__(self) -> None:
        self.lock, self.now, self.most = threading.Lock(), 0, 0
        self.pause = threading.Event()

    def page(self) -> Page:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        self.pause.wait(0.05)
        with self.lock:
            self.now -= 1
        return Page("")


@pytest.mark.django_db(transaction=True)
def test_four_workers_together_call_a_host_eight_times_at_once_at_most(cast: Cast) -> None:
    crowd = Crowd()
    with misbehaving() as application:
        application.behaviour.pages |= {"/healthz/live": crowd.page, "/healthz/ready": crowd.page}
        for check in town(cast, 24, application.url):
            queued(check)

        def work(place: int) -> int:
            done = 0
            for _ in range(40):
                batch = runner.run_batch(worker=f"w{place}", clock=standing_still(), egress=LOCAL, limit=6)
                done += len(batch.results)
                if not batch and not Run.objects.waiting().exists():
                    break
                crowd.pause.wait(0.02)
            return done

        done = at_once(4, work)
        connection.close()
    assert sum(done) == 24
    assert 2 <= crowd.most <= 8


@pytest.mark.parametrize(
    ("type_", "config", "place"),
    [
        ("prom_query", {"query": "up", "base_url": "https://P.example/x"}, "https://p.example:443"),
        ("health_pair", {"live_url": "http://a.example:8080/l", "ready_url": "http://b.example/r"}, "http://a.example:8080"),
        ("runbook_url", {"urls": ["https://r.example/1", "https://s.example/2"]}, "https://r.example:443"),
        ("runbook_url", {"rules": {"base_url": "http://[::1]:9090", "selector": "{}"}}, "http://[::1]:9090"),
        ("prom_query", {"query": "up"}, ""),
        ("prom_query", {"base_url": "http://"}, ""),
        ("gone", {"url": "https://a.example"}, "https://a.example:443"),
    ],
)  # fmt: skip
def test_the_place_of_a_check_is_where_it_calls_first(type_: str, config: dict[str, object], place: str) -> None:
    assert places.place_of(type_, config) == place


def test_planning_and_setting_up_say_the_place(cast: Cast) -> None:
    assert health(cast, "https://Checkout.example").origin == "https://checkout.example:443"
    assert [check.origin for check in fleet(cast, 3)[1:]] == ["", ""]  # nobody said; they are not limited
