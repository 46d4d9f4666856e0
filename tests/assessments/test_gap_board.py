"""The register as a board."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Gap
from readiness.assessments.register.board import CARDS
from tests.assessments.registered import day, many_gaps
from tests.cast import Cast, login

HTMX = {"HX-Request": "true"}


def columns(client: Client, query: str = "") -> dict[str, list[str]]:
    shown = client.get(f"/gaps/?view=board&{query}").context["columns"]
    return {column["status"]: [row.gap.item.key for row in column["rows"]] for column in shown}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"open": ["probed", "written"], "in_progress": ["drilled"], "awaiting_verification": []}),
        ("gate=tracked", {"open": ["written"], "in_progress": [], "awaiting_verification": []}),
        ("sort=-due", {"open": ["written", "probed"], "in_progress": ["drilled"], "awaiting_verification": []}),
        ("status=closed", {"closed": ["mixed"]}),
        (
            "status=all",
            {
                "open": ["probed", "written"],
                "in_progress": ["drilled"],
                "awaiting_verification": [],
                "closed": ["mixed"],
            },
        ),
    ],
)
def test_a_column_for_each_status_that_is_asked_for(
    cast: Cast, client: Client, gaps: dict[str, Gap], query: str, shown: dict[str, list[str]]
) -> None:
    Gap.objects.filter(pk=gaps["drilled"].pk).update(status="in_progress")
    assert columns(login(client, cast.theo), query) == shown


def test_a_long_column_ends_in_a_way_to_the_rest(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    many_gaps(cast, 40)
    text = login(client, cast.theo).get("/gaps/?view=board&team=payments").text
    assert f"{43 - CARDS} more in the list" in text
    assert 'href="?team=payments&amp;sort=due&amp;status=open"' in text


def test_a_card_is_changed_in_place(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    address = f"/gaps/{gaps['drilled'].pk}/row/?as=card"
    form = login(client, cast.theo).get(address, headers=HTMX).text
    assert form.lstrip().startswith("<li")
    values = {"version": 1, "owner": cast.pia.pk, "due_on": day(4)}
    card = client.post(address, values, headers=HTMX).text
    assert card.lstrip().startswith("<li")
    assert "Pia Example" in card


def test_two_hundred_cards_cost_what_ten_cost(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    login(client, cast.theo).get("/gaps/?view=board")
    many_gaps(cast, 7)
    with CaptureQueriesContext(connection) as few:
        columns(client)
    many_gaps(cast, 190)
    with CaptureQueriesContext(connection) as many:
        columns(client)
    assert len(many) == len(few) <= 16
