"""The portfolio as a file: the same services as on the pages, as far as this person may take them along."""

import csv
import io

import pytest
from django.test import Client

from readiness.accounts.models import User
from readiness.catalog.models import Service
from readiness.face.spreadsheet import safe_cell
from tests.cast import NOW, Cast, login, person, published
from tests.portfolio.many import many_services

pytestmark = pytest.mark.usefixtures("monday")


def rows(client: Client, user: User, query: str = "") -> list[dict[str, str]]:
    response = login(client, user).get(f"/portfolio.csv{query}")
    assert response.status_code == 200
    text = b"".join(response).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_every_page_is_in_the_file_in_the_order_of_the_page(client: Client, cast: Cast) -> None:
    many_services(70, teams=[cast.payments], people=[person("Quinn")], version=published(), now=NOW)
    names = [row["name"] for row in rows(client, cast.ada, "?sort=name&team=payments")]
    assert names == sorted(names)
    assert len(names) == 71


def test_a_row_says_what_the_page_says(client: Client, cast: Cast) -> None:
    assessment = cast.assessed()
    row = next(row for row in rows(client, cast.mia) if row["service"] == "checkout")
    assert row["team"] == "payments"
    assert row["tech_lead"] == "Theo Example"
    assert row["go_live_on"] == "2026-03-19"
    assert row["decision"] == "No-go"
    assert row["hard_gates_open"] == str(assessment.hard_open)
    assert row["security_applicable"] == str(assessment.counts["security"]["applicable"])
    assert row["open_gaps"] == "0"
    assert row["address"].endswith("/services/checkout/")


def test_a_service_that_is_not_measured_has_empty_figures(client: Client, cast: Cast) -> None:
    row = next(row for row in rows(client, cast.ada) if row["service"] == "index")
    assert (row["decision"], row["hard_gates"], row["security_met"]) == ("", "", "")


def test_a_tech_lead_takes_along_their_own_services_only(client: Client, cast: Cast) -> None:
    assert [row["service"] for row in rows(client, cast.theo)] == ["checkout"]


def test_whoever_may_export_nothing_is_refused_and_told_why(client: Client, cast: Cast) -> None:
    response = login(client, cast.vera).get("/portfolio.csv")
    assert response.status_code == 403
    assert "does not let you export" in response.content.decode()


def test_the_page_offers_the_file_only_to_whoever_may_have_it(client: Client, cast: Cast) -> None:
    assert "/portfolio.csv" in login(client, cast.mia).get("/portfolio/?team=payments").content.decode()
    assert "/portfolio.csv" not in login(client, cast.vera).get("/portfolio/").content.decode()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_would_be_a_formula_is_text(client: Client, cast: Cast, start: str) -> None:
    Service.objects.filter(pk=cast.checkout.pk).update(name=f"{start}HYPERLINK()")
    row = next(row for row in rows(client, cast.mia) if row["service"] == "checkout")
    assert row["name"] == f"'{start}HYPERLINK()"


def test_numbers_and_dates_stay_as_they_are() -> None:
    assert [safe_cell(value) for value in (7, None, "", "a=b", NOW.date())] == ["7", "", "", "a=b", "2026-03-02"]


def test_the_file_is_named_by_its_day_and_is_a_download(client: Client, cast: Cast) -> None:
    response = login(client, cast.ada).get("/portfolio.csv")
    assert response.headers["Content-Disposition"] == 'attachment; filename="portfolio-2026-03-02.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
