"""Links to the portfolio: who may make them, what they show, and when they show nothing."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Role
from readiness.assessments.actions.holding import WrongFields
from readiness.catalog.models import Service
from readiness.history.models import Entry
from readiness.portfolio.insights import counting, rollup
from readiness.portfolio.insights.cards import CARDS
from readiness.portfolio.kept import Kept
from readiness.portfolio.models import ShareLink
from readiness.portfolio.sharing.actions import MOST_LIVE, Made, make_link, revoke_link
from tests.cast import NOW, Cast, give, login
from tests.portfolio.recorded import fleet

pytestmark = pytest.mark.usefixtures("monday")


@pytest.fixture(autouse=True)
def _nobody_counted(db: None) -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def made(by: User, query: str = "", *, days: int = 7, name: str = "For the board") -> Made:
    by.forget_grants()
    return make_link(by=by, name=name, query=query, days=days, now=NOW)


def opened(client: Client, link: Made) -> Any:
    return client.get(f"/shared/{link.secret}/")


def says(client: Client, link: Made) -> str:
    response = opened(client, link)
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).split())


def is_gone(client: Client, secret: str) -> bool:
    response = client.get(f"/shared/{secret}/")
    return response.status_code == 404 and "This link shows nothing" in response.content.decode()


# Making one


def test_a_link_is_made_told_to_history_and_its_secret_is_kept_nowhere(cast: Cast) -> None:
    link = made(cast.mia, "team=payments&tier=&noise=1")
    row = ShareLink.objects.get()
    assert row.digest == hashlib.sha256(link.secret.encode()).hexdigest()
    assert (row.query, row.expires_at) == ("team=payments", NOW + timedelta(days=7))
    entry = Entry.objects.get(verb="share.made")
    assert (entry.actor_id, entry.team_id) == (cast.mia.pk, cast.payments.pk)
    assert not [value for value in _all_values() if link.secret in value]


def _all_values() -> list[str]:
    rows = [*ShareLink.objects.values(), *Entry.objects.values()]
    return [str(value) for row in rows for value in row.values()]


@pytest.mark.parametrize("name", ["theo", "olga", "rob", "vera", "sam", "eve"])
def test_whoever_manages_nothing_makes_none(cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed, match="share the portfolio by a link"):
        made(getattr(cast, name))
    assert not ShareLink.objects.exists()
    assert not Entry.objects.filter(verb="share.made").exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"days": 365}, "days"),
        ({"query": "q=nothing+is+called+so"}, "query"),
        ({"query": "team=search"}, "query"),
        ({"query": "&".join(f"{name}={'%F0%9F%98%80' * 60}" for name in ("q", "team"))}, "query"),
    ],
)
def test_what_is_wrong_is_said_at_its_place(cast: Cast, wrong: dict[str, Any], field: str) -> None:
    said: dict[str, Any] = {"query": "", "days": 7, "name": "For the board"} | wrong
    with pytest.raises(WrongFields) as caught:
        make_link(by=cast.mia, **said, now=NOW)
    assert list(caught.value.problems) == [field]
    assert not ShareLink.objects.exists()


def test_there_is_an_end_to_how_many_one_person_has(cast: Cast) -> None:
    first = made(cast.mia)
    for at in range(MOST_LIVE - 1):
        ShareLink.objects.create(
            name=f"{at}", digest=f"{at}", made_by=cast.mia, made_at=NOW, expires_at=NOW + timedelta(days=1)
        )
    with pytest.raises(WrongFields, match="revoke one"):
        made(cast.mia)
    revoke_link(by=cast.mia, link=first.link, version=1, now=NOW)
    made(cast.mia)


# What it shows


def test_it_opens_for_anybody_and_says_whose_it_is(client: Client, cast: Cast) -> None:
    cast.assessed()
    text = says(client, made(cast.mia, "team=payments"))
    assert "For the board" in text
    assert "Payments." in text
    assert "Shared by Mia Example" in text
    assert ShareLink.objects.get().last_opened_at == NOW


def test_every_card_is_on_it(client: Client, cast: Cast) -> None:
    fleet(cast, 12)
    html = opened(client, made(cast.ada)).content.decode()
    for key, card in CARDS.items():
        assert f'id="insight-{key}-title">{card.title}<' in html
    assert "Quinn" not in html.split("<main")[0]


def test_nothing_on_it_leads_inward(client: Client, cast: Cast) -> None:
    fleet(cast, 12)
    html = opened(client, made(cast.ada)).content.decode()
    body = html[html.index("<body") :]
    assert re.findall(r'<a\s[^>]*href="([^"]*)"', body) == ["#content"]
    assert "<form" not in body
    assert "hx-get" not in body
    assert "/portfolio/" not in body
    assert "/services/" not in body
    assert '"urls"' not in body


def test_no_search_engine_no_cache_and_no_other_site_learns_of_it(client: Client, cast: Cast) -> None:
    for secret in (made(cast.mia).secret, "made-up"):
        headers = client.get(f"/shared/{secret}/").headers
        assert "noindex" in headers["X-Robots-Tag"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"


def test_it_shows_what_its_maker_may_see_when_it_is_opened(client: Client, cast: Cast) -> None:
    give(cast.mia, Role.MANAGER, team=cast.search)
    fleet(cast, 12)
    link = made(cast.mia)
    theirs = Service.objects.filter(team=cast.search, go_live_on__isnull=False).exclude(pk=cast.index.pk)
    names = list(theirs.values_list("name", flat=True))
    assert any(name in says(client, link) for name in names)
    Grant.objects.filter(user=cast.mia, team=cast.search).delete()
    text = says(client, link)
    assert "Search" not in text
    assert not [name for name in names if name in text]


def test_who_opens_it_signed_in_sees_no_more_by_it(client: Client, cast: Cast) -> None:
    fleet(cast, 12)
    link = made(cast.mia)
    assert "Search" not in says(login(client, cast.ada), link)


def test_another_page_is_as_closed_as_before(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    opened(client, link)
    for address in (
        "/portfolio/",
        "/portfolio/insights/",
        "/portfolio/insights/ageing/",
        "/gaps/",
        "/services/checkout/",
    ):
        response = client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")
    for address in ("ageing/", "insights/ageing/", "../portfolio/", "rows/gaps/"):
        assert client.get(f"/shared/{link.secret}/{address}").status_code in {302, 404}
    assert client.post(f"/shared/{link.secret}/").status_code == 405


# When it shows nothing


def test_after_its_end(client: Client, cast: Cast) -> None:
    link = made(cast.mia, days=1)
    with time_machine.travel(NOW + timedelta(hours=23, minutes=59), tick=False):
        assert opened(client, link).status_code == 200
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert is_gone(client, link.secret)


def test_once_revoked(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    revoke_link(by=cast.mia, link=link.link, version=1, now=NOW)
    assert is_gone(client, link.secret)
    assert Entry.objects.get(verb="share.revoked").actor_id == cast.mia.pk


def test_when_its_maker_has_left_or_manages_nothing_any_more(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    User.objects.filter(pk=cast.mia.pk).update(is_active=False)
    assert is_gone(client, link.secret)
    User.objects.filter(pk=cast.mia.pk).update(is_active=True)
    assert opened(client, link).status_code == 200
    Grant.objects.filter(user=cast.mia).update(role=Role.VIEWER)
    assert is_gone(client, link.secret)


def test_when_its_makers_role_has_ended(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    Grant.objects.filter(user=cast.mia).update(expires_at=NOW + timedelta(hours=1))
    assert opened(client, link).status_code == 200
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert is_gone(client, link.secret)


def test_when_a_letter_of_it_is_another(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    for at in (0, 20, len(link.secret) - 1):
        other = "A" if link.secret[at] != "A" else "B"
        assert is_gone(client, link.secret[:at] + other + link.secret[at + 1 :])
    for secret in (link.secret[:-1], f"{link.secret}A", link.link.digest, "x" * 3000, "%00", "é"):
        assert client.get(f"/shared/{secret}/").status_code == 404


def test_whoever_asks_too_often_is_told_to_wait(client: Client, cast: Cast) -> None:
    link = made(cast.mia)
    for _ in range(60):
        client.get("/shared/guess/")
    response = opened(client, link)
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) <= 60


# Revoking


def test_nobody_else_revokes_it_but_an_administrator(cast: Cast) -> None:
    link = made(cast.mia).link
    for person in (cast.theo, cast.rob, cast.sam, cast.vera):
        with pytest.raises(NotVisible):
            revoke_link(by=person, link=link, version=1, now=NOW)
    assert ShareLink.objects.get().revoked_at is None
    revoke_link(by=cast.ada, link=link, version=1, now=NOW)
    assert ShareLink.objects.get().revoked_at == NOW


def test_revoked_twice_it_is_revoked_once(cast: Cast) -> None:
    link = made(cast.mia).link
    revoke_link(by=cast.mia, link=link, version=1, now=NOW)
    with pytest.raises(Refused, match="already"):
        revoke_link(by=cast.mia, link=link, version=2, now=NOW)
    assert Entry.objects.filter(verb="share.revoked").count() == 1


def test_of_two_at_once_one_is_told(cast: Cast) -> None:
    link = made(cast.mia).link
    ShareLink.objects.update(version=2)
    with pytest.raises(Conflict):
        revoke_link(by=cast.mia, link=link, version=1, now=NOW)
    assert ShareLink.objects.get().revoked_at is None
    assert not Entry.objects.filter(verb="share.revoked").exists()


# The pages


def test_the_secret_is_shown_once(client: Client, cast: Cast) -> None:
    login(client, cast.mia)
    answer = client.post("/portfolio/shares/", {"name": "For the board", "days": 30, "query": "team=payments"})
    address = re.search(r"/shared/([\w-]{43})/", answer.content.decode())
    assert address
    assert client.get(address[0]).status_code == 200
    assert "/shared/" not in client.get("/portfolio/shares/").content.decode()


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    answer = login(client, cast.mia).post("/portfolio/shares/", {"name": "Board", "days": 5, "query": "team=search"})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Board"' in html
    assert not ShareLink.objects.exists()
    answer = client.post("/portfolio/shares/", {"name": "Board", "days": 7, "query": "team=search"})
    assert "no service fits these filters that you may share" in answer.content.decode()


def test_the_list_shows_the_own_ones_and_all_of_them_to_an_administrator(client: Client, cast: Cast) -> None:
    made(cast.mia, name="Of Mia")
    made(cast.ada, name="Of Ada")
    mine = login(client, cast.mia).get("/portfolio/shares/").content.decode()
    assert "Of Mia" in mine
    assert "Of Ada" not in mine
    assert "Of Mia" in login(client, cast.ada).get("/portfolio/shares/").content.decode()


def test_revoking_from_the_list(client: Client, cast: Cast) -> None:
    link = made(cast.mia).link
    login(client, cast.mia)
    answer = client.post(f"/portfolio/shares/{link.pk}/revoke/", {"version": 1}, follow=True)
    assert "opens nothing any more" in answer.content.decode()
    assert "Revoked" in answer.content.decode()


def test_only_who_may_share_is_offered_it(client: Client, cast: Cast) -> None:
    assert "/portfolio/shares/?team=payments" in _insights(client, cast.mia)
    assert "/portfolio/shares/" not in _insights(client, cast.rob)


def _insights(client: Client, user: User) -> str:
    return str(login(client, user).get("/portfolio/insights/?team=payments").content.decode())


# What it costs


def test_it_costs_the_same_with_ten_services_and_with_a_hundred(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet(cast, 12)
    link = made(cast.mia)
    opened(client, link)
    few = _statements(client, link, monkeypatch)
    fleet(cast, 100)
    assert _statements(client, link, monkeypatch) == few
    assert few <= 45


def _statements(client: Client, link: Made, monkeypatch: pytest.MonkeyPatch) -> int:
    for module in (counting, rollup):
        monkeypatch.setattr(module, "_kept", Kept(most=8, seconds=30))
    with CaptureQueriesContext(connection) as captured:
        opened(client, link)
    return len(captured)
