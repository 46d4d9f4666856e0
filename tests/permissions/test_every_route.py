"""Every route × method × person × place: what the matrix says is what the site answers, and nothing leaks or changes on the way.

The world is built once; each request runs in a savepoint of its own, so that none sees what another did.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django import DjangoDbBlocker

from readiness.accounts.models import User
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.cast import cast as cast_fixture
from tests.permissions.gates import ALLOWED, FORBIDDEN, HIDDEN, Open
from tests.permissions.routes import ROUTES, Ask, strangers
from tests.permissions.world import PEOPLE, ROLES, SECRETS, TRIED, World, build_world

pytestmark = pytest.mark.django_db  # each test in a savepoint: the transaction around all of them is the world's
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SOME = ("ada", "nora")
"""For pages that ask nobody who they are."""
CASES = [(route, method) for route, methods in ROUTES.items() for method in methods]
make_cast = cast_fixture.__wrapped__  # type: ignore[attr-defined]  # the fixture's own function: here it is wanted once


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield build_world(make_cast(None))
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def clients(world: World) -> dict[str, Client]:
    clients = {name: Client(raise_request_exception=False) for name in (*PEOPLE, "nobody")}
    for name in PEOPLE:
        clients[name].force_login(world.people[name])
    return clients


def keep_signed_in(client: Client) -> None:
    """What the last answer did to the cookies is forgotten with the rest of it."""
    session = client.cookies.get(settings.SESSION_COOKIE_NAME)
    client.kept_session = getattr(client, "kept_session", session.value if session else "")  # type: ignore[attr-defined]
    client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: client.kept_session} if client.kept_session else {})  # type: ignore[attr-defined]


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield f"{prefix}{entry.name}", entry.callback


VIEWS = dict(walk(get_resolver()))
PROGRAMS = {route for route in VIEWS if route.startswith("api:")} - {
    "api:openapi-json",
    "api:api-root",
    "api:get_badge",
}
"""Calls, which ask who is calling themselves: no program follows a redirect to a sign-in page. (Those left out ask nobody.)"""


def test_every_route_is_in_the_table_and_every_line_of_the_table_is_a_route() -> None:
    assert sorted(VIEWS.keys() - ROUTES.keys()) == []
    assert sorted(ROUTES.keys() - VIEWS.keys()) == []
    assert "None" not in VIEWS, "a route without a name can't be declared"


def test_only_what_the_table_calls_open_is_open_and_says_so_itself() -> None:
    said = {route for route, view in VIEWS.items() if not getattr(view, "login_required", True)} - PROGRAMS
    declared = {route for route, methods in ROUTES.items() if all(isinstance(a.gate, Open) for a in methods.values())}
    assert said == declared


def send(client: Client, method: str, address: str, body: dict[str, Any], *, is_htmx: bool = False) -> HttpResponse:
    keep_signed_in(client)
    headers = {"HX-Request": "true"} if is_htmx else {}
    is_form = any(isinstance(value, File) for value in body.values())
    if address.startswith("/api/") and method != "GET" and not is_form:
        return client.generic(method, address, json.dumps(body), content_type="application/json", headers=headers)  # type: ignore[return-value]
    ask = getattr(client, method.lower())
    return ask(address, body if method in {"GET", "POST"} else {}, headers=headers)  # type: ignore[no-any-return]


def text_of(response: HttpResponse) -> str:
    return response.getvalue().decode(errors="replace")


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written() -> tuple[int, ...]:
    """Grows whenever anything is written: on SQLite with every changed row, elsewhere with each entry and mail."""
    if connection.vendor == "sqlite":
        return (connection.connection.total_changes,)
    return (Entry.objects.count(), Mail.objects.count(), User.objects.count())


def places_hidden_from(name: str) -> list[str]:
    return [secret for place, secret in SECRETS.items() if name not in ROLES[place]]


def check(response: HttpResponse, expected: int, ask: Ask, name: str) -> str:
    """What is wrong with an answer; empty when nothing is."""
    status = response.status_code
    text = "" if status in {302, 204} else text_of(response)
    leaked = [secret for secret in places_hidden_from(name) if secret in text]
    if leaked:
        return f"{status} leaks {leaked}"
    if expected == ALLOWED:
        return "" if status in {200, 201, 202, 204, 302} | ask.fine else f"{status} instead of allowed"
    return "" if status == expected else f"{status} instead of {expected}"


@pytest.mark.parametrize(("route", "method"), CASES)
def test_each_person_gets_what_the_matrix_says(
    route: str, method: str, world: World, clients: dict[str, Client]
) -> None:
    ask, wrong = ROUTES[route][method], []
    for place in (world[name] for name in ask.gate.places):
        address, body = reverse(route, kwargs=ask.kwargs(place)), ask.body(place)
        tried_by_htmx = set()
        for name in SOME if isinstance(ask.gate, Open) else TRIED[place.name]:
            expected = ask.gate.answer(name, place)
            # The fragment once for each kind of answer, and for everybody who may see but not do: theirs is the sentence.
            ways = (False, True) if expected == FORBIDDEN or expected not in tried_by_htmx else (False,)
            tried_by_htmx.add(expected)
            for is_htmx in ways:
                with undone():
                    before = written()
                    response = send(clients[name], method, address, body, is_htmx=is_htmx)
                    problem = check(response, expected, ask, name)
                    if expected != ALLOWED and not problem and written() != before:
                        problem = "something was written"
                    if expected == FORBIDDEN and is_htmx and not problem and "<html" in text_of(response):
                        problem = "a whole page for htmx"
                if problem:
                    wrong.append(f"{name} at {place.name}{' by htmx' if is_htmx else ''}: {problem}")
    assert wrong == []


@pytest.mark.parametrize(
    ("route", "method"), [case for case in CASES if not isinstance(ROUTES[case[0]][case[1]].gate, Open)]
)
def test_who_is_not_signed_in_is_asked_to(route: str, method: str, world: World, clients: dict[str, Client]) -> None:
    ask = ROUTES[route][method]
    with undone():
        before = written()
        response = send(
            clients["nobody"], method, reverse(route, kwargs=ask.kwargs(world["own"])), ask.body(world["own"])
        )
        if route in PROGRAMS:
            assert response.status_code == 401
        else:
            assert response.status_code == 302
            assert response.headers["Location"].startswith("/accounts/login/?next=")
        assert written() == before


@pytest.mark.parametrize(
    ("route", "method"), [case for case in CASES if isinstance(ROUTES[case[0]][case[1]].gate, Open)]
)
def test_what_is_open_is_answered_to_nobody_in_particular(
    route: str, method: str, world: World, clients: dict[str, Client]
) -> None:
    ask = ROUTES[route][method]
    with undone():
        response = send(clients["nobody"], method, reverse(route, kwargs=ask.kwargs(world["own"])), {})
        assert response.status_code in {200, 302} | ask.fine
        assert "?next=" not in response.headers.get("Location", "")


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.startswith("account_")])
def test_a_method_that_is_not_in_the_table_is_not_answered(
    route: str, world: World, clients: dict[str, Client]
) -> None:
    """allauth's pages are left out: Django's generic form views answer PUT as they answer POST."""
    ask = next(iter(ROUTES[route].values()))
    for method in set(METHODS) - ROUTES[route].keys():
        with undone():
            before = written()
            response = send(clients["ada"], method, reverse(route, kwargs=ask.kwargs(world["own"])), {})
            assert (method, response.status_code) == (method, 405)
            assert written() == before


@pytest.mark.parametrize(("route", "method"), CASES)
def test_a_row_of_another_place_is_not_there(route: str, method: str, world: World, clients: dict[str, Client]) -> None:
    """In the address: 404. In the body: refused. Tried by whoever may do the same with rows of the place itself."""
    ask, own, wrong = ROUTES[route][method], world["own"], []
    for kwargs, body, swapped in strangers(world, own, ask):
        for name in ("mia", "theo", "olga"):
            if ask.gate.answer(name, own) != ALLOWED:
                continue
            with undone():
                before = written()
                response = send(clients[name], method, reverse(route, kwargs=kwargs), body)
                is_refused = response.status_code == HIDDEN or (
                    swapped in body and response.status_code in {403, 409, 422}
                )
                leaks = SECRETS["foreign"] in ("" if response.status_code == 302 else text_of(response))
                if not is_refused or leaks or written() != before:
                    wrong.append(f"{name} with a foreign {swapped}: {response.status_code}{' leaks' if leaks else ''}")
    assert wrong == []


def test_gaps_of_others_in_a_selection_are_passed_over(world: World, clients: dict[str, Client]) -> None:
    """The one address where a body names many rows: what is not there for this person is left alone, the rest is done."""
    own, foreign = world["own"], world["foreign"]
    body: dict[str, Any] = {"what": "reassign", "owner": own.second.pk}
    body["gap"] = [f"{place.gap.pk}:{place.gap.version}" for place in (own, foreign)]
    for name, planned in (("theo", [own]), ("sam", []), ("vera", []), ("eve", [own])):
        with undone():
            last = Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]
            clients[name].post(reverse("assessments:many"), body)
            touched = set(Entry.objects.filter(pk__gt=last, verb="gap.planned").values_list("service_id", flat=True))
            assert touched == {place.service.pk for place in planned}, name


def test_who_left_is_nobody(world: World) -> None:
    with undone():
        client = Client()
        client.force_login(world.people["ada"])
        User.objects.filter(pk=world.people["ada"].pk).update(is_active=False)
        for address in ("/", "/services/", f"/services/{world['own'].service.slug}/"):
            assert client.get(address).status_code == 302
