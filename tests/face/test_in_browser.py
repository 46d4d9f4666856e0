"""The style guide and the entrance, in a real browser: accessible, quiet on the console, no wider than a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import cast

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.face.pages"),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
EXPECTED_ON_CONSOLE = "does not conform to the required format"  # the refused form shows a date that is none


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of someone signed in; afterwards its console must have stayed quiet. Parametrised with the context's options."""
    options: dict[str, Any] = {"viewport": DESK, **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: _note(message, complaints))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    noor = cast.person("Noor")
    page.goto("/accounts/login/?next=/styleguide/")
    page.get_by_label("Email").fill(noor.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Style guide").wait_for()
    page.wait_for_load_state()  # keys work once the scripts have run
    yield page
    context.close()
    assert complaints == []


def _note(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in {"error", "warning"} and EXPECTED_ON_CONSOLE not in message.text:
        complaints.append(f"{message.text} {message.location}")


def barriers(page: Page) -> list[str]:
    """What axe finds, one line for each element, from "moderate" up."""
    found = Axe().run(page)["violations"]
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:120]} {node.get('failureSummary', '')[:300]}"
        for one in found
        if one["impact"] != "minor"
        for node in one["nodes"]
    ]


LOOKS = [(size, theme) for size in (DESK, PHONE) for theme in ("light", "dark")]
every_look = pytest.mark.parametrize(
    "page",
    [{"viewport": size, "color_scheme": theme, "reduced_motion": "reduce"} for size, theme in LOOKS],
    ids=["desk-light", "desk-dark", "phone-light", "phone-dark"],
    indirect=True,
)  # fmt: skip


@every_look
def test_nothing_keeps_anybody_out(page: Page) -> None:
    assert barriers(page) == []
    page.locator("[data-dialog=plan]").click()
    assert barriers(page) == []


@every_look
def test_the_page_is_no_wider_than_its_window(page: Page) -> None:
    for address in ("/styleguide/?flash", "/accounts/password/change/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address


@pytest.mark.parametrize("page", [{"viewport": PHONE, "java_script_enabled": False}], indirect=True)
def test_the_menu_opens_on_a_phone_without_javascript(page: Page) -> None:
    menu = page.get_by_role("button", name="Sign out")
    expect(menu).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).first.click()
    page.locator(".sidebar-user summary").click()
    expect(menu).to_be_visible()


def test_the_keyboard_shows_its_keys_and_escape_leaves(page: Page) -> None:
    keys = page.locator("#shortcuts")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_the_first_tab_leads_to_the_content(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()


def test_a_chosen_theme_is_kept_and_auto_follows_the_system(page: Page) -> None:
    root = page.locator("html")
    page.locator(".sidebar-user summary").click()
    page.get_by_role("button", name="Dark").click()
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.locator(".sidebar-user summary").click()
    page.get_by_role("button", name="Auto").click()
    assert root.get_attribute("data-bs-theme") is None


def test_a_message_can_be_dismissed(page: Page) -> None:
    page.goto("/styleguide/?flash")
    refusal = page.locator("#flash .notice--danger")
    refusal.get_by_role("button", name="Dismiss").click()
    expect(refusal).to_have_count(0)


def test_a_closed_dialog_gives_the_focus_back(page: Page) -> None:
    opener = page.locator("[data-dialog=plan]")
    opener.click()
    page.get_by_role("button", name="Cancel", exact=True).last.click()
    expect(page.locator("#plan")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_menu_closes_on_escape_and_on_a_click_elsewhere(page: Page) -> None:
    menu, sign_out = page.locator(".sidebar-user summary"), page.get_by_role("button", name="Sign out")
    menu.click()
    page.keyboard.press("Escape")
    expect(sign_out).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    page.locator("h1").click()
    expect(sign_out).to_be_hidden()
