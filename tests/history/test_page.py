"""The page of the history: who reads what, how it is narrowed, and how it leaves as CSV."""

import csv
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.catalog.models import Service
from readiness.history.actions import TIME, Actor, Subject, record
from readiness.history.models import Entry
from tests.cast import NOW, Cast, give, login

CHECK = Actor.machine("check “TLS expiry”")


def of(service: Service, label: str, **more: Any) -> Entry:
    subject = Subject(more.pop("kind", "gap"), more.pop("id", 7), label, service.pk, service.team_id)
    return record(more.pop("verb", "gap.closed"), subject, at=more.pop("at", NOW), **({"by": TIME} | more))


@pytest.fixture
def past(cast: Cast) -> Cast:
    of(cast.checkout, "Runbooks · Checkout", by=cast.theo)
    of(cast.index, "Alerts · Index", by=cast.sam)
    record("team.edited", Subject("team", 1, "Payments", team_id=cast.payments.pk), by=cast.mia, at=NOW)
    record("person.added", Subject("person", 1, "Nora"), by=cast.ada, at=NOW)
    of(
        cast.checkout,
        "Spans · Checkout",
        verb="item.status",
        kind="item",
        by=CHECK,
        before={"status": "unknown"},
        after={"status": "met"},
    )
    return cast


EVERYTHING = {"Runbooks", "Alerts", "Payments", "Nora", "Spans"}


def shown(user: User, query: str = "", **headers: str) -> set[str]:
    page = login(Client(), user).get(f"/history/{query}", headers=headers)
    text = page.content.decode()
    assert page.status_code == 200, text[:500]
    labels = {"Runbooks · Checkout", "Alerts · Index", ">Payments<", ">Nora<", "Spans · Checkout"}
    return {label.strip("<>").split(" ")[0] for label in labels if label in text}


@pytest.mark.parametrize(
    ("name", "reads"),
    [
        ("ada", EVERYTHING),
        ("mia", {"Runbooks", "Payments", "Spans"}),
        ("rob", {"Runbooks", "Payments", "Spans"}),
        ("theo", {"Runbooks", "Spans"}),
        ("sam", {"Alerts"}),
    ],
)
def test_each_reads_what_their_role_reaches(past: Cast, name: str, reads: set[str]) -> None:
    assert shown(getattr(past, name)) == reads


@pytest.mark.parametrize("name", ["olga", "pia", "vera", "eve"])
def test_whose_role_lets_them_read_none_of_it_is_told_so(past: Cast, name: str) -> None:
    client = login(Client(), getattr(past, name))
    for address in ("/history/", "/history.csv"):
        page = client.get(address)
        assert page.status_code == 403
        assert "read the history" in page.content.decode()


def test_a_service_is_read_by_the_team_it_belongs_to_now(past: Cast) -> None:
    Service.objects.filter(pk=past.index.pk).update(team=past.payments)
    assert shown(past.mia) == {"Runbooks", "Payments", "Spans", "Alerts"}
    assert shown(past.sam) == {"Alerts"}, "named as its tech lead"
    give(past.sam, Role.VIEWER, team=past.search)
    Service.objects.filter(pk=past.index.pk).update(tech_lead=None)
    assert shown(past.sam) == set()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?service=checkout", {"Runbooks", "Spans"}),
        ("?service=Check", {"Runbooks", "Spans"}),
        ("?service=nothing", set()),
        ("?by=theo", {"Runbooks"}),
        ("?by=TLS", {"Spans"}),
        ("?by={theo}", {"Runbooks"}),
        ("?by=99999999999999999999999", set()),
        ("?kind=team", {"Payments"}),
        ("?verb=gap.", {"Runbooks", "Alerts"}),
        ("?verb=item.status", {"Spans"}),
        ("?since=2026-03-02&until=2026-03-02", EVERYTHING),
        ("?since=2026-03-03", set()),
        ("?until=2026-03-01", set()),
        ("?until=9999-12-31&since=0001-01-02", EVERYTHING),
        ("?before=1&after=", set()),
        ("?before=-1", EVERYTHING),
        ("?before=99999999999999999999999", EVERYTHING),
        ("?service=%00&by=%00", EVERYTHING),
    ],
)
def test_the_filters_narrow(past: Cast, query: str, found: set[str]) -> None:
    first = Entry.objects.order_by("pk").values_list("pk", flat=True)[0]
    query = query.replace("{theo}", str(past.theo.pk)).replace("before=1&", f"before={first}&")
    assert shown(past.ada, query) == found


def test_a_day_is_the_readers_day(past: Cast) -> None:
    late = NOW.replace(hour=23, minute=30)
    of(past.checkout, "Runbooks · Checkout", verb="gap.opened", at=late)
    User.objects.filter(pk=past.ada.pk).update(time_zone="Europe/Berlin")
    assert shown(past.ada, "?since=2026-03-03&verb=gap.opened") == {"Runbooks"}
    assert shown(past.mia, "?since=2026-03-03&verb=gap.opened") == set()


@pytest.mark.parametrize(
    "query", ["?since=yesterday", "?until=2026-02-30", "?since=2026-03-03&until=2026-03-01", "?kind=ghost"]
)
def test_a_filter_that_makes_no_sense_is_named(past: Cast, query: str) -> None:
    page = login(Client(), past.ada).get(f"/history/{query}")
    assert page.status_code == 422
    assert 'role="alert"' in page.content.decode()


def test_somebody_elses_service_is_no_filter(past: Cast) -> None:
    assert shown(past.theo, "?service=index") == set()


def test_an_entry_reads_as_a_sentence_with_its_changes(past: Cast) -> None:
    before, after = {"due_on": "2026-03-03"}, {"due_on": "2026-03-10"}
    of(
        past.checkout,
        "<b>Alerts</b>",
        verb="gap.planned",
        by=past.theo,
        before=before,
        after=after,
        reason="Holidays & such",
    )
    text = login(Client(), past.mia).get("/history/").content.decode()
    assert "changed the due date of" in text
    assert "from 3 March 2026 to 10 March 2026" in text
    assert "&lt;b&gt;Alerts&lt;/b&gt;" in text
    assert "Holidays &amp; such" in text
    assert "moved <span" in text
    assert "#robot" in text


def test_htmx_gets_the_list_alone(past: Cast) -> None:
    response = login(Client(), past.ada).get("/history/?kind=team", headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert "Payments" in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_pages_go_back_to_the_beginning_and_forward_again(cast: Cast) -> None:
    for number in range(120):
        of(cast.checkout, f"Gap {number}.", at=NOW + timedelta(minutes=number))
    client = login(Client(), cast.ada)

    def numbers(address: str) -> list[int]:
        page = client.get(address).context["page"]
        return [int(entry.object_label.strip("Gap .")) for entry in page.entries]

    def page(address: str) -> Any:
        return client.get(address).context["page"]

    first = page("/history/")
    assert (numbers("/history/"), first.newer) == (list(range(119, 69, -1)), None)
    second = page(f"/history/?before={first.older}")
    assert numbers(f"/history/?before={first.older}") == list(range(69, 19, -1))
    last = page(f"/history/?before={second.older}")
    assert (numbers(f"/history/?before={second.older}"), last.older) == (list(range(19, -1, -1)), None)
    assert numbers(f"/history/?after={last.newer}") == list(range(69, 19, -1))
    assert page(f"/history/?after={second.newer}").newer is None
    of(cast.checkout, "Gap 999.")
    assert numbers(f"/history/?before={first.older}") == list(range(69, 19, -1)), "what is new shifts no page"


@pytest.mark.parametrize("name", ["ada", "mia", "theo"])
def test_fifty_entries_cost_as_many_queries_as_five(cast: Cast, name: str) -> None:
    client = login(Client(), getattr(cast, name))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/history/").status_code == 200
        return len(queries)

    for number in range(5):
        of(cast.checkout, f"Gap {number}")
    cost()  # the first request of a process asks whether there is anybody
    few = cost()
    for number in range(60):
        of(cast.checkout, f"Gap {number}", kind="review", by=cast.theo)
    assert cost() == few <= 8


def test_the_csv_has_the_same_rows_and_no_formulas(past: Cast) -> None:
    of(past.checkout, "=cmd|' /C calc'!A0", reason="@SUM(1+1)", by=past.theo, after={"plan": "a\nb"})
    of(past.index, "not for theo")
    response = login(Client(), past.theo).get("/history.csv?verb=gap.")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response).decode()
    rows = list(csv.DictReader(StringIO(text)))
    assert [row["object"] for row in rows] == ["'=cmd|' /C calc'!A0", "Runbooks · Checkout"]
    assert rows[0] | {"number": "", "address": ""} == {
        "number": "",
        "at": "2026-03-02T09:30:00+00:00",
        "by": "Theo Example",
        "by_kind": "person",
        "verb": "gap.closed",
        "kind": "gap",
        "object": "'=cmd|' /C calc'!A0",
        "object_id": "7",
        "service": "checkout",
        "from": "",
        "to": '{"plan": "a\\nb"}',
        "reason": "'@SUM(1+1)",
        "address": "",
    }


def test_an_empty_history_says_what_will_be_here(cast: Cast) -> None:
    assert "Nothing has happened yet" in login(Client(), cast.ada).get("/history/").content.decode()
