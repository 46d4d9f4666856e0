"""The blind vote and the parking lot in real browsers: by touch at 390 px, by key, without JavaScript, for a screen reader."""

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import expect

from reviews.models import Ballot, ParkedTopic, Review, Vote
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.test_room_in_browser import (  # the room, and the way into it
    FOLLOWS_WITHIN_MS,
    PHONE,
    Enter,
    enter,  # noqa: F401 - a fixture
    meeting,  # noqa: F401 - a fixture
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]


def test_a_vote_is_asked_for_cast_from_a_phone_and_by_key_and_revealed(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    desk, phone = enter(cast.theo), enter(cast.olga, viewport=PHONE, has_touch=True, is_mobile=True)
    desk.keyboard.press("a")
    desk.get_by_role("button", name="Ask everybody").click()
    expect(desk.locator("#ballot form.vote")).to_be_visible()
    expect(phone.locator("#ballot form.vote")).to_be_visible(timeout=FOLLOWS_WITHIN_MS)
    why = phone.locator("#ballot [name=why]")
    why.fill("It was never tried")
    desk.keyboard.press("1")
    expect(desk.locator("#ballot")).to_contain_text("You said: good enough")
    expect(phone.locator("#ballot")).to_contain_text("1 of 3 voted", timeout=FOLLOWS_WITHIN_MS)
    expect(why).to_have_value("It was never tried")  # somebody else's vote takes nothing from under the thumbs
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.locator("label.vote-choice--no").tap()
    expect(phone.locator("#ballot")).to_contain_text("You said: not good enough")
    expect(desk.locator("#ballot")).to_contain_text("2 of 3 voted", timeout=FOLLOWS_WITHIN_MS)
    expect(desk.locator("#ballot")).not_to_contain_text("It was never tried")
    assert "It was never tried" not in desk.content()
    desk.keyboard.press("3")
    expect(desk.locator("#ballot")).to_contain_text("You said: not sure")
    findings = Axe().run(desk)["violations"]
    assert findings == [], [finding["id"] for finding in findings]
    desk.get_by_role("button", name="Reveal now").click()
    expect(desk.locator("#ballot .answer--no")).to_contain_text("Olga Example")
    expect(phone.locator("#ballot .answer--unsure")).to_contain_text("Theo Example", timeout=FOLLOWS_WITHIN_MS)
    assert dict(Vote.objects.values_list("person__email", "choice")) == {
        "theo@example.com": "unsure",
        "olga@example.com": "no",
    }


def test_a_topic_is_parked_with_one_key_and_what_passed_opens_over_the_list(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    page = enter(cast.theo)
    page.keyboard.press("l")
    page.keyboard.type("Who pays for the second region?")
    page.keyboard.press("Enter")
    expect(page.locator("#parking-lot")).to_contain_text("Who pays for the second region?")
    page.keyboard.press("Escape")
    page.locator("#parking-lot").get_by_role("button", name="Settle").click()
    expect(page.locator("#parking-lot")).to_contain_text("settled by Theo Example")
    assert ParkedTopic.objects.get().about == meeting.current
    page.locator("#passed summary").click()
    page.get_by_role("link", name="Probed").click()
    look = page.get_by_role("dialog", name="What passed")
    expect(look).to_contain_text("It was a pass.")
    page.keyboard.press("Escape")
    expect(look).to_be_hidden()
    page.get_by_role("link", name="Probed").click()
    look.get_by_placeholder("a word why").fill("It is cached.")
    page.keyboard.press("Enter")
    expect(page.locator("#agenda")).to_contain_text("Probed")
    expect(look).to_be_hidden()


def test_without_javascript_a_vote_is_a_page(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    page = enter(cast.olga, java_script_enabled=False)
    page.locator("#ask-vote summary").click()
    page.get_by_role("button", name="Ask everybody").click()
    page.locator("#ballot").get_by_role("link", name="Vote").click()
    page.locator("label.vote-choice--unsure").click()
    page.get_by_label("A word why").fill("Ask the team.")
    page.get_by_role("button", name="Vote").click()
    expect(page.get_by_text("You said: not sure")).to_be_visible()
    page.get_by_role("link", name="To the room").click()
    page.get_by_role("button", name="Reveal now").click()
    expect(page.locator("#ballot .answer--unsure")).to_contain_text("Ask the team.")
    assert not Ballot.objects.get().is_open
