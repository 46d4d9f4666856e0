"""A test of a connection, from the request to the words on the page, over real sockets."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from readiness.checks import probing, tasks
from readiness.checks.actions import integrations as actions
from readiness.checks.models import Integration
from readiness.checks.models.integrations import TEST_LEASE
from readiness.egress import Egress, EgressPolicy
from tests.cast import NOW, Cast
from tests.checks.cases import LOCAL
from tests.checks.connecting import SECRET, changed, connected
from tests.servers.source import Source, source, vector

BUILD = "/api/v1/status/buildinfo"


@pytest.fixture
def prometheus() -> Iterator[Source]:
    with source({BUILD: {"status": "success", "data": {"version": "2.42.0"}}, "/api/v1/query": vector(3)}) as running:
        yield running


def probe(egress: Egress = LOCAL, seconds: float = 0) -> int:
    return probing.probe_waiting(now=NOW + timedelta(seconds=seconds), egress=egress)


def test_a_test_says_what_it_saw_and_sent_the_secret(cast: Cast, prometheus: Source) -> None:
    connected(cast, address=prometheus.url, tested=False)
    assert probe() == 1
    row = Integration.objects.get()
    assert (row.state, row.test_words) == ("works", "Prometheus 2.42.0; 3 targets, 3 of them down.")
    assert (row.tested_at, row.test_asked_at, row.version) == (NOW, None, 1)
    assert set(prometheus.sent("Authorization")) == {f"Bearer {SECRET}"}
    assert probe() == 0


def test_a_network_that_is_not_allowed_names_the_setting_that_would(cast: Cast, prometheus: Source) -> None:
    connected(cast, address=prometheus.url, tested=False)
    probe(Egress(EgressPolicy()))
    row = Integration.objects.get()
    assert row.state == "fails"
    assert "add 127.0.0.0/8 to EGRESS_ALLOW" in row.test_words
    assert prometheus.calls == []


def test_a_secret_that_cannot_be_read_any_more_is_said_and_nothing_is_sent(
    cast: Cast, prometheus: Source, settings: Settings
) -> None:
    connected(cast, address=prometheus.url, tested=False)
    settings.SECRET_KEY = "another " * 5
    probe()
    row = Integration.objects.get()
    assert row.state == "fails"
    assert row.test_words.startswith("The stored secret can’t be read any more, as SECRET_KEY has changed.")
    assert row.secret_problem == row.test_words
    assert prometheus.calls == []


def test_two_workers_carry_out_one(cast: Cast, prometheus: Source) -> None:
    connected(cast, address=prometheus.url, tested=False)
    first, second = (Integration.objects.test_waiting(NOW).get() for _ in range(2))
    assert probing._claim(first, NOW)
    assert not probing._claim(second, NOW)
    assert probe() == 0


def test_a_worker_that_died_is_followed_by_another(cast: Cast, prometheus: Source) -> None:
    connected(cast, address=prometheus.url, tested=False)
    assert probing._claim(Integration.objects.get(), NOW)
    assert probe(seconds=TEST_LEASE.total_seconds() - 1) == 0
    assert probe(seconds=TEST_LEASE.total_seconds() + 1) == 1
    assert Integration.objects.get().state == "works"


def test_what_was_changed_meanwhile_keeps_no_result_of_before(cast: Cast, prometheus: Source) -> None:
    made = connected(cast, address=prometheus.url, tested=False)
    claimed = Integration.objects.get()
    assert probing._claim(claimed, NOW)
    changed(cast, made, address="https://elsewhere.example")
    results = LOCAL.run_all([probing._steps(claimed)])
    probing._record([claimed], results, NOW)
    row = Integration.objects.get()
    assert (row.state, row.tested_at, row.test_asked_at) == ("testing", None, NOW)
    assert list(Integration.objects.test_waiting(NOW)) == [row]


def test_a_test_that_breaks_is_said(cast: Cast) -> None:
    connected(cast, tested=False)
    row = Integration.objects.get()
    probing._record([row], [RuntimeError("with secrets in it")], NOW)
    assert Integration.objects.get().test_words == "The test itself broke: RuntimeError."


def test_the_schedulers_beat_carries_out_what_no_message_woke(
    cast: Cast, prometheus: Source, settings: Settings
) -> None:
    settings.EGRESS_ALLOW = "127.0.0.0/8"
    made = connected(cast, address=prometheus.url)
    actions.ask_test(by=cast.ada, integration=made, now=NOW)
    tasks.wake()
    assert Integration.objects.get().test_asked_at is None
