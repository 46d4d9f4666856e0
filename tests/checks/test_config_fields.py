"""Every type's settings become a form, and what is typed becomes the settings again."""

from datetime import date
from typing import Any, Literal

import pytest
from django import forms
from django.http import QueryDict
from pydantic import Field

from readiness.checks import planning
from readiness.checks.config_fields import asked_for, config_of, shown
from readiness.checks.forms import ConfigForm
from readiness.checks.types import TYPES
from readiness.checks.types.contract import CheckConfig, needs
from tests.cast import Cast
from tests.checks.cases import check_of, measured

FULL: dict[str, dict[str, Any]] = {
    "health_pair": {
        "live_url": "https://a.example/live",
        "ready_url": "https://a.example/ready",
        "max_live_ms": 250,
        "dependency_cut": {
            "hook_url": "https://s.example/switch",
            "live_url": "https://s.example/live",
            "ready_url": "https://s.example/ready",
        },
    },
    "http_authz": {
        "base_url": "https://a.example",
        "routes": [{"path": "/orders", "method": "POST"}, {"url": "https://b.example/x", "method": "GET"}],
        "openapi_url": "https://a.example/openapi.json",
        "kind": "frontend",
        "hide_existence": True,
    },
    "error_leak": {"base_url": "https://a.example", "fault_paths": ["/a", "/b"], "error_type": "any"},
    "exposure": {
        "base_url": "https://a.example",
        "internal_paths": ["/metrics"],
        "internal_ports": [9090, 5432],
        "vantage": "public",
        "self_test_url": "https://intranet.example",
    },
    "tls_expiry": {"url": "https://a.example", "min_days": 30, "min_tls": "1.3"},
    "prom_query": {"base_url": "https://p.example", "query": "up", "comparator": ">=", "threshold": 0.5},
    "prom_golden": {
        "base_url": "https://p.example",
        "selector": '{job="a"}',
        "pools": [{"name": "db", "in_use": 'sum(busy{pool=~"a|b"})', "max": "sum(size)"}],
    },
    "am_delivery": {
        "base_url": "https://am.example",
        "prometheus_url": "https://p.example",
        "selector": '{service="checkout"}',
        "max_ack_minutes": 10,
    },
    "am_routing": {
        "base_url": "https://am.example",
        "prometheus_url": "https://p.example",
        "selector": '{a="b"}',
        "page_label": "severity=critical",
    },
    "loki_logs": {
        "base_url": "https://l.example",
        "query": '{app="a"}',
        "min_json_share": 0.99,
        "required_fields": ["status"],
        "forbidden_levels": ["debug"],
        "failures_log_errors": True,
    },
    "correlation": {"base_url": "https://l.example", "service_url": "https://a.example", "path": "/orders/1"},
    "resource_trend": {
        "base_url": "https://p.example",
        "selector": '{job="a"}',
        "start": "2027-01-31T14:00Z",
        "end": "2027-01-31T15:00Z",
        "max_growth_share": 0.1,
    },
    "prom_targets": {"base_url": "https://p.example", "selector": '{job="a"}', "min_targets": 2},
    "prom_rules": {"base_url": "https://p.example", "selector": '{a="b"}', "require": ["runbooks"]},
    "runbook_url": {
        "rules": {"base_url": "https://p.example", "selector": '{a="b"}'},
        "required_sections": {"steps": "step|how to", "causes": "cause"},
        "min_words": 40,
    },
    "sec_headers": {"base_url": "https://a.example", "kind": "frontend", "min_hsts_days": 365},
    "oncall_ical": {"calendar_url": "https://c.example/x.ics", "go_live_on": "2027-03-01", "time_zone": "Europe/Oslo"},
    "oncall_pagerduty": {"service_id": "PIJ90N7", "go_live_on": "2027-03-01", "min_levels": 2},
    "trace_query": {
        "base_url": "https://t.example",
        "flavour": "tempo",
        "service": "checkout",
        "min_services": 2,
        "dependencies": ["ledger", "postgresql"],
        "require_spans": ["queue"],
    },
    "ci_runs": {"repository": "https://github.com/shop/checkout", "commit": "4f2a91c", "workflow": "security.yml"},
    "secret_rotation_aws": {
        "base_url": "https://secretsmanager.eu-west-1.amazonaws.com",
        "secret": "shop/db",
        "rotation_days": 30,
    },
    "secret_rotation_vault": {"base_url": "https://v.example", "secret": "kv/shop/db", "namespace": "platform"},
    "repo_files": {
        "repository": "https://code.example/shop/checkout",
        "flavour": "gitlab",
        "rules": ["exists CODEOWNERS | docs/CODEOWNERS", "matches Dockerfile: ^FROM .+@sha256:"],
    },
    "rate_limit": {"staging_url": "https://s.example", "production_url": "https://a.example", "max_requests": 50},
}


def typed(model: type[CheckConfig], config: dict[str, Any]) -> dict[str, Any]:
    """What a browser would send of the form as it is shown."""
    return dict(shown(model, config))


def test_each_type_has_an_example_here() -> None:
    assert set(FULL) == set(TYPES)


@pytest.mark.parametrize("slug", FULL)
def test_what_is_shown_reads_back_as_the_same_settings(slug: str) -> None:
    model = TYPES[slug].config_model
    meant = model.model_validate(FULL[slug])
    config, problems = config_of(model, typed(model, meant.model_dump(mode="json")))
    assert problems == {}
    assert model.model_validate(config) == meant


@pytest.mark.parametrize("slug", TYPES)
def test_an_empty_form_lacks_exactly_what_the_type_needs(slug: str) -> None:
    model = TYPES[slug].config_model
    config, problems = config_of(model, typed(model, planning.filled(slug, {})))
    assert problems == {}
    assert needs(TYPES[slug], config) == needs(TYPES[slug], {})


@pytest.mark.parametrize("slug", TYPES)
def test_every_field_has_words(slug: str) -> None:
    for asked in asked_for(TYPES[slug].config_model).values():
        assert asked.field.label
        assert asked.field.help_text


def test_a_field_of_a_kind_nobody_foresaw_is_asked_for_as_json() -> None:
    class Odd(CheckConfig):
        nested: dict[str, list[int]]
        either: int | str = 3

    config, problems = config_of(Odd, {"nested": '{"a": [1, 2]}', "either": ""})
    assert Odd.model_validate(config).nested == {"a": [1, 2]}
    assert problems == {}
    _, problems = config_of(Odd, {"nested": "{oops", "either": ""})
    assert problems["nested"].startswith("This is not JSON")


def test_one_choice_is_always_made_and_many_may_be_none() -> None:
    class Choosing(CheckConfig):
        one: Literal["a", "b"] = "b"
        many: tuple[Literal["a_b", "c"], ...] = ("c",)

    fields = asked_for(Choosing)
    assert fields["one"].field.required
    assert isinstance(fields["many"].field, forms.MultipleChoiceField)
    config, _ = config_of(Choosing, {"one": "a", "many": []})
    assert Choosing.model_validate(config) == Choosing(one="a", many=())


@pytest.mark.parametrize(
    ("line", "route"),
    [
        ("/orders", {"method": "GET", "path": "/orders"}),
        ("post /orders", {"method": "POST", "path": "/orders"}),
        ("DELETE https://b.example/x", {"method": "DELETE", "url": "https://b.example/x"}),
    ],
)
def test_a_route_is_a_line(line: str, route: dict[str, str]) -> None:
    config, _ = config_of(TYPES["http_authz"].config_model, {"base_url": "https://a.example", "routes": line})
    assert config["routes"] == [route]


def test_a_pool_is_a_line_with_bars() -> None:
    model = TYPES["prom_golden"].config_model
    assert "One a line, as Pool | Query for how much is in use" in str(asked_for(model)["pools"].field.help_text)
    config, _ = config_of(model, {"pools": 'db | sum(busy{pool=~"a|b"}) | sum(size)'})
    assert config["pools"] == [{"name": "db", "in_use": 'sum(busy{pool=~"a|b"})', "max": "sum(size)"}]
    _, problems = config_of(model, {"pools": "db | sum(busy)"})
    assert problems["pools"].endswith("“db | sum(busy)” lacks a part.")


def test_a_section_without_a_colon_is_said_at_its_field() -> None:
    _, problems = config_of(TYPES["runbook_url"].config_model, {"required_sections": "steps"})
    assert "has no colon" in problems["required_sections"]


# The form of a check


def form_of(cast: Cast, type_: str, **data: str) -> ConfigForm:
    query = QueryDict(mutable=True)
    query.update({"version": "1"} | data)
    return ConfigForm(check_of(cast, type_), query)


def test_the_form_shows_what_stands_and_whom_it_follows(cast: Cast) -> None:
    measured(cast, {"prometheus_url": "https://p.example"})
    form = ConfigForm(check_of(cast, "prom_query"))
    assert form.initial["base_url"] == "https://p.example"
    assert "Follows the service's “Prometheus address” until" in form.fields["base_url"].help_text
    assert "Follows the checklist" in form.fields["comparator"].help_text
    assert "Follows" not in form.fields["query"].help_text


def test_wrong_settings_are_said_at_their_fields_all_at_once(cast: Cast) -> None:
    measured(cast)
    form = form_of(cast, "prom_query", base_url="prometheus", comparator=">", max_sample_age_minutes="-3")
    assert not form.is_valid()
    assert set(form.errors) == {"base_url", "query", "max_sample_age_minutes"}
    assert form.errors["query"] == ["This is needed."]


def test_what_concerns_several_fields_is_said_above_them(cast: Cast) -> None:
    measured(cast)
    form = form_of(cast, "prom_query", base_url="https://p.example", query="up", comparator=">", threshold="")
    assert not form.is_valid()
    assert form.non_field_errors() == ["A comparison needs a threshold."]


def test_clearing_a_field_is_an_answer_and_not_the_plan_again(cast: Cast) -> None:
    measured(cast, {"prometheus_url": "https://p.example"})
    form = form_of(cast, "prom_query", base_url="https://p.example", query="up", comparator="exists", threshold="")
    assert form.is_valid(), form.errors
    check = check_of(cast, "prom_query")
    assert check.planned["threshold"] == 0
    assert planning.set_by_person(check.type, check.planned, form.config) == {
        "query": "up",
        "comparator": "exists",
        "threshold": None,
    }


def test_a_date_is_asked_for_as_a_date() -> None:
    class Dated(CheckConfig):
        on: date | None = Field(default=None, title="Day", description="A day.", examples=["2027-03-01"])

    assert config_of(Dated, {"on": "2027-03-01"}) == ({"on": "2027-03-01"}, {})
    assert config_of(Dated, {"on": ""}) == ({"on": None}, {})
    assert 'type="date"' in str(asked_for(Dated)["on"].field.widget.render("on", "2027-03-01"))
