"""A drill in a real browser, on a phone: from the alert's link through signing in to the one button."""

from datetime import timedelta

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.checks.models import Drill
from tests import cast
from tests.cast import Cast
from tests.checks.drilling import sent
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE: ViewportSize = {"width": 390, "height": 780}


def follow_the_link(browser: Browser, live_server: LiveServer, drill: Drill, person: User) -> Page:
    page = browser.new_context(base_url=live_server.url, viewport=PHONE).new_page()
    page.goto(drill.get_absolute_url())
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Delivery drill").wait_for()
    page.wait_for_load_state()
    return page


def test_whoever_is_woken_presses_one_button_and_who_looks_on_sees_it_at_once(
    cast: Cast,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    drill, now = sent(cast), timezone.now()
    Drill.objects.update(started_at=now, sent_at=now, due_at=now + timedelta(minutes=15))
    theo, olga = (follow_the_link(chromium, live_server, drill, person) for person in (cast.theo, cast.olga))
    clock, before = olga.get_by_role("timer"), olga.get_by_role("timer").inner_text()
    expect(clock).not_to_have_text(before)
    button = olga.get_by_role("button", name="The alert has reached me")
    place = button.bounding_box()
    assert place
    assert place["width"] > 250
    assert place["height"] >= 64
    assert place["y"] + place["height"] < PHONE["height"], "it is seen without scrolling"
    assert Axe().run(olga)["violations"] == []
    button.click()
    expect(olga.get_by_text("Acknowledged in time")).to_be_visible()
    expect(theo.get_by_text("Acknowledged in time")).to_be_visible()
    assert Axe().run(theo)["violations"] == []
    for page in (theo, olga):
        page.context.close()
