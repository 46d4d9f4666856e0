"""Checks in a real browser: a run is followed to its end without a click, and the pages can be used by everybody."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.checks import runner
from readiness.checks.models import Check, Run
from tests import cast
from tests.cast import Cast
from tests.checks.cases import FAIL, LOCAL, PASS, UNKNOWN, check_of, health, ran
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.servers.misbehaving import misbehaving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def address() -> Iterator[str]:
    with misbehaving() as application:
        yield application.url


@pytest.fixture
def page(
    cast: Cast,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
    address: str,
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """Theo's, on the checks of his service, which has some past. Its console must stay quiet."""
    check = health(cast, address)
    start = timezone.now() - timedelta(hours=9)
    for hour, outcome in enumerate([PASS, PASS, FAIL, UNKNOWN, PASS]):
        ran(check, outcome, at=start + timedelta(hours=hour))
    context = chromium.new_context(base_url=live_server.url, **({"viewport": DESK} | getattr(request, "param", {})))
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_in(page, cast.theo.email, "/services/checkout/checks/")
    yield page
    context.close()
    assert complaints == []


def sign_in(page: Page, email: str, towards: str) -> None:
    page.goto(f"/accounts/login/?next={towards}")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Checks", exact=True).wait_for()
    page.wait_for_load_state()


def work() -> None:
    runner.run_batch(worker="w", egress=LOCAL)


def test_a_run_is_followed_to_its_end_without_another_click(cast: Cast, page: Page) -> None:
    row = page.locator(f"#check-{check_of(cast, 'health_pair').pk}")
    row.get_by_role("button", name="Run now").click()
    expect(row).to_contain_text("Waits for a worker")
    expect(row.get_by_role("button", name="Run now")).to_be_disabled()
    work()
    expect(row).to_contain_text("Live answered 200")
    expect(row.get_by_role("img").first).to_have_attribute(
        "aria-label", "Last 6 runs: 4 pass, 1 fail, 1 unknown. The newest: pass."
    )
    assert row.get_attribute("hx-trigger") is None
    expect(row.get_by_role("button", name="Run now")).to_be_enabled()


def test_on_its_own_page_the_result_appears_by_itself(cast: Cast, page: Page) -> None:
    page.goto(check_of(cast, "health_pair").get_absolute_url())
    assert page.get_by_role("table", name="Answered in").count() == 1
    page.get_by_role("button", name="Run now").click()
    page.get_by_text("Waits for a worker").wait_for()
    work()
    expect(page.get_by_text("6 runs")).to_be_visible()
    expect(page.get_by_text("Live answered 200").first).to_be_visible()


def test_a_check_is_set_up_and_mistakes_are_said_at_the_field(cast: Cast, page: Page) -> None:
    page.goto(f"{check_of(cast, 'prom_query').get_absolute_url()}configure/")
    page.get_by_label("Prometheus address").fill("prometheus")
    page.get_by_role("button", name="Save and run").click()
    expect(page.get_by_text("An address starts with http:// or https:// and names a host.")).to_be_visible()
    expect(page.get_by_text("This is needed.")).to_be_visible()
    page.get_by_label("Prometheus address").fill("https://prometheus.example.com")
    page.get_by_label("Query").fill("up")
    page.get_by_role("button", name="Save and run").click()
    expect(page.get_by_role("heading", name="Metric")).to_be_visible()
    assert check_of(cast, "prom_query").is_set_up


def test_a_refusal_is_said_and_the_row_stays(cast: Cast, page: Page) -> None:
    check = check_of(cast, "health_pair")
    Check.objects.filter(pk=check.pk).update(is_enabled=False)
    row = page.locator(f"#check-{check.pk}")
    row.get_by_role("button", name="Run now").click()
    expect(page.locator("#flash")).to_contain_text("It is switched off; switch it on first.")
    expect(row).to_contain_text("Live and ready")
    assert not Run.objects.waiting().exists()


@pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    indirect=True,
    ids=["desk", "phone"],
)
def test_the_pages_are_accessible_and_no_wider_than_the_screen(cast: Cast, page: Page) -> None:
    check = check_of(cast, "health_pair")
    Check.objects.filter(type="error_leak").update(quarantined_at=timezone.now(), quarantine_reason="It broke. " * 30)
    addresses = [
        "/services/checkout/checks/",
        "/services/checkout/items/health/",
        check.get_absolute_url(),
        f"{check.get_absolute_url()}configure/",
        f"{check_of(cast, 'prom_query').get_absolute_url()}configure/",
        "/checks/",
        "/checks/?show=without-setup",
    ]
    for address in addresses:
        page.goto(address)
        found: dict[str, Any] = Axe().run(page)
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
