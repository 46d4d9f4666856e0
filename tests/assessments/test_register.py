"""The register of gaps: what it shows to whom, in which order, and how much it costs."""

import csv
import io
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts import policy
from readiness.accounts.models import SavedView, User
from readiness.accounts.rules import Action
from readiness.assessments.models import Gap
from readiness.assessments.register import Filters
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from readiness.face.spreadsheet import safe_cell
from tests.assessments.registered import TODAY, day, many_gaps
from tests.assessments.small import body_of
from tests.cast import Cast, login


def shown(client: Client, query: str = "") -> list[str]:
    response = client.get(f"/gaps/?{query}")
    assert response.status_code == 200
    return [row.gap.item.key for row in response.context["rows"]]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", ["probed", "drilled", "written"]),
        ("overdue=1", ["probed"]),
        ("soon=1", ["drilled"]),
        ("owner=me", ["drilled"]),
        ("owner=none", ["written"]),
        ("gate=tracked", ["written"]),
        ("status=closed", ["mixed"]),
        ("status=all", ["probed", "drilled", "written", "mixed"]),
        ("team=payments", ["probed", "drilled", "written"]),
        ("team=search", []),
        ("service=checkout", ["probed", "drilled", "written"]),
        ("service=index", []),
        ("q=drill", ["drilled"]),
        ("q=Run+it", ["drilled"]),
        ("sort=-due", ["written", "drilled", "probed"]),
        ("sort=gap", ["drilled", "probed", "written"]),
        ("sort=-gap", ["written", "probed", "drilled"]),
        ("sort=owner", ["probed", "drilled", "written"]),
        (f"owner=none&due_from={day(30)}", ["written"]),
        (f"due_from={day(-3)}&due_to={day(5)}", ["probed", "drilled"]),
        (f"due_to={day(-4)}", []),
        ("due_from=2026-02-31&due_to=soon", ["probed", "drilled", "written"]),
        ("category=security", ["written"]),
        ("category=reliability&status=all", ["probed"]),
        ("tier=1", ["probed", "drilled", "written"]),
        ("tier=2", []),
        ("owner=99999999999999999999", ["probed", "drilled", "written"]),
        (
            "sort=--due&tier=9&category=nonsense&gate=nonsense&owner=nonsense&status=nonsense&page=nonsense",
            ["probed", "drilled", "written"],
        ),
    ],
)
def test_what_the_address_asks_for(
    cast: Cast, client: Client, gaps: dict[str, Gap], query: str, keys: list[str]
) -> None:
    assert shown(login(client, cast.theo), query) == keys


def test_one_owner(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    assert shown(login(client, cast.theo), f"owner={cast.olga.pk}") == ["probed"]


def test_the_figures_follow_the_place_not_the_state(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    figures = login(client, cast.theo).get("/gaps/?owner=me&overdue=1").context["figures"]
    assert (figures.open, figures.overdue, figures.soon, figures.unowned, figures.awaiting) == (3, 1, 1, 1, 0)
    assert client.get("/gaps/?gate=tracked").context["figures"].open == 1


def test_a_stranger_sees_none(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    response = login(client, cast.sam).get("/gaps/?status=all")
    assert response.context["figures"].open == 0
    assert "No gap matches" in response.text
    assert "Drilled" not in response.text


def test_without_gaps_the_page_says_how_one_comes_about(cast: Cast, client: Client) -> None:
    assert "A gap opens by itself" in login(client, cast.theo).get("/gaps/").text


def test_who_may_not_plan_is_offered_no_form(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    text = login(client, cast.vera).get("/gaps/").text
    assert "Drilled" in text
    assert "/gaps/many/" not in text
    assert "/row/" not in text


def test_for_htmx_only_the_list(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    text = login(client, cast.theo).get("/gaps/?q=drill", headers={"HX-Request": "true"}).text
    assert text.lstrip().startswith('<div id="gaps"')
    assert "<html" not in text


def test_two_hundred_gaps_cost_what_ten_cost(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    login(client, cast.theo).get("/gaps/")  # what a process asks once
    many_gaps(cast, 7)
    with CaptureQueriesContext(connection) as ten:
        assert len(client.get("/gaps/").context["rows"]) == 10
    many_gaps(cast, 190)
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/gaps/").context["rows"]) == 50
    assert len(many) == len(ten)
    assert len(many) <= 15
    assert len(client.get("/gaps/?page=4").context["rows"]) == 50


# CSV


def test_the_csv_holds_what_the_page_shows_and_no_formulas(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    Gap.objects.filter(pk=gaps["drilled"].pk).update(plan="=cmd|' /C calc'!A0")
    response = login(client, cast.theo).get("/gaps.csv?overdue=&status=&sort=due")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f'filename="gaps-{TODAY.isoformat()}.csv"' in response.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(body_of(response).decode())))
    assert [row["item"] for row in rows] == ["probed", "drilled", "written"]
    assert (rows[0]["days_overdue"], rows[0]["owner_email"]) == ("3", "olga@example.com")
    assert rows[1]["plan"] == "'=cmd|' /C calc'!A0"
    assert rows[1]["address"].endswith(f"/gaps/{gaps['drilled'].pk}/")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_would_be_a_formula_is_text(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"


def test_who_may_export(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    assert login(client, cast.vera).get("/gaps.csv").status_code == 403
    lines = body_of(login(client, cast.sam).get("/gaps.csv"))
    assert lines.count(b"\r\n") == 1


@pytest.mark.parametrize("action", [Action.EXPORT, Action.DECIDE_WAIVER, Action.PLAN_GAP, Action.SEE])
def test_where_a_person_may_is_what_policy_says_of_each_service(cast: Cast, action: Action) -> None:
    for person in User.objects.filter(pk__in=[one.pk for one in cast.people]):
        said = {one.pk for one in Service.objects.all() if policy.may(person, action, one.target)}
        assert set(services_where(person, action).values_list("pk", flat=True)) == said


def test_filters_stand_in_the_address_and_the_same_filters_in_the_same_words() -> None:
    filters = Filters.of(QueryDict("q=+log+&team=&overdue=1&owner=me&due_to=2026-03-01&page=3&sort=-due"))
    assert (filters.q, filters.is_overdue, filters.owner, filters.sort) == ("log", True, "me", "-due")
    assert filters.are_set
    assert not Filters.of(QueryDict("sort=-due")).are_set
    assert filters.query == "q=log&owner=me&due_to=2026-03-01&overdue=1&sort=-due"
    assert Filters.of(QueryDict(filters.query)) == filters
    assert Filters().query == "sort=due"


def test_a_first_day_after_the_last_is_said(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    text = login(client, cast.theo).get(f"/gaps/?due_from={day(3)}&due_to={day(2)}").text
    assert "The first day is after the last" in text


def test_what_is_set_behind_more_can_be_taken_off_alone(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    text = login(client, cast.theo).get("/gaps/?tier=1&category=security&service=checkout").text
    assert 'href="?service=checkout&amp;category=security&amp;sort=due"' in text
    assert "More (2)" in text


def test_htmx_puts_what_was_asked_into_the_address(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    response = login(client, cast.theo).get("/gaps/?q=&team=&gate=hard&sort=due", headers={"HX-Request": "true"})
    assert response.headers["HX-Push-Url"] == "/gaps/?gate=hard&sort=due"


# Views


def save(client: Client, name: str, query: str = "gate=hard&sort=due", **more: str) -> Any:
    return client.post("/views/of-gaps/", {"name": name, "query": query, **more})


def test_a_view_is_kept_and_stands_above_the_list(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    assert save(login(client, cast.theo), "Gates").headers["Location"] == "/gaps/?gate=hard&sort=due"
    text = client.get("/gaps/?gate=hard&sort=due").text
    assert 'href="?gate=hard&amp;sort=due" aria-current="true"' in text
    assert "Gates" not in login(client, cast.mia).get("/gaps/").text


def test_the_list_opens_with_the_view_that_comes_first(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    save(login(client, cast.theo), "Gates")
    view = SavedView.objects.get()
    client.post(f"/views/{view.pk}/", {"name": "Gates", "is_first": "on", "version": view.version})
    assert client.get("/gaps/").headers["Location"] == "/gaps/?gate=hard&sort=due"
    assert client.get("/gaps/?sort=due").status_code == 200, "an address that asks for something is what it says"
    assert client.get("/gaps/", headers={"HX-Request": "true"}).status_code == 302
