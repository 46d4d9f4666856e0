"""From "import the sample catalog" to "decided review, packet verified, gap closed by a second person", in the browser."""

import re
from datetime import timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn, choose
from tests.servers.misbehaving import Application

pytestmark = [pytest.mark.needs("chromium", "sqlite"), pytest.mark.timeout(300)]
SAMPLES = Path(__file__).parent.parent / "catalog/samples"
SLUG = "agent"
ROME = ZoneInfo("Europe/Rome")  # where Theo is
GAME_DAYS = f"/services/{SLUG}/items/ops-game-days/"
NOTE = "We switched the payment database to its replica on staging, twice, with on-call at the keyboard and a stopwatch running."


def test_a_tech_lead_imports_prepares_reviews_and_closes(sign_in: SignIn, probed: Application, tmp_path: Path) -> None:
    theo, olga, kofi = sign_in("theo"), sign_in("olga"), sign_in("kofi")
    import_the_catalog(theo)
    name_people_and_addresses(theo, probed.url)
    see_proof_arrive(theo)
    room = schedule_the_review(theo)
    hold_it(theo, [olga, kofi], room)
    verify_the_packet(theo, room, tmp_path)
    attest_with_a_witness(theo, olga)
    close_the_gap(theo, olga)


def import_the_catalog(theo: Page) -> None:
    theo.goto("/services/import/")
    theo.locator("[name=files]").set_input_files([SAMPLES / "groups.yaml", SAMPLES / "components.yaml"])
    theo.get_by_role("button", name="Look at it first").click()
    expect(theo.get_by_role("heading", level=1)).to_have_text("What would happen")
    theo.get_by_role("button", name="Import", exact=True).click()
    expect(theo.get_by_role("main")).to_contain_text("team-phoenix")


def name_people_and_addresses(theo: Page, address: str) -> None:
    theo.goto(f"/services/{SLUG}/edit/")
    for field, name in (("tech_lead", "Theo"), ("on_call", "Olga"), ("platform_owner", "Kofi")):
        choose(theo, f"[name={field}]", name)
    theo.locator("[name=go_live_on]").fill((timezone.localdate() + timedelta(days=17)).isoformat())
    theo.locator("[name=traits][value=http-api]").check()
    theo.locator("[name=endpoint_base_url], [name=base_url]").fill(address)
    theo.get_by_role("button", name="Save").click()
    expect(theo.get_by_role("heading", level=1)).to_have_text("agent")


def see_proof_arrive(theo: Page) -> None:
    call_command("run_checks", "--service", SLUG, "--now", stdout=StringIO())
    theo.goto(f"/services/{SLUG}/items/rel-error-boundary/")
    expect(theo.get_by_role("main")).to_contain_text("faulty requests got")
    expect(theo.locator(".badge", has_text="Met").first).to_be_visible()


def schedule_the_review(theo: Page) -> str:
    theo.goto(f"/services/{SLUG}/reviews/schedule/")
    soon = timezone.now().astimezone(ROME) + timedelta(minutes=20)
    theo.locator("[name=day]").fill(soon.date().isoformat())
    theo.locator("[name=at]").fill(f"{soon:%H:%M}")
    theo.get_by_role("button", name="Schedule and invite").click()
    expect(theo).to_have_url(re.compile(r"/reviews/\d+/$"))
    return f"{theo.url}room/"


def hold_it(theo: Page, others: list[Page], room: str) -> None:
    for person in [theo, *others]:
        person.goto(room)
        person.get_by_role("button", name="Mark me present").click()
        expect(person.get_by_role("button", name="Mark me present")).to_have_count(0)
    theo.goto(room)
    theo.get_by_role("button", name="Begin the meeting").click()
    shown = theo.locator("#stage:not([hidden]) .stage-title, #the-end:not([hidden]) .stage-title")
    expect(shown).to_be_visible()
    while not theo.locator("#the-end").is_visible():
        title = shown.inner_text()
        say_gap(theo, title)
        theo.keyboard.press("j")
        expect(shown).not_to_have_text(title)
    theo.get_by_role("button", name=re.compile("I looked at")).first.click()
    expect(theo.get_by_text("Everything is settled")).to_be_visible()
    theo.get_by_label("Freeze it and mail everybody").check()
    theo.get_by_role("button", name="Decide and freeze").click()
    expect(theo).to_have_url(re.compile(r"/packet/"))
    expect(theo.get_by_role("main")).to_contain_text("No-go")


def say_gap(theo: Page, title: str) -> None:
    """From the keyboard: g, the owner, the day, the plan, Enter."""
    expect(theo.locator("#say form.say")).to_have_attribute("data-about", title)
    theo.keyboard.press("g")
    if not theo.locator("#say [name=owner]").is_visible():  # the room was painted anew under the key
        theo.locator("#say label[for^=gap-]").click()
    choose(theo, "#say [name=owner]", "Theo")
    theo.locator("#say [name=due_on]").fill((timezone.localdate() + timedelta(days=10)).isoformat())
    theo.locator("#say [name=plan]").fill("Done in the sprint before go-live.")
    theo.keyboard.press("Enter")
    expect(theo.locator("#said .said")).to_contain_text("Gap")


def verify_the_packet(theo: Page, room: str, tmp_path: Path) -> None:
    theo.get_by_role("button", name="Sign this packet").click()
    expect(theo.locator("#sign-offs")).to_contain_text("Theo Marchetti")
    answer = theo.request.get(room.replace("/room/", "/packet.json"))
    file = tmp_path / "packet.json"
    file.write_bytes(answer.body())
    call_command("packet", "verify", str(file), stdout=StringIO())
    file.write_bytes(answer.body().replace(b"Olga", b"Ulga", 1))
    with pytest.raises((CommandError, SystemExit)):
        call_command("packet", "verify", str(file), stdout=StringIO(), stderr=StringIO())


def attest_with_a_witness(theo: Page, olga: Page) -> None:
    theo.goto(f"{GAME_DAYS}attest/")
    proves = theo.locator("[name=proves]").first
    if not proves.is_checked():
        proves.check()
    choose(theo, "[name=performed_by]", "Theo")
    choose(theo, "[name=witness]", "Olga")
    theo.locator("[name=performed_on]").fill(timezone.localdate().isoformat())
    theo.locator("[name=link]").fill("https://wiki.hollyhock.example/game-days")
    theo.locator("[name=note]").fill(NOTE)
    theo.get_by_role("button", name="Attest").click()
    expect(theo.get_by_role("main")).to_contain_text("witness")
    olga.goto("/")
    olga.get_by_role("link", name=re.compile("Witness: Game days")).first.click()
    olga.get_by_role("button", name=re.compile("I was there")).first.click()
    theo.goto(GAME_DAYS)
    expect(theo.locator(".badge", has_text="Met").first).to_be_visible()


def close_the_gap(theo: Page, olga: Page) -> None:
    theo.goto(f"/gaps/?q=Game+days&service={SLUG}")
    theo.locator("tbody tr", has_text=SLUG).get_by_role("link", name="Game days").click()
    gap = theo.url
    expect(theo.locator("#gap")).not_to_contain_text("Closed")
    propose = theo.locator("form[action$='/propose-closed/']")
    if propose.count():
        theo.locator("details", has=propose).locator("summary").click()
        propose.locator("textarea").fill("The plan is on the page, with dates.")
        propose.get_by_role("button").click()
    expect(theo.locator("#gap")).to_contain_text("Awaiting verification")
    expect(theo.locator("form[action$='/verify-closed/']")).to_have_count(0)
    olga.goto(gap)
    olga.locator("form[action$='/verify-closed/'] button").click()
    expect(olga.locator("#gap")).to_contain_text("Closed")
    expect(olga.locator("#gap")).to_contain_text("a second person")
