"""The pages about campaigns, as people use them."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Gap
from readiness.portfolio.campaigns import actions
from readiness.portfolio.campaigns.scope import Scope
from readiness.portfolio.models import Campaign, CampaignDay
from tests.cast import NOW, Cast, day, login, service
from tests.portfolio.campaigning import EVERY, fleet, started

pytestmark = pytest.mark.usefixtures("monday")
LIST = "/campaigns/"


def html(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def typed(cast: Cast, **values: Any) -> dict[str, Any]:
    usual = {
        "what": "probed",
        "name": EVERY,
        "due_on": day(30).isoformat(),
        "owner": cast.mia.pk,
        "teams": cast.payments.pk,
    }
    return usual | values


def names(page: str) -> set[str]:
    return set(re.findall(r'class="cell-title"[^>]*>([^<]+)<', page))


def test_without_a_campaign_the_list_says_what_one_is(client: Client, cast: Cast) -> None:
    assert "Start a campaign" in html(login(client, cast.mia), LIST)
    page = html(login(client, cast.theo), LIST)
    assert "No campaign runs" in page
    assert "/campaigns/new/" not in page


def test_a_manager_starts_one_by_its_form(client: Client, cast: Cast) -> None:
    fleet(cast)
    login(client, cast.mia)
    page = html(client, "/campaigns/new/?item=probed")
    assert '<option value="probed" selected>' in page
    assert "Search" not in page  # a team that she does not manage is not offered
    response = client.post("/campaigns/new/", typed(cast))
    campaign = Campaign.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{LIST}{campaign.pk}/")
    assert campaign.scope == {"teams": [cast.payments.pk]}
    listed = html(client, LIST)
    assert EVERY in listed
    assert "1 of 4" in listed


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"due_on": "2026-03-01"}, "That day has passed."),
        ({"what": "nothing"}, "Choose from the list."),
        ({"teams": []}, "Choose at least one of your teams."),
        ({"tiers": "4"}, "No service is like that"),
    ],
)
def test_what_is_wrong_stands_at_its_field(client: Client, cast: Cast, values: dict[str, Any], sentence: str) -> None:
    fleet(cast)
    response = login(client, cast.mia).post("/campaigns/new/", typed(cast, **values))
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Campaign.objects.exists()


def test_every_number_leads_to_its_rows(client: Client, cast: Cast) -> None:
    made = fleet(cast)
    Gap.objects.filter(service=made["gap"]).update(owner=cast.olga, due_on=day(3))
    address = started(cast).get_absolute_url()
    login(client, cast.ada)
    page = html(client, address)
    assert names(page) == {"Checkout", "Index", "Unknown"}
    assert "Olga Example" in page
    for query, rows in (
        ("?show=met", {"Met"}), ("?show=gap", {"Checkout", "Index"}), ("?show=unknown", {"Unknown"}),
        ("?show=waived", {"Waived"}), ("?show=absent", {"Absent"}), ("?show=left_out", set()),
        ("?team=search", {"Index"}), (f"?owner={cast.olga.pk}", {"Checkout"}), ("?owner=none", {"Unknown"}),
        ("?show=all", {"Checkout", "Index", "Unknown", "Met", "Waived", "Absent"}),
        ("?show=nonsense&owner=x&team=payments", {"Checkout", "Unknown"}),
    ):  # fmt: skip
        assert names(html(client, address + query)) == rows, query


def test_the_rows_come_as_csv_as_far_as_one_may_export_them(client: Client, cast: Cast) -> None:
    made = fleet(cast)
    Gap.objects.filter(service=made["gap"]).update(owner=cast.olga, due_on=day(3))
    address = started(cast).get_absolute_url().removesuffix("/") + ".csv"
    login(client, cast.mia)
    lines = b"".join(client.get(address).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0].startswith("service,name,team,tier,standing,")
    assert [line.split(",")[0] for line in lines[1:]] == ["checkout", "unknown"]
    assert "Not met" in lines[1]
    assert "Olga Example,2026-03-05,Theo Example" in lines[1]
    assert login(client, cast.olga).get(address).status_code == 403
    assert 'href="/campaigns/1.csv' not in html(client, started(cast).get_absolute_url())


def test_who_sees_one_team_gets_its_figures_and_no_course_of_all(client: Client, cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    page = html(login(client, cast.sam), campaign.get_absolute_url())
    assert names(page) == {"Index"}
    assert "Checkout" not in page
    assert "Day by day" not in page
    assert "Open it for the services that you may see" in html(client, LIST)
    assert "Day by day" in html(login(client, cast.ada), campaign.get_absolute_url())


def test_the_course_is_drawn_with_its_table_beside_it(client: Client, cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    CampaignDay.objects.create(campaign=campaign, day=day(-10), services=5, met=0)
    page = html(login(client, cast.ada), campaign.get_absolute_url())
    assert 'aria-label="From 0 of 5 on 20 Feb 2026 to 1 of 5 on 2 Mar 2026"' in page
    assert page.count('<tr><td><time datetime="2026-0') == 2
    assert "At the pace of the last two weeks: all met" in page


def test_a_stranger_and_a_campaign_of_another_team_are_not_found(client: Client, cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast, scope=Scope(teams=(cast.payments.pk,)))
    html(login(client, cast.sam), campaign.get_absolute_url(), status=404)
    assert EVERY not in html(client, LIST)


def test_edit_end_and_resume(client: Client, cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    address = campaign.get_absolute_url()
    login(client, cast.ada)
    assert f'value="{EVERY}"' in html(client, f"{address}edit/")
    body = typed(cast, version=1, name="All of them", teams=[])
    assert client.post(f"{address}edit/", body)["Location"] == address
    lost = client.post(f"{address}edit/", body | {"name": "Mine"})
    assert lost.status_code == 409
    assert "Somebody else wrote in the meantime." in lost.content.decode()
    assert 'name="version" value="2"' in lost.content.decode()
    assert client.post(f"{address}end/", {"version": 2, "note": "Nearly."})["Location"] == address
    assert "Nearly." in html(client, address)
    assert "All of them" in html(client, f"{LIST}?show=ended")
    assert "All of them" not in html(client, LIST)
    assert client.post(f"{address}end/", {"version": 3}).status_code == 409 or Campaign.objects.get().has_ended
    assert client.post(f"{address}resume/", {"version": 3})["Location"] == address
    assert not Campaign.objects.get().has_ended


def test_the_pages_of_service_and_item_say_that_they_are_part_of_it(client: Client, cast: Cast) -> None:
    fleet(cast)
    campaign = started(cast)
    login(client, cast.mia)
    link = f'href="{campaign.get_absolute_url()}"'
    assert link in html(client, "/services/checkout/")
    assert link in html(client, "/services/checkout/items/probed/")
    other = html(client, "/services/checkout/items/drilled/")
    assert link not in other
    assert "/campaigns/new/?item=drilled" in other
    actions.end_campaign(by=cast.ada, campaign=campaign, version=1, note="", now=NOW)
    assert link not in html(client, "/services/checkout/")


def test_rows_come_in_pages_and_a_page_costs_the_same_with_more_services(client: Client, cast: Cast) -> None:
    made = fleet(cast)
    campaign = started(cast)
    login(client, cast.ada)
    address = f"{campaign.get_absolute_url()}?show=all"

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            html(client, address)
        return len(queries)

    statements()
    few = statements()
    for number in range(60):
        service(f"more-{number}", cast.search if number % 2 else cast.payments, tech_lead=cast.people[number % 9])
    assert made
    assert statements() == few
    assert few <= 20
    assert "1–50 of 66" in html(client, address)
    assert "51–66 of 66" in html(client, f"{address}&page=2")


def test_the_list_costs_the_same_with_more_campaigns(client: Client, cast: Cast) -> None:
    fleet(cast)
    started(cast)
    login(client, cast.theo)
    html(client, LIST)
    with CaptureQueriesContext(connection) as queries:
        html(client, LIST)
    for _ in range(5):
        started(cast)
    with CaptureQueriesContext(connection) as more:
        html(client, LIST)
    assert len(more) == len(queries)
