"""The first run, one's own settings, and the page that says who may do what."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from readiness.accounts import time_zones
from readiness.accounts.models import User
from readiness.accounts.rules import Action, Role
from tests.cast import PASSWORD, Cast, login

SET_UP = {"name": "Ada Byron", "email": "ada@example.com", "password": PASSWORD, "password_again": PASSWORD}


def test_an_empty_install_leads_every_page_to_the_first_run(db: None, client: Client) -> None:
    for address in ("/", "/services/", "/accounts/login/", "/settings/", "/nowhere/"):
        assert client.get(address).headers["Location"] == "/setup/"
    page = client.get("/setup/")
    assert page.status_code == 200
    assert "What comes next" in page.content.decode()
    assert client.get("/healthz/live").status_code == 200


def test_the_first_run_makes_an_administrator_and_signs_them_in(db: None, client: Client) -> None:
    response = client.post("/setup/", SET_UP)
    assert response.headers["Location"] == "/settings/teams/"
    page = client.get("/settings/teams/")
    assert "You are the administrator" in page.content.decode()
    ada = User.objects.get()
    assert [grant.role for grant in ada.live_grants()] == [Role.ADMIN]
    assert ada.last_login is not None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"password_again": "another"}, "differs"),
        ({"password": "short", "password_again": "short"}, "too short"),
        ({"password": "ada@example.com", "password_again": "ada@example.com"}, "too similar"),
        ({"email": "ada"}, "valid email"),
        ({"name": " "}, "required"),
    ],
)
def test_the_first_run_says_what_is_wrong(db: None, client: Client, change: dict[str, str], sentence: str) -> None:
    response = client.post("/setup/", SET_UP | change)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert not User.objects.exists()


def test_the_first_run_is_gone_once_somebody_is_here(cast: Cast, client: Client) -> None:
    for method in (client.get, client.post):
        assert method("/setup/", SET_UP).status_code == 404
    assert login(client, cast.ada).get("/setup/").status_code == 404


def test_a_person_sees_and_saves_their_profile(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    text = client.get("/settings/").content.decode()
    assert 'value="Theo Example"' in text
    assert reverse("account_change_password") in text
    assert "Checkout" in text, "he is named on it"
    form = {"version": 1, "name": "Theo T.", "title": "Lead", "time_zone": "America/New_York"}
    assert client.post("/settings/", form).status_code == 302
    cast.theo.refresh_from_db()
    assert (cast.theo.name, cast.theo.time_zone) == ("Theo T.", "America/New_York")


def test_a_profile_that_changed_elsewhere_shows_what_stands_there_and_keeps_what_was_typed(
    cast: Cast, client: Client
) -> None:
    User.objects.filter(pk=cast.theo.pk).update(version=2, title="Owner")
    form = {"version": 1, "name": "Theo T.", "title": "Lead", "time_zone": "UTC"}
    response = login(client, cast.theo).post("/settings/", form)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Somebody changed this" in text
    assert "It stands at: Theo Example, Owner" in text
    assert 'value="Theo T."' in text


def test_an_unknown_zone_is_refused_and_an_imported_one_kept(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    form = {"version": 1, "name": "Theo", "title": "", "time_zone": "Moon/Sea"}
    assert client.post("/settings/", form).status_code == 422
    User.objects.filter(pk=cast.theo.pk).update(time_zone="CET")
    assert '<option value="CET" selected>' in client.get("/settings/").content.decode()
    assert client.post("/settings/", form | {"time_zone": "CET"}).status_code == 302


def test_the_zones_are_grouped_and_each_is_one() -> None:
    choices = time_zones.choices()
    groups = {value: zones for value, zones in choices if isinstance(zones, list)}
    assert choices[0] == ("UTC", "UTC")
    assert ("Europe/Berlin", "Berlin") in groups["Europe"]
    assert ("America/Argentina/Buenos_Aires", "Argentina, Buenos Aires") in groups["America"]
    assert all(time_zones.is_known(name) for zones in groups.values() for name, _ in zones)


@pytest.mark.parametrize("name", ["ada", "vera", "eve", "sam"])
def test_everybody_may_read_who_may_do_what(cast: Cast, client: Client, name: str) -> None:
    text = login(client, getattr(cast, name)).get("/settings/roles/").content.decode()
    for action in Action:
        assert f"{action.value[0].upper()}{action.value[1:]}" in text
    assert all(role.label in text for role in Role)
    assert ("You</span>" in text) == bool(getattr(cast, name).live_grants())


@pytest.mark.parametrize(("name", "has_people"), [("ada", True), ("mia", True), ("theo", False), ("vera", False)])
def test_the_tabs_lead_where_the_reader_may_go(cast: Cast, client: Client, name: str, *, has_people: bool) -> None:
    login(client, getattr(cast, name))
    text = client.get("/settings/").content.decode()
    assert (f'href="{reverse("accounts:people")}"' in text) == has_people
    assert client.get("/settings/people/").status_code == (200 if has_people else 403)
    assert 'aria-current="page"' in client.get("/settings/teams/").content.decode()


def test_the_cache_that_counts_sign_ins_is_in_the_database(db: None) -> None:
    assert "site_cache" in connection.introspection.table_names()
