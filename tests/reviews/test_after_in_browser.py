"""What comes after a review, in a real browser: accessible, no wider than a phone, and an incident written from the keyboard."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from reviews import actions
from reviews.meeting import Meeting
from reviews.models import Incident, Packet, Review
from tests import cast
from tests.assessments.small import see
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.meetings import decided, proved

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
BOTH = pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desk-light", "phone-dark"],
    indirect=True,
)


@pytest.fixture
def packet(cast: Cast) -> Packet:
    """Decided in March with most of it open; since then the probe passed and fell again, and something broke."""
    packet = decided(cast)
    assessment = proved(cast)
    see(assessment, result="fail", now=timezone.now() - timedelta(days=1), reason="It hung.")
    actions.write_incident(
        by=cast.olga, service=cast.checkout, happened_at=timezone.now() - timedelta(hours=9), title="Payments hung", link="",
        what_happened="The *pool* ran dry.", named=["probed"], missing="Nothing asks for a limit.", now=timezone.now(),
    )  # fmt: skip
    return packet


@pytest.fixture
def page(
    cast: Cast,
    packet: Packet,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """Theo's. The console must stay quiet."""
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    sign_in(page, cast)
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, cast_: Cast) -> None:
    page.goto("/accounts/login/?next=/reviews/")
    page.get_by_label("Email").fill(cast_.theo.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Reviews", exact=True).wait_for()
    page.wait_for_load_state()


def second(packet: Packet) -> None:
    """Another decided review, whose packet is the first one's."""
    review = Review.objects.get(pk=packet.review_id)
    review.pk, review.decided_at = None, timezone.now() - timedelta(hours=5)
    review.save()
    Packet.objects.create(review=review, body=packet.body, digest=packet.digest, frozen_at=review.decided_at)
    assert Meeting.of(review, timezone.now()).items


@BOTH
def test_the_pages_can_be_used_by_everybody(page: Page, packet: Packet) -> None:
    second(packet)
    incident = Incident.objects.get()
    for address in (
        "/reviews/?state=due",
        f"/reviews/{packet.review_id}/",
        f"/reviews/{packet.review_id}/drift/",
        "/services/checkout/reviews/compare/",
        "/services/checkout/incidents/",
        "/services/checkout/incidents/new/",
        f"/incidents/{incident.pk}/",
        f"/incidents/{incident.pk}/withdraw/",
        "/checklists/small/items/probed/incidents/",
    ):
        page.goto(address)
        found = Axe().run(page)["violations"]
        assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == [], address
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), address


def test_an_incident_is_written_from_the_keyboard_alone(page: Page) -> None:
    page.goto("/services/checkout/incidents/new/")
    page.get_by_label("What people call it").focus()
    page.keyboard.type("Cards were refused")
    page.get_by_label("What happened").focus()
    page.keyboard.type("A pod hung and nobody saw it.")
    page.get_by_label("Probed").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Write it down").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Cards were refused")
    expect(page.get_by_text("By the packet of the")).to_be_visible()


def test_the_choice_of_two_reviews_is_in_the_address(page: Page, packet: Packet) -> None:
    second(packet)
    page.goto("/services/checkout/reviews/compare/")
    page.get_by_label("From").select_option(str(packet.review_id + 1))
    page.wait_for_url(f"**/compare/?a={packet.review_id + 1}&b=*")
    expect(page.get_by_text("Every item stood as it did before.")).to_be_visible()
