"""Settings → Outgoing, as an administrator uses it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.outgoing.actions import receivers as actions
from readiness.outgoing.models import Delivery, Receiver
from tests.cast import NOW, Cast, login
from tests.outgoing.receiving import CHAT, URL, chat, listener, sent, webhook
from tests.servers.api import Answer

LIST = "/settings/outgoing/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ada(client: Client, cast: Cast) -> Client:
    return login(client, cast.ada)


def html(client: Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def typed(**values: Any) -> dict[str, Any]:
    return {"name": "Automation", "address": URL, "events": ["gap.opened", "gap.overdue"]} | values


def test_with_nobody_the_page_says_what_can_be_added(ada: Client) -> None:
    page = html(ada, LIST)
    assert "Nobody outside is told of anything" in page
    assert f"{LIST}new/webhook/" in page
    assert f"{LIST}new/chat/" in page
    assert ada.get(f"{LIST}new/pigeon/").status_code == 404


def test_a_webhook_is_added_and_its_secret_is_in_that_answer_only(ada: Client) -> None:
    response = ada.post(f"{LIST}new/webhook/", typed())
    secret = Receiver.objects.get().secret
    assert response.status_code == 201
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert secret not in html(ada, Receiver.objects.get().get_absolute_url())
    assert secret not in html(ada, LIST)


def test_the_address_of_a_chat_is_never_shown_again(ada: Client) -> None:
    response = ada.post(f"{LIST}new/chat/", typed(address=CHAT))
    made = Receiver.objects.get()
    for page in (response.content.decode(), html(ada, made.get_absolute_url()), html(ada, LIST)):
        assert CHAT not in page
    assert ada.post(made.get_absolute_url(), typed(address="", version=1, name="#ops"))["Location"]
    assert Receiver.objects.get().secret == CHAT


def test_what_is_wrong_stands_at_its_field(ada: Client) -> None:
    response = ada.post(f"{LIST}new/webhook/", typed(address="x", events=[]))
    page = response.content.decode()
    assert response.status_code == 422
    assert "An address starts with http:// or https:// and names a host." in page
    assert "Choose at least one event." in page
    assert not Receiver.objects.exists()


def test_a_lost_race_is_said_and_saving_again_is_meant(ada: Client, cast: Cast) -> None:
    made = webhook(cast).receiver
    address = made.get_absolute_url()
    assert ada.post(address, typed(version=1, name="First"))["Location"] == address
    lost = ada.post(address, typed(version=1, name="Second"))
    assert lost.status_code == 409
    assert "Somebody else changed this" in lost.content.decode()
    assert 'name="version" value="2"' in lost.content.decode()
    assert ada.post(address, typed(version=2, name="Second"))["Location"] == address


def test_a_test_is_sent_by_a_worker_and_its_answer_shown(ada: Client, cast: Cast) -> None:
    with listener(lambda: Answer("Merci", 200)) as server:
        made = webhook(cast, server.url).receiver
        page = ada.post(f"{made.get_absolute_url()}test/")["Location"]
        assert 'hx-trigger="every 2s"' in html(ada, page)
        assert "It waits for a worker." in html(ada, page, **HTMX)
        assert server.calls == []  # no network in a request
        sent(Delivery.objects.get().next_attempt_at)
    done = html(ada, page, **HTMX)
    assert "It answered 200." in done
    assert "Merci" in done
    assert "hx-trigger" not in done
    assert "Works" in html(ada, LIST)


def test_what_failed_is_said_in_the_list_and_sent_again(ada: Client, cast: Cast) -> None:
    made = webhook(cast, "http://127.0.0.1:9").receiver
    delivery = actions.send_test(by=cast.ada, receiver=made, now=NOW)
    sent()
    assert "nothing is listening there" in html(ada, LIST)
    assert "It waits to be sent already." in html(ada, delivery.get_absolute_url())
    Delivery.objects.update(status="given_up")
    fence = Delivery.objects.get().fence
    again = f"{delivery.get_absolute_url()}again/"
    assert ada.post(again, {"fence": fence})["Location"] == delivery.get_absolute_url()
    assert Delivery.objects.get().is_queued
    assert ada.post(again, {"fence": fence}).status_code == 422
    Delivery.objects.update(status="given_up")
    assert ada.post(again, {"fence": fence}).status_code == 409


def test_new_secret_switch_and_remove(ada: Client, cast: Cast) -> None:
    made = webhook(cast).receiver
    address = made.get_absolute_url()
    renewed = ada.post(f"{address}new-secret/", {"version": 1})
    assert Receiver.objects.get().secret in renewed.content.decode()
    assert ada.post(f"{address}switch/", {"version": 2, "to": "off"})["Location"] == address
    assert "Off" in html(ada, LIST)
    assert ada.post(f"{address}remove/", {"version": 2}).status_code == 409
    assert ada.post(f"{address}remove/", {"version": 3})["Location"] == LIST
    assert ada.get(address).status_code == 404


def test_deliveries_come_in_pages_and_by_status(ada: Client, cast: Cast) -> None:
    made = chat(cast)
    for _ in range(30):
        actions.send_test(by=cast.ada, receiver=made, now=NOW)
    Delivery.objects.filter(pk__in=Delivery.objects.values("pk")[:2]).update(status="given_up")
    address = made.get_absolute_url()
    assert "1–25 of 30 deliveries" in html(ada, address)
    assert "26–30 of 30 deliveries" in html(ada, f"{address}?page=2", **HTMX)
    assert "1–2 of 2 deliveries" in html(ada, f"{address}?status=given_up", **HTMX)
    assert "None like that" in html(ada, f"{address}?status=dropped")


def test_the_list_costs_the_same_with_more_receivers(ada: Client, cast: Cast) -> None:
    webhook(cast)
    html(ada, LIST)
    with CaptureQueriesContext(connection) as one:
        html(ada, LIST)
    for number in range(4):
        actions.send_test(
            by=cast.ada, receiver=webhook(cast, name=f"No {number}", team=cast.payments).receiver, now=NOW
        )
    with CaptureQueriesContext(connection) as five:
        html(ada, LIST)
    assert len(five) == len(one)


def test_only_administrators_find_it_among_the_settings(client: Client, cast: Cast) -> None:
    assert LIST in html(login(client, cast.ada), "/settings/")
    assert LIST not in html(login(client, cast.mia), "/settings/")
    assert client.get(LIST).status_code == 403


def test_the_history_tells_it_in_sentences_and_leads_there(ada: Client, cast: Cast) -> None:
    made = webhook(cast).receiver
    page = html(ada, "/history/")
    assert "the receiver Automation" in page
    assert f'href="{made.get_absolute_url()}"' in page
