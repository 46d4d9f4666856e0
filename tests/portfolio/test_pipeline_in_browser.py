"""The page of a pipeline in a real browser: open to everybody, no wider than a phone, chosen by key, copied whole."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.catalog.models import Service
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.portfolio.test_in_browser import DESK, PHONE, barriers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def page(
    chromium: Browser,  # noqa: F811 - the imported fixture
    live_server: LiveServer,
    cast: Cast,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """Theo's, on the page of his service, which is measured and shows its badge."""
    cast.assessed()
    Service.objects.filter(pk=cast.checkout.pk).update(is_badge_public=True)
    client = Client()
    client.force_login(cast.theo)
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(
        base_url=live_server.url, permissions=["clipboard-read", "clipboard-write"], **options
    )
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/services/checkout/pipeline/")
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize(
    "page",
    [{"color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}, {"java_script_enabled": False}],
    ids=["desk-light", "phone-dark", "no-script"],
    indirect=True,
)
def test_the_snippets_are_chosen_without_a_script_and_no_page_is_wider_than_its_window(page: Page) -> None:
    expect(page.locator("#snippet-github")).to_be_visible()
    expect(page.locator("#snippet-shell")).to_be_hidden()
    page.get_by_text("Shell and curl", exact=True).click()
    expect(page.locator("#snippet-shell")).to_be_visible()
    expect(page.locator("#snippet-github")).to_be_hidden()
    expect(page.get_by_role("img", name="as the badge shows it")).to_be_visible()


@pytest.mark.parametrize("page", [{"viewport": DESK}, {"viewport": PHONE}], ids=["desk", "phone"], indirect=True)
def test_it_keeps_nobody_out_and_copies_what_it_shows(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert barriers(page) == []
    page.get_by_role("radio", name="GitHub Actions").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#snippet-gitlab")).to_be_visible()
    page.get_by_role("button", name="Copy for GitLab CI").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("# .gitlab-ci.yml")
    assert "gate?enforce=1" in copied
