"""Whatever state the room is in, nothing keeps anybody out: before it begins, on the wall, in a conflict, in a vote, paused."""

import pytest
from django.utils import timezone
from playwright.sync_api import ViewportSize, expect

from reviews import actions
from reviews.models import Participant, Review
from reviews.rules import Word
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture
from tests.reviews.meetings import again, point
from tests.reviews.test_room_in_browser import (  # noqa: F401 - fixtures
    DESK,
    PHONE,
    Enter,
    enter,
    keeps_nobody_out,
    meeting,
    pytestmark,
)

LOOKS = pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desk-light", "desk-dark", "phone-light", "phone-dark"],
)  # fmt: skip


@LOOKS
def test_the_lobby(cast: Cast, meeting: Review, enter: Enter, viewport: ViewportSize, scheme: str) -> None:  # noqa: F811
    Review.objects.filter(pk=meeting.pk).update(
        status="scheduled", running_since=None, current=None, current_since=None, started_at=None
    )
    Participant.objects.filter(review=meeting).update(present_since=None, seen_at=None)
    page = enter(cast.theo, viewport=viewport, color_scheme=scheme)
    expect(page.locator("#lobby")).to_be_visible()
    keeps_nobody_out(page, "nobody is marked present")
    present = page.get_by_role("button", name="Mark me present")
    present.click()
    expect(present).to_have_count(0)
    expect(page.locator(".lobby-missing")).to_be_visible()
    keeps_nobody_out(page, "one is present")


@LOOKS
def test_the_running_room(cast: Cast, meeting: Review, enter: Enter, viewport: ViewportSize, scheme: str) -> None:  # noqa: F811
    page = enter(cast.theo, viewport=viewport, color_scheme=scheme)
    page.locator("#say [name=note]").fill("Mine.")
    now = timezone.now()
    actions.say(
        by=cast.pia, agenda_item=point(meeting, "drilled"), version=1, word=Word.PARKED, note="Theirs.", now=now
    )
    page.locator("#say label[for^=park]").click()
    page.get_by_role("button", name="Record").click()
    expect(page.locator(".conflict")).to_be_visible()
    keeps_nobody_out(page, "a lost race")
    page.get_by_role("button", name="Replace theirs with mine").click()
    expect(page.locator("#said .said")).to_contain_text("Mine.")
    keeps_nobody_out(page, "something was said")
    page.goto(f"/reviews/{meeting.pk}/room/?screen=big")
    expect(page.locator(".stage-title").first).to_be_visible()
    keeps_nobody_out(page, "the big screen")
    review = again(meeting)
    actions.pause(by=cast.theo, review=review, version=review.version, now=timezone.now())
    page.goto(f"/reviews/{meeting.pk}/room/")
    expect(page.locator("#paused")).to_be_visible()
    keeps_nobody_out(page, "paused")
