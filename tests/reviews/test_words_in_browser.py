"""Verdicts without a mouse: three keys and the plan, one typed line, one key to take it back, and what the second of two sees."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Dialog, expect

from reviews import actions
from reviews.models import Review
from reviews.rules import Word
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.meetings import gap_of, point
from tests.reviews.test_room_in_browser import Enter, enter, meeting, title  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]


def test_a_gap_takes_three_keys_and_its_plan(cast: Cast, enter: Enter) -> None:  # noqa: F811 - imported
    page = enter(cast.theo)
    page.keyboard.press("g")
    page.keyboard.type("Run it.")
    page.keyboard.press("Enter")
    expect(page.locator("#said .said")).to_contain_text("Olga Example")
    page.keyboard.press("j")
    expect(title(page)).to_have_text("Mixed")
    assert gap_of(cast, "drilled").plan == "Run it."


def test_a_line_is_read_back_before_it_is_recorded_and_taken_back_with_a_key(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    page = enter(cast.theo)
    page.keyboard.press(":")
    page.keyboard.type("gap @example")
    expect(page.locator(".line-lacks")).to_contain_text("type a little more")
    page.keyboard.press("Control+a")
    page.keyboard.type("gap pia +5d run it // never done")
    expect(page.locator(".line-good")).to_contain_text("records Gap: Pia Example")
    page.keyboard.press("Enter")
    expect(page.locator("#said .said")).to_contain_text("never done")
    page.keyboard.press("u")
    expect(page.locator("#last-words")).to_contain_text("Taken back by Theo Example")
    expect(page.locator("#announce")).to_have_text(
        re.compile(r"^Theo took back their own word on “Drilled”: gap, owner Pia, due ")
    )
    expect(page.locator("#said .said")).to_have_count(0)
    assert point(meeting, "drilled").word == ""


def test_somebody_elses_word_is_taken_back_after_a_question_that_names_them(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    actions.say(
        by=cast.pia, agenda_item=point(meeting, "drilled"), version=1, word=Word.PARKED, note="", now=timezone.now()
    )
    page = enter(cast.theo)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if len(asked) > 1 else dialog.dismiss()

    page.on("dialog", answer)
    page.keyboard.press("u")
    expect(page.locator("#said .said")).to_contain_text("Pia Example")
    page.keyboard.press("u")
    expect(page.locator("#last-words")).to_contain_text("Taken back by Theo Example")
    assert asked == ["Take back what Pia Example said of “Drilled”: parked?"] * 2
    assert point(meeting, "drilled").word == ""


def test_the_second_of_two_sees_the_first_and_may_replace_it(
    cast: Cast,
    meeting: Review,  # noqa: F811 - imported
    enter: Enter,  # noqa: F811 - imported
) -> None:
    page = enter(cast.theo)
    page.keyboard.press("v")
    page.keyboard.type("park mine")
    actions.say(
        by=cast.pia,
        agenda_item=point(meeting, "drilled"),
        version=1,
        word=Word.PARKED,
        note="Theirs.",
        now=timezone.now(),
    )
    page.keyboard.press("Enter")
    expect(page.locator(".conflict")).to_contain_text("Pia Example wrote here while you were writing")
    expect(page.locator("#say .meanwhile")).to_have_count(0)  # once is enough
    expect(page.locator("#say [name=line]")).to_have_value("park mine")
    page.get_by_role("button", name="Replace theirs with mine").click()
    expect(page.locator("#said .said")).to_contain_text("mine")
    assert point(meeting, "drilled").note == "mine"
