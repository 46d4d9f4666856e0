"""My work and the portfolio in a real browser: accessible, no wider than a phone, filtered and sorted in place."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Role
from tests import cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.portfolio.many import many_services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """A manager's of two teams, who also leads services. The console must stay quiet."""
    mia = _manager()
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/accounts/login/?next=/portfolio/")
    page.get_by_label("Email").fill(mia.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Portfolio").wait_for()
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def _manager() -> User:
    mia = cast.person("Mia")
    teams = [Team.objects.create(slug=name.lower(), name=name) for name in ("Payments", "Search")]
    for team in teams:
        cast.give(mia, Role.MANAGER, team=team)
    people = [mia, *(cast.person(name) for name in ("Quinn", "Rae"))]
    many_services(70, teams=teams, people=people, version=cast.published(), now=timezone.now())
    return mia


@pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desk-light", "phone-dark"],
    indirect=True,
)
def test_neither_page_keeps_anybody_out_or_is_wider_than_its_window(page: Page) -> None:
    for address in ("/", "/portfolio/", "/portfolio/?q=nothing", "/portfolio/?sort=-gaps&team=payments"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert barriers(page) == [], address


def barriers(page: Page) -> list[str]:
    found = [one for one in Axe().run(page)["violations"] if one["impact"] != "minor"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


def test_filters_work_in_place_and_stand_in_the_address(page: Page) -> None:
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Team").select_option("search")
    expect(page).to_have_url(f"{_base(page)}/portfolio/?team=search")
    expect(page.locator(".pager-count")).to_contain_text("1–35 of 35 services")
    search = page.get_by_label("Filter by name or description")
    search.press_sequentially("led")
    expect(page).to_have_url(f"{_base(page)}/portfolio/?q=led&team=search")
    expect(search).to_be_focused()
    assert page.evaluate("window.isSamePage") is True
    page.reload()
    expect(search).to_have_value("led")


def test_columns_sort_in_place_and_a_filter_afterwards_keeps_the_order(page: Page) -> None:
    page.get_by_role("link", name="Hard gates", exact=True).click()
    heading = page.locator("th", has_text="Hard gates")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(f"{_base(page)}/portfolio/?sort=-gates")
    page.get_by_label("Tier").select_option("3")
    expect(page).to_have_url(f"{_base(page)}/portfolio/?tier=3&sort=-gates")
    expect(heading).to_have_attribute("aria-sort", "descending")


def test_the_next_page_begins_at_its_top(page: Page) -> None:
    page.get_by_role("link", name="Next page").click()
    expect(page.locator(".pager-count")).to_contain_text("51–70 of 70 services")
    expect(page.locator("#heat")).to_be_in_viewport()
    page.go_back()
    expect(page.locator(".pager-count")).to_contain_text("1–50 of 70 services")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_everything_works_without_javascript(page: Page) -> None:
    page.get_by_label("Team").select_option("search")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".pager-count")).to_contain_text("1–35 of 35 services")
    page.get_by_role("link", name="Go-live", exact=True).click()
    expect(page.locator("th", has_text="Go-live")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_label("Team")).to_have_value("search")


def _base(page: Page) -> str:
    return page.url.split("/portfolio/")[0]
