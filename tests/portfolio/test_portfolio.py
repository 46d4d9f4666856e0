"""The page of many services: who sees what, what the figures say, and what it costs."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from readiness.accounts.models import User
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.history.actions import TIME, Subject, record
from readiness.portfolio.heat import PAGE_SIZE
from tests.cast import NOW, Cast, login, person, published
from tests.portfolio.many import many_services

HTMX = {"HX-Request": "true"}
pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture
def busy(cast: Cast) -> Cast:
    """Sixty services in two teams beside the cast's own, led by others."""
    people = [person("Quinn"), person("Rae")]
    many_services(60, teams=[cast.payments, cast.search], people=people, version=published(), now=NOW)
    return cast


def text_of(html: str) -> str:
    return " ".join(strip_tags(html).split())


def page(client: Client, user: User, query: str = "") -> str:
    response = login(client, user).get(f"/portfolio/{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_manager_sees_the_services_of_their_teams_and_no_other(client: Client, busy: Cast) -> None:
    html = page(client, busy.mia, "?sort=name")
    assert "Checkout" in html
    assert '<span class="cell-note">Search</span>' not in html
    assert '<option value="payments"' in html
    assert '<option value="search"' not in html


def test_whoever_has_no_role_is_told_where_to_get_one(client: Client, cast: Cast) -> None:
    cast.eve.grants.all().delete()
    html = page(client, cast.eve)
    assert "No services yet" in html
    assert "Ask your manager or an administrator" in html
    assert "Import a catalog" not in html


def test_an_empty_organisation_says_what_to_do_first(client: Client, cast: Cast) -> None:
    Service.objects.all().delete()
    html = page(client, cast.ada)
    assert "Import a catalog" in html
    assert "Register a service" in html


def test_filters_that_fit_nothing_offer_the_way_back(client: Client, cast: Cast) -> None:
    html = page(client, cast.ada, "?q=nothing+is+called+so")
    assert "No service fits these filters" in html
    assert 'href="/portfolio/"' in html


def test_each_cell_says_its_number_and_words_and_leads_to_the_category(client: Client, cast: Cast) -> None:
    assessment = cast.assessed()
    counts = assessment.counts["security"]
    html = page(client, cast.mia)
    assert f'href="/services/checkout/#security" title="{counts["unknown"]} unknown' in html
    assert f">{counts['met']}/{counts['applicable']}<" in html


def test_htmx_gets_the_part_without_the_frame_and_a_clean_address(client: Client, busy: Cast) -> None:
    login(client, busy.mia)
    response = client.get("/portfolio/?q=&team=payments&tier=&sort=-gates", headers=HTMX)
    html = response.content.decode()
    assert html.lstrip().startswith('<div class="stack" id="portfolio"')
    assert "<html" not in html
    assert 'id="filters"' not in html
    assert response.headers["HX-Push-Url"] == "/portfolio/?team=payments&sort=-gates"
    assert "HX-Request" in response.headers["Vary"]


def test_pages_hold_fifty_and_a_number_beyond_the_last_shows_the_last(client: Client, busy: Cast) -> None:
    total = Service.objects.count()
    assert page(client, busy.ada).count("cell-title") >= PAGE_SIZE
    last = page(client, busy.ada, "?page=99&sort=name")
    assert f"{PAGE_SIZE + 1}–{total} of {total} services" in text_of(last)


def test_the_tiles_count_what_their_links_show(client: Client, busy: Cast) -> None:
    login(client, busy.ada)
    figures = client.get("/portfolio/").context["figures"]
    for query, number in (
        ("?go_live=60&decision=no_go", figures.blocked),
        ("?go_live=30", figures.due_soon),
        ("?go_live=passed", figures.passed),
        ("?decision=go", figures.ready),
    ):
        assert client.get(f"/portfolio/{query}").context["page"].paginator.count == number, query
    assert figures.services == Service.objects.count()
    assert 0 < figures.blocked < figures.services


def test_figures_of_a_team_are_those_of_its_services(client: Client, busy: Cast) -> None:
    login(client, busy.ada)
    of_all = client.get("/portfolio/").context["figures"]
    of_each = [client.get(f"/portfolio/?team={team}").context["figures"] for team in ("payments", "search")]
    assert of_all.services == sum(figures.services for figures in of_each)
    assert of_all.blocked == sum(figures.blocked for figures in of_each)


def test_what_somebody_records_shows_at_once(client: Client, busy: Cast) -> None:
    login(client, busy.ada)
    before = client.get("/portfolio/").context["seen"].overdue.total
    assert before
    Gap.objects.all().delete()
    assert client.get("/portfolio/").context["seen"].overdue.total == before  # nothing was said about it
    record("gap.closed", Subject("gap", 1, "A gap"), by=TIME, at=NOW)
    assert client.get("/portfolio/").context["seen"].overdue.total == 0


def test_a_role_that_ends_takes_its_figures_along(client: Client, busy: Cast) -> None:
    login(client, busy.vera)
    assert client.get("/portfolio/").context["figures"].services
    busy.vera.grants.all().delete()
    assert not client.get("/portfolio/").context["figures"].services


@pytest.mark.parametrize("query", ["", "?sort=-gaps", "?sort=-security", "?team=payments&q=e"])
@pytest.mark.parametrize("name", ["ada", "mia"])
def test_the_page_costs_the_same_with_five_services_and_with_fifty(
    client: Client, cast: Cast, name: str, query: str
) -> None:
    version = published()
    teams, people = [cast.payments, cast.search], cast.people
    many_services(5, teams=teams, people=people, version=version, now=NOW)
    login(client, getattr(cast, name))
    client.get("/services/")  # warms what a process reads once
    few = _queries(client, query)
    many_services(45, teams=teams, people=people, version=version, now=NOW)
    many = _queries(client, query)
    assert few == many
    # Nothing was recorded in between: the figures are known, then the order of the rows as well.
    assert [_queries(client, query), _queries(client, query)] == [many - 2, many - 3]
    assert many <= 8


@pytest.mark.parametrize("query", ["?sort=-gaps", "?sort=security", "?team=payments", "?sort=-name"])
def test_a_page_is_the_same_whether_its_order_is_known_or_not(client: Client, cast: Cast, query: str) -> None:
    many_services(120, teams=[cast.payments, cast.search], people=cast.people, version=published(), now=NOW)
    login(client, cast.ada)
    looks = [
        [row.name for row in client.get(f"/portfolio/{query}&page=2").context["page"].object_list] for _ in range(3)
    ]
    assert len(looks[0]) > 5
    assert looks[0] == looks[1] == looks[2]


def _queries(client: Client, query: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/portfolio/{query}").status_code == 200
    return len(captured)


def test_a_guest_sees_the_service_they_were_asked_to_look_at(client: Client, busy: Cast) -> None:
    html = page(client, busy.eve)
    assert "Checkout" in html
    assert "1–1 of 1 services" in text_of(html)
