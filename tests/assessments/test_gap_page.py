from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from readiness.assessments import actions
from readiness.assessments.models import Gap
from tests.assessments.registered import day
from tests.assessments.small import PROBED, attested, pack, see, small
from tests.cast import Cast, login, published

HTMX = {"HX-Request": "true"}


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast, now=timezone.now())
    return actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())


def planned(cast: Cast, gap: Gap, **changes: Any) -> dict[str, Any]:
    return {"version": gap.version, "owner": cast.olga.pk, "due_on": day(9), "plan": "On **Thursday**.", **changes}


def test_it_says_what_is_missing_what_is_next_and_what_may_not_be_done_yet(
    cast: Cast, client: Client, gap: Gap
) -> None:
    text = login(client, cast.theo).get(f"/gaps/{gap.pk}/").text
    assert "Never done." in text
    assert "Attest it, with a link and a witness" in text
    assert "an attestation (drill)" in text
    assert "Because." in text  # why it matters
    assert "and a gap closes on proof" in text
    assert "Theo Example</strong> opened the gap" in text


def test_who_may_not_read_history_sees_the_page_without_it(cast: Cast, client: Client, gap: Gap) -> None:
    text = login(client, cast.vera).get(f"/gaps/{gap.pk}/").text
    assert "What happened" not in text
    assert "Your role does not let you plan a gap" in text
    assert "<textarea" not in text


def test_a_stranger_gets_the_same_answer_as_for_a_gap_that_is_not_there(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.sam)
    for move in ("", "plan/"):
        assert client.get(f"/gaps/{gap.pk}/{move}").status_code == client.get(f"/gaps/999999/{move}").status_code == 404
    for move in ("plan", "start", "propose-closed", "verify-closed", "send-back"):
        assert client.post(f"/gaps/{gap.pk}/{move}/", {}).status_code == 404


def test_a_plan_without_javascript(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.theo)
    response = client.post(f"/gaps/{gap.pk}/plan/", planned(cast, gap), follow=True)
    assert response.redirect_chain == [(f"/gaps/{gap.pk}/", 302)]
    assert "The plan is saved." in response.text
    assert "<strong>Thursday</strong>" in response.text
    assert "<textarea" in client.get(f"/gaps/{gap.pk}/plan/").text


def test_a_plan_with_htmx(cast: Cast, client: Client, gap: Gap) -> None:
    response = login(client, cast.theo).post(f"/gaps/{gap.pk}/plan/", planned(cast, gap), headers=HTMX)
    assert response.text.lstrip().startswith('<div id="gap"')
    assert "<hx-partial" in response.text
    assert "The plan is saved." in response.text


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(cast: Cast, client: Client, gap: Gap) -> None:
    response = login(client, cast.theo).post(f"/gaps/{gap.pk}/plan/", planned(cast, gap, due_on=day(-1)))
    assert response.status_code == 422
    assert "That day has passed" in response.context["plan_form"].errors["due_on"][0]
    assert "On **Thursday**." in response.text
    assert Gap.objects.get().owner is None


def test_a_lost_race_shows_the_others_words_and_keeps_mine(cast: Cast, client: Client, gap: Gap) -> None:
    actions.plan_gap(by=cast.mia, gap=gap, version=1, owner=cast.pia, due_on=None, plan="Hers.", now=timezone.now())
    gap.version = 1
    login(client, cast.theo)
    response = client.post(f"/gaps/{gap.pk}/plan/", planned(cast, gap, plan="Mine."))
    assert response.status_code == 409
    assert "Hers." in response.text
    assert "Mine." in response.text
    assert "Pia Example" in response.text
    again = planned(cast, gap, plan="Mine.", version=response.context["plan_form"].data["version"])
    assert client.post(f"/gaps/{gap.pk}/plan/", again).status_code == 302
    assert Gap.objects.get().plan == "Mine."


def test_from_open_to_closed_by_two_people(cast: Cast, client: Client, gap: Gap) -> None:
    login(client, cast.olga)
    client.post(f"/gaps/{gap.pk}/plan/", planned(cast, gap))
    client.post(f"/gaps/{gap.pk}/start/", {"version": 2})
    attested(cast, now=timezone.now())
    client.post(f"/gaps/{gap.pk}/propose-closed/", {"version": 3, "note": "Ran on Sunday."})
    assert "The one who owns this gap can&#x27;t verify it" in client.get(f"/gaps/{gap.pk}/").text
    refusal = client.post(f"/gaps/{gap.pk}/verify-closed/", {"version": 4})
    assert (refusal.status_code, "second-pair" in refusal.text) == (422, True)
    login(client, cast.theo)
    text = client.get(f"/gaps/{gap.pk}/").text
    assert "Ran on Sunday." in text
    sent_back = client.post(f"/gaps/{gap.pk}/send-back/", {"version": 4, "reason": "No timings."}, follow=True)
    assert "No timings." in sent_back.text
    login(client, cast.olga)
    assert "No timings." in client.get(f"/gaps/{gap.pk}/").text
    client.post(f"/gaps/{gap.pk}/propose-closed/", {"version": 5, "note": ""})
    closed = login(client, cast.theo).post(f"/gaps/{gap.pk}/verify-closed/", {"version": 6}, follow=True)
    assert "Verified and closed." in closed.text
    gap.refresh_from_db()
    assert (gap.status, gap.verified_by, gap.sent_back_note) == ("closed", cast.theo, "")


@pytest.mark.parametrize("move", ["start", "propose-closed", "verify-closed", "send-back"])
def test_a_move_without_its_version_is_refused_with_a_sentence(cast: Cast, client: Client, gap: Gap, move: str) -> None:
    response = login(client, cast.theo).post(f"/gaps/{gap.pk}/{move}/", {"reason": "x"})
    assert response.status_code == 422
    assert "reload it and try again" in response.text


def test_a_refused_move_answers_htmx_with_a_message_and_leaves_the_page(cast: Cast, client: Client, gap: Gap) -> None:
    response = login(client, cast.theo).post(f"/gaps/{gap.pk}/propose-closed/", {"version": 1}, headers=HTMX)
    assert response.status_code == 422
    assert 'hx-target="#flash"' in response.text
    assert '<div id="gap"' not in response.text


def test_a_closed_gap_says_how_and_offers_nothing(cast: Cast, client: Client) -> None:
    assessment = small(cast, now=timezone.now())
    see(assessment, result="fail", now=timezone.now())
    see(assessment, now=timezone.now())
    text = login(client, cast.theo).get(Gap.objects.get().get_absolute_url()).text
    assert "by a passing check" in text
    assert "On the way to closed" not in text
    assert "Save the plan" not in text


def test_an_upgrade_that_retired_the_item_leaves_its_gap_readable(cast: Cast, client: Client, gap: Gap) -> None:
    version = published(pack(PROBED))
    actions.upgrade(by=cast.theo, assessment=cast.checkout.assessment, version=version, now=timezone.now())
    assert login(client, cast.theo).get(f"/gaps/{gap.pk}/").status_code == 200
