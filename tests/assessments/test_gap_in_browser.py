"""A gap's page in a real browser: steps and mentions from the keyboard, a ticket, and two people who close it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_core_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.assessments import actions
from readiness.assessments.models import Comment, Gap, Waiver
from tests import cast as people
from tests.assessments.registered import day
from tests.assessments.small import attested, small
from tests.cast import Cast
from tests.face.conftest import chromium  # noqa: F401 - a fixture

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@contextmanager
def page_of(
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
    user: User,
    path: str,
    viewport: dict[str, int],
) -> Iterator[Page]:
    """Somebody's page, reached through signing in. Its console must stay quiet."""
    context = chromium.new_context(base_url=live_server.url, viewport=viewport)  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path)  # leads to the sign-in page, and back
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{path}")
    page.wait_for_load_state()
    yield page
    context.close()
    assert complaints == []


def is_fine(page: Page) -> bool:
    """Usable by everybody, and nothing beyond the edge of the screen."""
    found = Axe().run(page, options={"resultTypes": ["violations"]})["violations"]
    serious = [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in {"serious", "critical"}
    ]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    return True


@pytest.fixture
def gap(cast: Cast) -> Gap:
    small(cast, now=timezone.now())
    gap = actions.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())
    return actions.plan_gap(
        by=cast.theo, gap=gap, version=gap.version, owner=cast.olga, due_on=day(9), plan="On **Thursday**.", now=timezone.now()
    )  # fmt: skip


def test_steps_are_written_ordered_and_ticked_from_the_keyboard(
    cast: Cast,
    gap: Gap,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    with page_of(chromium, live_server, cast.olga, f"/gaps/{gap.pk}/", DESK) as page:
        page.get_by_label("First step").focus()
        for words in ("Order a replica", "Pull the plug", "Write it down"):
            page.keyboard.type(words)
            page.keyboard.press("Enter")
            expect(page.locator("#steps .step-text").last).to_have_text(words)
            expect(page.get_by_label("Next step")).to_be_focused()
        page.get_by_role("button", name="Move up").nth(2).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#steps .step-text").nth(1)).to_have_text("Write it down")
        page.get_by_role("button", name="Done", exact=True).first.press("Enter")
        expect(page.locator("#steps")).to_contain_text("1 of 3 done")
        page.get_by_role("button", name="Remove", exact=True).last.press("Enter")
        page.get_by_role("button", name="Put it back").press("Enter")
        expect(page.locator("#steps .step-text").nth(2)).to_have_text("Pull the plug")
        assert is_fine(page)
        places = [box["y"] for step in page.locator("#steps .step-text").all() if (box := step.bounding_box())]
        assert places == sorted(set(places))  # one below the other
    assert [step.text for step in gap.steps.all()] == ["Order a replica", "Write it down", "Pull the plug"]


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_somebody_is_mentioned_from_the_keyboard(
    cast: Cast,
    gap: Gap,
    viewport: dict[str, int],
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    with page_of(chromium, live_server, cast.theo, f"/gaps/{gap.pk}/", viewport) as page:
        box = page.get_by_label("Write a comment")
        box.focus()
        page.keyboard.type("Please look, @")
        options = page.get_by_role("option")
        page.keyboard.type("example")
        expect(options).not_to_have_count(0)
        assert options.count() > 2
        page.keyboard.press("Backspace")  # it follows what is typed
        for _ in range(6):
            page.keyboard.press("Backspace")
        page.keyboard.type("pi")
        expect(options).to_have_count(1)
        expect(options).to_contain_text("Pia Example")
        expect(box).to_have_attribute("aria-activedescendant", options.get_attribute("id") or "")
        assert is_fine(page)
        page.keyboard.press("Escape")
        expect(options).to_have_count(0)
        page.keyboard.type("a")
        expect(options).to_have_count(1)
        page.keyboard.press("Tab")
        expect(box).to_have_value("Please look, @pia@example.com ")
        expect(box).to_be_focused()
        page.keyboard.type("and @o")
        expect(options.first).to_contain_text("Olga")
        options.first.click()
        expect(box).to_have_value("Please look, @pia@example.com and @olga@example.com ")
        page.get_by_role("button", name="Comment", exact=True).press("Enter")
        expect(page.locator(".comment")).to_contain_text("Mentioned: Olga Example, Pia Example")
        assert is_fine(page)
    assert set(Comment.objects.get().mentioned.all()) == {cast.olga, cast.pia}


def test_in_a_long_list_of_people_arrows_choose_and_enter_takes(
    cast: Cast,
    gap: Gap,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    with page_of(chromium, live_server, cast.theo, f"/gaps/{gap.pk}/", DESK) as page:
        box = page.get_by_label("Write a comment")
        box.focus()
        page.keyboard.type("@e")
        chosen = page.locator(".mentions [aria-selected=true]")
        expect(chosen).to_have_count(1)
        first = chosen.inner_text()
        page.keyboard.press("ArrowDown")
        assert chosen.inner_text() != first
        page.keyboard.press("ArrowUp")
        assert chosen.inner_text() == first
        page.keyboard.press("ArrowUp")  # round to the end
        last = chosen.get_attribute("data-handle")
        page.keyboard.press("Enter")
        expect(box).to_have_value(f"@{last} ")
        page.keyboard.type("@nobodyiscalledso")
        expect(page.get_by_role("option")).to_have_count(0)
        page.keyboard.press("Enter")
        expect(box).to_have_value(f"@{last} @nobodyiscalledso\n")


def test_a_ticket_is_linked_and_a_draft_comment_stays_under_the_hands(
    cast: Cast,
    gap: Gap,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    with page_of(chromium, live_server, cast.olga, f"/gaps/{gap.pk}/", PHONE) as page:
        page.get_by_label("Write a comment").fill("A draft.")
        page.get_by_label("Where is the work tracked?").fill("tickets.example/PAY-1")
        page.get_by_role("button", name="Link it").click()
        expect(page.locator("#ticket")).to_contain_text("no address")
        page.get_by_label("Address of the ticket").fill("https://tickets.example/browse/PAY-1")
        page.get_by_role("button", name="Link it").click()
        expect(page.get_by_role("link", name="PAY-1")).to_be_visible()
        page.locator("#ticket").get_by_role("link", name="Change").click()
        page.get_by_role("button", name="Remove the link").click()
        page.get_by_role("button", name="Put it back").click()
        expect(page.get_by_role("link", name="PAY-1")).to_be_visible()
        expect(page.get_by_label("Write a comment")).to_have_value("A draft.")
        assert is_fine(page)


def test_from_the_proposal_to_closed_by_two_people_on_a_desk_and_a_phone(
    cast: Cast,
    gap: Gap,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    attested(cast, now=timezone.now())
    path = f"/gaps/{gap.pk}/"
    with page_of(chromium, live_server, cast.olga, path, DESK) as olga:
        olga.get_by_text("Propose as closed").first.click()
        olga.get_by_label("What was done").fill("Ran on Sunday.")
        olga.get_by_role("button", name="Propose as closed").click()
        expect(olga.locator("#to-verify")).to_contain_text("takes a second person")
        olga.get_by_role("button", name="Take it back").click()
        expect(olga.locator("#gap")).to_contain_text("In progress")
        olga.get_by_text("Propose as closed").first.click()
        olga.get_by_label("What was done").fill("Ran on Sunday, with Pia.")
        olga.get_by_role("button", name="Propose as closed").click()
        expect(olga.locator("#to-verify")).to_contain_text("with Pia")
        assert is_fine(olga)
        with page_of(
            chromium, live_server, cast.theo, path, PHONE
        ) as theo:  # as from the digest, through the sign-in page
            verify = theo.get_by_role("button", name="Verify and close")
            expect(verify).to_be_in_viewport()
            assert is_fine(theo)
            verify.click()
            expect(theo.locator("#gap")).to_contain_text("Closed")
            assert is_fine(theo)
    assert Gap.objects.get().verified_by == cast.theo


def test_a_waiver_is_decided_among_others_and_leaves_the_list_at_once(
    cast: Cast,
    chromium: Browser,  # noqa: F811
    live_server: LiveServer,
) -> None:
    small(cast, now=timezone.now())
    for key in ("drilled", "probed"):
        actions.request_waiver(
            by=cast.theo, item=cast.item(key), reason="No window.", mitigation="Few users.", ends_on=day(20), now=timezone.now()
        )  # fmt: skip
    with page_of(chromium, live_server, cast.mia, "/waivers/", PHONE) as page:
        assert is_fine(page)
        cards = page.locator("#waiver-list > article")
        cards.nth(1).get_by_label("Note").fill("A draft.")
        cards.nth(0).get_by_role("button", name="Approve").click()
        expect(cards).to_have_count(1)
        expect(cards.get_by_label("Note")).to_have_value("A draft.")
        expect(page.locator("#waiver-tabs [aria-current] .count")).to_have_text("1")
        cards.get_by_role("button", name="Refuse").click()
        expect(page.locator("#waiver-list")).to_contain_text("Nothing waits for a decision")
        page.get_by_role("link", name="Ends in 30 days").click()
        expect(cards).to_contain_text("Concerns")
        assert is_fine(page)
    assert sorted(Waiver.objects.values_list("status", flat=True)) == ["approved", "refused"]
