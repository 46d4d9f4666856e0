"""From the query in a launch plan to the reading on its page, over real sockets."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.assessments.launch_day import launch_day
from readiness.assessments.models import Launch, LaunchReading
from readiness.assessments.rules.launching import Verdict
from readiness.catalog.models import Service
from readiness.celery import app
from readiness.checks import measuring, network, tasks
from readiness.checks.types._prometheus import PrometheusConfig, instant
from readiness.egress import Egress
from tests.assessments.launches import KEY, MINUTE, started
from tests.cast import NOW, Cast, login
from tests.checks.cases import LOCAL
from tests.checks.connecting import SECRET, connected
from tests.infrastructure.waiting import eventually
from tests.servers.misbehaving import Page, misbehaving
from tests.servers.prometheus import prometheus as real_prometheus
from tests.servers.source import Source, source, vector

QUERY = "/api/v1/query"
LATER = NOW + MINUTE


@pytest.fixture
def prometheus() -> Iterator[Source]:
    with source({QUERY: vector(0.014)}) as running:
        yield running


def of_service(cast: Cast, address: str) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(endpoints={"prometheus_url": address})


def read(now: datetime = LATER, egress: Egress = LOCAL) -> int:
    return measuring.read_launches(now=now, egress=egress)


def newest() -> LaunchReading:
    return LaunchReading.objects.filter(key=KEY).latest("read_at")


def test_a_figure_is_read_from_the_services_own_prometheus(cast: Cast, prometheus: Source) -> None:
    started(cast)
    of_service(cast, prometheus.url)
    assert read() == 1
    assert (newest().value, newest().problem, newest().read_at) == (0.014, "", LATER)
    assert Launch.objects.get().read_at == LATER
    assert read() == 0


def test_the_organisations_prometheus_is_asked_with_its_key(cast: Cast, prometheus: Source) -> None:
    started(cast)
    connected(cast, address=prometheus.url)
    read()
    assert newest().value == 0.014
    assert set(prometheus.sent("Authorization")) == {f"Bearer {SECRET}"}


def test_a_key_goes_to_its_own_origin_only(cast: Cast, prometheus: Source) -> None:
    started(cast)
    connected(cast)
    of_service(cast, prometheus.url)
    read()
    assert set(prometheus.sent("Authorization")) == {None}


def test_without_a_prometheus_it_is_unknown_and_says_why(cast: Cast) -> None:
    started(cast)
    read()
    assert (newest().value, newest().problem) == (None, measuring.NO_PROMETHEUS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (vector(), "returns nothing"),
        (vector(1, 2), "returns 2 series"),
        (vector(float("nan")), "no number (NaN)"),
        ((400, {"status": "error", "error": "parse error"}), "refused the question: parse error"),
        ((500, {}), "answered 500"),
        (
            {"status": "success", "data": {"resultType": "string", "result": [1, "x"]}},
            "did not return a list of samples",
        ),
    ],
)
def test_what_is_no_number_is_unknown_and_says_why(cast: Cast, prometheus: Source, answer: Any, words: str) -> None:
    started(cast)
    of_service(cast, prometheus.url)
    prometheus.answers[QUERY] = answer
    read()
    assert newest().value is None
    assert words in newest().problem


def test_the_network_is_that_of_checks(cast: Cast, prometheus: Source) -> None:
    started(cast)
    of_service(cast, prometheus.url)
    read(egress=network.egress())
    assert "EGRESS_ALLOW" in newest().problem
    assert prometheus.calls == []


def test_what_stopped_being_scraped_is_as_old_as_it_is(cast: Cast) -> None:
    """An instant query goes on answering for five minutes; its answer to `timestamp(…)` says from when the samples are."""
    value = measuring._value(
        _answer(vector(0.014)), [_answer(vector(1_700_000_000 - 200)), _answer(vector(1_700_000_000))]
    )
    assert (value.number, value.age) == (0.014, timedelta(seconds=200))


def _answer(content: dict[str, Any]) -> Any:
    with source({QUERY: content}) as running:
        return LOCAL.fetch(instant(PrometheusConfig(base_url=running.url), "up"))


def test_no_network_is_waited_for_in_a_transaction_and_a_launch_that_ended_gets_nothing(
    cast: Cast, prometheus: Source
) -> None:
    launch = started(cast)
    of_service(cast, prometheus.url)
    before = LaunchReading.objects.count()
    Launch.objects.filter(pk=launch.pk).update(
        state="rolled-back", ended_by=cast.theo, ended_at=NOW, end_reason="Too slow."
    )
    assert read() == 0
    assert LaunchReading.objects.count() == before


def test_beat_calls_it(cast: Cast, prometheus: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "egress", lambda: LOCAL)
    started(cast)
    of_service(cast, prometheus.url)
    beat = app.conf.beat_schedule["read the figures of launches"]
    assert (beat["task"], beat["schedule"]) == (tasks.measure.name, timedelta(seconds=15))
    assert tasks.measure() == 1


def test_who_opens_the_page_wakes_a_worker_once_and_polls_for_little(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(tasks, "measure_soon", lambda: woken.append(1))
    launch = started(cast, timezone.now())
    address, htmx = "/services/checkout/launch-day/live/", {"HX-Request": "true"}
    login(client, cast.vera)
    first = client.get(address, {"opened": "1"}, headers=htmx)
    assert len(woken) == 1
    assert 'hx-target="#launch-board"' in first.text, "another beat: the board as well"
    second = client.get(address, {"beat": first.context["day"].beat}, headers=htmx)
    assert "launch-board" not in second.text
    assert len(second.content) < 5000
    assert len(woken) == 1
    Launch.objects.filter(pk=launch.pk).update(read_at=timezone.now())
    client.get(address, {"opened": "1"}, headers=htmx)
    assert len(woken) == 1, "it was read a moment ago"
    assert client.get(address).headers["Location"] == "/services/checkout/launch-day/"


# With a real one


@pytest.mark.needs("prometheus")
def test_a_figure_that_crosses_its_threshold_turns_red(cast: Cast) -> None:
    """The application begins to fail; the next readings say beyond, and the page asks for a roll-back."""
    counted = Counter(requests=0, errors=0, failing=0)

    def metrics() -> Page:
        counted["requests"] += 100
        counted["errors"] += counted["failing"]
        return Page(f"requests_total {counted['requests']}\nerrors_total {counted['errors']}\n", kind="text/plain")

    ratio = "sum(rate(errors_total[2s])) / sum(rate(requests_total[2s]))"
    lines = [
        {"metric": f"Error ratio: {ratio}", "limit": "above 5 %", "action": "roll back"},
        {"metric": f"Error ratio: {ratio}", "limit": "below 1 %", "action": "go on"},
    ]
    with misbehaving() as application:
        application.behaviour.pages["/metrics"] = metrics
        with real_prometheus(target=application.host, awaited=(f"{ratio} < 0.01",)) as server:
            started(cast, timezone.now(), thresholds=lines)
            of_service(cast, server.url)
            assert verdicts(cast) == [Verdict.INSIDE, Verdict.INSIDE]
            counted["failing"] = 50
            eventually(lambda: server.has_series(f"{ratio} > 0.3"))
            assert verdicts(cast) == [Verdict.BEYOND, Verdict.NOT_YET]
            day = launch_day(cast.checkout, cast.theo, timezone.now())
    assert day.roll_back[0].calls_for == "Roll back: Mia Example decides."
    assert day.roll_back[0].figure.value_said.endswith("\u202f%")
    assert day.going_on_problems[1:] == [
        "Error ratio is beyond the limit at which the plan rolls back.",
        "Error ratio is not where the plan wants it for going on.",
    ]


def verdicts(cast: Cast) -> list[Verdict]:
    Launch.objects.update(read_at=None)
    assert measuring.read_launches(egress=LOCAL) == 1
    day = launch_day(cast.checkout, cast.theo, timezone.now())
    return [one.verdict for one in (*day.roll_back, *day.go_on)]
