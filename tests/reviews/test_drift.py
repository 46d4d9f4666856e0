"""Drift since a decision: the frozen packet beside what is true now, on its page, the review's and the service's."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment
from readiness.assessments.rules import Decision
from readiness.checks import actions as checks
from readiness.checks.models import Check
from readiness.checks.types import title_of
from readiness.portfolio import registration
from reviews.drift import DriftPage, read_drift
from reviews.models import Packet
from reviews.rules.drift import Cause
from tests.assessments.small import DRILLED, EITHER, MIXED, PROBED, QUEUED, WRITTEN, item_yaml, pack, see
from tests.cast import Cast, login, published, service
from tests.reviews.meetings import LATER, again, begun, decided, proved, scheduled

pytestmark = pytest.mark.usefixtures("at_the_meeting")
SINCE = LATER + timedelta(hours=2)
LOGGED = item_yaml("logged", {"shown": "{query: loki_logs}"})
NEWER = (PROBED.replace("valid_days: 7", "valid_days: 3"), DRILLED, MIXED, EITHER, WRITTEN, LOGGED)


@pytest.fixture
def packet(cast: Cast) -> Packet:
    """Everything proved and the checks planned, then decided."""
    proved(cast)
    checks.plan(service=cast.checkout, by=cast.theo, now=LATER)
    return decided(cast, begun(cast), decision=Decision.GO)


def read(packet: Packet, **fields: Any) -> DriftPage:
    review = again(packet.review)
    assessment = Assessment.objects.select_related("service__team", "version__checklist").get(pk=review.assessment_id)
    return read_drift(Packet.objects.get(pk=packet.pk), assessment, SINCE, **fields)


def lines(page: DriftPage) -> dict[Cause, list[tuple[str, str]]]:
    return {cause: [(row.line.title, row.url) for row in rows] for cause, rows in page.groups if rows}


def change(cast: Cast, changes: Mapping[str, Any], dependencies: list[str] | None = None) -> None:
    cast.checkout.refresh_from_db()
    registration.change(
        by=cast.theo, now=SINCE, service=cast.checkout, version=cast.checkout.version, changes=changes,
        dependencies=dependencies,
    )  # fmt: skip


def test_right_after_the_decision_nothing_drifted(packet: Packet) -> None:
    page = read(packet)
    assert (lines(page), page.checklist) == ({}, "")


def test_the_service_changed(cast: Cast, packet: Packet) -> None:
    service("ledger", cast.payments)
    change(cast, {"tier": 2, "on_call": cast.pia, "endpoints": {"live_url": "https://x.example/live"}}, ["ledger"])
    check = Check.objects.filter(service=cast.checkout).order_by("pk")[0]
    checks.switch(by=cast.theo, check=check, version=check.version, is_enabled=False, now=SINCE)
    found = lines(read(packet))
    here = "/services/checkout/"
    assert found == {
        Cause.SERVICE: [
            ("Tier: 1 → 2", here),
            ("On-call: Olga Example → Pia Example", here),
            ("Live address: nothing → https://x.example/live", here),
            ("New dependency: ledger", here),
            (f"Check switched off: {title_of(check.type)}", check.get_absolute_url()),
        ]
    }


def test_the_proof_turned(cast: Cast, packet: Packet) -> None:
    assessment = Assessment.objects.get(service=cast.checkout)
    see(assessment, result="fail", now=SINCE)
    assert lines(read(packet)) == {Cause.PROOF: [("Probed", "/services/checkout/items/probed/")]}


def test_a_newer_version_that_is_only_published(cast: Cast, packet: Packet) -> None:
    published(pack(*NEWER), now=SINCE)
    page = read(packet)
    compares = "/checklists/small/compare/?a=1&b=2"
    assert page.checklist == "Small v2 is published, and Small v1 is pinned."
    assert lines(page) == {
        Cause.CHECKLIST: [
            ("Logged", compares),
            ("Probed", "/services/checkout/items/probed/"),
            ("Queued", "/services/checkout/items/queued/"),
        ]
    }


def test_an_upgrade_since_is_the_checklists_cause_and_not_the_proofs(cast: Cast, packet: Packet) -> None:
    version = published(pack(*NEWER), now=SINCE)
    assessments.upgrade(
        by=cast.theo, assessment=Assessment.objects.get(service=cast.checkout), version=version, now=SINCE
    )
    page = read(packet)
    assert page.checklist == "Measured against Small v2 since; the decision rested on Small v1."
    assert lines(page).keys() == {Cause.CHECKLIST}
    assert lines(page)[Cause.CHECKLIST][0] == ("Logged", "/services/checkout/items/logged/")


def test_a_packet_from_before_this_was_frozen_still_compares(cast: Cast, packet: Packet) -> None:
    body = json.loads(packet.body)
    del body["checks"], body["service"]["endpoints"], body["service"]["dependencies"]
    old = Packet(review=packet.review, body=json.dumps(body), frozen_at=packet.frozen_at)
    change(cast, {"tier": 2, "endpoints": {"live_url": "https://x.example/live"}})
    review = again(packet.review)
    assert read_drift(old, review.assessment, SINCE).drift.summary == "1 thing drifted: 1 service, 0 checklist, 0 proof"


def test_its_cost_does_not_grow(cast: Cast, packet: Packet) -> None:
    published(pack(PROBED, DRILLED, MIXED, EITHER, WRITTEN, QUEUED, LOGGED), now=SINCE)
    review = again(packet.review)
    review.assessment.service = review.service
    read_drift(packet, review.assessment, SINCE)  # from here on this process knows both versions by their digests
    with CaptureQueriesContext(connection) as queries:
        read_drift(packet, review.assessment, SINCE)
    assert len(queries) <= 5


# The pages


def test_the_page_names_the_causes_and_links_each_line(cast: Cast, client: Client, packet: Packet) -> None:
    see(Assessment.objects.get(service=cast.checkout), result="fail", now=SINCE, reason="It hung.")
    page = login(client, cast.vera).get(f"/reviews/{packet.review_id}/drift/").text
    assert "The proof aged or turned" in page
    assert "Met then, not met now. It hung." in page
    assert 'href="/services/checkout/items/probed/"' in page
    assert "Schedule the next review" not in page
    assert "Schedule the next review" in login(client, cast.theo).get(f"/reviews/{packet.review_id}/drift/").text


def test_without_drift_the_page_says_so(cast: Cast, client: Client, packet: Packet) -> None:
    assert "Nothing drifted" in login(client, cast.vera).get(f"/reviews/{packet.review_id}/drift/").text


def test_there_is_none_before_the_decision_and_none_for_a_stranger(cast: Cast, client: Client, packet: Packet) -> None:
    review = scheduled(cast, starts_at=SINCE + timedelta(days=1))
    assert login(client, cast.theo).get(f"/reviews/{review.pk}/drift/").status_code == 404
    assert login(client, cast.sam).get(f"/reviews/{packet.review_id}/drift/").status_code == 404


def test_review_and_service_say_it_in_one_line(cast: Cast, client: Client, packet: Packet) -> None:
    see(Assessment.objects.get(service=cast.checkout), result="fail", now=SINCE)
    login(client, cast.theo)
    for address in (f"/reviews/{packet.review_id}/", "/services/checkout/"):
        page = client.get(address).text
        assert "1 thing drifted: 0 service, 0 checklist, 1 proof" in page
        assert f"/reviews/{packet.review_id}/drift/" in page
