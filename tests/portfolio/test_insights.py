"""The portfolio over time: that every number is the number of the rows behind it, who sees what, and what it costs."""

import csv
import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from pytest_django import DjangoDbBlocker

from readiness.accounts.models import User
from readiness.assessments.models import Gap, GapStatus, Item
from readiness.assessments.rules import ItemStatus
from readiness.catalog.models import Service
from readiness.portfolio.insights.cards import CARDS
from readiness.portfolio.insights.looking import Look
from readiness.portfolio.insights.shown import Cell, Insight
from readiness.portfolio.models import DailySum
from tests.cast import NOW, TODAY, Cast, cast as cast_fixture, day, login
from tests.portfolio.recorded import fleet

HTMX = {"HX-Request": "true"}
ADDRESSES = ("", "?team=payments&range=year", "?tier=3&decision=no_go&go_live=90", "?q=api&lifecycle=production")
make_cast = cast_fixture.__wrapped__  # type: ignore[attr-defined]  # the fixture's own function: here it is wanted once
pytestmark = [pytest.mark.usefixtures("monday"), pytest.mark.django_db]


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Cast]:
    """Built once, as nothing here changes it for good: each test has a savepoint of its own."""
    with django_db_blocker.unblock(), transaction.atomic(), time_machine.travel(NOW, tick=False):
        found = make_cast(None)
        fleet(found, 40)
        found.assessed()
        yield found
        transaction.set_rollback(True)


@pytest.fixture
def busy(built: Cast) -> Iterator[Cast]:
    with transaction.atomic():
        for person in built.people:
            person.forget_grants()
        yield built
        transaction.set_rollback(True)


def look(user: User, query: str = "") -> Look:
    return Look.of(user, QueryDict(query), today=TODAY)


def read(key: str, user: User, query: str = "") -> Insight:
    return CARDS[key].read(look(user, query))


def cells(insight: Insight) -> Iterator[Cell]:
    return (cell for table in insight.tables for row in table.rows for cell in row)


def ask(client: Client, key: str, query: str = "") -> Any:
    response = client.get(f"/portfolio/insights/{key}/{query}", headers=HTMX)
    assert response.status_code == 200
    return response


# Numbers and the rows behind them


@pytest.mark.parametrize("key", CARDS)
@pytest.mark.parametrize("query", ADDRESSES)
def test_every_number_is_the_number_of_rows_behind_it(client: Client, busy: Cast, key: str, query: str) -> None:
    login(client, busy.ada)
    shown: Insight = ask(client, key, query).context["insight"]
    counted = {(cell.url, str(cell.value)) for cell in cells(shown) if cell.url and _number(cell) is not None}
    wrong = [(url, value) for url, value in counted if not _stands_behind(client, url, value)]
    assert wrong == []
    for one in shown.chart.series if shown.chart else ():
        for url, value in zip(one.urls, one.values, strict=True):
            if shown.chart and shown.chart.unit != "%" and value:
                assert _stands_behind(client, url, str(value)), (url, value)


def _number(cell: Cell) -> int | None:
    if isinstance(cell.value, int):
        return cell.value
    return int(str(cell.value).split("/")[1]) if cell.heat else None


def _stands_behind(client: Client, url: str, value: str) -> bool:
    number = int(value.rpartition("/")[2])
    response = client.get(url)
    assert response.status_code == 200, url
    path = urlsplit(url).path
    if path.startswith("/services/"):  # a number of one service leads to it
        return True
    if path == "/portfolio/":
        return bool(response.context["figures"].services == number)
    page = response.context["page"]
    if path != "/portfolio/insights/rows/days/":
        return bool(page.paginator.count == number)
    rows = list(page.paginator.object_list)
    sums = {sum(row[at] or 0 for row in rows) for at in range(3, len(rows[0]))} if rows else set()
    return number in sums | {len(rows)}


def test_there_are_numbers_that_lead_somewhere_on_every_card(busy: Cast) -> None:
    for key in CARDS:
        found = read(key, busy.ada, "range=4w")
        if key == "worse":  # nothing changed between the recorded days
            continue
        assert any(cell.url for cell in cells(found)), key


# What they say


def test_open_gaps_day_by_day_and_the_forecast(busy: Cast) -> None:
    found = read("burn-down", busy.ada)
    now = Gap.objects.open().count()
    late = Gap.objects.overdue(TODAY).count()
    assert found.headline == f"{now} gaps are open, {late} of them overdue."
    assert found.note == "Fewer than 4 whole weeks are known yet."
    assert [row[0].value for row in found.tables[0].rows] == [day(-back) for back in (0, 1, 7, 21, 35)]


def test_days_in_the_past_are_told_as_the_past(busy: Cast) -> None:
    found = read("burn-down", busy.ada, "range=custom&from=2026-01-20&to=2026-02-10")
    assert " were open on 9 February 2026" in found.headline
    assert found.note == ""


def test_ages_count_every_open_gap_once(busy: Cast) -> None:
    by_age, oldest = read("ageing", busy.ada).tables
    totals = [row[-1].value for row in by_age.rows]
    assert sum(value for value in totals if isinstance(value, int)) == Gap.objects.open().count()
    assert all(totals)
    assert oldest.rows[0][-1].value == day(-300)


def test_the_item_that_fails_most_stands_first(busy: Cast) -> None:
    key = "obs-runbooks"
    Item.objects.filter(key=key).update(status=ItemStatus.NOT_MET, waived_until=None)
    number = Item.objects.filter(key=key).count()
    found = read("failing", busy.ada)
    assert found.headline.endswith(f": not met by {number} of {number} services.")
    assert found.chart is not None
    assert len(found.chart.labels) == 10


def test_what_nobody_fails_is_a_candidate_and_a_gap_in_these_days_spares_it(busy: Cast) -> None:
    key = "obs-runbooks"
    Item.objects.filter(key=key).update(status=ItemStatus.MET)
    Gap.objects.filter(item__key=key).delete()
    assert _names_quiet(busy, key)
    item = Item.objects.filter(key=key).first()
    assert item
    opened = {"opened_at": NOW.replace(month=1), "open_since": NOW.replace(month=1)}
    gap = Gap.objects.create(item=item, service_id=item.assessment.service_id, gate=item.gate, **opened)
    assert not _names_quiet(busy, key)
    Gap.objects.filter(pk=gap.pk).update(status=GapStatus.CLOSED, closed_at=NOW.replace(month=1, day=20))
    assert not _names_quiet(busy, key)
    assert _names_quiet(busy, key, "range=4w")


def _names_quiet(busy: Cast, key: str, query: str = "") -> bool:
    title = Item.objects.filter(key=key).values_list("title", flat=True)[0]
    found = read("quiet", busy.ada, query)
    return any(row[0].value == title for table in found.tables for row in table.rows)


def test_drift_names_who_lost_a_gate_and_why_gates_are_open(busy: Cast) -> None:
    services, causes = read("drift", busy.ada).tables
    assert {row[3].value for row in services.rows} == {"Backups restore"}
    assert sum(int(str(row[1].value)) for row in causes.rows) > 0


def test_coverage_counts_what_a_machine_saw(busy: Cast) -> None:
    found = read("coverage", busy.ada)
    seen = sum(int(str(row[3].value)) for row in found.tables[0].rows)
    assert seen == Item.objects.filter(status=ItemStatus.MET, strength="observed").count()


def test_a_team_whose_gaps_grew_is_named_with_what_rose(busy: Cast) -> None:
    DailySum.objects.filter(day=day(-35)).update(overdue=0)
    found = read("worse", busy.ada, "range=custom&from=2026-01-26")
    assert found.headline.startswith(("Payments: ", "Search: "))
    assert "more gaps overdue" in found.headline
    assert {row[0].value for row in found.tables[0].rows} == {"Payments", "Search"}


@pytest.mark.parametrize("by", ["team", "tier"])
def test_the_heat_map_begins_with_the_worst(busy: Cast, by: str) -> None:
    table = read("heat", busy.ada, f"by={by}").tables[0]
    numbers = [int(str(row[-2].value)) for row in table.rows]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > 0
    assert "blocked" in {cell.heat for row in table.rows for cell in row}


def test_by_item_it_begins_with_the_gate_that_is_open_most_often(busy: Cast) -> None:
    Item.objects.filter(key="sec-secrets").update(status=ItemStatus.NOT_MET, waived_until=None, new_until=None)
    first = read("heat", busy.ada, "by=item").tables[0].rows[0]
    number = Item.objects.filter(key="sec-secrets").count()
    assert first[0].value == Item.objects.filter(key="sec-secrets").values_list("title", flat=True)[0]
    assert first[-1].value == f"0/{number}"
    assert {cell.heat for cell in first[1:5]} <= {"blocked", "none"}


def test_a_team_of_the_heat_map_is_the_sum_of_its_services(busy: Cast) -> None:
    table = read("heat", busy.mia, "by=team").tables[0]
    assert [row[0].value for row in table.rows] == ["Payments"]
    row = table.rows[0]
    counts = [
        service.assessment.counts["security"]
        for service in Service.objects.filter(team=busy.payments, assessment__isnull=False).select_related("assessment")
    ]
    assert row[2].value == f"{sum(one['met'] for one in counts)}/{sum(one['applicable'] for one in counts)}"


# Who sees what


@pytest.mark.parametrize("key", CARDS)
def test_a_manager_sees_their_own_team_and_whoever_has_no_role_sees_nothing(
    client: Client, busy: Cast, key: str
) -> None:
    others = set(Service.objects.filter(team=busy.search).values_list("name", flat=True))
    html = ask(login(client, busy.mia), key).content.decode()
    assert not [name for name in others if f">{name}<" in html]
    assert ">Search<" not in html
    busy.eve.grants.all().delete()
    nothing = ask(login(client, busy.eve), key).context["insight"]
    assert not [cell for cell in cells(nothing) if cell.url and _number(cell)]


def test_a_viewer_reads_and_takes_nothing_along(client: Client, busy: Cast) -> None:
    login(client, busy.vera)
    assert "CSV" not in ask(client, "ageing").content.decode()
    assert client.get("/portfolio/insights/ageing.csv").status_code == 403
    assert client.get("/portfolio/insights/rows/gaps.csv").status_code == 403


def test_the_file_holds_what_may_be_exported_and_no_more(client: Client, busy: Cast) -> None:
    theo = login(client, busy.theo)
    text = theo.get("/portfolio/insights/rows/items.csv").getvalue().decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["Service"] for row in rows} == {"Checkout"}
    assert all(row["address"].startswith("http") for row in rows)


@pytest.mark.parametrize("key", CARDS)
def test_each_table_of_each_card_is_a_file(client: Client, busy: Cast, key: str) -> None:
    login(client, busy.ada)
    for table in read(key, busy.ada).tables:
        response = client.get(f"/portfolio/insights/{key}.csv?table={table.key}")
        lines = response.getvalue().decode().splitlines()
        assert lines[0].split(",")[0] == table.columns[0].label
        assert len(lines) == len(table.rows) + 1
        assert f"{key}-{table.key}-2026-03-02.csv" in response.headers["Content-Disposition"]


def test_an_old_address_of_rows_still_shows_something(client: Client, busy: Cast) -> None:
    login(client, busy.ada)
    for query in (
        "?age=ancient&gate=soft",
        "?first=31&last=2026-02-31",
        "?page=99",
        "?standing=so-so&key=" + "x" * 200,
    ):
        for kind in ("gaps", "items", "launches", "fallen", "days"):
            assert client.get(f"/portfolio/insights/rows/{kind}/{query}").status_code == 200


def test_urls_carry_no_empty_words(busy: Cast) -> None:
    for key in CARDS:
        for cell in cells(read(key, busy.ada, "team=payments&q=")):
            if cell.url.startswith("/portfolio/insights/rows/"):
                said = parse_qs(urlsplit(cell.url).query, keep_blank_values=True)
                assert said["team"] == ["payments"]
                assert all(value != [""] for value in said.values())
