"""The portfolio over time in a real browser: drawn, redrawn in the dark, read without sight, printed, shared."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import Team, User
from readiness.accounts.rules import Role
from readiness.assessments.models import Gap, Item
from readiness.portfolio.daily.recording import record_today
from readiness.portfolio.insights.cards import CARDS
from tests import cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.portfolio.many import many_services

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE: Any = {"width": 390, "height": 844}
DESK: Any = {"width": 1440, "height": 900}
CHARTS = ("go-lives", "burn-down", "ageing", "failing", "coverage")
INK = """(canvas) => {
  const { width, height } = canvas, bytes = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  const seen = {};
  for (let at = 0; at < bytes.length; at += 4) {
    if (bytes[at + 3] < 250) continue;
    const colour = bytes.slice(at, at + 3).join();
    seen[colour] = (seen[colour] ?? 0) + 1;
  }
  return Object.entries(seen).sort((a, b) => b[1] - a[1]).slice(0, 8).map(([colour]) => colour);
}"""
"""The colours that most of a chart is drawn in."""


@pytest.fixture
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    """A manager's of two teams. The console must stay quiet."""
    mia = _manager()
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto("/accounts/login/?next=/portfolio/insights/")
    page.get_by_label("Email").fill(mia.email)
    page.get_by_label("Password").fill(cast.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Portfolio").wait_for()
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def _manager() -> User:
    mia, now = cast.person("Mia"), timezone.now()
    teams = [Team.objects.create(slug=name.lower(), name=name) for name in ("Payments", "Search")]
    for team in teams:
        cast.give(mia, Role.MANAGER, team=team)
    many_services(24, teams=teams, people=[mia, cast.person("Quinn")], version=cast.published(), now=now)
    Item.objects.filter(status="met", position__lt=12).update(strength="observed")
    for back in (40, 20, 0):
        record_today(now=now - timedelta(days=back))
    Gap.objects.filter(gate="hard").update(open_since=now - timedelta(days=120))
    return mia


def drawn(page: Page) -> None:
    """Every card has come, and every chart that there is."""
    expect(page.locator(".insight--waiting")).to_have_count(0)
    page.wait_for_function("[...document.querySelectorAll('[data-chart] canvas')].every((one) => Chart.getChart(one))")


def barriers(page: Page) -> list[str]:
    found = [one for one in Axe().run(page)["violations"] if one["impact"] != "minor"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


LOOKS = pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desk-light", "phone-dark"],
    indirect=True,
)


@LOOKS
def test_no_page_keeps_anybody_out_or_is_wider_than_its_window(page: Page) -> None:
    addresses = [
        "",
        "?range=custom&from=2020-01-01&to=2019-01-01",
        "heat/?by=item",
        "burn-down/",
        "quiet/",
        "rows/gaps/?age=half",
    ]
    for address in (*(f"/portfolio/insights/{one}" for one in addresses), "/portfolio/shares/?team=payments"):
        page.goto(address)
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert barriers(page) == [], address


def test_each_card_comes_by_itself_with_its_picture_and_its_numbers(page: Page) -> None:
    drawn(page)
    for key, card in CARDS.items():
        expect(page.locator(f"#insight-{key} h2")).to_have_text(card.title)
    for key in CHARTS:
        frame = page.locator(f"#insight-{key}")
        assert len(frame.locator("canvas").evaluate(INK)) > 1, key
        said = re.compile(rf"^{re.escape(CARDS[key].title)}\. .+ The numbers stand in the table below\.$")
        expect(frame.get_by_role("img")).to_have_accessible_name(said)
        frame.locator("summary").click()
        expect(frame.locator("table").first).to_be_visible()


def test_the_charts_are_drawn_anew_in_the_dark(page: Page) -> None:
    drawn(page)
    chart = page.locator("#insight-ageing canvas")
    light = chart.evaluate(INK)
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'dark')")
    page.wait_for_timeout(200)
    dark = chart.evaluate(INK)
    assert light != dark
    page.evaluate("document.documentElement.setAttribute('data-bs-theme', 'light')")
    page.wait_for_timeout(200)
    assert chart.evaluate(INK) == light


def test_a_bar_leads_to_its_rows(page: Page) -> None:
    drawn(page)
    place = page.evaluate(
        """() => { const canvas = document.querySelector("#insight-ageing canvas"), chart = Chart.getChart(canvas);
        canvas.scrollIntoView({ block: "center" });
        const at = chart.data.datasets[0].data.findIndex((value) => value > 0);
        const bar = chart.getDatasetMeta(0).data[at].getCenterPoint(), box = canvas.getBoundingClientRect();
        return [box.x + bar.x, box.y + bar.y, chart.data.datasets[0].data[at]]; }"""
    )
    page.mouse.click(place[0], place[1])
    page.wait_for_url("**/portfolio/insights/rows/gaps/?**")
    expect(page.locator(".pager-count")).to_contain_text(f"of {place[2]} gaps")


def test_filters_days_and_rows_of_the_heat_map_stand_in_the_address(page: Page) -> None:
    drawn(page)
    page.get_by_label("Days looked back on").select_option("4w")
    page.wait_for_url("**range=4w**")
    drawn(page)
    page.get_by_label("Team", exact=True).select_option("search")
    page.wait_for_url("**team=search**")
    assert "range=4w" in page.url
    drawn(page)
    page.locator("#insight-heat").get_by_role("link", name="By tier").click()
    expect(page.locator("#insight-heat caption")).to_have_text("Tiers by category")
    page.get_by_label("Days looked back on").select_option("custom")
    page.get_by_label("From").fill("2026-01-01")
    page.get_by_role("button", name="Show these days").click()
    page.wait_for_url("**from=2026-01-01**")
    assert "team=search" in page.url


def test_all_of_it_is_one_sheet_of_paper(page: Page) -> None:
    drawn(page)
    sheet = page.pdf(prefer_css_page_size=True, format="A4")
    assert sheet.count(b"/Type /Page\n") + sheet.count(b"/Type /Page ") + sheet.count(b"/Type /Page/") == 1
    page.wait_for_timeout(100)
    assert page.locator("#insight-ageing canvas").evaluate("(one) => Chart.getChart(one).options.responsive") is True


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True)
def test_without_javascript_each_card_is_a_page_with_its_table(page: Page) -> None:
    page.locator("#insight-ageing").get_by_role("link", name="Show it").click()
    expect(page.locator("table").first).to_be_visible()
    page.get_by_label("Team", exact=True).select_option("search")
    page.get_by_role("button", name="Apply").click()
    assert page.url.endswith("team=search&tier=&trait=&lifecycle=&decision=&go_live=")
    expect(page.get_by_label("Team", exact=True)).to_have_value("search")


def test_a_link_is_made_copied_opened_by_a_stranger_and_revoked(page: Page, chromium: Browser) -> None:  # noqa: F811
    page.goto("/portfolio/insights/?team=payments")
    page.get_by_role("link", name="Share").click()
    page.get_by_label("What is it for?").fill("Payments, for the board")
    page.get_by_role("button", name="Make the link").click()
    address = page.locator("#address").inner_text()
    path = address[address.index("/shared/") :]
    stranger = chromium.new_context(base_url=page.url.split("/portfolio/")[0], viewport=PHONE, color_scheme="dark")
    outside = stranger.new_page()
    outside.goto(path)
    expect(outside.get_by_role("heading", level=1)).to_have_text("Payments, for the board")
    outside.wait_for_function(
        "[...document.querySelectorAll('[data-chart] canvas')].every((one) => Chart.getChart(one))"
    )
    assert barriers(outside) == []
    assert outside.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_label("Revoke Payments, for the board").click()
    page.get_by_role("button", name="Revoke Payments, for the board").click()
    expect(page.get_by_text("opens nothing any more")).to_be_visible()
    outside.reload()
    expect(outside.get_by_role("heading", level=1)).to_have_text("This link shows nothing")
    stranger.close()


def test_an_empty_installation_says_so_on_every_card(page: Page) -> None:
    page.goto("/portfolio/insights/?q=nothing+is+called+so")
    drawn(page)
    assert page.locator(".insight canvas").count() == 0
    for text in page.locator(".insight-headline").all_inner_texts():
        assert text.endswith(".")
    assert barriers(page) == []
