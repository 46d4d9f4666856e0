"""The pages of a drill, for whoever was woken and for whoever looks on."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.checks import actions
from readiness.checks.models import Drill, DrillState
from tests.cast import Cast, login
from tests.checks.drilling import NOT_SENT, again, carried_out, drillable, sent, started

BUTTON = "The alert has reached me"
HTMX = {"HX-Request": "true"}


def now_sent(cast: Cast, minutes_ago: float = 0) -> Drill:
    """Sent in real time: pages ask the clock."""
    drill, at = sent(cast), timezone.now() - timedelta(minutes=minutes_ago)
    Drill.objects.update(started_at=at, sent_at=at, due_at=at + timedelta(minutes=15))
    return again(drill)


def page(client: Client, person: Any, drill: Drill) -> str:
    response = login(client, person).get(drill.get_absolute_url())
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_page_that_the_alert_links_to_has_one_button_for_whoever_is_on_call(cast: Cast, client: Client) -> None:
    text = page(client, cast.olga, now_sent(cast, minutes_ago=3.2))
    assert "Nothing is broken." in text
    assert BUTTON in text
    assert "left to acknowledge it" in text
    assert "11 min" in text


@pytest.mark.parametrize(
    ("name", "words"), [("theo", "You started this drill"), ("vera", "that is Olga Example or Pia Example")]
)
def test_others_look_on_and_are_told_whose_it_is(cast: Cast, client: Client, name: str, words: str) -> None:
    text = page(client, getattr(cast, name), now_sent(cast))
    assert BUTTON not in text
    assert words in text


def test_a_stranger_gets_404_and_nobody_signed_in_is_asked_to_sign_in(cast: Cast, client: Client) -> None:
    drill = now_sent(cast)
    address = drill.get_absolute_url()
    assert "/sign-in/" in client.get(address).headers["Location"] or client.get(address).status_code == 302
    login(client, cast.sam)
    for method, path in (("get", ""), ("get", "pulse/"), ("post", "acknowledge/"), ("post", "cancel/")):
        assert getattr(client, method)(address + path).status_code == 404, path
    assert again(drill).state == DrillState.SENT


def test_one_press_and_it_is_proof(cast: Cast, client: Client) -> None:
    drill = now_sent(cast, minutes_ago=4)
    response = login(client, cast.olga).post(f"{drill.get_absolute_url()}acknowledge/", follow=True)
    text = response.content.decode()
    assert "Acknowledged in time" in text
    assert "nothing else is to be done" in text
    assert BUTTON not in text
    assert cast.item("alerts").status == "met"


def test_opening_the_link_alone_acknowledges_nothing(cast: Cast, client: Client) -> None:
    drill = now_sent(cast)
    page(client, cast.olga, drill)
    assert login(client, cast.olga).get(f"{drill.get_absolute_url()}acknowledge/").status_code == 405
    assert again(drill).state == DrillState.SENT


def test_who_comes_too_late_is_told_so_on_the_same_page(cast: Cast, client: Client) -> None:
    drill = now_sent(cast, minutes_ago=17)
    response = login(client, cast.olga).post(f"{drill.get_absolute_url()}acknowledge/")
    text = response.content.decode()
    assert response.status_code == 422
    assert "This comes 2 minutes too late" in text
    assert "Not acknowledged in time" in text
    assert "Olga Example came too late" in text


def test_who_was_slower_is_told_who_was_faster(cast: Cast, client: Client) -> None:
    drill = now_sent(cast)
    actions.acknowledge_drill(by=cast.olga, drill=drill, now=timezone.now())
    response = login(client, cast.pia).post(f"{drill.get_absolute_url()}acknowledge/")
    assert response.status_code == 409
    assert "Olga Example was faster" in response.content.decode()


def test_the_clock_is_asked_for_again_until_the_drill_has_moved_on(cast: Cast, client: Client) -> None:
    drill = now_sent(cast)
    address = f"{drill.get_absolute_url()}pulse/"
    login(client, cast.olga)
    clock = client.get(f"{address}?state=sent", headers=HTMX)
    assert f'hx-get="{address}?state=sent"' in clock.content.decode()
    assert "HX-Refresh" not in clock.headers
    actions.acknowledge_drill(by=cast.pia, drill=drill, now=timezone.now())
    assert client.get(f"{address}?state=sent", headers=HTMX).headers["HX-Refresh"] == "true"
    assert client.get(f"{address}?state=sent").headers["Location"] == drill.get_absolute_url()


def test_a_drill_is_started_from_the_page_of_its_check_and_of_its_item(cast: Cast, client: Client) -> None:
    check = drillable(cast)
    address = f"/checks/{check.pk}/drill/"
    login(client, cast.theo)
    for place in (check.get_absolute_url(), "/services/checkout/items/alerts/"):
        assert f'action="{address}"' in client.get(place).content.decode(), place
    response = client.post(address)
    assert response.headers["Location"] == Drill.objects.get().get_absolute_url()
    text = client.get("/services/checkout/items/alerts/").content.decode()
    assert "Open the drill" in text
    assert f'action="{address}"' not in text


def test_the_lists_say_that_it_runs_when_somebody_starts_it(cast: Cast, client: Client) -> None:
    check = drillable(cast)
    text = login(client, cast.theo).get("/services/checkout/checks/").content.decode()
    assert "when somebody starts it" in text
    assert f"/checks/{check.pk}/run/" not in text
    assert "when somebody starts it" in client.get(check.get_absolute_url()).content.decode()


def test_why_no_drill_can_be_started_is_said_where_the_button_is(cast: Cast, client: Client) -> None:
    check = drillable(cast)
    text = login(client, cast.vera).get(check.get_absolute_url()).content.decode()
    assert f"/checks/{check.pk}/drill/" not in text
    assert "Your role does not let you run a check" in text


def test_how_it_ended_stands_on_the_page_of_its_check(cast: Cast, client: Client) -> None:
    drill = now_sent(cast, minutes_ago=4)
    actions.acknowledge_drill(by=cast.olga, drill=drill, now=timezone.now())
    text = login(client, cast.theo).get(drill.check_row.get_absolute_url()).content.decode()
    assert "Acknowledged in time" in text
    assert "Olga Example, after 4 min" in text


def test_what_was_never_sent_says_why(cast: Cast, client: Client) -> None:
    drill = started(cast)
    carried_out(NOT_SENT)
    text = page(client, cast.theo, again(drill))
    assert "Not sent" in text
    assert "Alertmanager gave no answer" in text


def test_whoever_is_on_call_finds_it_on_their_own_page_too(cast: Cast, client: Client) -> None:
    drill = now_sent(cast)
    assert drill.get_absolute_url() in login(client, cast.olga).get("/").content.decode()
    for person in (cast.theo, cast.mia):
        assert drill.get_absolute_url() not in login(client, person).get("/").content.decode()


def test_a_page_costs_the_same_after_many_drills(cast: Cast, client: Client) -> None:
    check = drillable(cast)
    sent(cast, check)
    Drill.objects.update(state=DrillState.CANCELLED, ended_at=timezone.now())
    login(client, cast.theo).get(check.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        client.get(check.get_absolute_url())
    rows = [
        Drill(
            check_row=check, started_by=cast.theo, started_at=timezone.now(), ended_at=timezone.now(), state="cancelled"
        )
        for _ in range(20)
    ]
    Drill.objects.bulk_create(rows)
    with CaptureQueriesContext(connection) as many:
        client.get(check.get_absolute_url())
    assert len(many) == len(few)
