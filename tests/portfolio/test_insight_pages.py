"""The pages of the insights: what the address says, what an empty installation shows, and what a card costs."""

from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.catalog.models import Service
from readiness.portfolio.insights import counting, rollup
from readiness.portfolio.insights.cards import CARDS
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.kept import Kept
from tests.cast import TODAY, Cast, day, login
from tests.portfolio.recorded import fleet

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("monday")


def look(user: User, query: str = "") -> Look:
    return Look.of(user, QueryDict(query), today=TODAY)


def ask(client: Client, key: str, query: str = "") -> Any:
    response = client.get(f"/portfolio/insights/{key}/{query}", headers=HTMX)
    assert response.status_code == 200
    return response


@pytest.mark.parametrize("key", CARDS)
def test_an_empty_installation_says_so(client: Client, cast: Cast, key: str) -> None:
    Service.objects.all().delete()
    shown = ask(login(client, cast.ada), key).context["insight"]
    assert shown.is_empty
    assert shown.headline


def test_what_there_is_not_is_not_found(client: Client, cast: Cast) -> None:
    login(client, cast.ada)
    for address in (
        "/portfolio/insights/made-up/",
        "/portfolio/insights/rows/made-up/",
        "/portfolio/insights/made-up.csv",
    ):
        assert client.get(address).status_code == 404


# The address


@pytest.mark.parametrize(
    ("query", "first", "last", "is_wrong"),
    [
        ("", day(-91), TODAY, False),
        ("range=4w", day(-28), TODAY, False),
        ("range=year", day(-365), TODAY, False),
        ("range=for+ever", day(-91), TODAY, False),
        ("range=custom", day(-91), TODAY, False),
        ("range=custom&from=2026-01-01&to=2026-01-31", day(-60), day(-30), False),
        ("range=custom&from=2026-01-01", day(-60), TODAY, False),
        ("range=custom&from=2026-01-01&to=2099-01-01", day(-60), TODAY, False),
        ("range=custom&from=2026-02-31", day(-91), TODAY, True),
        ("range=custom&from=soon&to=later", day(-91), TODAY, True),
        ("range=custom&from=2026-02-01&to=2026-01-01", day(-91), TODAY, True),
        ("range=custom&from=2027-02-01", day(-91), TODAY, True),
    ],
)
def test_the_days_stand_in_the_address(cast: Cast, query: str, first: Any, last: Any, is_wrong: bool) -> None:
    period = look(cast.ada, query).period
    assert (period.first, period.last, bool(period.problem)) == (first, last, is_wrong)


def test_wrong_days_get_a_sentence_and_a_page(client: Client, cast: Cast) -> None:
    response = login(client, cast.ada).get("/portfolio/insights/?range=custom&from=2026-02-01&to=2026-01-01")
    assert response.status_code == 200
    assert "The first day has to come before the last" in response.content.decode()


def test_filters_and_days_go_along_to_every_card(client: Client, cast: Cast) -> None:
    html = login(client, cast.ada).get("/portfolio/insights/?team=payments&range=year&tier=&noise=1").content.decode()
    for key in CARDS:
        assert f'hx-get="/portfolio/insights/{key}/?team=payments&amp;range=year"' in html


# What it costs


def _statements(client: Client, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    counted = {}
    for key in CARDS:
        for query in ["?by=team", "?by=item"] if key == "heat" else ["", "?range=custom&from=2026-01-20&to=2026-02-10"]:
            for module in (counting, rollup):
                monkeypatch.setattr(module, "_kept", Kept(most=8, seconds=30))
            with CaptureQueriesContext(connection) as captured:
                ask(client, key, query)
            counted[f"{key}{query}"] = len(captured)
    return counted


@pytest.mark.parametrize("who", ["ada", "mia", "olga"])
def test_a_card_costs_the_same_with_ten_services_and_with_two_hundred(
    client: Client, cast: Cast, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(cast, 10)
    cast.assessed()
    login(client, getattr(cast, who)).get("/portfolio/insights/")
    few = _statements(client, monkeypatch)
    fleet(cast, 190)
    many = _statements(client, monkeypatch)
    assert few == many
    assert max(many.values()) <= 8, many
