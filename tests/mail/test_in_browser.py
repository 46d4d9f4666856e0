"""The pages about mail, in a real browser: what was sent, what came back, the next digest; accessible, no wider than a phone."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from readiness.accounts.models import User
from readiness.mail import actions
from readiness.mail.models import Mail, MailStatus
from tests.cast import PASSWORD, Cast
from tests.face.conftest import chromium  # noqa: F401 - the browser
from tests.face.test_in_browser import DESK, PHONE, barriers

pytestmark = [
    pytest.mark.browser,
    pytest.mark.needs("chromium", "sqlite"),
    pytest.mark.django_db(transaction=True),
]
PICTURES = os.environ.get("PICTURES", "")
"""A folder, for whoever wants to look at the pages."""
SAID = "550 5.1.1 <theo@example.com>: Recipient address rejected: No such mailbox"
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LETTER = (
    '<body style="background:#fff;color:#123"><h1 style="color:#d92d20">2 overdue</h1><script>document.title="ran"</script>'
    '<img src="https://elsewhere.example/pixel.png"><a href="https://elsewhere.example/">A link</a></body>'
)


@pytest.fixture(params=[(DESK, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def page(chromium: Browser, live_server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Page]:  # noqa: F811
    size, scheme = request.param
    context = chromium.new_context(base_url=live_server.url, viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    yield page
    context.close()


def sign_in(page: Page, person: User, then: str) -> None:
    page.goto(f"/accounts/login/?next={then}")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{then}")
    page.wait_for_load_state()


def look(page: Page, name: str) -> None:
    """Nothing wider than the window, nothing that axe objects to."""
    if PICTURES:
        width = page.viewport_size["width"] if page.viewport_size else 0
        page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
    assert page.evaluate(WIDE) == 0
    assert barriers(page) == []


def fill(cast: Cast) -> Mail:
    """A mail in each state; the newest came back, and one waits behind it."""
    now, rows = timezone.now(), []
    long = "Readiness: 2 overdue, 14 waiting for you, 3 open again, 11 due this week, 4 overdue with others, 1 for Olga"
    for number, status in enumerate([*MailStatus] * 2):
        person = cast.people[number % 9]
        mail = actions.queue(
            recipient=person, kind="digest", matter="daily", slot=str(number),
            subject=long if number % 2 else "Readiness: 1 overdue", html=LETTER,
            text="OVERDUE\n\n- Runbooks: overdue by 2 days\n  http://localhost:8000/gaps/1/\n",
            why="because you own 2 overdue gaps, 3 gaps of yours are open again and you stand in for Olga Example",
            now=now - timedelta(hours=number),
        )  # fmt: skip
        assert mail is not None
        said = {"bounced": f"The mail server says that the address takes no mail: {SAID}", "dropped": "its day is over"}
        Mail.objects.filter(pk=mail.pk).update(
            status=status, problem=said.get(status, ""), sent_at=now if status == "sent" else None
        )
        rows.append(mail)
    words = {
        "returned_since": now,
        "returned_said": "550 5.1.1 <theo@example.com>: Recipient address rejected: No such mailbox",
    }
    User.objects.filter(pk=cast.theo.pk).update(returned_address=cast.theo.email, **words)
    return rows[1]


def test_an_administrator_finds_a_mail_and_reads_it_in_a_frame_in_which_nothing_runs(page: Page, cast: Cast) -> None:
    mail = fill(cast)
    sign_in(page, cast.ada, "/settings/mail/sent/")
    look(page, "sent")
    page.get_by_label("What became of it").select_option("bounced")
    expect(page.locator("#sent .rows > li")).to_have_count(2)
    expect(page.locator("#sent")).to_contain_text("No such mailbox")
    page.goto(f"/settings/mail/sent/{mail.pk}/")
    frame = page.frame_locator("iframe.letter")
    heading = frame.get_by_role("heading", name="2 overdue")
    expect(heading).to_be_visible()
    assert heading.evaluate("element => getComputedStyle(element).color") == "rgb(217, 45, 32)", "it brings its style"
    assert page.frames[1].title() != "ran", "and nothing that runs"
    look(page, "letter")


def test_who_is_not_reached_is_told_so_and_tries_again(page: Page, cast: Cast) -> None:
    fill(cast)
    sign_in(page, cast.theo, "/settings/mail/")
    expect(page.get_by_text("Mail to you comes back")).to_be_visible()
    look(page, "preferences")
    page.goto("/settings/mail/today/")
    look(page, "today")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Mail to you goes out again")).to_be_visible()
    expect(page.get_by_text("Mail to you comes back")).to_have_count(0)


def test_an_administrator_sees_who_is_not_reached_and_corrects_the_address(page: Page, cast: Cast) -> None:
    fill(cast)
    sign_in(page, cast.ada, f"/settings/people/{cast.theo.pk}/")
    look(page, "person")
    page.get_by_label("New address").fill("theo@new.example.com")
    page.get_by_role("button", name="Change the address").click()
    expect(page.get_by_text("goes to theo@new.example.com now")).to_be_visible()
    expect(page.get_by_text("comes back")).to_have_count(0)
