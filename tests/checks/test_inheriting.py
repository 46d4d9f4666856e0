"""Services inherit the organisation's sources, and calls to them carry the stored credential."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from readiness.assessments.outcome import Outcome, passed
from readiness.checks import actions, inheriting, plans, runner
from readiness.checks.actions import integrations
from readiness.checks.forms import ConfigForm
from readiness.checks.models import Check, Plan, Run
from readiness.checks.sources import Connection
from readiness.checks.types import TYPES
from readiness.checks.types._prometheus import PrometheusConfig, instant
from readiness.checks.types.contract import CheckConfig, CheckType
from readiness.egress import Steps
from tests.cast import NOW, Cast
from tests.checks.cases import LOCAL, check_of, measured, queued, standing_still, town
from tests.checks.connecting import SECRET, URL, changed, connected
from tests.servers.source import Source, source, vector

OWN = "https://own-prometheus.example.com"
QUERY = {"comparator": ">", "threshold": 0, "query": "up"}


def prom_query(cast: Cast) -> Check:
    return check_of(cast, "prom_query")


def replan() -> int:
    return plans.plan_outdated(now=NOW)


# Planning


def test_where_the_service_says_nothing_the_organisations_address_is_planned(cast: Cast) -> None:
    connected(cast)
    measured(cast)
    check = prom_query(cast)
    assert check.planned["base_url"] == URL
    assert [need.partition(":")[0] for need in check.needs] == ["Query"]
    hint = ConfigForm(check).fields["base_url"].help_text
    assert "Follows the organisation's Prometheus until you write something else." in hint


def test_the_services_own_address_comes_first(cast: Cast) -> None:
    connected(cast)
    measured(cast, {"prometheus_url": OWN})
    check = prom_query(cast)
    assert check.planned["base_url"] == OWN
    assert "Follows the service's" in ConfigForm(check).fields["base_url"].help_text


def test_what_a_person_set_stands_over_both(cast: Cast) -> None:
    connected(cast)
    measured(cast)
    check = prom_query(cast)
    set_up = actions.configure(
        by=cast.theo, check=check, version=check.version, config=QUERY | {"base_url": OWN}, now=NOW
    )
    assert set_up.config["base_url"] == OWN
    following = actions.configure(
        by=cast.theo, check=check, version=set_up.version, config=QUERY | {"base_url": URL}, now=NOW
    )
    assert following.configured == {"query": "up"}


def test_every_service_follows_a_change_within_the_schedulers_beats(cast: Cast) -> None:
    town(cast, 3)
    assert replan() == 0
    made = connected(cast)
    assert plans.plan_outdated(now=NOW, limit=2) == 2
    assert plans.plan_outdated(now=NOW, limit=2) == 1
    assert replan() == 0
    assert planned_addresses() == {URL}
    made = changed(cast, made, address=OWN)
    assert replan() == 3
    assert planned_addresses() == {OWN}
    made = integrations.switch(by=cast.ada, integration=made, version=made.version, is_enabled=False, now=NOW)
    assert replan() == 3
    assert planned_addresses() == {None}
    integrations.remove(by=cast.ada, integration=made, version=made.version, now=NOW)
    assert replan() == 0


def planned_addresses() -> set[str | None]:
    return {check.planned.get("base_url") for check in Check.objects.filter(type="prom_query")}


def test_a_secret_that_changes_plans_nothing_anew(cast: Cast) -> None:
    made = connected(cast)
    measured(cast)
    changed(cast, made, secret="another one")
    assert replan() == 0
    assert SECRET not in str(list(Plan.objects.values()))


def test_runbooks_are_found_in_the_rules_of_the_organisations_prometheus() -> None:
    told = inheriting.inherit(
        "runbook_url",
        {},
        endpoints={"alert_selector": '{service="x"}'},
        connections={"prometheus": Connection("prometheus", URL)},
    )
    assert told == {"rules": {"base_url": URL, "selector": '{service="x"}'}}
    assert inheriting.origin("runbook_url", "rules", told["rules"], {"prometheus": Connection("prometheus", URL)})


class Traced(CheckConfig):
    base_url: str
    prometheus_url: str = ""
    flavour: str = "jaeger"
    tenant: str | None = None


def _nothing(_: Traced) -> Steps[Outcome]:
    yield []
    return passed("Seen.")


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> str:
    kind: CheckType[Traced] = CheckType(
        "traced", "T", "T.", Traced, _nothing, TYPES["prom_query"].default_every, source="traces"
    )
    monkeypatch.setitem(TYPES, "traced", kind)
    monkeypatch.setitem(inheriting.FROM_SOURCES, "traced", {"prometheus_url": "prometheus"})
    return "traced"


TEMPO = Connection("traces", "https://tempo.example", "tempo", {"tenant": "platform", "user": "me"})


def test_flavour_and_tenant_come_along_with_the_address(traced: str) -> None:
    told = inheriting.inherit(traced, {}, endpoints={}, connections={"traces": TEMPO})
    assert told == {"base_url": "https://tempo.example", "flavour": "tempo", "tenant": "platform"}
    assert inheriting.origin(traced, "flavour", "tempo", {"traces": TEMPO}) == "the organisation's Tempo"


def test_but_not_with_somebody_elses_address(traced: str) -> None:
    own: dict[str, object] = {"base_url": "https://own.example"}
    assert inheriting.inherit(traced, own, endpoints={}, connections={"traces": TEMPO}) == own
    assert inheriting.origin(traced, "base_url", "https://own.example", {"traces": TEMPO}) == ""


def test_a_type_may_ask_two_sources(traced: str) -> None:
    sources = {"traces": TEMPO, "prometheus": Connection("prometheus", URL)}
    assert inheriting.inherit(traced, {}, endpoints={}, connections=sources)["prometheus_url"] == URL
    assert inheriting.kinds_of(traced) == {"traces", "prometheus"}
    assert inheriting.missing(traced, {}) == ["traces"]


# Running


@pytest.fixture
def prometheus() -> Iterator[Source]:
    with source({"/api/v1/query": vector(3)}) as running:
        yield running


def run(cast: Cast, **endpoints: Any) -> Run:
    measured(cast, endpoints)
    check = prom_query(cast)
    config = check.planned | {"query": "up"}
    queued(actions.configure(by=cast.theo, check=check, version=check.version, config=config, now=NOW))
    runner.run_batch(worker="w", clock=standing_still(), egress=LOCAL)
    return Run.objects.get()


def test_the_stored_secret_goes_along_with_the_checks_calls(cast: Cast, prometheus: Source) -> None:
    connected(cast, address=prometheus.url, settings={"tenant": "platform"})
    assert run(cast).result == "pass"
    assert set(prometheus.sent("Authorization")) == {f"Bearer {SECRET}"}
    assert set(prometheus.sent("X-Scope-OrgID")) == {"platform"}


def test_a_services_own_source_gets_no_secret_of_the_organisation(cast: Cast, prometheus: Source) -> None:
    connected(cast, address="http://127.0.0.1:9/")
    assert run(cast, prometheus_url=prometheus.url).result == "pass"
    assert set(prometheus.sent("Authorization")) == {None}


def test_a_source_that_is_switched_off_gets_no_secret(cast: Cast, prometheus: Source) -> None:
    made = connected(cast, address=prometheus.url)
    integrations.switch(by=cast.ada, integration=made, version=made.version, is_enabled=False, now=NOW)
    run(cast, prometheus_url=prometheus.url)
    assert set(prometheus.sent("Authorization")) == {None}


def test_a_secret_that_cannot_be_read_any_more_makes_the_check_unknown_and_says_why(
    cast: Cast, prometheus: Source, settings: Settings
) -> None:
    connected(cast, address=prometheus.url)
    settings.SECRET_KEY = "another " * 5
    ended = run(cast)
    assert ended.result == "unknown"
    assert ended.reason.startswith("Prometheus: The stored secret can’t be read any more")
    assert prometheus.calls == []
    assert check_of(cast, "prom_query").item.status == "unknown"


def test_a_type_that_asks_another_source_gets_no_secret(cast: Cast, prometheus: Source) -> None:
    """A check of runbooks, or of the service itself, that is pointed there by whoever may edit the service."""
    connected(cast, "loki", address=prometheus.url)
    run(cast, prometheus_url=prometheus.url)
    assert set(prometheus.sent("Authorization")) == {None}


class Looks(PrometheusConfig):
    pass


def _shows_what_it_got(config: Looks) -> Steps[Outcome]:
    (answer,) = yield [instant(config, "up")]
    return passed(f"{answer.request} {answer!r}", {"headers": str(dict(answer.request.headers))})


def test_not_even_a_type_that_tells_all_it_knows_can_tell_the_secret(
    cast: Cast, prometheus: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = TYPES["prom_query"].default_every
    nosy = CheckType("prom_query", "N", "N.", Looks, _shows_what_it_got, every, source="prometheus")
    connected(cast, address=prometheus.url)
    measured(cast)
    monkeypatch.setitem(TYPES, "prom_query", nosy)
    Check.objects.filter(type="prom_query").update(config={"base_url": prometheus.url}, is_set_up=True)
    queued(prom_query(cast))
    runner.run_batch(worker="w", clock=standing_still(), egress=LOCAL)
    assert prometheus.sent("Authorization") == [f"Bearer {SECRET}"]
    assert SECRET not in str(list(Run.objects.values()))
