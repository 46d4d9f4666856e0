"""The page of one service: who sees it, what it says, and what it costs."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from readiness.accounts.rules import Role
from readiness.assessments import actions as assessments
from readiness.assessments.models import Assessment, Gap
from readiness.assessments.outcome import Outcome, failed, passed
from readiness.catalog.models import Service
from readiness.checklists.rules import Strength
from readiness.history.actions import Actor
from readiness.portfolio.registration import measure
from readiness.portfolio.service_page import read_service_page
from reviews.models import Review
from tests.assessments.small import PROBED, WRITTEN, pack
from tests.cast import Cast, give, login, published, service as new_service

MACHINE = Actor.machine("a check")
CHAPTERED = PROBED.replace("gate: hard", "chapter: Event management\n    gate: hard")


@pytest.fixture
def measured(cast: Cast, now: datetime) -> Cast:
    published(now=now)
    measure(service=cast.checkout, by=MACHINE, now=now)
    return cast


def prove(cast: Cast, key: str, outcome: Outcome, at: datetime) -> None:
    """Of each criterion of the item."""
    for criterion in cast.item(key).pack_item.criteria:
        way = criterion.ways[0]
        assessments.record_evidence(
            assessment=Assessment.objects.get(service=cast.checkout), item_key=key, criterion_key=criterion.key,
            how=way.how, kind=way.kind, outcome=outcome, strength=Strength.OBSERVED, source="a check",
            idempotency_key=f"{key}{criterion.key}{at}", by=MACHINE, now=at,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("person", "status"),
    [("ada", 200), ("mia", 200), ("theo", 200), ("olga", 200), ("pia", 200), ("vera", 200), ("eve", 200), ("sam", 404)],
)
def test_who_may_see_it(measured: Cast, client: Client, person: str, status: int) -> None:
    assert login(client, getattr(measured, person)).get("/services/checkout/").status_code == status


def test_a_service_that_does_not_exist_looks_like_one_that_is_hidden(measured: Cast, client: Client) -> None:
    login(client, measured.sam)
    assert client.get("/services/nosuch/").status_code == client.get("/services/checkout/").status_code == 404


def test_it_says_what_is_next_hard_gates_and_cheap_things_first(measured: Cast, now: datetime) -> None:
    page = read_service_page(measured.checkout, measured.theo, now)
    ranks = [(not row.item.is_hard, row.item.next_step_cost) for row in page.steps]
    assert ranks == sorted(ranks)
    assert page.steps[0].item.is_hard
    assert page.verdict.decision == "no_go"
    assert page.blocking == page.assessment.hard_open  # type: ignore[union-attr]


def test_a_failure_shows_as_a_gap_and_a_trouble(measured: Cast, client: Client, now: datetime) -> None:
    prove(measured, "rel-health-probes", failed("Live and ready are the same address."), now)
    page = login(client, measured.theo).get("/services/checkout/").content.decode()
    assert "Live and ready are the same address." in page
    gap = Gap.objects.get()
    assert f"/gaps/{gap.pk}/" in page


def test_a_waived_item_is_shown_as_waived_and_blocks_nothing(measured: Cast, now: datetime) -> None:
    item = measured.item("rel-health-probes")
    waiver = assessments.request_waiver(
        by=measured.theo, item=item, now=now, ends_on=(now + timedelta(days=30)).date(),
        reason="The platform brings probes next month; until then a person looks.",
        mitigation="The on-call person looks at the dashboard each morning.",
    )  # fmt: skip
    assessments.decide_waiver(
        by=measured.mia, waiver=waiver, version=waiver.version, is_approved=True, note="Fine.", now=now
    )
    page = read_service_page(measured.checkout, measured.theo, now)
    row = next(row for row in page.rows if row.item.key == "rel-health-probes")
    assert (row.shown, row.is_blocking) == ("waived", False)
    assert row not in page.steps


def test_items_that_do_not_apply_are_folded_away_with_the_reason(cast: Cast, client: Client, now: datetime) -> None:
    published(now=now)
    Service.objects.filter(pk=cast.checkout.pk).update(traits=["worker"])
    cast.checkout.refresh_from_db()
    measure(service=cast.checkout, by=MACHINE, now=now)
    page = login(client, cast.theo).get("/services/checkout/").content.decode()
    assert "not applicable</summary>" in page
    assert "Counts only for services with trait" in page


def test_open_only_hides_what_is_met(measured: Cast, client: Client, now: datetime) -> None:
    prove(measured, "rel-health-probes", passed("Both answered."), now)
    login(client, measured.theo)
    listed = "/services/checkout/items/rel-health-probes/"
    assert listed in client.get("/services/checkout/").content.decode()
    assert measured.item("rel-health-probes").is_met
    assert listed not in client.get("/services/checkout/?show=open").content.decode()


def test_checks_that_lack_the_same_thing_are_named_once(measured: Cast, now: datetime) -> None:
    page = read_service_page(measured.checkout, measured.theo, now)
    name, waiting = page.lacks[0]
    assert len(waiting) > 1
    assert name in {"Prometheus address", "Base address"}


def test_a_dependency_one_may_not_see_is_only_a_name(measured: Cast, client: Client) -> None:
    measured.checkout.dependencies.create(needed=measured.index, name="Index")
    measured.index.dependencies.create(needed=measured.checkout, name="Checkout")
    page = login(client, measured.theo).get("/services/checkout/").content.decode()
    assert "Index" in page
    assert "/services/index/" not in page
    give(measured.theo, Role.VIEWER, team=measured.search)
    page = login(client, measured.theo).get("/services/checkout/").content.decode()
    assert page.count("/services/index/") == 2


def test_history_is_for_those_who_may_read_it(measured: Cast, client: Client) -> None:
    assert 'id="history"' in login(client, measured.theo).get("/services/checkout/").content.decode()
    assert 'id="history"' not in login(client, measured.vera).get("/services/checkout/").content.decode()


def test_what_a_role_may_not_do_is_disabled_with_the_reason(measured: Cast, client: Client) -> None:
    assert "/services/checkout/edit/" in login(client, measured.theo).get("/services/checkout/").content.decode()
    page = login(client, measured.vera).get("/services/checkout/").content.decode()
    assert "/services/checkout/edit/" not in page
    assert "Your role does not let you edit the service" in page


def test_go_live_counts_down_and_then_is_overdue(measured: Cast, client: Client) -> None:
    login(client, measured.theo)
    today = timezone.localdate()
    for days, words in ((17, "17 <span"), (0, "Today"), (-3, "3 days overdue")):
        Service.objects.filter(pk=measured.checkout.pk).update(go_live_on=today + timedelta(days=days))
        assert words in client.get("/services/checkout/").content.decode()
    Service.objects.filter(pk=measured.checkout.pk).update(launched_on=today)
    assert "Live</p>" in client.get("/services/checkout/").content.decode()


def test_in_production_since_nobody_knows_when_needs_no_go_live(measured: Cast, client: Client) -> None:
    Service.objects.filter(pk=measured.checkout.pk).update(lifecycle="production", go_live_on=None)
    page = login(client, measured.theo).get("/services/checkout/").content.decode()
    assert "In production" in page
    assert "Not planned" not in page


def test_after_a_decision_the_review_is_named_and_the_next_one_offered(
    measured: Cast, client: Client, now: datetime
) -> None:
    review = Review.objects.create(
        service=measured.checkout, assessment=Assessment.objects.get(service=measured.checkout), lead=measured.theo,
        starts_at=now, scheduled_by=measured.theo, status="decided", computed_decision="no_go", decision="no_go",
        decided_by=measured.theo, decided_at=now,
    )  # fmt: skip
    page = login(client, measured.theo).get("/services/checkout/").content.decode()
    assert f'<a href="{review.get_absolute_url()}">Last review</a> decided no-go' in page
    assert "Schedule the next review" in page
    assert "no review yet" not in page


def test_the_price_does_not_grow_with_items_proof_gaps_or_history(
    measured: Cast, client: Client, now: datetime
) -> None:
    login(client, measured.theo).get("/services/checkout/")
    with CaptureQueriesContext(connection) as before:
        client.get("/services/checkout/")
    for number in range(12):
        at = now + timedelta(hours=number)
        prove(measured, "rel-health-probes", failed("No.", {"live_ms": 9}), at)
        prove(measured, "rel-error-boundary", failed("No."), at)
        measured.checkout.dependencies.create(needed=new_service(f"s-{number}", measured.payments), name=f"S {number}")
    Gap.objects.update(owner=measured.olga)
    with CaptureQueriesContext(connection) as after:
        client.get("/services/checkout/")
    assert len(after) == len(before) <= 22, "\n".join(query["sql"][:150] for query in after.captured_queries)


def test_a_newer_checklist_is_offered(measured: Cast, client: Client) -> None:
    login(client, measured.theo)
    assert "is published." not in client.get("/services/checkout/").content.decode()
    published()
    page = client.get("/services/checkout/").content.decode()
    assert "Go-live v2 is published." in page
    assert "/services/checkout/upgrade/" in page


def test_a_checklists_own_chapters_head_the_items_and_links_to_categories_still_land(
    client: Client, cast: Cast
) -> None:
    cast.assessed(version=published(pack(CHAPTERED, WRITTEN)))
    html = login(client, cast.theo).get("/services/checkout/").content.decode()
    assert [html.count(f">{name}</span>") for name in ("Event management", "Security", "Reliability")] == [1, 1, 0]
    assert 'href="#chapter-1"' in html
    assert html.count('id="reliability"') == html.count('id="security"') == html.count('id="chapter-1"') == 1


def test_the_item_of_a_chapter_says_under_which_category_portfolios_count_it(client: Client, cast: Cast) -> None:
    cast.assessed(version=published(pack(CHAPTERED)))
    html = login(client, cast.theo).get("/services/checkout/items/probed/").content.decode()
    assert ">Event management</a>" in html
    assert "under Reliability" in html


def test_a_chapter_in_which_nothing_counts_has_no_tile(client: Client, cast: Cast) -> None:
    unasked = CHAPTERED.replace("minimum_strength", "applies_when: {tiers: [4]}\n    minimum_strength", 1)
    cast.assessed(version=published(pack(unasked, WRITTEN)))
    html = login(client, cast.theo).get("/services/checkout/").content.decode()
    assert 'class="tile" href="#chapter-1"' not in html
    assert "Nothing in here counts for this service." in html
