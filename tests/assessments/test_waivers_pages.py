from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.assessments import actions
from readiness.assessments.models import Item, Waiver
from readiness.catalog.models import Service
from tests.assessments.registered import day
from tests.assessments.small import DRILLED, small
from tests.cast import Cast, login, service

HTMX = {"HX-Request": "true"}


@pytest.fixture
def waiver(cast: Cast) -> Waiver:
    small(cast, DRILLED, now=timezone.now())
    return actions.request_waiver(
        by=cast.theo,
        item=cast.item("drilled"),
        reason="No window.",
        mitigation="Few users.",
        ends_on=day(30),
        now=timezone.now(),
    )


def decide(client: Client, waiver: Waiver, decision: str, note: str = "", **headers: Any) -> Any:
    values = {"version": waiver.version, "decision": decision, "note": note}
    return client.post(f"/waivers/{waiver.pk}/decide/", values, **headers)


def test_a_manager_finds_what_waits_for_them_and_approves_it(cast: Cast, client: Client, waiver: Waiver) -> None:
    login(client, cast.mia)
    text = client.get("/waivers/").text
    assert "No window." in text
    assert "Few users." in text
    response = decide(client, waiver, "approve")
    assert (response.status_code, response.headers["Location"]) == (302, "/waivers/")
    assert "Nothing waits for a decision" in client.get("/waivers/").text
    assert "Few users." in client.get("/waivers/?show=in-force").text


def test_with_htmx_the_card_changes_in_its_place(cast: Cast, client: Client, waiver: Waiver) -> None:
    response = decide(login(client, cast.mia), waiver, "approve", headers=HTMX)
    assert response.text.lstrip().startswith(f'<article class="card" id="waiver-{waiver.pk}"')
    assert "Approved by" in response.text
    assert "hx-partial" not in response.text


def test_decided_among_the_others_the_tabs_count_anew(cast: Cast, client: Client, waiver: Waiver) -> None:
    headers = {**HTMX, "HX-Current-URL": "http://testserver/waivers/?show=waiting&team=payments"}
    response = decide(login(client, cast.mia), waiver, "approve", headers=headers)
    assert f'<hx-partial hx-target="#waiver-{waiver.pk}" hx-swap="delete">' in response.text
    assert "Nothing waits for a decision" in response.text
    assert "Approved: Drilled of Checkout." in response.text
    assert "<article" not in response.text
    assert '<hx-partial hx-target="#waiver-tabs"' in response.text
    assert "Waiting for a decision</a>" in response.text
    assert 'In force <span class="count">1</span>' in response.text
    assert "team=payments" in response.text


def test_a_refusal_without_a_reason_comes_back_with_the_sentence(cast: Cast, client: Client, waiver: Waiver) -> None:
    response = decide(login(client, cast.mia), waiver, "refuse")
    assert response.status_code == 422
    assert "Say why not" in response.text
    assert decide(client, waiver, "nonsense").status_code == 422
    assert decide(client, waiver, "refuse", "Move the launch.").status_code == 302
    assert "Move the launch." in client.get("/waivers/?show=past").text


def test_a_lost_race_is_a_conflict(cast: Cast, client: Client, waiver: Waiver) -> None:
    waiver.version = 9
    response = decide(login(client, cast.mia), waiver, "approve")
    assert response.status_code == 409
    assert "Somebody else changed this" in response.text


@pytest.mark.parametrize(
    ("person", "sentence"),
    [("theo", "Your role does not let you decide a waiver"), ("vera", "Your role does not let you")],
)
def test_who_may_not_decide_reads_why(cast: Cast, client: Client, waiver: Waiver, person: str, sentence: str) -> None:
    login(client, getattr(cast, person))
    assert sentence in client.get(f"/waivers/{waiver.pk}/").text
    assert decide(client, waiver, "approve").status_code == 403
    assert Waiver.objects.get().status == "requested"


def test_who_asked_reads_that_somebody_else_decides_and_may_take_it_back(cast: Cast, client: Client) -> None:
    small(cast, DRILLED, now=timezone.now())
    own = actions.request_waiver(
        by=cast.mia, item=cast.item("drilled"), reason="r", mitigation="m", ends_on=day(9), now=timezone.now()
    )
    login(client, cast.mia)
    text = client.get("/waivers/").text
    assert "somebody else decides" in text
    assert "Take it back" in text
    assert client.post(f"/waivers/{own.pk}/revoke/", {"version": 1, "note": ""}).status_code == 422
    assert client.post(f"/waivers/{own.pk}/revoke/", {"version": 1, "note": "Done."}).status_code == 302
    assert Waiver.objects.get().status == "revoked"


def test_a_stranger_learns_nothing(cast: Cast, client: Client, waiver: Waiver) -> None:
    login(client, cast.sam)
    assert client.get(f"/waivers/{waiver.pk}/").status_code == 404
    assert decide(client, waiver, "approve").status_code == 404
    assert client.post(f"/waivers/{waiver.pk}/revoke/", {}).status_code == 404
    assert "Drilled" not in client.get("/waivers/").text


def test_asking_for_one(cast: Cast, client: Client) -> None:
    small(cast, DRILLED, now=timezone.now())
    address = "/services/checkout/items/drilled/waiver/"
    login(client, cast.theo)
    assert f'max="{day(90).isoformat()}"' in client.get(address).text
    wrong = client.post(address, {"reason": "", "mitigation": "m", "ends_on": day(91)})
    assert wrong.status_code == 422
    late = client.post(address, {"reason": "r", "mitigation": "m", "ends_on": day(91)})
    assert "A waiver lasts at most 90 days" in late.text
    assert client.post(address, {"reason": "r", "mitigation": "m", "ends_on": day(20)}).status_code == 302
    assert "There is a waiver for this item already" in client.get(address).text
    for person, status in (("sam", 404), ("olga", 403), ("vera", 403)):
        assert login(client, getattr(cast, person)).get(address).status_code == status


def more_waivers(cast: Cast, number: int) -> None:
    assessment = cast.item("drilled").assessment
    start = Service.objects.count()
    for index in range(start, start + number):
        one = service(f"more-{index}", cast.payments, tech_lead=cast.theo)
        assessment.pk, assessment.service = None, one
        assessment._state.adding = True
        assessment.save()
        item = Item.objects.create(
            assessment=assessment, key="drilled", title=f"Drill {index}", position=1, gate="hard"
        )
        Waiver.objects.create(
            item=item, service=one, reason="r", mitigation="m", ends_on=day(5), requested_by=cast.theo,
            requested_at=timezone.now() - timedelta(days=1),
        )  # fmt: skip


@pytest.mark.parametrize("person", ["mia", "theo"])
def test_fifty_cards_cost_what_five_cost(cast: Cast, client: Client, waiver: Waiver, person: str) -> None:
    login(client, getattr(cast, person)).get("/waivers/")  # what a process asks once
    more_waivers(cast, 4)
    with CaptureQueriesContext(connection) as five:
        assert len(client.get("/waivers/").context["cards"]) == 5
    more_waivers(cast, 50)
    with CaptureQueriesContext(connection) as fifty:
        assert len(client.get("/waivers/").context["cards"]) == 50
    assert len(fifty) == len(five)
    assert len(fifty) <= 10


def test_what_waits_for_me_comes_first(cast: Cast, client: Client, waiver: Waiver) -> None:
    """The own request ends sooner, and still stands below."""
    more_waivers(cast, 1)
    Waiver.objects.exclude(pk=waiver.pk).update(requested_by=cast.mia)
    cards = login(client, cast.mia).get("/waivers/").context["cards"]
    assert [card.waiver.requested_by for card in cards] == [cast.theo, cast.mia]


def test_soon_to_expire_is_said(cast: Cast, client: Client, waiver: Waiver) -> None:
    Waiver.objects.update(ends_on=day(6))
    decide(login(client, cast.mia), waiver, "approve")
    card = client.get("/waivers/?show=in-force").context["cards"][0]
    assert card.is_soon


def test_where_the_list_still_asks_for_it_the_card_stays(cast: Cast, client: Client, waiver: Waiver) -> None:
    headers = {**HTMX, "HX-Current-URL": f"http://testserver/waivers/{waiver.pk}/"}
    assert "<article" in decide(login(client, cast.mia), waiver, "approve", headers=headers).text
    waiver.refresh_from_db()
    headers["HX-Current-URL"] = "http://testserver/waivers/?show=in-force"
    body = {"version": waiver.version, "note": "Traffic grew."}
    ended = client.post(f"/waivers/{waiver.pk}/revoke/", body, headers=headers).text
    assert 'hx-swap="delete"' in ended
    assert "No waiver is in force" in ended


def test_a_manager_sees_what_ends_in_thirty_days_and_whom_it_concerns(
    cast: Cast, client: Client, waiver: Waiver
) -> None:
    login(client, cast.mia)
    assert "No waiver ends in the next 30 days" in client.get("/waivers/?show=ending").text
    decide(client, waiver, "approve")
    page = client.get("/waivers/?show=ending")
    assert "Concerns" in page.text
    assert [card.concerns for card in page.context["cards"]] == [cast.theo]
    assert 'Ends in 30 days <span class="count">1</span>' in page.text
    Waiver.objects.update(ends_on=day(31))
    assert not client.get("/waivers/?show=ending").context["cards"]


def test_a_renewal_is_asked_for_from_the_card_with_the_words_of_the_one_that_runs(
    cast: Cast, client: Client, waiver: Waiver
) -> None:
    decide(login(client, cast.mia), waiver, "approve")
    login(client, cast.theo)
    address = "/services/checkout/items/drilled/waiver/"
    assert address in client.get(f"/waivers/{waiver.pk}/").text
    form = client.get(address).text
    assert "Renew the waiver" in form
    assert "Few users." in form
    assert f'min="{day(31).isoformat()}"' in form
    client.post(address, {"reason": "r", "mitigation": "m", "ends_on": day(60)})
    old = client.get(f"/waivers/{waiver.pk}/").text
    assert "a renewal is asked for and waits" in old
    assert address not in old.partition("<article")[2]
    renewal = Waiver.objects.get(renews=waiver)
    card = login(client, cast.mia).get("/waivers/").text
    assert "First renewal" in card
    decide(client, renewal, "approve")
    assert "Renewed, once approved" in client.get("/waivers/?show=past").text
