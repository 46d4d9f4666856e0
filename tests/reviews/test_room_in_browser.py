"""The room in a real browser: by keyboard alone, two windows at once, without JavaScript, on a phone, for a screen reader."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.assessments.rules import Decision
from reviews import actions
from reviews.models import AgendaItem, Review
from reviews.rules import Word
from tests import cast as people
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.meetings import again, gap_of, point, running_now

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FOLLOWS_WITHIN_MS = 10_000  # it asks every three seconds
type Enter = Callable[..., Page]


@pytest.fixture
def meeting(transactional_db: None, cast: Cast) -> Review:
    return running_now(cast)


@pytest.fixture
def enter(chromium: Browser, live_server: LiveServer, meeting: Review) -> Iterator[Enter]:  # noqa: F811 - imported
    """`enter(cast.theo)` opens a window in which that person stands in the room. No page may complain in its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def window(person: User, path: str = "room/", **options: Any) -> Page:
        context = chromium.new_context(
            base_url=live_server.url, **{"viewport": DESK, "reduced_motion": "reduce"} | options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/accounts/login/?next=/reviews/{meeting.pk}/{path}")
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password").fill(people.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/reviews/{meeting.pk}/{path}")
        return page

    yield window
    for context in contexts:
        context.close()
    assert complaints == []


def keeps_nobody_out(page: Page, state: str) -> None:
    found = [one for one in Axe().run(page)["violations"] if one["impact"] not in {"minor", None}]
    assert [
        (one["id"], [(node["html"][:160], node["any"][0]["message"] if node["any"] else "") for node in one["nodes"]])
        for one in found
    ] == [], state
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), state


def title(page: Page) -> Any:
    return page.locator(".stage:not([hidden]) .stage-title")


def test_a_gap_is_recorded_from_the_keyboard_alone(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    expect(title(page)).to_have_text("Drilled")
    page.keyboard.press("g")
    expect(page.get_by_label("Plan")).to_be_focused()
    expect(page.get_by_label("Owner")).to_have_value(str(cast.olga.pk))
    due = timezone.now().date() + timedelta(days=5)
    page.get_by_label("Due").fill(due.isoformat())
    page.get_by_label("Plan").fill("Drill on Thursday.")
    page.keyboard.press("Enter")
    expect(page.locator("#said .said")).to_contain_text("Olga Example")
    expect(page.locator("#agenda .agenda-group").first).to_contain_text("1/4")
    expect(page.locator("[data-key=j]")).to_be_focused()
    page.keyboard.press("j")
    expect(title(page)).to_have_text("Mixed")
    page.keyboard.press("p")
    expect(page.locator("#say [name=note]")).to_be_focused()
    page.keyboard.type("Not today.")
    page.keyboard.press("Enter")
    expect(page.locator("#said .said")).to_contain_text("Not today.")
    page.keyboard.press("ArrowLeft")
    expect(title(page)).to_have_text("Drilled")
    page.keyboard.press("c")
    expect(page.get_by_label("Plan")).to_have_value("Drill on Thursday.")
    assert gap_of(cast, "drilled").owner == cast.olga
    assert again(meeting).current == point(meeting, "drilled")


def test_who_types_faster_than_the_answer_comes_is_on_the_next_item(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    expect(title(page)).to_have_text("Drilled")
    page.keyboard.press("p")
    page.keyboard.type("Later.")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(title(page)).to_have_text("Mixed")
    assert point(meeting, "drilled").note == "Later."


def test_what_was_refused_gives_the_field_back(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    page.keyboard.press("g")
    plan = page.get_by_label("Plan")
    expect(plan).to_be_focused()
    page.get_by_label("Due").fill("2020-01-01")
    plan.fill("Drill on Thursday.")
    page.keyboard.press("Enter")
    expect(page.locator("#say .field-error").first).to_be_visible()
    expect(plan).to_be_focused()
    expect(plan).to_have_value("Drill on Thursday.")


def test_letters_typed_in_a_field_are_only_letters(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    page.keyboard.press("o")
    note = page.locator("#say [name=note]")
    expect(note).to_be_focused()
    page.keyboard.type("jump, gap, met?")
    expect(note).to_have_value("jump, gap, met?")
    expect(title(page)).to_have_text("Drilled")
    expect(page.locator("#shortcuts")).to_be_hidden()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_contain_text("Gap: asks owner and date")


def test_everybody_follows_the_facilitator(cast: Cast, meeting: Review, enter: Enter) -> None:
    theirs, mine = enter(cast.olga), enter(cast.theo)
    expect(title(theirs)).to_have_text("Drilled")
    mine.keyboard.press("j")
    expect(title(mine)).to_have_text("Mixed")
    expect(title(theirs)).to_have_text("Mixed", timeout=FOLLOWS_WITHIN_MS)
    expect(theirs.locator("#announce")).to_have_text("Now: Mixed.")


def test_nothing_is_taken_from_under_the_hands_of_who_types(cast: Cast, meeting: Review, enter: Enter) -> None:
    theirs, mine = enter(cast.olga), enter(cast.theo)
    theirs.keyboard.press("o")
    theirs.keyboard.type("The replica was slow, because")
    mine.keyboard.press("p")
    mine.keyboard.type("Later.")
    mine.keyboard.press("Enter")
    expect(mine.locator("#said .said")).to_contain_text("Parked")
    note, quiet = theirs.locator("#say [name=note]"), theirs.locator("#say .meanwhile")
    expect(quiet).to_contain_text("Theo recorded: parked.", timeout=FOLLOWS_WITHIN_MS)
    mine.keyboard.press("j")
    expect(title(theirs)).to_have_text("Mixed", timeout=FOLLOWS_WITHIN_MS)
    expect(quiet).to_contain_text("The room is on “Mixed” now. What you write here is about “Drilled”.")
    expect(note).to_have_value("The replica was slow, because")
    expect(note).to_be_focused()
    theirs.locator("#say label[for^=park]").click()
    theirs.get_by_role("button", name="Record").click()
    expect(theirs.locator(".conflict")).to_contain_text("Theo Example wrote here while you were writing")
    expect(note).to_have_value("The replica was slow, because")
    theirs.get_by_role("button", name="Record").click()
    expect(theirs.locator("#say")).to_have_attribute("aria-label", "What the room says of Mixed")
    assert point(meeting, "drilled").note == "The replica was slow, because"
    assert point(meeting, "drilled").said_by == cast.olga


def test_discarding_what_one_wrote_brings_the_newest(cast: Cast, meeting: Review, enter: Enter) -> None:
    theirs, mine = enter(cast.olga), enter(cast.theo)
    theirs.keyboard.press("o")
    theirs.keyboard.type("Never mind")
    mine.keyboard.press("j")
    expect(title(theirs)).to_have_text("Mixed", timeout=FOLLOWS_WITHIN_MS)
    expect(theirs.locator("#say [name=note]")).to_have_value("Never mind")
    theirs.get_by_role("button", name="Discard mine").click()
    expect(theirs.locator("#say")).to_have_attribute("aria-label", "What the room says of Mixed")
    expect(theirs.locator("#say [name=note]")).to_have_value("")


def test_what_was_opened_stays_open_and_focus_and_scrolling_stay(cast: Cast, meeting: Review, enter: Enter) -> None:
    theirs, mine = enter(cast.olga, viewport={"width": 1440, "height": 420}), enter(cast.theo)
    theirs.locator("#passed summary").click()
    theirs.locator("#presence").click()
    other = theirs.locator("#agenda").get_by_role("link", name="Written")
    other.focus()
    theirs.evaluate("scrollTo(0, 120)")
    before = theirs.evaluate("scrollY")
    mine.keyboard.press("p")
    mine.keyboard.type("Later.")
    mine.keyboard.press("Enter")
    expect(theirs.locator("#said .said")).to_contain_text("Later.", timeout=FOLLOWS_WITHIN_MS)
    expect(theirs.locator("#announce")).to_have_text("Theo recorded: parked.")
    expect(theirs.locator("#passed details")).to_have_attribute("open", "")
    expect(theirs.locator("#people")).to_be_visible()
    expect(other).to_be_focused()
    assert theirs.evaluate("scrollY") == before


def test_one_jumps_to_an_item_by_its_name(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.pia)
    page.keyboard.press("/")
    page.keyboard.type("writ")
    expect(page.locator("#agenda").get_by_role("link", name="Drilled")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(title(page)).to_have_text("Written")
    expect(page.locator("#agenda").get_by_role("link", name="Drilled")).to_be_visible()


def test_the_big_screen_follows_and_asks_for_nothing(cast: Cast, meeting: Review, enter: Enter) -> None:
    wall, mine = enter(cast.olga, "room/?screen=big"), enter(cast.theo)
    expect(title(wall)).to_be_visible()
    expect(wall.locator("form:visible, input:visible")).to_have_count(0)
    assert float(title(wall).evaluate("one => parseFloat(getComputedStyle(one).fontSize)")) >= 56
    mine.keyboard.press("j")
    expect(title(wall)).to_have_text("Mixed", timeout=FOLLOWS_WITHIN_MS)
    expect(wall.locator("#standing")).to_contain_text("4 hard gates open")
    expect(wall.locator("#clock")).to_be_visible()
    wall.keyboard.press("b")
    wall.wait_for_url(f"**/reviews/{meeting.pk}/room/")


def test_one_may_look_around_and_come_back(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.pia)
    page.locator("#agenda").get_by_role("link", name="Written").click()
    expect(title(page)).to_have_text("Written")
    expect(page.get_by_text("You are looking at something else.")).to_be_visible()
    page.get_by_role("link", name="Go there").click()
    expect(title(page)).to_have_text("Drilled")
    page.locator("#agenda").get_by_role("link", name="The end: decide").click()
    expect(title(page)).to_have_text("4 hard gates open")


def test_a_refused_verdict_stays_in_the_form(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    page.keyboard.press("n")
    page.keyboard.type("No.")
    page.keyboard.press("Enter")
    expect(page.locator("#say .field-error")).to_contain_text("at least 20 characters")
    expect(page.locator("#say [name=note]")).to_have_value("No.")


def test_the_meeting_is_decided_from_the_keyboard_and_the_mouse(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    for _ in range(AgendaItem.objects.filter(review=meeting).count()):
        page.keyboard.press("g")
        page.get_by_label("Owner").select_option(label="Pia Example")
        page.get_by_label("Due").fill((timezone.now().date() + timedelta(days=5)).isoformat())
        page.get_by_label("Plan").fill("On Thursday.")
        page.keyboard.press("Enter")
        expect(page.locator("#said .said")).to_contain_text("Pia Example")
        before = title(page).inner_text()
        page.keyboard.press("j")
        expect(title(page)).not_to_have_text(before)
    page.get_by_role("button", name="I looked at it").click()
    expect(page.get_by_text("Everything is settled")).to_be_visible()
    page.get_by_label("Freeze it and mail everybody").check()
    page.get_by_role("button", name="Decide and freeze").click()
    page.wait_for_url(f"**/reviews/{meeting.pk}/packet/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    page.get_by_role("button", name="Sign this packet").click()
    expect(page.locator(".signature").first).to_contain_text("Theo Example")


def test_who_polls_a_decided_room_is_led_out(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.olga)
    review = again(meeting)
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Fire drill.", now=timezone.now())
    page.wait_for_url(f"**/reviews/{meeting.pk}/", timeout=FOLLOWS_WITHIN_MS)
    expect(page.get_by_text("Fire drill.")).to_be_visible()


def test_without_javascript_it_is_a_set_of_pages(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo, java_script_enabled=False)
    page.locator("label[for^=gap]").click()
    page.get_by_label("Owner").select_option(label="Olga Example")
    page.get_by_label("Due").fill((timezone.now().date() + timedelta(days=5)).isoformat())
    page.get_by_role("button", name="Record").click()
    expect(page.locator("#said .said")).to_contain_text("Olga Example")
    page.get_by_role("button", name="Next").click()
    expect(title(page)).to_have_text("Mixed")
    page.get_by_role("button", name="Pause the meeting").click()
    expect(page.get_by_text("The clock stands still")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_nothing_keeps_anybody_out(
    cast: Cast, meeting: Review, enter: Enter, viewport: dict[str, int], scheme: str
) -> None:
    page = enter(cast.theo, viewport=viewport, color_scheme=scheme)
    for path in ("room/", "room/?item=end", "pre-read/", "", "reschedule/", "cancel/"):
        page.goto(f"/reviews/{meeting.pk}/{path}")
        keeps_nobody_out(page, path)


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_nothing_keeps_anybody_from_the_packet(
    cast: Cast, meeting: Review, enter: Enter, viewport: dict[str, int], scheme: str
) -> None:
    now = timezone.now()
    due = now.date() + timedelta(days=5)
    for agenda_item in AgendaItem.objects.for_verdict().filter(review=meeting):
        actions.say(
            by=cast.theo, agenda_item=agenda_item, version=1, word=Word.GAP, owner=cast.olga, due_on=due, plan="Drill.",
            note="", now=now,
        )  # fmt: skip
    actions.acknowledge_passed(by=cast.olga, review=again(meeting), now=now)
    review = again(meeting)
    actions.decide(
        by=cast.theo, review=review, version=review.version, decision=Decision.NO_GO, stricter_reason="", now=now
    )
    page = enter(cast.theo, "packet/", viewport=viewport, color_scheme=scheme)
    for path in (f"/reviews/{meeting.pk}/packet/", "/reviews/?state=decided", "/services/checkout/reviews/schedule/"):
        page.goto(path)
        keeps_nobody_out(page, path)


def test_enter_without_a_word_asks_for_one(cast: Cast, meeting: Review, enter: Enter) -> None:
    page = enter(cast.theo)
    page.locator("#say [name=note]").fill("We talked.")
    page.locator("#say [name=note]").press("Enter")
    asked = page.get_by_role("alert").filter(has_text="Choose what the room says.")
    expect(asked).to_be_in_viewport()
    expect(page.locator("#say [name=note]")).to_have_value("We talked.")
