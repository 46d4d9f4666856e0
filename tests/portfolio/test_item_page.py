"""The page of one item: requirement, criteria, proof, checks and what one may do."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.assessments.outcome import Finding, Level, Outcome, failed, passed, unknown
from readiness.catalog.models import Service
from readiness.checklists.rules import How, Strength
from readiness.history.actions import Actor
from readiness.portfolio.item_page import RECORD_WORDS, ItemPage, read_item_page
from readiness.portfolio.registration import measure
from tests.cast import Cast, login, published

MACHINE = Actor.machine("a check")
KEY = "rel-health-probes"
URL = f"/services/checkout/items/{KEY}/"


@pytest.fixture
def measured(cast: Cast, now: datetime) -> Cast:
    published(now=now)
    measure(service=cast.checkout, by=MACHINE, now=now)
    return cast


def prove(
    cast: Cast,
    outcome: Outcome,
    at: datetime,
    key: str = KEY,
    strength: Strength = Strength.OBSERVED,
    *,
    place: int = 0,
) -> None:
    """Of the item's criterion at `place`, by its first way."""
    criterion = cast.item(key).pack_item.criteria[place].key
    way = cast.item(key).pack_item.criteria[place].ways[0]
    assessments.record_evidence(
        assessment=Assessment.objects.get(service=cast.checkout), item_key=key, criterion_key=criterion, how=way.how,
        kind=way.kind, outcome=outcome, strength=strength, source="check health_pair #1",
        idempotency_key=f"{key}{at}{outcome.reason}", by=MACHINE, now=at,
    )  # fmt: skip


def page_of(cast: Cast, person: User, now: datetime, key: str = KEY) -> ItemPage:
    return read_item_page(cast.item(key), person, now, None)


@pytest.mark.parametrize(
    ("person", "status"), [("ada", 200), ("mia", 200), ("theo", 200), ("vera", 200), ("eve", 200), ("sam", 404)]
)
def test_who_may_see_it(measured: Cast, client: Client, person: str, status: int) -> None:
    assert login(client, getattr(measured, person)).get(URL).status_code == status


def test_an_item_that_is_not_asked_for_is_not_there(measured: Cast, client: Client) -> None:
    assert login(client, measured.theo).get("/services/checkout/items/nosuch/").status_code == 404


def test_it_says_what_is_asked_why_and_how_to_get_there(measured: Cast, client: Client) -> None:
    page = login(client, measured.theo).get(URL).content.decode()
    item = measured.item(KEY).pack_item
    assert item.title in page
    assert "How to get there" in page
    assert '<div class="prose" hx-ignore>' in page
    assert "No proof yet" in page


def test_each_criterion_has_its_own_standing(measured: Cast, now: datetime) -> None:
    prove(measured, passed("Live answered 200 in 3 ms."), now)
    first, *others = page_of(measured, measured.theo, now).criteria
    assert (first.status, first.reason) == ("met", "Live answered 200 in 3 ms.")
    assert all(row.status == "unknown" for row in others)


def test_a_criterion_that_does_not_count_says_why(measured: Cast, now: datetime) -> None:
    Service.objects.filter(pk=measured.checkout.pk).update(traits=["http-api"])
    measured.checkout.refresh_from_db()
    measure(service=measured.checkout, by=MACHINE, now=now)
    left_out = page_of(measured, measured.theo, now, "obs-structured-logging").left_out
    assert "calls-services" in left_out[0].left_out_because


def test_proof_shows_figures_and_findings_as_people_read_them(measured: Cast, client: Client, now: datetime) -> None:
    finding = Finding("live-slow", Level.ERROR, "Live took <b>2</b> s.", "https://c.example.com/live")
    prove(measured, failed("Live is slow.", {"live_ms": 2000, "is_tls": True, "p99_ms": None}, (finding,)), now)
    page = login(client, measured.theo).get(URL).content.decode()
    assert "2,000\u00a0ms" in page
    assert '<tr><th scope="row">Is TLS</th><td class="num">yes</td></tr>' in page
    assert "p99" not in page.partition('id="proof"')[2]
    assert "Live took &lt;b&gt;2&lt;/b&gt; s." in page
    assert "https://c.example.com/live" in page
    assert "{&#x27;" not in page


def test_what_was_replaced_is_folded_into_a_line(measured: Cast, now: datetime) -> None:
    prove(measured, failed("It was down."), now)
    prove(measured, passed("It is up."), now + timedelta(hours=1))
    newest, older = page_of(measured, measured.theo, now + timedelta(hours=2)).proofs
    assert (newest.is_deciding, newest.is_past) == (True, False)
    assert (older.is_past, older.remarks) == (True, ["replaced by a later one"])


def test_what_decides_stands_before_what_came_later(measured: Cast, now: datetime) -> None:
    prove(measured, passed("It is up."), now)
    prove(measured, unknown("Nobody answered."), now + timedelta(hours=1))
    first, second = page_of(measured, measured.theo, now + timedelta(hours=2)).proofs
    assert (first.evidence.reason, first.is_deciding) == ("It is up.", True)
    assert second.evidence.reason == "Nobody answered."


def test_what_keeps_the_item_from_being_met_stands_first(measured: Cast, now: datetime) -> None:
    prove(measured, failed("No readiness probe."), now, strength=Strength.UPLOADED, place=1)
    prove(measured, passed("It is up."), now + timedelta(hours=1))
    first, second = page_of(measured, measured.theo, now + timedelta(hours=2)).proofs
    assert [first.evidence.reason, second.evidence.reason] == ["No readiness probe.", "It is up."]


def test_where_to_say_what_a_check_lacks_is_linked_for_those_who_may(measured: Cast, client: Client) -> None:
    edit = "/services/checkout/edit/#id_live_url"
    assert edit in login(client, measured.theo).get(URL).content.decode()
    for_viewer = login(client, measured.vera).get(URL).content.decode()
    assert "Live address on the service" in for_viewer
    assert edit not in for_viewer


def test_a_report_is_pushed_from_the_pipelines_page(measured: Cast, client: Client) -> None:
    page = login(client, measured.theo).get("/services/checkout/items/rel-dependency-failure/").content.decode()
    assert "/services/checkout/pipeline/" in page


def test_proof_that_expired_or_is_too_weak_says_so(measured: Cast, now: datetime) -> None:
    prove(measured, passed("Somebody said so."), now, strength=Strength.ASSERTED)
    [row] = page_of(measured, measured.theo, now + timedelta(days=400)).proofs
    assert row.remarks == ["expired", "weaker than the observed that is asked for"]


def test_proof_comes_in_pages(measured: Cast, client: Client, now: datetime) -> None:
    for hour in range(23):
        prove(measured, passed("Up."), now + timedelta(hours=hour))
    login(client, measured.theo)
    assert len(client.get(URL).context["page"].proofs) == 10
    assert len(client.get(f"{URL}?page=3").context["page"].proofs) == 3
    fragment = client.get(f"{URL}?page=2", headers={"HX-Request": "true"}).content.decode()
    assert fragment.lstrip().startswith('<section class="stack-sm" id="proof"')


def test_the_named_witness_is_asked_and_nobody_else(measured: Cast, client: Client, now: datetime) -> None:
    key = next(
        item.key
        for item in measured.item(KEY).assessment.version.items
        if any(way.how is How.ATTESTATION for way in item.criteria[0].ways)
    )
    item = measured.item(key)
    evidence = assessments.attest(
        by=measured.theo, item=item, criterion_key=item.pack_item.criteria[0].key, link="https://wiki.example.com/drill",
        performed_on=now.date(), performed_by=measured.theo, witness=measured.olga,
        note="We switched the primary off at noon, watched the replica take over in 41 seconds, and switched back.", now=now,
    )  # fmt: skip
    [row] = page_of(measured, measured.olga, now, key).proofs
    assert row.awaits_reader
    assert "waits for Olga Example to confirm it" in row.remarks
    assert not page_of(measured, measured.mia, now, key).proofs[0].awaits_reader
    page = login(client, measured.mia).get(f"/services/checkout/items/{key}/").content.decode()
    assert evidence.link in page
    assert "witness Olga Example" in page
    assert "Waits for the witness" in page


def test_its_checks_say_what_they_lack_and_how_they_ran(measured: Cast, now: datetime) -> None:
    [row] = [row for row in page_of(measured, measured.theo, now).checks if row.check.type == "health_pair"]
    assert row.title == "Live and ready"
    assert row.lacks == "Still needs: Live address, Ready address."


def test_what_a_role_may_not_do_is_not_offered(measured: Cast, client: Client, now: datetime) -> None:
    assert page_of(measured, measured.theo, now).rulings["attest"]
    assert not page_of(measured, measured.vera, now).rulings["attest"]
    page = login(client, measured.vera).get(URL).content.decode()
    assert f"{URL}attest/" not in page


def test_the_price_does_not_grow_with_proof(measured: Cast, client: Client, now: datetime) -> None:
    prove(measured, failed("Down."), now)
    login(client, measured.theo).get(URL)
    with CaptureQueriesContext(connection) as before:
        client.get(URL)
    for hour in range(1, 20):
        prove(measured, (passed if hour % 2 else failed)("So."), now + timedelta(hours=hour))
    with CaptureQueriesContext(connection) as after:
        client.get(URL)
    assert len(after) == len(before) <= 18


def test_an_item_that_a_newer_checklist_no_longer_asks_for_is_still_there(
    measured: Cast, client: Client, now: datetime
) -> None:
    item = measured.item(KEY)
    item.retired_at = now
    item.save()
    page = login(client, measured.theo).get(URL)
    assert page.status_code == 200
    assert "no longer asks for this" in page.content.decode()


def test_what_brings_it_forward_comes_with_the_reason_why_not(measured: Cast, now: datetime) -> None:
    offered = page_of(measured, measured.theo, now).forward
    assert (offered[0].label, offered[0].problem) == ("Set up the check", "")
    refused = page_of(measured, measured.vera, now)
    assert all("Your role does not let you" in button.problem for button in [*refused.forward, *refused.aside])


def test_only_the_person_on_call_confirms_it(measured: Cast, now: datetime) -> None:
    words = "I know scope, runbooks and escalation"
    for person, is_open in ((measured.olga, True), (measured.theo, False)):
        [button] = [button for button in page_of(measured, person, now, "ops-on-call").forward if button.label == words]
        assert (button.problem == "") is is_open


def test_who_said_that_it_does_not_apply_does_not_agree_with_themselves(
    measured: Cast, client: Client, now: datetime
) -> None:
    reason = "The platform restarts it from outside; it has no probes of its own and needs none."
    item = measured.item(KEY)
    assessments.excuse(by=measured.theo, item=item, version=item.version, reason=reason, now=now)
    agree, take_back = page_of(measured, measured.theo, now).excuse
    assert "second person" in agree.problem
    assert take_back.problem == ""
    assert page_of(measured, measured.mia, now).excuse[0].problem == ""
    assert reason in login(client, measured.mia).get(URL).content.decode()
    response = client.post(f"{URL}confirm-excuse/", {"version": measured.item(KEY).version})
    assert response.status_code == 302
    assert measured.item(KEY).status == "not_applicable"


def test_the_names_that_a_test_report_has_to_hold_are_said(measured: Cast, client: Client) -> None:
    text = login(client, measured.theo).get("/services/checkout/items/rel-retries/").text
    assert "A test report needs passed cases whose names hold: backoff · jitter · cap · idempotent." in text


def test_a_record_is_called_what_people_call_it(measured: Cast) -> None:
    kinds = {
        way.kind for item in measured.checkout.assessment.items.all() for row in item.pack_item.criteria
        for way in row.ways if way.how is How.RECORD
    }  # fmt: skip
    assert kinds
    assert kinds <= set(RECORD_WORDS)
