"""Services, listed, read, registered and changed."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from readiness.assessments.models import Assessment
from readiness.catalog.models import Service
from readiness.checks.models import Check
from tests.api.stage import API, Stage, by, new_service, problem, send
from tests.cast import Cast, day, service

CHECKOUT = f"{API}/services/checkout"


def test_what_is_read_can_be_written(stage: Stage) -> None:
    client = by(stage.cast.mia)
    read = client.get(stage.checkout)
    assert read["ETag"] == f'"{read.json()["version"]}"'
    assert read.json() | {"endpoints": {}} == {
        "slug": "checkout",
        "name": "Checkout",
        "description": "Takes the customer's money.",
        "team": "payments",
        "tech_lead": "theo@example.com",
        "on_call": "olga@example.com",
        "platform_owner": "pia@example.com",
        "tier": 1,
        "traits": stage.cast.checkout.traits,
        "lifecycle": "prototype",
        "go_live_on": day(17).isoformat(),
        "launched_on": None,
        "repository": "",
        "endpoints": {},
        "dependencies": [],
        "is_badge_public": False,
        "version": 1,
    }
    same = {name: value for name, value in read.json().items() if name not in {"slug", "launched_on"}}
    written = send(client, "PATCH", stage.checkout, same)
    assert written.json() == read.json()


def test_a_new_service_is_measured_at_once_and_its_checks_are_planned(stage: Stage) -> None:
    said = new_service(
        tech_lead="Rob@Example.com", traits=["worker", "http-api"], go_live_on="2026-04-01", tier=1,
        endpoints={"base_url": "https://ledger.example.com"}, dependencies=["checkout", "A vendor"],
    )  # fmt: skip
    answer = send(by(stage.cast.rob), "POST", f"{API}/services", said)
    assert answer.status_code == 201, answer.content
    assert answer["Location"] == f"{API}/services/ledger"
    body = answer.json()
    assert (body["tech_lead"], body["traits"]) == ("rob@example.com", ["http-api", "worker"])
    assert body["dependencies"] == ["A vendor", "checkout"]
    assert by(stage.cast.rob).get(answer["Location"]).json() == body
    ledger = Service.objects.get(slug="ledger")
    assert Assessment.objects.filter(service=ledger).exists()
    assert Check.objects.filter(service=ledger).exists()


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"slug": "Not A Slug"}, "slug", "small letters"),
        ({"slug": "new"}, "slug", "taken by a page"),
        ({"slug": "checkout"}, "slug", "choose another"),
        ({"name": "   "}, "name", "at least 1 character"),
        ({"name": None}, "name", "valid string"),
        ({"team": "search"}, "team", "no team “search”"),
        ({"tech_lead": "nobody@example.com"}, "tech_lead", "Nobody here"),
        ({"tier": 5}, "tier", "1, 2, 3 or 4"),
        ({"tier": "1"}, "tier", "1, 2, 3 or 4"),
        ({"traits": ["magic"]}, "traits.0", "http-api"),
        ({"go_live_on": "2026-02-30"}, "go_live_on", "no such day"),
        ({"go_live_on": 0}, "go_live_on", "as 2026-03-09"),
        ({"go_live_on": "0001-01-01"}, "go_live_on", "as 2026-03-09"),
        ({"endpoints": {"base_url": "javascript:alert(1)"}}, "base_url", "http"),
        ({"endpoints": {"nonsense": "x"}}, "nonsense", "none of the endpoints"),
        ({"repository": f"https://example.com/{'x' * 400}"}, "repository", "at most 400"),
        ({"repository": "ftp://example.com"}, "repository", "http"),
        ({"dependencies": ["ledger"]}, "dependencies", "itself"),
        ({"dependencies": ["x" * 161]}, "dependencies", "too long"),
        ({"unknown": 1}, "unknown", "not permitted"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_registered(
    cast: Cast, change: dict[str, Any], field: str, words: str
) -> None:
    before = Service.objects.count()
    answer = send(by(cast.rob), "POST", f"{API}/services", new_service(**change))
    problems = problem(answer, 422)["problems"]
    assert list(problems) == [field] or problems.keys() >= {field}, problems
    assert words in problems[field]
    assert Service.objects.count() == before


def test_only_what_is_given_is_changed(cast: Cast) -> None:
    client, path = by(cast.theo), CHECKOUT
    changed = send(client, "PATCH", path, {"version": 1, "tier": 3, "go_live_on": None}).json()
    assert (changed["tier"], changed["go_live_on"], changed["version"]) == (3, None, 2)
    assert (changed["name"], changed["tech_lead"]) == ("Checkout", "theo@example.com")
    cleared = send(client, "PATCH", path, {"version": 2, "on_call": None, "name": None}).json()
    assert (cleared["on_call"], cleared["name"]) == (None, "Checkout")


def test_a_stale_version_is_told_what_stands_there_now(cast: Cast) -> None:
    client, path = by(cast.theo), CHECKOUT
    assert send(client, "PATCH", path, {"name": "Till", "version": 1}).status_code == 200
    refused = problem(send(client, "PATCH", path, {"name": "Kasse", "version": 1}), 409, "two-at-once")
    assert refused["current"] == client.get(path).json()
    assert refused["current"]["name"] == "Till"
    assert send(client, "PATCH", path, {"name": "Kasse"}, **{"If-Match": '"2"'}).status_code == 200
    problem(send(client, "PATCH", path, {"name": "Bar"}, **{"If-Match": 'W/"2"'}), 409)


@pytest.mark.parametrize(
    ("body", "headers", "field"),
    [
        ({"name": "Till"}, {}, "version"),
        ({"name": "Till"}, {"If-Match": "*"}, "If-Match"),
        ({"name": "Till"}, {"If-Match": "9999999999"}, "If-Match"),
        ({"name": "Till", "version": 1}, {"If-Match": '"2"'}, "version"),
        ({"name": "Till", "version": "1"}, {}, "version"),
        ({"name": "Till", "version": 0}, {}, "version"),
        ({"name": "Till", "version": True}, {}, "version"),
        ({"name": "Till", "version": 2**40}, {}, "version"),
    ],
)
def test_a_change_says_which_version_was_read(
    cast: Cast, body: dict[str, Any], headers: dict[str, str], field: str
) -> None:
    refused = problem(send(by(cast.theo), "PATCH", CHECKOUT, body, **headers), 422, "valid-request")
    assert set(refused["problems"]) == {field}
    assert Service.objects.get(slug="checkout").version == 1


def test_a_service_can_be_moved_only_where_one_may_register(cast: Cast) -> None:
    path = CHECKOUT
    problem(send(by(cast.mia), "PATCH", path, {"team": "search", "version": 1}), 422)
    assert send(by(cast.mia), "PATCH", path, {"team": "payments", "version": 1}).json()["version"] == 1
    assert send(by(cast.ada), "PATCH", path, {"team": "search", "version": 1}).json()["team"] == "search"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["checkout", "index"]),
        ("?team=search", ["index"]),
        ("?tier=1", ["checkout"]),
        ("?q=MONEY", ["checkout"]),
        ("?q=nothing", []),
        ("?lifecycle=retired", ["old"]),
        ("?team=nonsense", []),
        ("?page=2", []),
    ],
)
def test_the_list_is_narrowed(cast: Cast, query: str, expected: list[str]) -> None:
    service("old", cast.search, lifecycle="retired")
    answer = by(cast.ada).get(f"{API}/services{query}").json()
    assert [row["slug"] for row in answer["items"]] == expected


@pytest.mark.parametrize(
    "query", ["tier=9", "tier=x", "page=0", "page=x", "page=1e9", "lifecycle=x", "q=%00", "q=" + "x" * 101]
)
def test_a_wrong_filter_is_refused(cast: Cast, query: str) -> None:
    refused = problem(by(cast.ada).get(f"{API}/services?{query}"), 422, "valid-request")
    assert set(refused["problems"]) == {query.partition("=")[0]}


def test_a_page_costs_the_same_however_many_there_are(cast: Cast) -> None:
    def cost() -> int:
        client = by(cast.ada)
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{API}/services")
        return len(queries)

    for number in range(5):
        some = service(f"few-{number}", cast.payments, tech_lead=cast.theo)
        some.dependencies.create(needed=cast.index, name="index")
    few = cost()
    for number in range(60):
        some = service(f"many-{number}", cast.payments, tech_lead=cast.theo)
        some.dependencies.create(needed=cast.index, name="index")
    assert cost() == few
    answer = by(cast.ada).get(f"{API}/services").json()
    assert (len(answer["items"]), answer["total"], answer["pages"], answer["page"]) == (50, 67, 2, 1)
    assert len(by(cast.ada).get(f"{API}/services?page=2").json()["items"]) == 17
