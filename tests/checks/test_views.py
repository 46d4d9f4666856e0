"""The pages of checks, for the cast: what each may see and do there, with htmx and without."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from readiness.accounts.models import User
from readiness.assessments.outcome import Finding, Level, failed
from readiness.checks.models import Check, Run
from tests.cast import NOW, Cast, login
from tests.checks.cases import FAIL, PASS, UNKNOWN, check_of, health, measured, queued, ran, town

HTMX = {"HX-Request": "true"}


def get(client: Client, user: User, name: str, *arguments: object, **query: str) -> str:
    response = login(client, user).get(reverse(f"checks:{name}", args=arguments), query)
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def post(client: Client, user: User, name: str, pk: int, *, htmx: bool = False, **data: Any) -> Any:
    headers = HTMX if htmx else {}
    return login(client, user).post(reverse(f"checks:{name}", args=[pk]), data, headers=headers)


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


# Of a service


def test_the_checks_of_a_service_say_what_they_verify_and_what_they_saw(cast: Cast, client: Client) -> None:
    ran(health(cast), FAIL)
    page = get(client, cast.theo, "checks", "checkout")
    assert "Live and ready" in page
    assert "It was seen." in page
    assert "Live answered 500." in page
    assert "One run: 1 fail. The newest: fail." in page


def test_they_say_what_they_need_and_where_to_say_it_once(cast: Cast, client: Client) -> None:
    measured(cast)
    page = get(client, cast.theo, "checks", "checkout")
    assert "Still needs: Prometheus address, Query." in page
    assert "4 checks wait for addresses" in page
    assert reverse("checks:configure", args=[check_of(cast, "prom_query").pk]) in page


def test_what_an_administrator_could_connect_is_named_and_linked_for_administrators(cast: Cast, client: Client) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    link = reverse("checks:integration", args=["prometheus"])
    for name, argument in (("checks", "checkout"), ("check", check.pk)):
        page = get(client, cast.theo, name, argument)
        assert "An administrator can connect once, for every service: Prometheus (1). Ask for it." in page
        assert link not in page
        assert link in get(client, cast.ada, name, argument)


def test_a_viewer_sees_them_and_is_offered_nothing(cast: Cast, client: Client) -> None:
    health(cast)
    page = get(client, cast.vera, "checks", "checkout")
    assert "Live and ready" in page
    assert "Run now" not in page
    assert "Set up</a>" not in page


def test_a_service_without_checks_says_so(cast: Cast, client: Client) -> None:
    assert "No checks" in get(client, cast.theo, "checks", "checkout")


def test_a_page_costs_the_same_for_few_and_for_many_runs(cast: Cast, client: Client) -> None:
    check = health(cast)
    address = reverse("checks:checks", args=["checkout"])
    login(client, cast.theo)
    client.get(address)
    ran(check, PASS)
    few = queries(client, address)
    for hour in range(1, 12):
        ran(check, PASS, at=NOW + timedelta(hours=hour))
    queued(check_of(cast, "error_leak"))
    assert queries(client, address) == few


# Run, switch, release


def test_run_now_answers_htmx_with_a_row_that_asks_again(
    cast: Cast, client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    check = health(cast)
    response = post(client, cast.olga, "run", check.pk, htmx=True)
    row = response.content.decode()
    assert row.lstrip().startswith("<li")
    assert 'hx-trigger="every 2s"' in row
    assert "Waits for a worker" in row
    assert Run.objects.get().requested_by == cast.olga


def test_the_row_stops_asking_when_the_run_has_ended(cast: Cast, client: Client) -> None:
    check = health(cast)
    queued(check)
    address = reverse("checks:row", args=[check.pk])
    login(client, cast.theo)
    assert "hx-trigger" in client.get(address, headers=HTMX).content.decode()
    Run.objects.all().delete()
    ran(check, PASS)
    response = client.get(address, headers=HTMX)
    assert "hx-trigger" not in response.content.decode()
    assert "HX-Refresh" not in response


def test_on_its_own_page_the_end_of_a_run_brings_the_whole_page(cast: Cast, client: Client) -> None:
    check = health(cast)
    ran(check, PASS)
    response = login(client, cast.theo).get(reverse("checks:row", args=[check.pk]), {"place": "alone"}, headers=HTMX)
    assert response["HX-Refresh"] == "true"


def test_a_run_that_nobody_takes_says_so_and_is_asked_for_less_often(cast: Cast, client: Client) -> None:
    queued(health(cast), at=NOW - timedelta(hours=1))
    page = get(client, cast.theo, "checks", "checkout")
    assert 'hx-trigger="every 15s"' in page
    assert "no worker has ended it yet" in page


def test_without_htmx_it_goes_back_to_where_the_button_was(cast: Cast, client: Client) -> None:
    check = health(cast)
    came_from = "http://testserver/services/checkout/checks/"
    response = login(client, cast.theo).post(reverse("checks:run", args=[check.pk]), headers={"Referer": came_from})
    assert (response.status_code, response["Location"]) == (302, came_from)


def test_and_never_to_another_site(cast: Cast, client: Client) -> None:
    check = health(cast)
    response = login(client, cast.theo).post(
        reverse("checks:run", args=[check.pk]), headers={"Referer": "https://evil.example/"}
    )
    assert response["Location"] == check.get_absolute_url()


def test_a_refused_run_answers_with_the_rule(cast: Cast, client: Client) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(is_enabled=False)
    response = post(client, cast.theo, "run", check.pk, htmx=True)
    assert response.status_code == 422
    assert "check-ready:</strong> It is switched off" in response.content.decode()


def test_the_switch_goes_off_and_on(cast: Cast, client: Client) -> None:
    check = health(cast)
    post(client, cast.theo, "switch", check.pk, to="off", version=check.version)
    check.refresh_from_db()
    assert not check.is_enabled
    assert "Switched off" in get(client, cast.theo, "checks", "checkout")
    post(client, cast.theo, "switch", check.pk, to="on", version=check.version)
    check.refresh_from_db()
    assert check.is_enabled


@pytest.mark.parametrize("version", ["", "0", "99", "x"])
def test_a_switch_from_an_old_page_is_a_conflict(cast: Cast, client: Client, version: str) -> None:
    check = health(cast)
    assert post(client, cast.theo, "switch", check.pk, to="off", version=version).status_code == 409
    check.refresh_from_db()
    assert check.is_enabled


def test_quarantine_says_why_and_offers_the_way_out(cast: Cast, client: Client) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(quarantined_at=NOW, quarantine_reason="KeyError: 'amount'")
    page = get(client, cast.olga, "checks", "checkout")
    assert "KeyError: &#x27;amount&#x27;" in page
    assert "Release" in page
    post(client, cast.olga, "release", check.pk)
    check.refresh_from_db()
    assert check.quarantined_at is None


def test_all_checks_run_with_one_button(cast: Cast, client: Client) -> None:
    health(cast)
    login(client, cast.theo).post(reverse("checks:run-all", args=["checkout"]))
    assert Run.objects.count() == 1


# One check


def test_a_check_shows_its_last_result_with_figures_and_findings(cast: Cast, client: Client) -> None:
    finding = Finding("ready-not-200", Level.ERROR, "Ready answered 503.", "https://a.example/ready")
    check = health(cast)
    ran(check, failed("Ready answered 503 in 12 ms.", {"ready_status": 503}, (finding,)))
    page = get(client, cast.theo, "check", check.pk)
    for words in ("Last result", "Ready status", "ready-not-200", "https://a.example/ready", "from the service"):
        assert words in page


def test_an_earlier_result_can_be_looked_at(cast: Cast, client: Client) -> None:
    check = health(cast)
    first = ran(check, FAIL)
    ran(check, PASS, at=NOW + timedelta(hours=1))
    assert "An earlier result" in get(client, cast.theo, "check", check.pk, run=str(first.pk))
    for nonsense in ("x", "999999", "9" * 40):
        assert "Last result" in get(client, cast.theo, "check", check.pk, run=nonsense)


def test_runs_come_in_pages(cast: Cast, client: Client) -> None:
    check = health(cast)
    for hour in range(23):
        ran(check, PASS, at=NOW + timedelta(hours=hour))
    assert "Page 1 of 2" in get(client, cast.theo, "check", check.pk)
    assert "21–23 of 23 runs" in get(client, cast.theo, "check", check.pk, page="2")


def test_the_page_of_a_check_costs_the_same_for_few_and_for_many(cast: Cast, client: Client) -> None:
    check = health(cast)
    login(client, cast.theo)
    client.get(check.get_absolute_url())
    ran(check, PASS)
    few = queries(client, check.get_absolute_url())
    for hour in range(1, 15):
        ran(check, PASS, at=NOW + timedelta(hours=hour))
    assert queries(client, check.get_absolute_url()) == few


def test_a_type_that_is_gone_still_has_a_page(cast: Cast, client: Client) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(type="of_the_past")
    assert "Of the past" in get(client, cast.theo, "check", check.pk)
    assert login(client, cast.theo).get(reverse("checks:configure", args=[check.pk])).status_code == 404


# Set-up


def typed(**fields: str) -> dict[str, Any]:
    return {"base_url": "https://p.example", "query": "up", "comparator": ">", "threshold": "0", **fields}


def test_a_check_is_set_up_in_the_browser(cast: Cast, client: Client) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    response = post(client, cast.theo, "configure", check.pk, version=check.version, **typed())
    assert (response.status_code, response["Location"]) == (302, check.get_absolute_url())
    assert check_of(cast, "prom_query").is_set_up


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(cast: Cast, client: Client) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    response = post(client, cast.theo, "configure", check.pk, version=check.version, **typed(base_url="p.example"))
    assert response.status_code == 422
    page = response.content.decode()
    assert "An address starts with http:// or https:// and names a host." in page
    assert 'value="p.example"' in page


def test_two_who_set_it_up_at_once_see_each_other(cast: Cast, client: Client) -> None:
    measured(cast)
    check = check_of(cast, "prom_query")
    post(client, cast.theo, "configure", check.pk, version=check.version, **typed())
    response = post(client, cast.mia, "configure", check.pk, version=check.version, **typed(query="down"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Somebody changed this check meanwhile" in page
    assert 'value="down"' in page
    assert f'name="version" value="{check.version + 1}"' in page
    assert check_of(cast, "prom_query").config["query"] == "up"


@pytest.mark.parametrize(("who", "status"), [("olga", 403), ("vera", 403), ("ada", 403), ("sam", 404)])
def test_set_up_is_for_the_lead_and_the_manager(cast: Cast, client: Client, who: str, status: int) -> None:
    check = health(cast)
    address = reverse("checks:configure", args=[check.pk])
    assert login(client, getattr(cast, who)).get(address).status_code == status
    assert client.post(address, {"version": check.version}).status_code == status


# In trouble


def test_checks_in_trouble_are_listed_for_those_who_may_see_them(cast: Cast, client: Client) -> None:
    check = health(cast)
    Check.objects.filter(pk=check.pk).update(quarantined_at=NOW, quarantine_reason="It broke.")
    assert "It broke." in get(client, cast.vera, "troubled")
    assert "Nothing in quarantine" in get(client, cast.sam, "troubled")


def test_sources_that_cannot_be_read_are_listed(cast: Cast, client: Client) -> None:
    check = health(cast)
    for hour in range(3):
        ran(check, UNKNOWN, at=NOW + timedelta(hours=hour))
    page = get(client, cast.theo, "troubled", show="unread")
    assert "Checkout" in page
    assert "3 times in a row" in page


def test_the_list_of_trouble_costs_the_same_for_few_and_for_many(cast: Cast, client: Client) -> None:
    town(cast, 2)
    login(client, cast.mia)
    address = reverse("checks:troubled") + "?show=without-setup"
    client.get(address)
    few = queries(client, address)
    measured(cast)
    assert queries(client, address) == few


# Strangers


@pytest.mark.parametrize("name", ["check", "row", "configure"])
def test_a_stranger_learns_nothing(cast: Cast, client: Client, name: str) -> None:
    check = health(cast)
    login(client, cast.sam)
    assert client.get(reverse(f"checks:{name}", args=[check.pk])).status_code == 404
    assert client.get(reverse("checks:checks", args=["checkout"])).status_code == 404


@pytest.mark.parametrize("name", ["run", "switch", "release", "configure"])
def test_a_stranger_changes_nothing(cast: Cast, client: Client, name: str) -> None:
    check = health(cast)
    before = Check.objects.values().get(pk=check.pk)
    assert post(client, cast.sam, name, check.pk, version=check.version, to="off").status_code == 404
    assert login(client, cast.sam).post(reverse("checks:run-all", args=["checkout"])).status_code == 404
    assert Check.objects.values().get(pk=check.pk) == before
    assert not Run.objects.exists()


@pytest.mark.parametrize("name", ["run", "switch", "release"])
def test_what_changes_something_is_not_done_by_a_link(cast: Cast, client: Client, name: str) -> None:
    check = health(cast)
    assert login(client, cast.theo).get(reverse(f"checks:{name}", args=[check.pk])).status_code == 405
