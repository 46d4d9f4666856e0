"""Owner and date of a gap, changed in its row of the register."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from readiness.assessments.models import Gap
from readiness.history.models import Entry
from tests.assessments.registered import day
from tests.cast import Cast, login

HTMX = {"HX-Request": "true"}


def address(gap: Gap, **query: str) -> str:
    return f"/gaps/{gap.pk}/row/?{urlencode(query)}"


def test_a_row_is_changed_in_place(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    gap = gaps["drilled"]
    login(client, cast.mia)
    form = client.get(address(gap, checks="1"), headers=HTMX)
    assert "row-edit" in form.text
    values = {"version": gap.version, "owner": cast.olga.pk, "due_on": day(4)}
    row = client.post(address(gap, checks="1"), values, headers=HTMX)
    assert row.status_code == 200
    assert "row-edit" not in row.text
    assert "Olga Example" in row.text
    assert f'value="{gap.pk}:2"' in row.text
    gap.refresh_from_db()
    assert (gap.owner, gap.due_on, gap.plan, gap.extended) == (cast.olga, day(4), "Run it.", 0)


def test_a_date_that_moves_later_takes_a_reason_and_is_counted_aloud(
    cast: Cast,
    client: Client,
    gaps: dict[str, Gap],
) -> None:
    gap = gaps["drilled"]
    values: dict[str, Any] = {"version": 1, "owner": cast.theo.pk, "due_on": day(9)}
    refused = login(client, cast.mia).post(address(gap), values, headers=HTMX)
    assert refused.status_code == 422
    assert "Say why it takes longer" in refused.text
    first = client.post(address(gap), values | {"reason": "The cluster comes late."}, headers=HTMX)
    assert "first extension" in first.text
    second = client.post(
        address(gap), {**values, "version": 2, "due_on": day(11), "reason": "Later still."}, headers=HTMX
    )
    assert "second extension" in second.text
    assert [entry.reason for entry in Entry.objects.filter(verb="gap.planned").order_by("pk")] == [
        "The cluster comes late.",
        "Later still.",
    ]


def test_a_wrong_row_is_said_in_the_row_and_a_lost_race_lets_choose(
    cast: Cast,
    client: Client,
    gaps: dict[str, Gap],
) -> None:
    gap = gaps["drilled"]
    login(client, cast.mia)
    late = client.post(address(gap), {"version": 1, "owner": cast.olga.pk, "due_on": day(-1)}, headers=HTMX)
    assert late.status_code == 422
    assert "That day has passed" in late.text
    client.post(address(gap), {"version": 1, "owner": cast.olga.pk, "due_on": day(4)}, headers=HTMX)
    lost = client.post(address(gap), {"version": 1, "owner": cast.theo.pk, "due_on": day(3)}, headers=HTMX)
    assert lost.status_code == 409
    assert "Somebody else changed this gap meanwhile" in lost.text
    assert "Olga Example" in lost.text
    assert "Keep theirs" in lost.text
    assert f'value="{day(3).isoformat()}"' in lost.text, "what was typed is still there"
    gap.refresh_from_db()
    assert (gap.owner, gap.due_on) == (cast.olga, day(4))
    theirs = client.get(address(gap, show="1"), headers=HTMX)
    assert "Olga Example" in theirs.text
    mine = client.post(address(gap), {"version": 2, "owner": cast.theo.pk, "due_on": day(3)}, headers=HTMX)
    assert mine.status_code == 200
    gap.refresh_from_db()
    assert (gap.owner, gap.due_on) == (cast.theo, day(3))


def test_without_javascript_it_is_a_page_that_leads_back(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    gap, back = gaps["drilled"], "/gaps/?gate=hard&sort=due&page=1"
    page = login(client, cast.theo).get(address(gap, back=back))
    assert "<html" in page.text
    wrong = client.post(address(gap, back=back), {"version": 1, "due_on": "nonsense"})
    assert wrong.status_code == 422
    done = client.post(address(gap, back=back), {"version": 1, "owner": cast.olga.pk, "due_on": day(5)}, follow=True)
    assert done.redirect_chain == [(back, 302)]
    assert "Drilled of Checkout is saved." in done.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/services/", "/gaps/../services/", ""])
def test_it_leads_back_to_the_register_and_nowhere_else(
    cast: Cast,
    client: Client,
    gaps: dict[str, Gap],
    back: str,
) -> None:
    values = {"version": 1, "owner": cast.olga.pk, "due_on": day(5)}
    response = login(client, cast.theo).post(address(gaps["drilled"], back=back), values)
    assert response.headers["Location"] == "/gaps/"


def test_who_may_not_plan_gets_no_form_and_a_stranger_no_gap(cast: Cast, client: Client, gaps: dict[str, Gap]) -> None:
    assert login(client, cast.vera).get(address(gaps["drilled"])).status_code == 403
    assert login(client, cast.sam).get(address(gaps["drilled"])).status_code == 404
