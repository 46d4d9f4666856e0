"""A custom lens, from the file to the service that is measured against it, in a real browser."""

from collections.abc import Iterator

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.assessments.models import Assessment
from tests.assessments.small import small
from tests.cast import PASSWORD, Cast
from tests.checklists.lenses import NEWER, OLDER
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:  # noqa: F811
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    yield context.new_page()
    context.close()


def sign_in(page: Page, person: User, to: str) -> None:
    page.context.clear_cookies()
    page.goto(f"/accounts/login/?next={to}")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def is_accessible(page: Page) -> bool:
    return [one for one in Axe().run(page)["violations"] if one["impact"] != "minor"] == []


def test_a_lens_is_imported_chosen_for_a_service_and_upgraded(page: Page, cast: Cast) -> None:
    small(cast)
    sign_in(page, cast.ada, "/checklists/import/")
    page.locator("input[type=file]").set_input_files(OLDER)
    page.get_by_role("button", name="Save as draft").click()
    page.get_by_role("button", name="Publish version 1").click()
    expect(page.get_by_role("heading", name="03 - Event Management")).to_be_visible()

    sign_in(page, cast.theo, "/services/checkout/upgrade/")
    page.get_by_role("link", name="What differs in AWS Operational Readiness Review").click()
    expect(page.get_by_text("51 items count for this service, 48 as hard gates")).to_be_visible()
    assert is_accessible(page)
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".category-tiles .tile")).to_have_count(3)
    assert is_accessible(page)

    sign_in(page, cast.ada, "/checklists/import/")
    page.locator("input[type=file]").set_input_files(NEWER)
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_text("1 item only reworded: evidence keeps counting")).to_be_visible()
    page.get_by_role("button", name="Publish version 2").click()

    sign_in(page, cast.theo, "/services/checkout/")
    page.get_by_role("link", name="See what differs").click()
    expect(page.locator("ins").first).to_be_visible()
    page.get_by_role("button", name="Upgrade").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    assert Assessment.objects.get(service=cast.checkout).version.number == 2
