"""The register in a real browser: found, changed in place, many at once, from the keyboard, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.assessments.models import Gap
from tests import cast as people
from tests.assessments.registered import TODAY, day, many_gaps
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
REGISTER = "/gaps/?sort=gap"


@pytest.fixture
def page(
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
    cast: Cast,
    gaps: dict[str, Gap],
    request: pytest.FixtureRequest,
) -> Iterator[Page]:
    """Mia's. Its console must stay quiet."""
    options: dict[str, Any] = {"viewport": DESK, "reduced_motion": "reduce", **getattr(request, "param", {})}
    context = chromium.new_context(base_url=live_server.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"/accounts/login/?next={REGISTER}")
    page.get_by_label("Email").fill(cast.mia.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Gaps", exact=True).wait_for()
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def barriers(page: Page) -> list[str]:
    found = [one for one in Axe().run(page)["violations"] if one["impact"] != "minor"]
    return [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize(
    "page",
    [{"viewport": DESK, "color_scheme": "light"}, {"viewport": PHONE, "color_scheme": "dark"}],
    ids=["desk-light", "phone-dark"],
    indirect=True,
)
def test_no_page_keeps_anybody_out_or_is_wider_than_its_window(page: Page, cast: Cast) -> None:
    many_gaps(cast, 60)
    for address in (REGISTER, "/gaps/?view=board", "/gaps/?q=nothing", "/gaps/from-file/"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
        assert barriers(page) == [], address
    page.goto(REGISTER)
    page.locator("[name=gap]").first.check()
    for button in ("Reassign", "Extend", "Comment"):
        page.locator("#bulk summary", has_text=button).click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), button
        assert barriers(page) == [], button
    page.locator("[data-key=e]").first.click()
    page.locator(".row-edit").wait_for()
    assert barriers(page) == []


def test_filters_work_in_place_stand_in_the_address_and_are_kept_as_a_view(page: Page) -> None:
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Gate").select_option("tracked")
    expect(page.locator(".pager-count")).to_have_text("1–1 of 1 gaps")
    assert page.url.endswith("/gaps/?gate=tracked&sort=gap")
    page.locator("summary", has_text="More").click()
    page.get_by_label("Category").select_option("security")
    expect(page.get_by_role("link", name="Security Remove this filter")).to_be_visible()
    assert page.evaluate("window.isSamePage")
    page.locator("summary", has_text="Save view").click()
    page.get_by_label("Keep these filters as").fill("Tracked in security")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".saved-view .chip[aria-current]")).to_have_text("Tracked in security")


def test_a_row_is_changed_from_the_keyboard_and_the_focus_stays_with_it(page: Page, gaps: dict[str, Gap]) -> None:
    row = page.locator(f"#gap-{gaps['drilled'].pk}")
    page.keyboard.press("j")
    expect(row.get_by_role("link", name="Drilled")).to_be_focused()
    page.keyboard.press("e")
    expect(row.get_by_label("Owner", exact=True)).to_be_focused()
    expect(row.get_by_label("Why later")).to_be_hidden()
    row.get_by_label("Due").fill(day(9).isoformat())
    row.get_by_label("Why later").fill("The cluster comes late.")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("first extension")
    expect(row.get_by_role("link", name="Change owner and date")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Probed")).to_be_focused()
    page.keyboard.press("e")
    page.get_by_label("Owner", exact=True).nth(1).wait_for()
    page.keyboard.press("Escape")
    expect(page.locator(".row-edit")).to_have_count(0)


def test_who_comes_second_sees_the_other_and_chooses(page: Page, cast: Cast, gaps: dict[str, Gap]) -> None:
    gap = gaps["drilled"]
    row = page.locator(f"#gap-{gap.pk}")
    row.locator("[data-key=e]").click()
    row.get_by_label("Owner", exact=True).wait_for()
    Gap.objects.filter(pk=gap.pk).update(owner=cast.olga, version=2)
    row.get_by_label("Due").fill(day(4).isoformat())
    row.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Somebody else changed this gap meanwhile")
    expect(row.get_by_label("Due")).to_have_value(day(4).isoformat())
    row.get_by_role("link", name="Keep theirs").click()
    expect(row).to_contain_text("Olga Example")
    expect(page.locator(".row-edit")).to_have_count(0)


def test_many_are_chosen_reassigned_and_taken_back_without_the_mouse(page: Page, gaps: dict[str, Gap]) -> None:
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("2 chosen")
    page.keyboard.press("a")
    expect(page.get_by_label("Give them to")).to_be_focused()
    page.get_by_label("Give them to").select_option(label="Pia Example")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#report")).to_contain_text("2 gaps given to Pia Example.")
    page.get_by_role("button", name="Take it back").click()
    expect(page.locator("#report")).to_contain_text("2 gaps given back")
    assert not Gap.objects.filter(owner__name="Pia Example").exists()


def test_all_that_match_are_more_than_are_on_the_page(page: Page, cast: Cast) -> None:
    many_gaps(cast, 60)
    page.reload()
    page.get_by_label("Choose all on this page").check()
    expect(page.locator("#bulk")).to_contain_text("50 chosen")
    page.get_by_label("All 63 that match").check()
    expect(page.locator(".bulk-every")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#bulk summary", has_text="Extend").click()
    page.get_by_label("Until", exact=True).fill(day(60).isoformat())
    page.get_by_label("Why it takes longer").fill("All of it waits for the new region.")
    page.get_by_role("button", name="Extend").click()
    expect(page.locator("#report")).to_contain_text("63 gaps extended.")
    assert Gap.objects.open().filter(due_on=day(60)).count() == 63


def test_a_file_is_looked_at_and_stored(page: Page, gaps: dict[str, Gap]) -> None:
    page.get_by_role("link", name="From a file").click()
    text = f"gap,owner_email,due_on\n{gaps['drilled'].pk},olga@example.com,{TODAY.isoformat()}\n"
    page.get_by_label("CSV file").set_input_files({"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("main")).to_contain_text("mine.csv: 1 gap would change")
    page.get_by_role("button", name="Change 1 gap").click()
    expect(page.locator("#flash")).to_contain_text("1 gap changed, as the file says.")
    assert Gap.objects.get(pk=gaps["drilled"].pk).due_on == TODAY


def test_the_board_is_walked_and_changed_too(page: Page, gaps: dict[str, Gap]) -> None:
    page.get_by_role("link", name="Board").click()
    card = page.locator(f"#gap-{gaps['drilled'].pk}.board-card")
    card.wait_for()
    page.wait_for_load_state()
    page.keyboard.press("j")
    expect(card.get_by_role("link", name="Drilled")).to_be_focused()
    page.keyboard.press("e")
    card.get_by_label("Owner", exact=True).select_option(label="Olga Example")
    card.get_by_role("button", name="Save").click()
    expect(card.locator("form")).to_have_count(0)
    assert Gap.objects.get(pk=gaps["drilled"].pk).owner.name == "Olga Example"  # type: ignore[union-attr]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Change owner and date")
