"""Checklists in a real browser: accessible, no wider than a phone, found in from the keyboard, mended at the line."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.rules import Role
from readiness.checklists.actions import import_pack
from readiness.checklists.shipped import path_of
from tests import cast
from tests.checklists.small_pack import changed
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
ADDRESSES = (
    "",
    "go-live/",
    "go-live/1/",
    "go-live/services/",
    "go-live/compare/?a=1&b=2",
    "go-live/publish/",
    "import/",
)


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """An administrator's, with two versions of Go-live and a draft. Its console must stay quiet."""
    ada = cast.person("Ada")
    cast.give(ada, Role.ADMIN)
    text = path_of("go-live").read_text(encoding="utf-8")
    cast.published(text)
    cast.published(text.replace("valid_days: 7", "valid_days: 14"))
    import_pack(by=ada, text=text.replace("title: Structured logs", "title: Logs with structure"), now=cast.NOW)
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/accounts/login/?next=/checklists/")
    page.get_by_label("Email").fill(ada.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Checklists").wait_for()
    page.wait_for_load_state()  # keys work once the scripts have run
    yield page
    context.close()
    assert complaints == []


@pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desk-light", "phone-dark"],
    indirect=True,
)
def test_no_page_keeps_anybody_out_or_is_wider_than_its_window(page: Page) -> None:
    for address in ADDRESSES:
        page.goto(f"/checklists/{address}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        found = [one for one in Axe().run(page)["violations"] if one["impact"] != "minor"]
        assert found == [], address


def test_slash_finds_in_the_checklist_and_the_address_keeps_it(page: Page) -> None:
    page.goto("/checklists/go-live/1/#ops-rollback")
    page.keyboard.press("/")
    page.keyboard.type("pagerduty")
    expect(page.get_by_role("status")).to_have_text("1 of 34 items")
    expect(page.locator("article")).to_have_count(1)
    expect(page).to_have_url("/checklists/go-live/1/?q=pagerduty&gate=")
    page.reload()
    expect(page.locator("article")).to_have_count(1)


def test_the_contents_mark_what_is_being_read(page: Page) -> None:
    page.goto("/checklists/go-live/1/")
    page.get_by_role("link", name="Threat model").first.click()
    expect(page.locator("[data-spy][aria-current=true]")).to_have_text("Threat model")


def test_an_error_leads_to_its_line(page: Page) -> None:
    page.goto("/checklists/import/")
    page.get_by_label("Or its text").fill(changed("valid_days: 30", "valid_days: 0"))
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("link", name="Line 9").click()
    box = "document.activeElement"
    assert page.evaluate(f"{box}.value.slice({box}.selectionStart, {box}.selectionEnd)") == "    valid_days: 0"


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_a_draft_is_still_read_searched_and_published(page: Page) -> None:
    page.goto("/checklists/go-live/1/")
    page.get_by_label("Find in this checklist").fill("pagerduty")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("article")).to_have_count(1)
    page.goto("/checklists/go-live/publish/")
    page.get_by_role("button", name="Publish version 3").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("version 3")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Current")
