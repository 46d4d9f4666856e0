"""Signing in and choosing a new password: counted in the shared cache, by mail through the outbox, telling strangers nothing."""

import re

import pytest
import time_machine
from django.core.cache import cache, caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.test import Client, override_settings
from django.urls import NoReverseMatch, reverse

from readiness.accounts.models import User
from readiness.mail.models import Mail
from tests.cast import NOW, PASSWORD, Cast, login

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def nothing_counted_yet(db: None) -> None:
    cache.clear()


def try_to(client: Client, email: str = "theo@example.com", password: str = "wrong", **extra: str) -> str:
    response = client.post(LOGIN, {"login": email, "password": password}, **extra)  # type: ignore[arg-type]
    return "in" if response.status_code == 302 else response.content.decode()


def test_a_person_signs_in_in_any_case_and_out(cast: Cast, client: Client) -> None:
    assert try_to(client, "THEO@example.com", PASSWORD) == "in"
    assert client.get("/settings/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/settings/").status_code == 302


@pytest.mark.usefixtures("cast")
def test_the_page_names_nobody_to_be(client: Client) -> None:
    """Only the demo organisation's does."""
    assert "demo" not in client.get(LOGIN).text


def test_a_wrong_password_and_an_unknown_address_read_the_same(cast: Cast) -> None:
    known, unknown = try_to(Client()), try_to(Client(), "nobody@example.com")
    words = [re.sub(r'value="[^"]*"|nonce="[^"]*"|"X-CSRFToken": "[^"]*"', "", text) for text in (known, unknown)]
    assert words[0] == words[1]


def test_the_sixth_wrong_password_for_an_address_is_not_even_tried(cast: Cast) -> None:
    for number in range(5):
        assert "Too many" not in try_to(Client(), REMOTE_ADDR=f"203.0.113.{number}")
    assert "Too many" in try_to(Client(), password=PASSWORD, REMOTE_ADDR="203.0.113.99")
    assert try_to(Client(), "vera@example.com", PASSWORD) == "in", "others are not held up"


def test_the_eleventh_wrong_password_from_one_machine_is_not_tried_whoever_it_is_for(cast: Cast) -> None:
    for number in range(10):
        assert "Too many" not in try_to(Client(), f"guess{number}@example.com")
    assert "Too many" in try_to(Client(), "guess10@example.com")
    assert try_to(Client(), password=PASSWORD, REMOTE_ADDR="203.0.113.7") == "in"


def test_after_a_while_it_may_be_tried_again(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        assert "Too many" in [try_to(Client()) for _ in range(6)][-1]
        clock.shift(301)
        assert try_to(Client(), password=PASSWORD) == "in"


@pytest.mark.needs("sqlite")
def test_the_count_is_shared_by_every_process_through_the_database(cast: Cast) -> None:
    assert isinstance(caches["default"], DatabaseCache)
    try_to(Client())
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM site_cache")
        keys = [key for (key,) in cursor.fetchall()]
    assert any("login_failed" in key for key in keys)
    assert not any("theo@example.com" in key for key in keys), "addresses are hashed"


def test_a_new_password_comes_by_the_outbox_and_from_the_configured_address(cast: Cast, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": "theo@example.com"}, headers={"Host": "127.0.0.1"})
    mail = Mail.objects.get()
    assert (mail.recipient, mail.kind) == (cast.theo, "password_reset_key")
    [link] = re.findall(r"http://\S+", mail.text)
    assert link.startswith("http://localhost:8000/accounts/password/reset/key/")


def test_a_stranger_learns_nothing_from_asking_for_a_new_password(cast: Cast) -> None:
    answers = []
    for email in ("theo@example.com", "nobody@example.com"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        answers.append((answer.status_code, answer.headers["Location"]))
    assert answers[0] == answers[1]
    assert Mail.objects.count() == 1


def test_who_left_gets_no_link(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.theo.pk).update(is_active=False)
    client.post("/accounts/password/reset/", {"email": "theo@example.com"})
    assert not Mail.objects.exists()


def test_nobody_signs_up(cast: Cast, client: Client) -> None:
    form = {"email": "eve@evil.example", "password1": PASSWORD, "password2": PASSWORD}
    assert "invitation" in client.get("/accounts/signup/").content.decode()
    assert client.post("/accounts/signup/", form).status_code in {200, 403}
    assert not User.objects.filter(email="eve@evil.example").exists()


def test_nobody_takes_another_address(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    with pytest.raises(NoReverseMatch):
        reverse("account_email")
    assert client.post("/accounts/email/", {"email": "ada@example.com", "action_add": ""}).status_code == 404


def test_a_person_changes_their_password_and_stays_signed_in(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    other = login(Client(), cast.theo)
    new = "another plain sentence"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", form).status_code == 302
    assert client.get("/settings/").status_code == 200
    assert other.get("/settings/").status_code == 302, "other sessions end"
    cast.theo.refresh_from_db()
    assert cast.theo.check_password(new)


def test_after_signing_in_nobody_is_sent_elsewhere(cast: Cast, client: Client) -> None:
    form = {"login": "theo@example.com", "password": PASSWORD, "next": "https://evil.example/"}
    assert client.post(LOGIN, form).headers["Location"] == "/"
    form |= {"next": "/settings/roles/"}
    assert Client().post(LOGIN, form).headers["Location"] == "/settings/roles/"


def test_cookies_are_kept_from_scripts_and_from_plain_http(cast: Cast, client: Client) -> None:
    try_to(client, password=PASSWORD)
    assert client.cookies["sessionid"]["httponly"]
    assert client.cookies["sessionid"]["samesite"] == "Lax"
    with override_settings(SESSION_COOKIE_SECURE=True):
        client = Client()
        try_to(client, password=PASSWORD)
        assert client.cookies["sessionid"]["secure"]
