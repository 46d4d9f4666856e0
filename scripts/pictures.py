"""Takes a picture of every page of a running installation: two widths, light and dark, for people to look at.

    .venv/bin/python scripts/pictures.py http://127.0.0.1:8000 theo@example.com password /tmp/pictures [/gaps/ /portfolio/ …]

Without addresses it walks the site from the first page: one address for each route that links lead to.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
NUMBERS_AND_SLUGS = re.compile(r"(?<=/)(\d+|[a-z0-9]+(?:-[a-z0-9]+)*)(?=/)")
NOT_PAGES = re.compile(r"(logout|\.csv|\.json|\.md|\.ics|\.yaml|/file/|/static/|/metrics)")


def main() -> None:
    *who, folder = sys.argv[1:5]
    addresses = sys.argv[5:]
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        with _signed_in(browser, who, "desk", "light") as context:
            found = addresses or list(_walk(context.new_page()))
        for size in SIZES:
            for scheme in SCHEMES:
                with _signed_in(browser, who, size, scheme) as context:
                    _shoot(context.new_page(), found, target, f"{size}-{scheme}")
        browser.close()


@contextmanager
def _signed_in(browser: Browser, who: Sequence[str], size: str, scheme: str) -> Iterator[BrowserContext]:
    """`who`: base address, e-mail, password."""
    base, email, password = who
    context = browser.new_context(base_url=base, viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: "/login/" not in address)
    page.close()
    yield context
    context.close()


def _walk(page: Page) -> Iterator[str]:
    """One address a route: what differs only in a number or a name counts as the same page."""
    waiting, seen = ["/"], {""}
    while waiting:
        address = waiting.pop(0)
        shape = NUMBERS_AND_SLUGS.sub(lambda match: "1" if match[0].isdigit() else match[0], urlsplit(address).path)
        shape = re.sub(r"^/services/(?!new|import)[^/]+", "/services/x", shape)
        shape = re.sub(r"/items/[^/]+", "/items/x", shape)
        if shape in seen or NOT_PAGES.search(address):
            continue
        seen.add(shape)
        answer = page.goto(address)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        yield address
        waiting += page.eval_on_selector_all(
            "a[href^='/']", "links => links.map(a => a.getAttribute('href').split('#')[0])"
        )


def _shoot(page: Page, addresses: list[str], target: Path, kind: str) -> None:
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        name = address.strip("/").replace("/", "_").replace("?", "_") or "my-work"
        is_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        page.screenshot(path=target / f"{name}.{kind}.png", full_page=True)
        print(f"{address} {kind}{'  WIDER THAN THE WINDOW' if is_wide else ''}")


if __name__ == "__main__":
    main()
