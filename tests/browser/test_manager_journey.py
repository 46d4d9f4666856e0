"""The manager's way and the gap owner's: from a mail that a real server took, to a gap that two people closed."""

import re
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from readiness.demo.story.people import HOST, PASSWORD
from tests.browser.conftest import SignIn, choose
from tests.servers.postbox import Postbox

pytestmark = [pytest.mark.needs("chromium", "sqlite"), pytest.mark.timeout(300)]


TITLE = "A dashboard of the business"
NOTE = "Orders, slots held and slots sold are on one page; support and the vans' dispatch looked at it with us for one evening."


def test_a_gap_owner_follows_the_mail_and_the_manager_verifies_what_they_closed(sign_in: SignIn, box: Postbox) -> None:
    samira, ravi, desmond = sign_in("samira"), sign_in("ravi"), sign_in("desmond")
    see_what_is_overdue(desmond, "Samira Haddad")
    address = follow_the_mail(samira, digest_of("samira", box))
    bring_proof(samira, witness=ravi)
    say_it_is_done(samira, address)
    verify(desmond, address)
    assert address not in text_of(digest_of("samira", box, days_later=1))


def test_a_manager_approves_the_waiver_that_waits_for_her(sign_in: SignIn) -> None:
    mara = sign_in("mara")
    mara.get_by_role("link", name=re.compile("Decide: Load test at peak")).first.click()
    asked = mara.get_by_role("main")
    asked.get_by_label("Note").fill("The risk is small until then, and the work has a date.")
    asked.get_by_role("button", name="Approve").click()
    expect(mara.locator("#flash")).to_contain_text("Approved: Load test at peak")
    expect(asked).not_to_contain_text("Load test at peak")  # it waits no longer
    mara.goto("/waivers/?show=in-force")
    expect(mara.get_by_role("article").filter(has_text="Load test at peak")).to_contain_text("Approved")


def see_what_is_overdue(desmond: Page, owner: str) -> None:
    desmond.goto("/portfolio/")
    desmond.get_by_role("link", name=owner).first.click()
    expect(desmond).to_have_url(re.compile("overdue=1"))
    expect(desmond.locator("tbody tr").first).to_contain_text(owner)


def digest_of(key: str, box: Postbox, *, days_later: int = 0) -> EmailMessage:
    """The mail that arrives at noon of the next working day (and `days_later` working days after it)."""
    day = timezone.now().date()
    for _ in range(days_later + 1):
        day += timedelta(days=1)
        while day.weekday() >= 5:
            day += timedelta(days=1)
    before = len(box.received)
    noon = datetime.combine(day, time(12), tzinfo=timezone.get_default_timezone())
    call_command("remind", "--at", noon.isoformat(), stdout=StringIO())
    [message] = [message for message in box.received[before:] if message["To"] == f"{key}@{HOST}"]
    return message


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def follow_the_mail(samira: Page, message: EmailMessage) -> str:
    """Signed out, as on another machine: the link asks who it is, and lands on the gap."""
    found = re.search(rf"{TITLE}.*\n\s*(https?://\S+/gaps/\d+/)", text_of(message))
    assert found is not None
    samira.context.clear_cookies()
    samira.goto(found[1])
    samira.get_by_label("Email").fill(f"samira@{HOST}")
    samira.get_by_label("Password").fill(PASSWORD)
    samira.get_by_role("button", name="Sign in").click()
    expect(samira).to_have_url(found[1])
    return found[1]


def bring_proof(samira: Page, *, witness: Page) -> None:
    samira.get_by_role("link", name="Attest").first.click()
    choose(samira, "[name=performed_by]", "Samira")
    choose(samira, "[name=witness]", "Ravi")
    samira.locator("[name=performed_on]").fill(timezone.localdate().isoformat())
    samira.locator("[name=link]").fill("https://wiki.hollyhock.example/slots-dashboard")
    samira.locator("[name=note]").fill(NOTE)
    samira.get_by_role("button", name="Attest").click()
    expect(samira.get_by_role("main")).to_contain_text("witness")
    witness.goto("/")
    witness.get_by_role("link", name=re.compile(f"Witness: {TITLE}")).first.click()
    witness.get_by_role("button", name=re.compile("I was there")).first.click()


def say_it_is_done(samira: Page, address: str) -> None:
    samira.goto(address)
    propose = samira.locator("form[action$='/propose-closed/']")
    if propose.count():
        samira.locator("details", has=propose).locator("summary").click()
        propose.locator("textarea").fill("The page is linked; support looked at it with us.")
        propose.get_by_role("button").click()
    expect(samira.locator("#gap")).to_contain_text("Awaiting verification")
    expect(samira.locator("form[action$='/verify-closed/']")).to_have_count(0)


def verify(desmond: Page, address: str) -> None:
    desmond.goto("/")
    desmond.get_by_role("link", name=re.compile(f"Verify: {TITLE}")).first.click()
    expect(desmond).to_have_url(address)
    desmond.locator("form[action$='/verify-closed/'] button").click()
    expect(desmond.locator("#gap")).to_contain_text("Closed")
