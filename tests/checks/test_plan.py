"""The checks that a service gets, and what each is told."""

from datetime import date

import pytest

from readiness.accounts.policy import NotAllowed, NotVisible
from readiness.catalog.models import Service
from readiness.checks import actions
from readiness.checks.actions import Planned
from readiness.checks.forms import origin_of
from readiness.checks.models import Check, Run
from readiness.checks.planning import endpoints_missing
from readiness.history.models import Entry
from readiness.portfolio import registration
from tests.assessments.small import item_yaml
from tests.cast import NOW, Cast, published
from tests.checks.cases import HEAD, check_of, health, measured, queued

URL = "https://prometheus.example.com"


def types(cast: Cast) -> set[str]:
    return set(Check.objects.in_force().filter(service=cast.checkout).values_list("type", flat=True))


def replan(cast: Cast, **changes: object) -> Planned:
    Service.objects.filter(pk=cast.checkout.pk).update(**changes)
    cast.checkout.refresh_from_db()
    return actions.plan(service=cast.checkout, by=cast.theo, now=NOW)


def test_a_service_gets_a_check_for_each_way_that_this_program_can_go(cast: Cast) -> None:
    measured(cast)
    assert types(cast) == {"health_pair", "error_leak", "prom_query", "exposure"}
    check = check_of(cast, "prom_query")
    assert (check.item.key, check.criterion_key, check.how) == ("metric", "moves", "query")
    assert check.verifies == "It was seen."


def test_it_is_told_the_parameters_of_the_checklist_and_the_addresses_of_the_service(cast: Cast) -> None:
    measured(cast, {"prometheus_url": URL})
    assert check_of(cast, "prom_query").config == {"comparator": ">", "threshold": 0, "base_url": URL}


def test_it_says_what_it_needs_before_it_can_run(cast: Cast) -> None:
    measured(cast, {"prometheus_url": URL})
    check = check_of(cast, "prom_query")
    assert not check.is_set_up
    assert [need.partition(":")[0] for need in check.needs] == ["Query"]


def test_what_needs_nothing_more_is_due_at_once(cast: Cast) -> None:
    check = health(cast)
    assert check.is_set_up
    assert list(Check.objects.due(NOW)) == [check]


def test_planning_twice_changes_nothing(cast: Cast) -> None:
    measured(cast, {"prometheus_url": URL})
    before = list(Check.objects.values())
    assert not replan(cast)
    assert list(Check.objects.values()) == before
    assert Entry.objects.filter(verb="service.checks_planned").count() == 1


def test_a_new_address_reaches_the_checks_and_one_that_lacked_it_becomes_due(cast: Cast) -> None:
    measured(cast)
    assert replan(cast, endpoints={"live_url": "https://a.example/live", "ready_url": "https://a.example/ready"})
    check = check_of(cast, "health_pair")
    assert check.is_set_up
    assert check.config["live_url"] == "https://a.example/live"


def test_what_nobody_asks_for_any_more_rests_with_its_runs(cast: Cast) -> None:
    measured(cast)
    check = check_of(cast, "exposure")
    queued(check)
    assert replan(cast, traits=["http-api"]) == Planned(retired=1)
    check.refresh_from_db()
    assert check.retired_at == NOW
    assert not Run.objects.filter(check_row=check).exists()
    assert "exposure" not in types(cast)


def test_and_comes_back_when_it_is_asked_for_again(cast: Cast) -> None:
    measured(cast)
    replan(cast, traits=["http-api"])
    assert replan(cast, traits=["http-api", "internet-facing"]).changed == 1
    assert "exposure" in types(cast)


def test_what_a_person_set_stays_when_the_plan_changes(cast: Cast) -> None:
    measured(cast, {"prometheus_url": URL})
    check = check_of(cast, "prom_query")
    config = {**check.config, "query": "up", "threshold": 5}
    actions.configure(by=cast.theo, check=check, version=check.version, config=config, now=NOW)
    replan(cast, endpoints={"prometheus_url": "https://other.example.com"})
    check.refresh_from_db()
    assert check.configured == {"query": "up", "threshold": 5.0}
    assert (check.config["base_url"], check.config["threshold"]) == ("https://other.example.com", 5.0)
    assert check.is_set_up


def test_a_service_that_is_not_measured_has_no_checks(cast: Cast) -> None:
    assert not actions.plan(service=cast.checkout, by=cast.theo, now=NOW)


@pytest.mark.parametrize(("who", "refusal"), [("vera", NotAllowed), ("olga", NotAllowed), ("sam", NotVisible)])
def test_planning_is_for_those_who_may_edit_the_service(cast: Cast, who: str, refusal: type[Exception]) -> None:
    cast.assessed()
    with pytest.raises(refusal):
        actions.plan(service=cast.checkout, by=getattr(cast, who), now=NOW)
    assert not Check.objects.exists()


def test_a_front_end_may_redirect_and_show_pages(cast: Cast) -> None:
    cast.assessed()
    replan(cast, traits=["frontend"])
    assert check_of(cast, "error_leak").config["error_type"] == "html"


def test_the_shipped_checklist_plans_checks_with_settings_that_they_know(cast: Cast) -> None:
    cast.assessed()
    endpoints = {
        "base_url": "https://checkout.example.com",
        "live_url": "https://checkout.example.com/live",
        "ready_url": "https://checkout.example.com/ready",
        "openapi_url": "https://checkout.example.com/openapi.json",
        "staging_url": "https://checkout.staging.example.com",
        "prometheus_url": URL,
        "alert_selector": '{service="checkout"}',
        "pager_service": "PIJ90N7",
        "oncall_calendar_url": "https://calendar.example.com/checkout.ics",
        "release_commit": "4f2a91c",
        "ci_workflow": "security.yml",
    }
    replan(cast, endpoints=endpoints, repository="https://github.com/shop/checkout")
    ready = set(Check.objects.ready().values_list("type", flat=True))
    assert {"health_pair", "error_leak", "prom_rules", "runbook_url", "http_authz", "rate_limit"} <= ready
    assert "exposure" not in ready, "nobody said where its worker stands"
    assert {"oncall_pagerduty", "oncall_ical", "ci_runs"} <= ready
    cover, escalation = Check.objects.filter(type="oncall_pagerduty").order_by("criterion_key")
    assert (cover.config["days_after_go_live"], "min_levels" in cover.config) == (14, False)
    assert (escalation.config["min_levels"], "days_after_go_live" in escalation.config) == (2, False)


SOURCES = HEAD + "".join(
    [
        item_yaml("scan", {"green": "{query: ci_runs}"}),
        item_yaml("cover", {"whole": "{query: oncall_ical, params: {go_live_on: 2020-01-01}}"}),
        item_yaml("traces", {"linked": "{query: trace_query, params: {min_services: 2}}"}),
    ]
)


def test_what_the_service_says_beside_its_endpoints_fills_fields_too(cast: Cast) -> None:
    measured(cast, version=published(SOURCES))
    check = check_of(cast, "ci_runs")
    assert endpoints_missing("ci_runs", check.config) == ["release_commit", "ci_workflow", "repository"]
    assert replan(cast, repository="https://github.com/shop/checkout").changed == 1
    check.refresh_from_db()
    assert check.config == {"repository": "https://github.com/shop/checkout"}
    assert origin_of(check, "repository") == "the service's “Repository”"


def test_dependencies_are_told_by_the_names_that_traces_hold(cast: Cast) -> None:
    Service.objects.filter(pk=cast.index.pk).update(endpoints={"trace_service": "index-api"})
    cast.checkout.dependencies.create(name="Index", needed=cast.index)
    cast.checkout.dependencies.create(name="Bank")
    measured(cast, version=published(SOURCES))
    assert check_of(cast, "trace_query").config["dependencies"] == ["Bank", "index-api"]


def test_traces_are_asked_only_for_what_the_service_says_it_speaks_to(cast: Cast) -> None:
    cast.assessed()
    replan(cast, traits=["calls-services", "has-database"])
    depth = Check.objects.get(item__key="obs-tracing-depth", type="trace_query")
    assert depth.planned["require_spans"] == ["database"]


def test_a_go_live_date_that_moves_changes_the_plan_and_a_checklist_says_nothing_of_it(cast: Cast) -> None:
    measured(cast, version=published(SOURCES))
    assert check_of(cast, "oncall_ical").config["go_live_on"] == "2026-03-19"
    checkout = Service.objects.get(pk=cast.checkout.pk)
    day = {"go_live_on": date(2027, 3, 1)}
    registration.change(by=cast.theo, now=NOW, service=checkout, version=checkout.version, changes=day)
    assert check_of(cast, "oncall_ical").config["go_live_on"] == "2027-03-01"
