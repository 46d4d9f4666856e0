"""Registering and editing a service on its pages."""

from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from readiness.accounts.models import Grant, Team
from readiness.accounts.rules import Role
from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from readiness.catalog.rules import ENDPOINTS
from readiness.checks.models import Check
from readiness.history.models import Entry
from tests.cast import Cast, login, published
from tests.checks.connecting import connected

NEW = {"name": "Ledger", "tier": "2", "lifecycle": "prototype"}


@pytest.fixture
def filled(cast: Cast) -> dict[str, Any]:
    """The edit form of checkout as a browser would send it back untouched."""
    return {
        "version": "1", "name": "Checkout", "team": cast.payments.pk, "description": "Takes the customer's money.",
        "tier": "1", "lifecycle": "prototype", "traits": cast.checkout.traits, "tech_lead": cast.theo.pk,
        "on_call": cast.olga.pk, "platform_owner": cast.pia.pk, "go_live_on": f"{cast.checkout.go_live_on}",
    }  # fmt: skip


def errors(response: Any) -> dict[str, list[str]]:
    assert response.status_code == 422
    return {field: list(sentences) for field, sentences in response.context["form"].errors.items()}


def test_a_registered_service_is_measured_and_its_checks_are_planned(cast: Cast, client: Client) -> None:
    published()
    fields = {**NEW, "team": cast.payments.pk, "traits": ["http-api"], "live_url": "https://l.example.com/live"}
    fields |= {
        "ready_url": "https://l.example.com/ready",
        "runbook_urls": "https://r.example.com/1\r\nhttps://r.example.com/2",
    }
    fields |= {"dependencies": "checkout\r\nstripe\r\n", "go_live_on": "2027-01-01", "tech_lead": cast.theo.pk}
    response = login(client, cast.mia).post("/services/new/", fields)
    assert (response.status_code, response["Location"]) == (302, "/services/ledger/")
    service = Service.objects.get(slug="ledger")
    assert service.addresses("runbook_urls") == ["https://r.example.com/1", "https://r.example.com/2"]
    assert [row.label for row in service.dependencies.all()] == ["checkout", "stripe"]
    assert Assessment.objects.get(service=service).hard_applicable > 10
    assert Check.objects.get(service=service, type="health_pair").is_set_up
    assert {"service.created", "service.assessed", "service.checks_planned"} <= set(
        Entry.objects.of_service(service.pk).values_list("verb", flat=True)
    )


def test_without_a_published_checklist_a_service_waits_to_be_measured(cast: Cast, client: Client) -> None:
    login(client, cast.mia).post("/services/new/", {**NEW, "team": cast.payments.pk})
    service = Service.objects.get(slug="ledger")
    assert "Not measured yet" in client.get(service.get_absolute_url()).content.decode()
    assert client.post("/services/ledger/measure/").status_code == 422
    published()
    assert client.post("/services/ledger/measure/").status_code == 302
    assert Assessment.objects.filter(service=service).exists()


def test_a_new_team_is_led_by_who_founds_it(cast: Cast, client: Client) -> None:
    login(client, cast.sam).post("/services/new/", {**NEW, "new_team": "Lending"})
    assert Service.objects.get(slug="ledger").team == Team.objects.get(slug="lending")
    assert Grant.objects.filter(user=cast.sam, role=Role.TECH_LEAD, team__slug="lending").exists()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": "Checkout"}, "slug", "already"),
        ({"slug": "No Slug"}, "slug", "small letters"),
        ({"name": "…"}, "slug", "small letters"),
        ({"team": ""}, "team", "belongs to a team"),
        ({"new_team": "Another"}, "team", "not both"),
        ({"tier": "9"}, "tier", "valid choice"),
        ({"traits": ["nosuch"]}, "traits", "valid choice"),
        ({"go_live_on": "soon"}, "go_live_on", "valid date"),
        ({"go_live_on": "2020-01-01"}, "go_live_on", "has passed"),
        ({"go_live_on": "2199-01-01"}, "go_live_on", "five years"),
        ({"live_url": "http://169.254.169.254/latest"}, "live_url", "no setting allows it"),
        ({"runbook_urls": "https://ok.example\nhttp://[fe80::1]/"}, "runbook_urls", "no setting allows it"),
        ({"metrics_selector": "job=bean"}, "metrics_selector", "Write labels in braces"),
        ({"metrics_selector": "{}"}, "metrics_selector", "at least one label"),
        ({"alert_selector": "bean"}, "alert_selector", "Write labels in braces"),
        ({"alert_selector": '{service="bean}'}, "alert_selector", "could not be read"),
        ({"log_query": "bean"}, "log_query", "labels in braces"),
        ({"log_query": '{app="bean'}, "log_query", "labels in braces"),
        ({"log_query": "{app=bean}"}, "log_query", "could not be read"),
        ({"log_query": '{} |= "bean"'}, "log_query", "at least one label"),
        ({"latency_p95_ms": "300", "latency_p99_ms": "100"}, "latency_p95_ms", "above the p99 budget of 100 ms"),
        ({"base_url": "https://b.example", "staging_url": "https://B.example/"}, "staging_url", "production answers"),
        ({"live_url": "checkout"}, "live_url", "http://"),
        ({"live_url": "https://user:pass@x.example"}, "live_url", "no user name"),
        ({"runbook_urls": "https://ok.example\nbad"}, "runbook_urls", "Address 2"),
        ({"repository": "git@github.com:a/b"}, "repository", "http://"),
        ({"dependencies": "ledger"}, "dependencies", "itself"),
        ({"tech_lead": "999999"}, "tech_lead", "valid choice"),
    ],
)
def test_a_wrong_field_is_named_at_its_place(
    cast: Cast, client: Client, change: dict[str, Any], field: str, words: str
) -> None:
    found = errors(login(client, cast.mia).post("/services/new/", {**NEW, "team": cast.payments.pk, **change}))
    assert list(found) == [field]
    assert words in found[field][0]
    assert Service.objects.count() == 2


@pytest.mark.parametrize(
    "said",
    [
        {"metrics_selector": '{job="bean",env=~"prod|live"}', "alert_selector": '{service="bean"}'},
        {"log_query": '{app="be}an", env=~`prod.*`} != "/healthz" | json'},
        {"latency_p95_ms": "100", "latency_p99_ms": "100"},
        {"base_url": "https://b.example", "staging_url": "https://staging.b.example"},
    ],
)
def test_what_checks_can_use_is_taken(cast: Cast, client: Client, said: dict[str, str]) -> None:
    assert login(client, cast.mia).post("/services/new/", {**NEW, "team": cast.payments.pk, **said}).status_code == 302
    assert Service.objects.get(slug="ledger").endpoints == said


def test_somebody_elses_team_is_not_among_the_choices(cast: Cast, client: Client) -> None:
    found = errors(login(client, cast.sam).post("/services/new/", {**NEW, "team": cast.payments.pk}))
    assert "team" in found
    assert not Service.objects.filter(slug="ledger").exists()


@pytest.mark.parametrize("person", ["vera", "theo", "olga", "eve"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_register_nowhere_gets_no_form(cast: Cast, client: Client, person: str, method: str) -> None:
    assert getattr(login(client, getattr(cast, person)), method)("/services/new/").status_code == 403


def test_an_edit_judges_anew(cast: Cast, client: Client, now: datetime, filled: dict[str, Any]) -> None:
    before = cast.assessed(now=now).hard_applicable
    response = login(client, cast.theo).post("/services/checkout/edit/", {**filled, "traits": ["worker"], "tier": "4"})
    assert response.status_code == 302
    cast.checkout.refresh_from_db()
    assert (cast.checkout.traits, cast.checkout.version) == (["worker"], 2)
    assert Assessment.objects.get(service=cast.checkout).hard_applicable < before


def test_a_go_live_that_passed_stays_and_is_not_moved_into_the_past(
    cast: Cast, client: Client, filled: dict[str, Any]
) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(go_live_on="2020-01-01")
    address, passed = "/services/checkout/edit/", {**filled, "name": "Till", "go_live_on": "2020-01-01"}
    assert login(client, cast.theo).post(address, passed).status_code == 302
    assert "go_live_on" in errors(client.post(address, {**passed, "version": "2", "go_live_on": "2020-01-02"}))


def test_a_form_that_changes_nothing_leaves_no_trace(cast: Cast, client: Client, filled: dict[str, Any]) -> None:
    response = login(client, cast.theo).post("/services/checkout/edit/", filled, follow=True)
    assert "Nothing was changed." in response.content.decode()
    assert not Entry.objects.filter(verb="service.edited").exists()


def test_the_form_shows_what_stands_there(cast: Cast, client: Client) -> None:
    page = login(client, cast.theo).get("/services/checkout/edit/").content.decode()
    assert 'value="Checkout"' in page
    assert f'value="{cast.checkout.go_live_on}"' in page


def test_who_writes_second_sees_both_and_keeps_what_was_typed(
    cast: Cast, client: Client, filled: dict[str, Any]
) -> None:
    login(client, cast.mia).post("/services/checkout/edit/", {**filled, "description": "Mia's words", "tier": "2"})
    response = login(client, cast.theo).post("/services/checkout/edit/", {**filled, "description": "Theo's words"})
    assert response.status_code == 409
    page = response.content.decode()
    rows = {row.label: (row.now, row.typed) for row in response.context["differences"]}
    assert rows == {"Description": ("Mia's words", "Theo's words"), "Tier": ("2 · high", "1 · critical")}
    assert "Theo&#x27;s words</textarea>" in page
    cast.checkout.refresh_from_db()
    assert cast.checkout.description == "Mia's words"

    again = client.post("/services/checkout/edit/", {**filled, "description": "Theo's words", "version": "2"})
    assert again.status_code == 302
    cast.checkout.refresh_from_db()
    assert cast.checkout.description == "Theo's words"


@pytest.mark.parametrize(("person", "status"), [("sam", 404), ("vera", 403), ("olga", 403), ("eve", 403)])
def test_who_may_not_edit_changes_nothing(
    cast: Cast, client: Client, filled: dict[str, Any], *, person: str, status: int
) -> None:
    login(client, getattr(cast, person))
    assert client.get("/services/checkout/edit/").status_code == status
    assert client.post("/services/checkout/edit/", {**filled, "tier": "4"}).status_code == status
    cast.checkout.refresh_from_db()
    assert cast.checkout.tier == 1


def test_a_service_moves_only_to_teams_one_may_register_in(cast: Cast, client: Client, filled: dict[str, Any]) -> None:
    found = errors(login(client, cast.mia).post("/services/checkout/edit/", {**filled, "team": cast.search.pk}))
    assert "team" in found
    response = login(client, cast.ada).post("/services/checkout/edit/", {**filled, "team": cast.search.pk})
    assert response.status_code == 302
    cast.checkout.refresh_from_db()
    assert cast.checkout.team == cast.search


def test_groups_of_fields_are_folded_while_nothing_stands_in_them(cast: Cast, client: Client) -> None:
    connected(cast)
    Service.objects.filter(pk=cast.checkout.pk).update(endpoints={"peak_rps": "120"})
    response = login(client, cast.theo).get("/services/checkout/edit/")
    groups = {group.title: group for group in response.context["form"].endpoint_groups}
    assert [title for title, group in groups.items() if group.is_open] == ["The service itself", "Budgets"]
    page = response.content.decode()
    assert (
        "Inherited from the organisation where nothing is written here: Prometheus at https://prometheus.example.com."
        in page
    )
    for name in ENDPOINTS:
        assert page.count(f'name="{name}"') == 1


def test_a_group_with_a_wrong_field_is_open(cast: Cast, client: Client, filled: dict[str, Any]) -> None:
    response = login(client, cast.theo).post("/services/checkout/edit/", filled | {"prometheus_url": "nowhere"})
    assert errors(response)["prometheus_url"]
    groups = {group.title: group for group in response.context["form"].endpoint_groups}
    assert groups["Monitoring"].is_open
