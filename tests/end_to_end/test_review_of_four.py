"""A whole review, held by four people in four browsers, with everything for real: nginx, two web processes, Redis, the live
stream, an SMTP server. The things that happen to meetings happen to this one: a network goes, a laptop dies, two write at once.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from io import StringIO
from pathlib import Path
from time import monotonic

import icalendar
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pytest_django import Settings

from readiness import environment
from readiness.catalog.models import Service
from readiness.demo.story.people import HOST, PASSWORD
from readiness.mail import delivery
from reviews.models import AgendaItem, Participant, Review, SignOff
from reviews.rules import Word
from tests.infrastructure.programs import find
from tests.servers.postbox import Postbox, postbox
from tests.servers.readiness import Site, behind_nginx

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.needs("chromium", "nginx", "redis", "sqlite"),
    pytest.mark.timeout(600),
]
SLUG = "basket"
PATIENCE_MS = 30_000
WITHIN_A_SECOND = 1.0
BUSY = 5.0  # how much slower a machine that runs two test processes may be before we call it late
AWAY = timedelta(seconds=20)
TAKEN_OVER_WITHIN_MS = 20_000
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass
class People:
    """`theo` leads, `olga` is on call, `kofi` owns the platform, `samira` comes from another team and has a phone."""

    site: Site
    olga: Page
    kofi: Page
    samira: Page
    theo: Page
    theos_laptop: Browser
    complaints: list[str] = field(default_factory=list)

    @property
    def everybody(self) -> list[Page]:
        return [self.theo, self.olga, self.kofi, self.samira]


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


@pytest.fixture
def site(transactional_db: None, settings: Settings, redis_url: str, tmp_path: Path) -> Iterator[Site]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # the one that the servers know
    call_command("demo", verbosity=0)
    with behind_nginx(redis_url, tmp_path) as site:
        settings.BASE_URL = site.url
        yield site


@pytest.fixture
def people(site: Site) -> Iterator[People]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright, ExitStack() as stack:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread, beside Django's queries

        def laptop() -> Browser:
            browser = playwright.chromium.launch(executable_path=str(find("chromium")), args=["--no-sandbox"])
            stack.callback(browser.close)
            return browser

        shared, theos = laptop(), laptop()
        complaints: list[str] = []
        yield People(
            site,
            olga=signed_in(shared, site, "olga", complaints, DESK),
            kofi=signed_in(shared, site, "kofi", complaints, DESK),
            samira=signed_in(shared, site, "samira", complaints, PHONE),
            theo=signed_in(theos, site, "theo", complaints, DESK),
            theos_laptop=theos,
            complaints=complaints,
        )
        assert complaints == []


def signed_in(browser: Browser, site: Site, name: str, complaints: list[str], viewport: dict[str, int]) -> Page:
    context = browser.new_context(base_url=site.url, viewport=viewport, reduced_motion="reduce")  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(f"{name}, {page.url}: {error}"))
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{name}@{HOST}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="My work").wait_for()
    page.wait_for_load_state()
    return page


def title(page: Page) -> str:
    return page.locator("#stage .stage-title").inner_text()


def go_on(page: Page) -> None:
    """To the next item, and not before it is there."""
    before = title(page)
    page.keyboard.press("j")
    expect(page.locator("#stage .stage-title")).not_to_have_text(before, timeout=PATIENCE_MS)


def follows(page: Page, words: str) -> None:
    expect(page.locator("#stage .stage-title")).to_have_text(words, timeout=PATIENCE_MS)


def delivered(box: Postbox) -> list[EmailMessage]:
    """What the worker's delivery sends now."""
    before = len(box.received)
    delivery.deliver_due(now=timezone.now())
    return box.received[before:]


def test_four_people_hold_a_review_and_whatever_happens_nothing_is_lost(
    people: People, box: Postbox, tmp_path: Path
) -> None:
    review = Review.objects.upcoming().get(service__slug=SLUG)
    invite_from_outside(people.theo, review, box)
    everybody_comes_in(people, review)
    a_verdict_is_on_every_screen(people, review)
    two_write_the_same(people, review)
    they_vote_blind(people)
    one_loses_the_network(people, review)
    the_leads_laptop_dies(people, review)
    the_lead_comes_back(people, review)
    whatever_is_left_is_said(people, review)
    the_lead_decides(people, review)
    everybody_signs(people, review)
    the_packet_holds(people, review, tmp_path)
    the_output_is_mailed(people, review, box)


def invite_from_outside(theo: Page, review: Review, box: Postbox) -> None:
    """Samira knows nothing of payments: what she gets is a role and a link."""
    delivered(box)
    theo.goto(f"/reviews/{review.pk}/")
    choose(theo, "#people [name=person]", "Samira")
    theo.locator("#people [name=role]").select_option("outside")
    theo.get_by_role("button", name="Invite").click()
    expect(theo.locator("#people")).to_contain_text("Samira Haddad")
    (mail,) = [one for one in delivered(box) if f"samira@{HOST}" in one["To"]]
    calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    (event,) = icalendar.Calendar.from_ical(calendar.get_content()).walk("VEVENT")
    assert event.decoded("DTSTART") == review.starts_at
    assert f"/reviews/{review.pk}/room/" in plain(mail)


def everybody_comes_in(people: People, review: Review) -> None:
    people.theo.goto(f"/reviews/{review.pk}/room/")
    read = people.theo.locator(".lobby-facts")
    before = read.inner_text()
    people.kofi.goto(f"/reviews/{review.pk}/pre-read/")
    people.kofi.get_by_role("button", name="I read it").click()
    expect(read).not_to_have_text(before, timeout=PATIENCE_MS)
    people.samira.goto(f"/reviews/{review.pk}/room/")
    expect(people.samira.get_by_role("button", name="Mark me present")).to_be_disabled()  # it is a day early
    people.theo.get_by_role("button", name="Begin the meeting").click()
    expect(people.theo.locator("#stage .stage-title")).to_be_visible()
    for page in (people.olga, people.kofi, people.samira):
        if page is not people.samira:  # she waited there, and it opens before her
            page.goto(f"/reviews/{review.pk}/room/")
        page.get_by_role("button", name="Mark me present").click()
        expect(page.get_by_role("button", name="Mark me present")).to_have_count(0)
        follows(page, title(people.theo))
    expect(people.theo.locator("#presence")).to_contain_text("4 of", timeout=PATIENCE_MS)


def a_verdict_is_on_every_screen(people: People, review: Review) -> None:
    """From the keyboard alone, and seen by everybody, with where it is heading, within the second."""
    theo, others = people.theo, [people.olga, people.kofi, people.samira]
    record_gap(theo, "Olga", "Done in the sprint before go-live.")
    begun = monotonic()
    for page in others:
        expect(page.locator("#said")).to_contain_text("Olga Nowak", timeout=PATIENCE_MS)
    assert monotonic() - begun < WITHIN_A_SECOND * BUSY
    go_on(theo)
    for page in others:
        follows(page, title(theo))
    heading = theo.locator("#standing .standing-words strong").inner_text()
    for page in others:
        expect(page.locator("#standing")).to_contain_text(heading)


def two_write_the_same(people: People, review: Review) -> None:
    """Kofi and Olga both write; the one who is later sees what the other wrote, and chooses."""
    kofi, olga = people.kofi, people.olga
    about = title(people.theo)
    write_gap(kofi, "Kofi", "The platform team does it.")
    write_gap(olga, "Olga", "On-call does it.")
    kofi.keyboard.press("Enter")
    expect(people.theo.locator("#said")).to_contain_text("Kofi Mensah")
    olga.keyboard.press("Enter")
    conflict = olga.locator(".conflict")
    expect(conflict).to_contain_text("Kofi Mensah wrote here while you were writing")
    expect(olga.locator("#say [name=plan]")).to_have_value("On-call does it.")
    said = AgendaItem.objects.get(review=review, item__title=about)
    assert (said.owner.get_full_name() if said.owner else "") == "Kofi Mensah"
    olga.locator("#say").get_by_role("button", name=re.compile("Record|Replace")).first.click()
    expect(people.kofi.locator("#said")).to_contain_text("Olga Nowak")
    said.refresh_from_db()
    assert said.plan == "On-call does it."


def they_vote_blind(people: People) -> None:
    """Samira answers on her phone, and until the reveal nobody's page knows what."""
    theo, olga, kofi, samira = people.theo, people.olga, people.kofi, people.samira
    go_on(theo)
    for page in (olga, kofi, samira):
        follows(page, title(theo))
    expect(olga.locator("#ask-vote [name=question]")).to_have_value(re.compile(re.escape(title(theo))))
    olga.keyboard.press("a")
    olga.get_by_role("button", name="Ask everybody").click()
    expect(samira.locator("#ballot form.vote")).to_be_visible(timeout=PATIENCE_MS)
    samira.get_by_label("A word why").fill("I would not know whom to call.")
    samira.locator("label.vote-choice--no").click()
    expect(samira.locator("#ballot")).to_contain_text("You said: not good enough")
    assert samira.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for page, key, words in ((kofi, "1", "good enough"), (theo, "3", "not sure")):
        page.keyboard.press(key)
        expect(page.locator("#ballot")).to_contain_text(f"You said: {words}")
    expect(olga.locator("#ballot")).to_contain_text("3 of")
    for page in (theo, olga, kofi):
        assert "whom to call" not in page.content()
    olga.get_by_role("button", name=re.compile("Reveal")).click()
    for page in people.everybody:
        expect(page.locator("#ballot .answer--no")).to_contain_text("I would not know whom to call.")
        expect(page.locator("#ballot .answer--yes")).to_contain_text("Kofi Mensah")


def one_loses_the_network(people: People, review: Review) -> None:
    """For twenty seconds. Whatever she types stays, the others see that she is gone, and she comes back to where they are."""
    olga, theo = people.olga, people.theo
    go_on(theo)
    follows(olga, title(theo))
    olga.keyboard.press("o")
    olga.keyboard.type("I was about to say")
    olga.context.set_offline(True)
    left = monotonic()
    expect(olga.locator("#connection")).to_contain_text(
        re.compile("lost|offline|connection", re.IGNORECASE), timeout=PATIENCE_MS
    )
    expect(theo.locator("#people")).to_contain_text(re.compile("lost", re.IGNORECASE), timeout=PATIENCE_MS)
    where = title(theo)
    record_gap(theo, "Theo", "Meanwhile, without Olga.")
    olga.wait_for_timeout(max(0.0, AWAY.total_seconds() - (monotonic() - left)) * 1000)
    expect(olga.locator("#say [name=note]")).to_have_value("I was about to say")
    olga.context.set_offline(False)
    expect(olga.locator("#said")).to_contain_text("Theo Marchetti", timeout=PATIENCE_MS)
    expect(olga.locator("#say [name=note]")).to_have_value("I was about to say")
    expect(theo.locator("#people")).not_to_contain_text(re.compile("lost", re.IGNORECASE), timeout=PATIENCE_MS)
    assert title(olga) == where
    olga.reload()


def the_leads_laptop_dies(people: People, review: Review) -> None:
    """Within ten seconds somebody else leads, and nobody before that."""
    kofi = people.kofi
    kofi.locator("#presence").click()
    expect(kofi.locator("#people").get_by_role("button", name="Take over")).to_be_disabled()
    kofi.keyboard.press("Escape")
    people.theos_laptop.close()
    died = monotonic()
    take_over = kofi.locator("#leaderless").get_by_role("button", name=re.compile("Take over|Take the lead|Lead")).first
    expect(take_over).to_be_enabled(timeout=TAKEN_OVER_WITHIN_MS)
    assert monotonic() - died < 10 + BUSY
    take_over.click()
    expect(kofi.locator("#lead")).to_contain_text("You lead")
    expect(people.samira.locator("#lead, #people").first).to_contain_text("Kofi")
    go_on(kofi)
    follows(people.samira, title(kofi))


def the_lead_comes_back(people: People, review: Review) -> None:
    """On another machine, into the same place; he is one of them until he takes the lead again."""
    browser = people.olga.context.browser
    assert browser
    people.theo = signed_in(browser, people.site, "theo", people.complaints, DESK)
    people.theo.goto(f"/reviews/{review.pk}/room/")
    follows(people.theo, title(people.kofi))
    expect(people.theo.locator("#lead")).to_contain_text("Kofi")


def whatever_is_left_is_said(people: People, review: Review) -> None:
    """Kofi leads through the rest. Samira looks from her phone at where it is heading."""
    kofi = people.kofi
    while not kofi.locator("#the-end").is_visible():
        before = title(kofi)
        if AgendaItem.objects.get(review=review, item__title=before).word == "":
            record_gap(kofi, "Kofi", "Done in the sprint before go-live.")
        kofi.keyboard.press("j")
        shown = kofi.locator("#stage:not([hidden]) .stage-title, #the-end:not([hidden]) .stage-title")
        expect(shown).not_to_have_text(before, timeout=PATIENCE_MS)
    expect(people.samira.locator("#the-end")).to_be_visible(timeout=PATIENCE_MS)
    expect(people.samira.locator("#standing")).to_contain_text("No-go")
    for point in AgendaItem.objects.filter(review=review, word="").select_related("item"):
        kofi.goto(f"/reviews/{review.pk}/room/?item={point.pk}")
        record_gap(kofi, "Kofi", "Done in the sprint before go-live.")
    kofi.goto(f"/reviews/{review.pk}/room/?item=end")
    kofi.get_by_role("button", name=re.compile("I looked at")).first.click()
    expect(kofi.locator("#the-end")).to_contain_text("Everything is settled")
    assert not AgendaItem.objects.filter(review=review, word="").exists()
    assert AgendaItem.objects.filter(review=review).exclude(word=Word.GAP).count() == 0


def the_lead_decides(people: People, review: Review) -> None:
    """Only he may; and then every screen learns of it by itself."""
    expect(people.kofi.get_by_role("button", name="Decide and freeze")).to_be_hidden()
    people.theo.goto(f"/reviews/{review.pk}/room/?item=end")
    people.theo.get_by_label("Freeze it and mail everybody").check()
    people.theo.get_by_role("button", name="Decide and freeze").click()
    for page in people.everybody:
        expect(page).to_have_url(re.compile(rf"/reviews/{review.pk}/(packet/)?(#.*)?$"), timeout=PATIENCE_MS)
    review.refresh_from_db()
    assert (review.decision, review.decided_by) == ("no_go", review.service.tech_lead)


def everybody_signs(people: People, review: Review) -> None:
    for page in people.everybody:
        page.goto(f"/reviews/{review.pk}/packet/")
        expect(page.get_by_role("main")).to_contain_text("No-go")
        page.get_by_role("button", name="Sign this packet").click()
        expect(page.get_by_role("button", name="Sign this packet")).to_have_count(0)
    names = {"Theo Marchetti", "Olga Nowak", "Kofi Mensah", "Samira Haddad"}
    assert {row.person.get_full_name() for row in SignOff.objects.filter(review=review)} == names


def the_packet_holds(people: People, review: Review, folder: Path) -> None:
    """Olga, on call, takes it home and verifies it offline; a byte more or less is found."""
    body = people.olga.request.get(f"/reviews/{review.pk}/packet.json").body()
    file = folder / "packet.json"
    file.write_bytes(body)
    call_command("packet", "verify", str(file), stdout=StringIO())
    assert "Meanwhile, without Olga." in json.dumps(json.loads(body))
    file.write_bytes(body.replace(b"Meanwhile", b"Otherwise", 1))
    with pytest.raises((CommandError, SystemExit)):
        call_command("packet", "verify", str(file), stdout=StringIO(), stderr=StringIO())


def the_output_is_mailed(people: People, review: Review, box: Postbox) -> None:
    """Once to everybody who was invited; and who has read it says so."""
    sent = [one for one in delivered(box) if one["Subject"].startswith("No-go")]
    seats = Participant.objects.filter(review=review).values_list("person__email", flat=True).distinct()
    assert sorted(parseaddr(one["To"])[1] for one in sent) == sorted(seats)
    assert {f"{name}@{HOST}" for name in ("kofi", "olga", "samira", "theo")} <= set(seats)
    for_kofi = plain(next(one for one in sent if "kofi@" in one["To"]))
    assert f"/reviews/{review.pk}/packet/" in for_kofi
    assert str(Service.objects.get(slug=SLUG)) in for_kofi
    people.samira.get_by_role("button", name="I have read it").click()
    expect(people.samira.get_by_role("button", name="I have read it")).to_have_count(0)
    assert review.participants.filter(person__email=f"samira@{HOST}", output_acknowledged_at__isnull=False).exists()


# --- What they do over and over -----------------------------------------------------------------------------------------------


def write_gap(page: Page, owner: str, plan: str) -> None:
    """Everything but the last key."""
    expect(page.locator("#say form.say")).to_have_attribute("data-about", title(page))
    page.keyboard.press("g")
    choose(page, "#say [name=owner]", owner)
    page.locator("#say [name=due_on]").fill((timezone.localdate() + timedelta(days=10)).isoformat())
    page.locator("#say [name=plan]").fill(plan)


def record_gap(page: Page, owner: str, plan: str) -> None:
    write_gap(page, owner, plan)
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Gap", timeout=PATIENCE_MS)


def choose(page: Page, select: str, name: str) -> None:
    labels = page.locator(f"{select} option").all_text_contents()
    page.locator(select).select_option(label=next(label for label in labels if label.strip().startswith(name)).strip())


def plain(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())
