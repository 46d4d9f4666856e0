"""The people in the room, in real browsers: lost and followed, ready, writing, handed over."""
# ruff: noqa: F811 - fixtures of a neighbour, asked for by their names

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reviews import actions
from reviews.models import Participant, Review
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.meetings import again
from tests.reviews.test_room_in_browser import DESK, FOLLOWS_WITHIN_MS, PHONE, Enter, enter, meeting, title  # noqa: F401

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]


def test_when_the_facilitator_is_lost_somebody_else_leads_and_they_come_back_as_one_of_the_others(
    cast: Cast, meeting: Review, enter: Enter
) -> None:
    theirs, mine = enter(cast.olga), enter(cast.theo)
    expect(theirs.get_by_text("Theo Example leads through the agenda").first).to_be_visible()
    mine.goto("about:blank")
    expect(theirs.locator("#leaderless")).to_contain_text("The connection of Theo Example is lost", timeout=15_000)
    expect(theirs.locator("#announce")).to_contain_text("Anybody in the room can lead on.")
    theirs.keyboard.press("t")
    expect(theirs.locator("#lead")).to_contain_text("You lead through the agenda")
    expect(theirs.locator("#leaderless")).to_be_hidden()
    assert again(meeting).facilitator == cast.olga
    mine.goto(f"/reviews/{meeting.pk}/room/")
    expect(mine.locator("#relieved")).to_contain_text("Olga Example leads through the agenda")
    expect(theirs.locator("#relieved")).to_be_hidden()
    mine.get_by_role("button", name="Take the lead").click()
    expect(mine.locator("#lead")).to_contain_text("You lead through the agenda")


def test_ready_marks_are_seen_and_cleared_by_going_on(cast: Cast, meeting: Review, enter: Enter) -> None:
    lead, olga, pia = enter(cast.theo), enter(cast.olga), enter(cast.pia, viewport=PHONE)
    olga.keyboard.press("r")
    expect(olga.get_by_role("button", name="You are ready")).to_be_visible()
    pia.locator("#ready").get_by_role("button", name="Ready").click()
    expect(pia.get_by_role("button", name="You are ready")).to_be_visible()
    expect(lead.locator("#ready")).to_contain_text("2 of 2", timeout=FOLLOWS_WITHIN_MS)
    expect(lead.locator("#moves [data-key=j]")).to_contain_text("all ready")
    lead.locator("#presence").click()
    lead.keyboard.press("Escape")
    olga.keyboard.press("r")
    expect(olga.get_by_role("button", name="Ready r", exact=True)).to_be_visible()
    lead.keyboard.press("j")
    expect(title(lead)).to_have_text("Mixed")
    expect(lead.locator("#ready")).to_contain_text("0 of 2")
    expect(title(pia)).to_have_text("Mixed", timeout=FOLLOWS_WITHIN_MS)
    expect(pia.get_by_role("button", name="You are ready")).to_be_hidden()


def test_the_others_see_who_is_writing_here(cast: Cast, meeting: Review, enter: Enter) -> None:
    theirs, mine = enter(cast.olga), enter(cast.pia)
    theirs.keyboard.press("o")
    theirs.keyboard.type("The replica was slow")
    expect(mine.locator("#writers")).to_contain_text(
        "Olga Example is writing a verdict here", timeout=FOLLOWS_WITHIN_MS
    )
    expect(theirs.locator("#writers")).not_to_contain_text("Olga Example is")
    theirs.keyboard.press("Escape")
    expect(mine.locator("#writers")).not_to_contain_text("is writing", timeout=FOLLOWS_WITHIN_MS)


def test_the_lead_is_handed_over_from_the_people_panel(cast: Cast, meeting: Review, enter: Enter) -> None:
    mine, theirs = enter(cast.theo), enter(cast.olga)
    theirs.locator("#presence").click()
    take_over = theirs.get_by_role("button", name="Take over")
    expect(take_over).to_be_disabled()
    expect(theirs.locator("#take-over-why")).to_contain_text("ask them to hand over, or wait")
    mine.reload()
    mine.locator("#presence").click()
    mine.get_by_role("button", name="To Olga Example").click()
    expect(mine.locator("#relieved")).to_contain_text("Olga Example leads through the agenda")
    expect(theirs.locator("#lead")).to_contain_text("You lead through the agenda", timeout=FOLLOWS_WITHIN_MS)


def test_without_javascript_people_are_ready_and_take_over_with_plain_forms(
    cast: Cast, meeting: Review, enter: Enter
) -> None:
    plain = enter(cast.olga, java_script_enabled=False)
    plain.get_by_role("button", name="Ready r", exact=True).click()
    expect(plain.get_by_role("button", name="You are ready")).to_be_visible()
    plain.get_by_role("button", name="You are ready").click()
    expect(plain.get_by_role("button", name="Ready r", exact=True)).to_be_visible()


def test_the_clock_nudges_and_a_meeting_that_paused_itself_says_why(cast: Cast, meeting: Review, enter: Enter) -> None:
    now = timezone.now()
    early = now - timedelta(minutes=20)
    Review.objects.filter(pk=meeting.pk).update(running_since=early, current_since=early)
    Participant.objects.filter(review=meeting).update(present_since=early, seen_at=early)
    page = enter(cast.olga)
    expect(page.locator("#nudge")).to_contain_text("on this one; 4 items are left in")
    Participant.objects.filter(review=meeting).update(seen_at=early)
    actions.pause_abandoned(now=now)
    expect(page.locator("#paused")).to_contain_text("Paused by itself", timeout=FOLLOWS_WITHIN_MS)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#paused")).to_be_hidden()
    assert again(meeting).paused_itself_at is None


def test_the_lobby_says_who_is_missing(cast: Cast, meeting: Review, enter: Enter) -> None:
    Review.objects.filter(pk=meeting.pk).update(
        status="scheduled", running_since=None, current=None, current_since=None, started_at=None
    )
    Participant.objects.filter(review=meeting).update(present_since=None, seen_at=None)
    page = enter(cast.theo)
    page.get_by_role("button", name="Mark me present").click()
    expect(page.locator(".lobby-missing")).to_contain_text("On-call: Olga Example is not here.")
    expect(page.locator(".lobby-missing")).not_to_contain_text("Tech lead")
    enter(cast.olga)
    expect(page.locator("#lobby")).to_contain_text(
        "Olga Example looks in, and is not marked present yet.", timeout=FOLLOWS_WITHIN_MS
    )
