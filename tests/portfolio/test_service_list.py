"""The list of services: who sees what, filters in the address, and a price that does not grow with the rows."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.accounts.models import User
from readiness.catalog.models import Service
from readiness.portfolio.registration import register
from tests.cast import Cast, login, published, service as new_service

type Titles = Callable[..., list[str]]


@pytest.fixture
def titles(client: Client) -> Titles:
    def names(person: User, query: str = "") -> list[str]:
        response = login(client, person).get(f"/services/{query}")
        assert response.status_code == 200
        return [service.name for service in response.context["page"]]

    return names


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("ada", ["Checkout", "Index"]),
        ("mia", ["Checkout"]),
        ("theo", ["Checkout"]),
        ("vera", ["Checkout"]),
        ("sam", ["Index"]),
        ("eve", ["Checkout"]),
    ],
)
def test_everybody_sees_their_own(cast: Cast, titles: Titles, person: str, expected: list[str]) -> None:
    assert titles(getattr(cast, person)) == expected


@pytest.fixture
def many(cast: Cast) -> Cast:
    today = timezone.localdate()
    new_service("ledger", cast.payments, tier=1, traits=["ml"], description="The books", go_live_on=today)
    new_service("html", cast.payments, tier=4, traits=["worker"], go_live_on=today + timedelta(days=3))
    new_service("attic", cast.payments, lifecycle="retired", go_live_on=None)
    new_service("vault", cast.payments, lifecycle="production", launched_on=today, on_call=cast.mia)
    return cast


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=BOOKS", ["Ledger"]),
        ("?q=led", ["Ledger"]),
        ("?team=payments&tier=4", ["Html"]),
        ("?team=search", []),
        ("?trait=ml", ["Checkout", "Ledger"]),
        ("?lifecycle=retired", ["Attic"]),
        ("?lifecycle=production", ["Vault"]),
        ("?mine=1", ["Vault"]),
        ("?sort=go-live&lifecycle=", ["Ledger", "Html", "Checkout", "Vault"]),
        ("?sort=-name", ["Vault", "Ledger", "Html", "Checkout"]),
        ("?sort=nonsense&tier=nonsense&trait=nonsense&page=nonsense", ["Checkout", "Html", "Ledger", "Vault"]),
    ],
)
def test_the_address_filters_and_sorts(many: Cast, titles: Titles, query: str, expected: list[str]) -> None:
    Service.objects.filter(slug="checkout").update(go_live_on=timezone.localdate() + timedelta(days=9))
    assert titles(many.mia, query) == expected


def test_a_page_costs_the_same_with_five_and_with_fifty_rows(cast: Cast, client: Client, now: datetime) -> None:
    published()
    costs = []
    for wanted in (5, 50):
        for number in range(Service.objects.count(), wanted):
            register(
                by=cast.ada, now=now, slug=f"s-{number}", name=f"S {number}", team=cast.payments, tech_lead=cast.theo
            )
        login(client, cast.ada).get("/services/")
        with CaptureQueriesContext(connection) as queries:
            response = client.get("/services/")
        assert len(response.context["page"].object_list) == wanted
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 9


def test_pages_hold_fifty(cast: Cast, client: Client) -> None:
    for number in range(60):
        new_service(f"s-{number}", cast.payments)
    response = login(client, cast.mia).get("/services/?page=2")
    assert len(response.context["page"].object_list) == 11
    assert b"page=1" in response.content


def test_an_empty_list_says_what_to_do_first(cast: Cast, client: Client) -> None:
    Service.objects.all().delete()
    page = login(client, cast.mia).get("/services/").content.decode()
    assert "/services/new/" in page
    assert "/services/import/" in page
    page = login(client, cast.vera).get("/services/").content.decode()
    assert "/services/new/" not in page
    assert "Ask your manager" in page


def test_no_match_offers_the_way_back(cast: Cast, client: Client) -> None:
    assert "No service matches" in login(client, cast.mia).get("/services/?q=zzz").content.decode()


def test_htmx_gets_the_list_alone(cast: Cast, client: Client) -> None:
    response = login(client, cast.mia).get("/services/?q=check", headers={"HX-Request": "true"})
    page = response.content.decode()
    assert page.lstrip().startswith('<div id="services"')
    assert "Checkout" in page


def test_a_stranger_is_asked_to_sign_in(db: None, cast: Cast, client: Client) -> None:
    assert client.get("/services/").status_code == 302
