"""The page on which a service's tokens are minted, shown once, and revoked."""

import re
from typing import Any

import pytest
from django.test import Client

from readiness.accounts.actions import tokens
from readiness.accounts.actions.tokens import MOST_LIVE
from readiness.accounts.models import Token
from readiness.accounts.policy import NotVisible
from readiness.history.models import Entry
from tests.api.stage import API, LASTS, MOMENT, by, mint, problem
from tests.assessments.small import PROBED, see, small
from tests.cast import Cast

PAGE = "/services/checkout/tokens/"
SECRET = re.compile(r"rdy_[A-Za-z0-9]{40}")


def post(client: Client, name: str = "GitHub Actions", days: Any = 90) -> Any:
    return client.post(PAGE, {"name": name, "days": days})


def test_a_secret_is_shown_once_and_opens_the_gate(cast: Cast) -> None:
    see(small(cast, PROBED))
    client = by(cast.theo)
    page = post(client)
    assert page.status_code == 201
    (secret,) = set(SECRET.findall(page.content.decode()))
    assert by(secret).get(f"{API}/services/checkout/gate?enforce=1").json() == {"decision": "go", "blockers": []}
    again = client.get(PAGE).content.decode()
    assert SECRET.search(again) is None
    token = Token.objects.get()
    assert token.prefix in again
    assert "last used" in again
    entry = Entry.objects.get(verb="token.minted")
    assert (entry.actor_id, entry.object_label, entry.service_id) == (
        cast.theo.pk, "GitHub Actions · Checkout", cast.checkout.pk,
    )  # fmt: skip


def test_a_page_sent_twice_mints_once(cast: Cast) -> None:
    client = by(cast.theo)
    assert post(client).status_code == 201
    second = post(client, "github actions ")
    assert second.status_code == 422
    assert "There is a token called" in second.content.decode()
    assert Token.objects.count() == 1


def test_a_long_name_is_refused_with_a_sentence_and_not_cut(cast: Cast) -> None:
    client = by(cast.theo)
    assert "maxlength" not in client.get(PAGE).context["form"]["name"].as_widget()
    assert "A name has 80 letters at most; this one has 81." in post(client, "x" * 81).content.decode()


@pytest.mark.parametrize(("name", "days"), [("", 90), ("x" * 81, 90), ("CI", 366), ("CI", 0), ("CI", "x")])
def test_a_wrong_form_mints_nothing(cast: Cast, name: str, days: Any) -> None:
    page = post(by(cast.theo), name, days)
    assert page.status_code == 422
    assert not Token.objects.exists()


def test_enough_is_enough(cast: Cast) -> None:
    for number in range(MOST_LIVE):
        mint(cast.checkout, cast.theo, f"token {number}")
    assert post(by(cast.theo)).status_code == 422
    Token.objects.update(expires_at=MOMENT)
    assert post(by(cast.theo)).status_code == 201


def test_a_revoked_token_opens_nothing(cast: Cast) -> None:
    secret, client = mint(cast.checkout, cast.theo, "CI"), by(cast.mia)
    token = Token.objects.get()
    for _ in range(2):
        assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == 302
    problem(by(secret).get(f"{API}/services/checkout/gate"), 401, words="was revoked")
    assert [entry.actor_id for entry in Entry.objects.filter(verb="token.revoked")] == [cast.mia.pk]
    text = client.get(PAGE).content.decode()
    assert "by Mia" in text
    assert f"{token.pk}/revoke/" not in text
    assert post(client, "CI").status_code == 201


@pytest.mark.parametrize(
    ("name", "status"),
    [("ada", 200), ("mia", 200), ("theo", 200), ("rob", 200), ("olga", 403), ("vera", 403), ("eve", 403), ("sam", 404)],
)
def test_whoever_may_mint_sees_the_page(cast: Cast, name: str, status: int) -> None:
    mint(cast.checkout, cast.theo, "CI")
    token, client = Token.objects.get(), by(getattr(cast, name))
    assert client.get(PAGE).status_code == status
    assert post(client, f"By {name}").status_code == (201 if status == 200 else status)
    assert client.post(f"{PAGE}{token.pk}/revoke/").status_code == (302 if status == 200 else status)
    assert Token.objects.filter(revoked_at=None).count() == 1


def test_a_token_is_revoked_on_its_own_service_only(cast: Cast) -> None:
    mint(cast.checkout, cast.theo, "CI")
    token = Token.objects.get()
    assert by(cast.sam).post(f"/services/index/tokens/{token.pk}/revoke/").status_code == 404
    with pytest.raises(NotVisible):
        tokens.revoke(by=cast.sam, token=token, target=cast.index.target, service="Index", now=MOMENT)
    assert Token.objects.get().revoked_at is None


def test_the_snippet_names_this_service_at_the_configured_address(cast: Cast, settings: Any) -> None:
    settings.BASE_URL = "https://readiness.example.com"
    text = by(cast.theo).get(PAGE).content.decode()
    assert "https://readiness.example.com/api/v1/services/checkout/gate?enforce=1" in text
    assert LASTS.days == 90
