"""Settings → Integrations, as an administrator uses it; with and without JavaScript."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.checks import probing
from readiness.checks.actions import integrations as actions
from readiness.checks.models import Integration
from readiness.checks.sources import KINDS
from tests.cast import NOW, Cast, login
from tests.checks.cases import LOCAL, measured
from tests.checks.connecting import SECRET, URL, changed, connected
from tests.servers.source import source, vector

LIST = "/settings/integrations/"
PAGE = f"{LIST}prometheus/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(client: Client, cast: Cast) -> Client:
    return login(client, cast.ada)


def typed(**values: Any) -> dict[str, Any]:
    return {"version": 0, "address": URL, "way": "bearer", "secret": SECRET} | values


def html(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def test_with_nothing_connected_the_page_says_what_can_be(ada: Client) -> None:
    page = html(ada, LIST)
    assert "Nothing connected yet" in page
    for kind in KINDS.values():
        assert f'href="{LIST}{kind.slug}/"' in page
        assert kind.purpose in page.replace("&#x27;", "'")


def test_a_source_is_connected_by_a_form_and_tested_by_a_worker(ada: Client, cast: Cast) -> None:
    with source({"/api/v1/status/buildinfo": {"data": {"version": "2.42.0"}}, "/api/v1/query": vector(12)}) as server:
        response = ada.post(PAGE, typed(address=server.url))
        assert (response.status_code, response["Location"]) == (302, PAGE)
        assert "A worker calls it now." in html(ada, PAGE)
        probing.probe_waiting(egress=LOCAL)
    page = html(ada, PAGE)
    assert "Prometheus 2.42.0; 12 targets, 12 of them down." in page
    assert "typed by Ada Example" in page
    assert "Works" in html(ada, LIST)


@pytest.mark.parametrize("slug", KINDS)
def test_every_kind_has_its_form(ada: Client, slug: str) -> None:
    page = html(ada, f"{LIST}{slug}/")
    assert 'type="password"' in page
    assert "never shown again" in page
    for setting in KINDS[slug].settings:
        assert f'name="{setting.name}"' in page


def test_what_is_wrong_stands_at_its_field_and_the_secret_is_not_sent_back(ada: Client) -> None:
    response = ada.post(PAGE, typed(address="prometheus"))
    page = response.content.decode()
    assert response.status_code == 422
    assert "An address starts with http:// or https:// and names a host." in page
    assert SECRET not in page
    assert not Integration.objects.exists()


def test_who_wrote_second_sees_it_and_saving_again_is_meant(ada: Client, cast: Cast) -> None:
    made = connected(cast)
    changed(cast, made, settings={"tenant": "first"})
    response = ada.post(PAGE, typed(version=made.version, tenant="second"))
    assert response.status_code == 409
    assert "Somebody changed this integration meanwhile." in response.content.decode()
    version = Integration.objects.get().version
    assert f'name="version" value="{version}"' in response.content.decode()
    assert ada.post(PAGE, typed(version=version, tenant="second")).status_code == 302
    assert Integration.objects.get().settings == {"tenant": "second"}


def test_the_row_asks_again_until_the_answer_is_there(ada: Client, cast: Cast) -> None:
    connected(cast, tested=False)
    path = f"{PAGE}state/?row=1"
    assert 'hx-trigger="every' in html(ada, path, **HTMX)
    Integration.objects.update(test_asked_at=None, tested_at=NOW, test_is_good=True, test_words="Prometheus 2.42.0.")
    done = html(ada, path, **HTMX)
    assert "hx-trigger" not in done
    assert "Prometheus 2.42.0." in done
    assert ada.get(path)["Location"] == PAGE  # opened as an address of its own


def test_a_test_is_asked_for_with_and_without_javascript(ada: Client, cast: Cast) -> None:
    connected(cast)
    assert ada.post(f"{PAGE}test/")["Location"] == PAGE
    fragment = ada.post(f"{PAGE}test/", {"row": "1"}, headers=HTMX)
    assert fragment.status_code == 200
    assert fragment.content.decode().strip().startswith("<li")
    assert Integration.objects.get().is_being_tested


def test_the_page_says_how_many_services_ask_it(ada: Client, cast: Cast) -> None:
    connected(cast)
    measured(cast)
    assert "1 service asks it" in html(ada, LIST)
    assert "<dd>1 service</dd>" in html(ada, PAGE)


def test_its_page_asks_again_until_services_follow(ada: Client, cast: Cast) -> None:
    connected(cast)
    Integration.objects.update(tested_at=timezone.now(), test_is_good=True)
    before = html(ada, f"{PAGE}state/", **HTMX)
    assert 'hx-trigger="every 15s"' in before
    assert "services follow within minutes" in before
    measured(cast)
    after = html(ada, f"{PAGE}state/", **HTMX)
    assert "hx-trigger" not in after
    assert "<dd>1 service</dd>" in after


def test_a_credential_without_its_secret_is_refused(ada: Client) -> None:
    response = ada.post(PAGE, typed(secret=" "))
    assert response.status_code == 422
    assert "Type the secret, or choose that none is sent." in response.content.decode()
    assert not Integration.objects.exists()
    assert ada.post(PAGE, typed(way="none", secret="")).status_code == 302


def test_where_a_credential_is_needed_nobody_is_told_to_go_without(ada: Client) -> None:
    response = ada.post(f"{LIST}pager/", typed(address="", way="pager", secret=""))
    assert response.context["form"].errors == {"secret": ["Type the secret."]}


def test_a_stored_secret_may_stay_but_goes_nowhere_else(ada: Client, cast: Cast) -> None:
    made = connected(cast)
    assert ada.post(PAGE, typed(version=made.version, secret="", tenant="shop")).status_code == 302
    version = Integration.objects.get(pk=made.pk).version
    elsewhere = typed(version=version, secret="", address="https://other.example.com")
    assert ada.post(PAGE, elsewhere).status_code == 422
    assert Integration.objects.get(pk=made.pk).has_secret


def test_a_secret_that_cannot_be_read_any_more_is_said_on_both_pages(ada: Client, cast: Cast) -> None:
    connected(cast)
    assert "be read any more" not in html(ada, PAGE)
    Integration.objects.update(sealed_secret="sealed-with-a-key-that-is-gone")
    for path in (LIST, PAGE):
        assert "The stored secret can’t be read any more, as SECRET_KEY has changed." in html(ada, path)


def test_forget_switch_and_remove_answer_with_the_page(ada: Client, cast: Cast) -> None:
    connected(cast)
    for path, body, back in (
        ("forget-secret", {}, PAGE),
        ("switch", {"to": "off"}, PAGE),
        ("switch", {"to": "on"}, PAGE),
        ("remove", {}, LIST),
    ):
        version = Integration.objects.get().version
        assert ada.post(f"{PAGE}{path}/", {"version": version} | body)["Location"] == back
    assert not Integration.objects.exists()
    assert ada.post(f"{PAGE}remove/", {"version": 1}).status_code == 404


def test_a_kind_that_there_is_not_is_not_found(ada: Client) -> None:
    for path in (f"{LIST}zipkin/", f"{LIST}zipkin/state/", f"{LIST}vault/state/"):
        assert ada.get(path, headers=HTMX).status_code == 404


def test_only_administrators_find_it_among_the_settings(client: Client, cast: Cast) -> None:
    assert LIST in html(login(client, cast.ada), "/settings/")
    assert LIST not in html(login(client, cast.mia), "/settings/")
    for path in (LIST, PAGE):
        assert client.get(path).status_code == 403


def test_the_list_takes_the_same_number_of_statements_with_and_without_services(
    ada: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for kind in ("prometheus", "alertmanager", "loki"):
        connected(cast, kind)
    measured(cast)
    with django_assert_max_num_queries(14):
        html(ada, LIST)


def test_the_history_tells_it_in_sentences(ada: Client, cast: Cast) -> None:
    made = connected(cast)
    made = changed(cast, made, address="https://new.example.com")
    actions.switch(by=cast.ada, integration=made, version=made.version, is_enabled=False, now=NOW)
    page = html(ada, "/history/")
    for words in ("connected", "removed the secret of", "switched", "the integration Prometheus"):
        assert words in page
