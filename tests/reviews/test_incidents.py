"""Incidents, and what they teach the checklist: written, corrected, withdrawn; caught and let through."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.assessments import actions as assessments
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Assessment, Gap, Item
from readiness.assessments.rules import Decision
from readiness.catalog.models import Service
from readiness.checklists.models import Tally
from readiness.history.models import Entry
from reviews import actions, tallies, tasks
from reviews.models import Incident, IncidentItem, Packet
from tests.assessments.small import see, small
from tests.cast import NOW, Cast, day, login, service as new_service
from tests.reviews.meetings import LATER, begun, decided, proved, refused, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
AFTER = LATER + timedelta(days=20)


@pytest.fixture
def packet(cast: Cast) -> Packet:
    """probed, drilled, mixed, queued, written passed; either is open and waived; all of it decided."""
    assessment = proved(cast)
    see(assessment, "either", "fail", criterion="rotated", how="query", kind="prom_query")
    waiver = assessments.request_waiver(
        by=cast.theo, item=cast.item("either"), reason="The vault is replaced in April; rotating twice is a risk.",
        mitigation="The old secret is watched for use.", ends_on=day(60), now=NOW,
    )  # fmt: skip
    assessments.decide_waiver(by=cast.mia, waiver=waiver, version=waiver.version, is_approved=True, note="", now=NOW)
    return decided(cast, begun(cast), decision=Decision.CONDITIONAL)


def happened(cast: Cast, *, by: User | None = None, service: Service | None = None, **fields: Any) -> Incident:
    values: dict[str, Any] = {
        "happened_at": AFTER, "title": "Payments hung", "link": "https://wiki.example/pm/7", "what_happened": "The pool ran dry.",
        "named": ["probed"], "missing": "", "now": AFTER + timedelta(hours=3),
    } | fields  # fmt: skip
    return actions.write_incident(by=by or cast.olga, service=service or cast.checkout, **values)


def standings(incident: Incident) -> dict[str, str]:
    return {row.key or row.title: row.standing for row in incident.items.all()}


def edit(cast: Cast, incident: Incident, *, by: User | None = None, version: int | None = None, **fields: Any) -> None:
    values: dict[str, Any] = {
        "happened_at": incident.happened_at, "title": incident.title, "link": incident.link,
        "what_happened": incident.what_happened, "named": ["probed"], "missing": "", "now": AFTER + timedelta(hours=4),
    } | fields  # fmt: skip
    actions.edit_incident(
        by=by or cast.olga, incident=incident, version=incident.version if version is None else version, **values
    )


def withdraw(cast: Cast, incident: Incident, *, by: User | None = None, **fields: Any) -> None:
    values: dict[str, Any] = {
        "version": incident.version,
        "reason": "It was a drill.",
        "now": AFTER + timedelta(hours=5),
    } | fields
    actions.withdraw_incident(by=by or cast.theo, incident=incident, **values)


# Written


def test_how_the_items_stood_is_read_from_the_last_decision_before_it(cast: Cast, packet: Packet) -> None:
    see(Assessment.objects.get(service=cast.checkout), result="fail", now=LATER + timedelta(days=1))
    incident = happened(cast, named=["either", "probed"], missing="Nothing asks for a limit on the pool.")
    assert incident.review_id == packet.review_id
    assert standings(incident) == {
        "probed": "passed",
        "either": "waived",
        "Nothing asks for a limit on the pool.": "missing",
    }
    entry = Entry.objects.get(verb="incident.written")
    assert entry.after["items"][0] == "Probed: had passed"
    assert entry.url == f"/incidents/{incident.pk}/"


def test_before_any_decision_nothing_is_blamed(cast: Cast, packet: Packet) -> None:
    incident = happened(cast, happened_at=NOW - timedelta(days=3), now=AFTER)
    assert (incident.review_id, standings(incident)) == (None, {"probed": "not_decided"})


def test_an_item_that_came_in_later_was_not_asked_for(cast: Cast, packet: Packet) -> None:
    Item.objects.create(
        assessment=Assessment.objects.get(service=cast.checkout), key="later", title="Later", category="security",
        position=99, gate="hard",
    )  # fmt: skip
    assert standings(happened(cast, named=["later"])) == {"later": "not_asked"}


@pytest.mark.parametrize(("name", "kind"), [("vera", NotAllowed), ("sam", NotVisible)])
def test_who_may_comment_may_write_one_down(cast: Cast, packet: Packet, name: str, kind: type[Refused]) -> None:
    with refused(kind):
        happened(cast, by=getattr(cast, name))
    for person in (cast.ada, cast.mia, cast.rob, cast.pia):
        assert happened(cast, by=person).written_by == person


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(cast: Cast, packet: Packet) -> None:
    with refused(WrongFields, match="lies in the past", rule="incident"):
        happened(cast, happened_at=AFTER + timedelta(days=9))
    with refused(WrongFields, match="Name at least one item"):
        happened(cast, named=[])
    with refused(WrongFields, match="none of this service's items"):
        happened(cast, named=["no-such"])
    assert not Incident.objects.exists()


# Corrected and withdrawn


def test_a_corrected_time_judges_by_the_decision_before_it(cast: Cast, packet: Packet) -> None:
    incident = happened(cast)
    edit(cast, incident, happened_at=NOW - timedelta(days=1), title="Payments stood still")
    incident.refresh_from_db()
    assert (incident.title, incident.version, incident.review_id) == ("Payments stood still", 2, None)
    assert standings(incident) == {"probed": "not_decided"}
    assert Entry.objects.get(verb="incident.edited").before["title"] == "Payments hung"


def test_of_two_corrections_at_once_one_is_kept(cast: Cast, packet: Packet) -> None:
    incident = happened(cast)
    edit(cast, Incident.objects.get(pk=incident.pk), title="First")
    with refused(Conflict):
        edit(cast, incident, title="Second", version=1)
    incident.refresh_from_db()
    assert (incident.title, incident.items.count()) == ("First", 1)


def test_withdrawn_it_stays_with_the_reason_and_is_final(cast: Cast, packet: Packet) -> None:
    incident = happened(cast)
    with refused(Refused, match="Say why"):
        withdraw(cast, incident, reason="  ")
    for person, kind in ((cast.olga, NotAllowed), (cast.vera, NotAllowed), (cast.sam, NotVisible)):
        with refused(kind):
            withdraw(cast, incident, by=person)
    with refused(Conflict):
        withdraw(cast, incident, version=9)
    withdraw(cast, incident)
    incident.refresh_from_db()
    assert (incident.withdrawn_by, incident.withdrawn_reason, incident.calls_for_review) == (
        cast.theo,
        "It was a drill.",
        False,
    )
    with refused(Refused, match="was withdrawn"):
        withdraw(cast, incident)
    with refused(Refused, match="was withdrawn"):
        edit(cast, incident)


# Caught, let through


def counts(key: str) -> tuple[int, int]:
    tally = Tally.objects.filter(key=key).first()
    return (tally.caught, tally.let_through) if tally else (0, 0)


def test_an_incident_counts_at_once_for_what_passed_or_was_waived(cast: Cast, packet: Packet) -> None:
    incident = happened(cast, named=["probed", "either"], missing="A limit.")
    assert (counts("probed"), counts("either"), counts("drilled")) == ((0, 1), (0, 1), (0, 0))
    edit(cast, incident, named=["either"])
    assert (counts("probed"), counts("either")) == ((0, 0), (0, 1))
    incident.refresh_from_db()
    withdraw(cast, incident)
    assert counts("either") == (0, 0)


def test_an_open_gap_was_known_and_is_not_let_through(cast: Cast) -> None:
    decided(cast)
    assert standings(happened(cast)) == {"probed": "gap"}
    assert counts("probed") == (0, 0)


def test_caught_is_a_gap_that_was_found_before_launch_and_closed(cast: Cast) -> None:
    assessment = small(cast)
    see(assessment, result="fail", now=NOW)
    tallies.count_all(NOW)
    assert counts("probed") == (0, 0)
    see(assessment, now=NOW + timedelta(hours=1))
    tasks.count_what_items_caught()
    assert counts("probed") == (1, 0)
    Service.objects.update(launched_on=day(0))
    tallies.count_all(NOW)
    assert counts("probed") == (0, 0)
    Service.objects.update(launched_on=day(1))
    tallies.count_all(NOW)
    assert counts("probed") == (1, 0)
    Gap.objects.update(closed_how="excused")
    tallies.count_all(NOW)
    assert counts("probed") == (0, 0)


def test_counting_again_writes_nothing_and_costs_the_same(cast: Cast, packet: Packet) -> None:
    happened(cast)
    assert tallies.count_all(AFTER) == 0
    with CaptureQueriesContext(connection) as queries:
        tallies.count_all(AFTER)
    assert len(queries) <= 7


# The pages


def sent(at: datetime = LATER, **fields: Any) -> dict[str, Any]:
    local = timezone.localtime(at - timedelta(minutes=2))
    return {
        "title": "Payments hung", "day": f"{local:%Y-%m-%d}", "at": f"{local:%H:%M}", "what_happened": "The *pool* ran dry.",
        "link": "", "named": ["probed"], "missing": "",
    } | fields  # fmt: skip


def test_the_form_offers_every_item_and_leads_to_the_incident(cast: Cast, client: Client, packet: Packet) -> None:
    page = login(client, cast.olga).get("/services/checkout/incidents/new/").text
    assert page.count('name="named"') == 6
    answer = client.post("/services/checkout/incidents/new/", sent(), follow=True)
    assert "<em>pool</em>" in answer.text
    assert "No review had been decided before it" in answer.text
    assert Incident.objects.get().written_by == cast.olga


def test_what_was_typed_stays_when_it_is_refused(cast: Cast, client: Client, packet: Packet) -> None:
    answer = login(client, cast.olga).post("/services/checkout/incidents/new/", sent(named=[], title=""))
    assert answer.status_code == 422
    for words in ("Name at least one item", "Give it a name", "The *pool* ran dry."):
        assert words in answer.text
    tomorrow = sent(at=LATER + timedelta(days=1))
    assert "lies in the past" in client.post("/services/checkout/incidents/new/", tomorrow).text
    assert not Incident.objects.exists()


def test_editing_shows_what_is_there_and_a_lost_race_keeps_ones_words(
    cast: Cast, client: Client, packet: Packet
) -> None:
    incident = happened(cast, happened_at=NOW)
    page = login(client, cast.olga).get(f"/incidents/{incident.pk}/edit/").text
    assert 'value="probed" checked' in page
    Incident.objects.update(version=5, title="Changed meanwhile")
    answer = client.post(f"/incidents/{incident.pk}/edit/", sent(title="My words", version=1))
    assert answer.status_code == 409
    assert "My words" in answer.text
    assert client.post(f"/incidents/{incident.pk}/edit/", sent(title="My words", version=5)).status_code == 302


def test_withdrawing_asks_for_a_reason(cast: Cast, client: Client, packet: Packet) -> None:
    incident = happened(cast)
    address = f"/incidents/{incident.pk}/withdraw/"
    assert login(client, cast.theo).post(address, {"version": 1, "reason": ""}).status_code == 422
    page = client.post(address, {"version": 1, "reason": "It was a drill."}, follow=True).text
    assert "It was a drill." in page
    assert "/edit/" not in page


def test_a_hard_gate_that_had_passed_suggests_a_review(cast: Cast, client: Client, packet: Packet) -> None:
    incident = happened(cast)
    suggestion = "A hard gate that had passed did not hold"
    login(client, cast.theo)
    for address in (f"/incidents/{incident.pk}/", "/services/checkout/"):
        page = client.get(address).text
        assert suggestion in page
        assert "/services/checkout/reviews/schedule/" in page
    Incident.objects.update(written_at=NOW - timedelta(hours=1))
    scheduled(cast, starts_at=LATER + timedelta(days=1))
    assert suggestion not in client.get(f"/incidents/{incident.pk}/").text
    assert suggestion not in client.get("/services/checkout/").text


def test_the_list_of_a_service_costs_the_same_however_many(cast: Cast, client: Client, packet: Packet) -> None:
    login(client, cast.vera)
    assert "No incident is written down" in client.get("/services/checkout/incidents/").text
    found = []
    for number in (1, 4):
        for _ in range(number):
            happened(cast, missing="More.")
        with CaptureQueriesContext(connection) as queries:
            client.get("/services/checkout/incidents/")
        found.append(len(queries))
    assert len(client.get("/services/checkout/incidents/").context["page"]) == 5
    assert found[0] == found[1] <= 10


def test_the_checklist_and_the_item_say_how_it_proved_itself(cast: Cast, client: Client, packet: Packet) -> None:
    happened(cast)
    login(client, cast.vera)
    link = "/checklists/small/items/probed/incidents/"
    checklist = client.get("/checklists/small/1/").text
    assert checklist.count("let through") == 1
    assert link in checklist
    item = client.get("/services/checkout/items/probed/").text
    assert link in item
    assert "Incidents that name it" in item
    assert "let through" not in client.get("/services/checkout/items/drilled/").text


def test_who_does_not_see_the_service_reads_a_number_and_no_name(cast: Cast, client: Client, packet: Packet) -> None:
    happened(cast)
    page = login(client, cast.sam).get("/checklists/small/items/probed/incidents/").text
    assert "1 is of services that you don’t see" in page
    assert "Payments hung" not in page
    assert "Checkout" not in page
    seen = login(client, cast.vera).get("/checklists/small/items/probed/incidents/").text
    assert "Payments hung" in seen
    assert "that you don’t see" not in seen
    assert "It let nothing through" in client.get("/checklists/small/items/drilled/incidents/").text


def test_another_services_incident_is_its_own(cast: Cast, client: Client, packet: Packet) -> None:
    other = new_service("ledger", cast.payments, tech_lead=cast.theo)
    assessments.start(service=other, by=cast.theo, now=NOW)
    incident = happened(cast, service=other, by=cast.theo)
    assert standings(incident) == {"probed": "not_decided"}
    assert IncidentItem.objects.count() == 1
    assert "Payments hung" not in login(client, cast.vera).get("/services/checkout/").text


def test_the_next_pre_read_says_what_broke_since_the_last_decision(cast: Cast, client: Client, packet: Packet) -> None:
    happened(cast, title="Long ago", happened_at=NOW - timedelta(days=9), now=AFTER)
    withdraw(cast, happened(cast, title="A drill"))
    review = scheduled(cast, starts_at=LATER + timedelta(days=1))
    login(client, cast.vera)
    assert "What broke since" not in client.get(f"/reviews/{review.pk}/pre-read/").text
    happened(cast)
    page = client.get(f"/reviews/{review.pk}/pre-read/").text
    assert "What broke since the last decision" in page
    assert "Payments hung" in page
    assert "Long ago" not in page
    assert "A drill" not in page
