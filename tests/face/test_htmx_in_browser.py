"""What happens around htmx: the token goes along, a fault is a sentence, a whole page is never put inside another."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from tests import cast

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.face.pages"),
]
PUT_BUTTON = """attributes => {
  const button = document.createElement("button");
  button.textContent = "Go";
  for (const [name, value] of Object.entries(attributes)) button.setAttribute(name, value);
  document.querySelector("#content").prepend(button);
  htmx.process(button);
}"""


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    noor = cast.person("Noor")
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/accounts/login/?next=/styleguide/")
    page.get_by_label("Email").fill(noor.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Style guide").wait_for()
    page.wait_for_load_state()
    yield page
    context.close()


def press(page: Page, **attributes: str) -> None:
    """Put a button with these hx- attributes on the page and click it."""
    page.evaluate(PUT_BUTTON, {name.replace("_", "-"): value for name, value in attributes.items()})
    page.get_by_role("button", name="Go", exact=True).click()


def test_a_post_carries_the_token_that_body_hands_down(page: Page) -> None:
    press(page, hx_post="/fragment/", hx_target=".page-head")
    expect(page.get_by_text("POST answered")).to_be_visible()


def test_a_fragment_for_the_sheet_opens_it(page: Page) -> None:
    press(page, hx_get="/fragment/", hx_target="#sheet-body")
    expect(page.locator("#sheet[open]").get_by_text("GET answered")).to_be_visible()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("/fail/broken/", "Something broke on our side. Nothing was changed."),
        ("/nowhere/", "There is nothing here. Nothing was changed."),
        ("/fail/refused/", "Closing takes someone other than the gap's owner."),
    ],
)
def test_an_error_is_said_and_the_place_stays_as_it_was(address: str, sentence: str, page: Page) -> None:
    press(page, hx_get=address, hx_target=".page-head")
    expect(page.locator("#flash").get_by_text(sentence)).to_be_visible()
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
    expect(page.locator("html")).to_have_count(1)


def test_no_network_is_said_once_and_may_be_tried_again(page: Page) -> None:
    page.context.set_offline(offline=True)
    press(page, hx_get="/fragment/", hx_target="#sheet-body")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.locator("#flash .notice--danger")).to_have_text(
        ["The server did not answer. Nothing was lost; try again."]
    )
    page.context.set_offline(offline=False)
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("GET answered")).to_be_visible()


def test_a_redirect_is_followed_as_a_page(page: Page) -> None:
    press(page, hx_get="/moved/", hx_target=".page-head")
    page.wait_for_url("**/accounts/password/change/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Change password")
