"""What every request gets: first run, the reader's time zone, refusals as answers, and nothing left behind in a cache."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.urls import urlpatterns as real
from tests.cast import Cast, login

REFUSALS = {
    "not-allowed": (NotAllowed("readable", "Your role <b>ends</b> here."), 403),
    "not-visible": (NotVisible("readable", "Secret words."), 404),
    "conflict": (Conflict("Somebody was quicker."), 409),
    "refused": (Refused("second-pair", "Ask somebody else."), 422),
}


def refuse(_: HttpRequest, kind: str) -> HttpResponse:
    raise REFUSALS[kind][0]


def zone(_: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.get_current_timezone_name())


def cached(_: HttpRequest) -> HttpResponse:
    return HttpResponse("", headers={"Cache-Control": "private, max-age=60"})


urlpatterns = [*real, path("refuse/<str:kind>/", refuse), path("zone/", zone), path("cached/", cached)]
here = override_settings(ROOT_URLCONF=__name__)


@pytest.fixture(autouse=True)
def with_pages_of_this_test() -> object:
    with here:
        yield


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_is_a_page_with_its_rule_and_sentence(cast: Cast, client: Client, kind: str) -> None:
    refusal, status = REFUSALS[kind]
    response = login(client, cast.theo).post(f"/refuse/{kind}/")
    text = response.content.decode()
    assert response.status_code == status
    assert "<html" in text
    if status == 404:
        assert "Secret words" not in text
    else:
        assert refusal.rule in text
        assert refusal.sentence.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;") in text


@pytest.mark.parametrize("kind", [kind for kind in REFUSALS if kind != "not-visible"])
def test_for_htmx_a_refusal_is_a_fragment(cast: Cast, client: Client, kind: str) -> None:
    refusal, status = REFUSALS[kind]
    response = login(client, cast.theo).post(f"/refuse/{kind}/", headers={"HX-Request": "true"})
    assert response.status_code == status
    assert "<html" not in response.content.decode()
    assert 'hx-target="#flash"' in response.content.decode()
    assert refusal.rule in response.content.decode()


def test_what_may_not_be_known_answers_exactly_as_what_is_not_there(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    hidden, missing = client.get("/refuse/not-visible/"), client.get("/nowhere/")
    assert hidden.status_code == missing.status_code == 404
    assert without_token(hidden) == without_token(missing)


def without_token(response: Any) -> list[str]:
    lines = response.content.decode().splitlines()
    return [line for line in lines if "csrf" not in line.lower() and "nonce" not in line]


def test_a_page_is_in_the_readers_zone_and_the_next_one_is_not(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.theo.pk).update(time_zone="Asia/Kolkata")
    User.objects.filter(pk=cast.vera.pk).update(time_zone="Nowhere/Land")
    assert login(client, cast.theo).get("/zone/").content == b"Asia/Kolkata"
    assert login(client, cast.vera).get("/zone/").content == b"UTC", "a zone that this machine does not know"
    assert timezone.get_current_timezone_name() == "UTC"


def test_nothing_a_signed_in_person_saw_stays_in_a_cache(cast: Cast, client: Client) -> None:
    login(client, cast.theo)
    for address in ("/settings/", "/nowhere/", "/refuse/refused/"):
        response = client.get(address)
        assert response["Cache-Control"] == "no-store"
        assert "HX-Request" in response["Vary"]
    assert client.get("/cached/")["Cache-Control"] == "private, max-age=60", "a page that knows better"


def test_every_page_carries_the_headers_that_protect_it(cast: Cast, client: Client) -> None:
    response = login(client, cast.theo).get("/settings/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self' 'nonce-" in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"


def test_a_form_without_its_token_is_refused_with_words(cast: Cast) -> None:
    client = login(Client(enforce_csrf_checks=True), cast.theo)
    response = client.post("/settings/", {"version": 1, "name": "X", "time_zone": "UTC"})
    assert response.status_code == 403
    assert "<html" in response.content.decode()
    cast.theo.refresh_from_db()
    assert cast.theo.name == "Theo Example"


def test_a_page_that_needs_a_person_leads_to_the_sign_in_and_back(cast: Cast, client: Client) -> None:
    response = client.get("/settings/people/?q=x")
    assert response.headers["Location"] == "/accounts/login/?next=/settings/people/%3Fq%3Dx"


def test_the_question_whether_anybody_is_here_is_asked_until_the_answer_is_yes(
    db: None, django_assert_num_queries: object
) -> None:
    client = Client()
    assert client.get("/zone/").headers["Location"] == "/setup/"
    User.objects.create_user("ada@example.com", None, name="Ada")
    assert "/accounts/login/" in client.get("/zone/").headers["Location"]
    with django_assert_num_queries(0):  # type: ignore[operator]
        client.get("/zone/")


def test_a_role_that_has_run_out_counts_for_nothing(cast: Cast, client: Client) -> None:
    login(client, cast.mia)
    assert client.get("/settings/people/").status_code == 200
    cast.mia.grants.update(expires_at=timezone.now() - timedelta(seconds=1))
    refused = client.get("/settings/people/")
    assert refused.status_code == 403
    assert "<h1>This is not yours to do</h1>" in refused.content.decode()
    assert "Nothing was changed" not in refused.content.decode()


def test_requests_are_counted_by_who_opened_them_unless_a_proxy_of_ours_did() -> None:
    from readiness.accounts.adapter import client_address  # noqa: PLC0415 - the one test of it

    def asked(remote: str, forwarded: str = "") -> str:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))

    from readiness import environment  # noqa: PLC0415

    assert asked("203.0.113.9", "10.0.0.1") == "203.0.113.9", "anybody can write that header"
    with override_settings(TRUSTED_PROXIES=environment.networks("10.0.0.0/8, ::1/128")):
        assert asked("10.0.0.1", "203.0.113.9") == "203.0.113.9"
        assert asked("::1", "1.1.1.1, 203.0.113.9, 10.0.0.2") == "203.0.113.9", "what stands before ours may be made up"
        assert asked("10.0.0.1") == "10.0.0.1"
        assert asked("203.0.113.9", "1.1.1.1") == "203.0.113.9"
        assert asked("10.0.0.1", "nonsense") == "nonsense"
        assert asked("") == "unknown"
