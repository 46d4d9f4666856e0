"""The day of a launch in a real browser: two people at once, on a desk and on a phone, and everybody can use it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.assessments.models import Launch
from tests import cast as people
from tests.assessments.launches import MINUTE, measured, started
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
DAY = "/services/checkout/launch-day/"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
POLLED = 12_000  # milliseconds: more than the seven seconds after which a page asks again


@contextmanager
def page_of(chromium: Browser, live_server: LiveServer, user: User, viewport: dict[str, int]) -> Iterator[Page]:  # noqa: F811
    """Somebody's page of the day. Its console must stay quiet."""
    context = chromium.new_context(base_url=live_server.url, viewport=viewport)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/accounts/login/?next={DAY}")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Launch day").wait_for()
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def serious(page: Page) -> list[str]:
    found = Axe().run(page, options={"resultTypes": ["violations"]})["violations"]
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in {"serious", "critical"}
    ]


def test_two_people_carry_out_a_launch_together(cast: Cast, chromium: Browser, live_server: LiveServer) -> None:  # noqa: F811
    launch = started(cast, timezone.now() - 10 * MINUTE)
    measured(launch, 0.002, timezone.now())
    with (
        page_of(chromium, live_server, cast.theo, DESK) as theo,
        page_of(chromium, live_server, cast.olga, PHONE) as olga,
    ):
        assert serious(theo) == serious(olga) == []
        expect(theo.locator("#launch-live")).to_contain_text("At 5 % since")

        # What Theo is writing stays under his hands while Olga ticks.
        theo.get_by_text("Go on to 50 % all the same").click()
        theo.get_by_label("Why go on").fill("The provider fixed")
        olga.get_by_role("button", name="Told: Support").click()
        expect(olga.locator(".told")).to_contain_text("by Olga Example")
        expect(theo.locator(".told")).to_contain_text("by Olga Example", timeout=POLLED)
        expect(theo.get_by_label("Why go on")).to_be_focused()
        expect(theo.get_by_label("Why go on")).to_have_value("The provider fixed")
        theo.keyboard.type(" it.")
        theo.keyboard.press("Enter")
        expect(theo.locator("#launch-live")).to_contain_text("At 50 % since")
        expect(olga.locator("#launch-live")).to_contain_text("At 50 % since", timeout=POLLED)

        # A figure crosses its limit: red, with a word, and announced; Olga rolls back with her thumb.
        measured(Launch.objects.get(), 0.04, timezone.now())
        expect(olga.locator("#launch-live [role=status]")).to_contain_text("Beyond its limit", timeout=POLLED)
        expect(olga.locator(".figure--bad")).to_contain_text("beyond")
        assert serious(olga) == []
        olga.get_by_text("Roll back…").click()
        olga.get_by_label("Why", exact=True).fill("4 % of the orders fail.")
        button = olga.get_by_role("button", name="Roll back now")
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        button.click()
        expect(olga.locator("#launch-live")).to_contain_text("Rolled back")
        expect(theo.locator("#launch-live")).to_contain_text("4 % of the orders fail.", timeout=POLLED)
        assert theo.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert olga.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert Launch.objects.get().is_rolled_back
