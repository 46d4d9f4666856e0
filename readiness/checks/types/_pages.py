"""Reading an answer as a page: is it a sign-in page, is it a "not found" that answers 200, what are its words."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from readiness.egress import Response

# Whole words of a host or path, so that /authors/ is not taken for a sign-in page.
SIGN_IN_ADDRESS = re.compile(
    r"(?:^|[/._-])(?:log-?in|sign-?in|sign_in|sso|oauth2?|oidc|openid|saml2?|authorize|auth|idp|sessions?)(?:[/._-]|$)"
)
SIGN_IN_TITLE = re.compile(r"\b(?:sign[ -]?in|log[ -]?in|single sign-on|authentication required)\b")
NOT_FOUND = re.compile(
    r"^(?:error )?(?:404\b.{0,60}|(?:the )?(?:page|document|file) (?:was )?(?:not found|does not exist|doesn.t exist)|not found)"
)
SKIPPED = frozenset({"script", "style", "template", "noscript", "svg", "head", "nav", "footer"})
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt", "figcaption", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table",
    "td", "th", "tr", "ul",
})  # fmt: skip
LONGEST_PAGE = 512 * 1024


def is_html(response: Response) -> bool:
    kind = response.headers.get("content-type", "").lower()
    return "html" in kind or response.body.lstrip()[:15].lower().startswith((b"<!doctype html", b"<html"))


def is_sign_in_address(url: str) -> bool:
    parts = urlsplit(url)
    return bool(SIGN_IN_ADDRESS.search(f"{parts.hostname or ''}{parts.path}".lower()))


def redirects_to_sign_in(response: Response) -> bool:
    """A redirect whose Location is a sign-in page (of the service itself or of an identity provider)."""
    location = response.headers.get("location", "")
    if response.status not in {301, 302, 303, 307, 308} or not location:
        return False
    try:
        target = urljoin(response.url or response.request.url, location)
        return is_sign_in_address(target) and target != response.request.url
    except ValueError:
        return False


def is_sign_in_page(response: Response) -> bool:
    """The answer asks to sign in: it ended on a sign-in address, or it is a page with a password field or such a title."""
    if response.url != response.request.url and is_sign_in_address(response.url):
        return True
    if not is_html(response):
        return False
    page = read_page(response.text)
    return page.asks_for_password or bool(SIGN_IN_TITLE.search(page.title.lower()))


def is_not_found_page(title: str, lines: list[str]) -> bool:
    """A page that says it isn't there, whatever its status: its title or one of its first lines starts with that."""
    return any(NOT_FOUND.match(text.strip().lower()[:200]) for text in [title, *lines[:5]])


class Page(HTMLParser):
    """The visible text of a page, in lines; headings are lines of their own. Broken HTML gives what can be read of it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.asks_for_password = False
        self._in_title = False
        self._skipped: list[str] = []
        self._pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input" and (dict(attrs).get("type") or "").lower() == "password":
            self.asks_for_password = True
        if tag == "title":
            self._in_title = True
        if tag in SKIPPED:
            self._skipped.append(tag)
        if tag in BLOCKS:
            self._pieces.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SKIPPED:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False
        if tag in self._skipped:
            # An unclosed element inside ends with the one around it.
            del self._skipped[self._skipped.index(tag) :]
        if tag in BLOCKS:
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title = (self.title + data)[:500]
        elif not self._skipped:
            self._pieces.append(data)

    @property
    def lines(self) -> list[str]:
        return lines_of("".join(self._pieces))


def read_page(html: str) -> Page:
    page = Page()
    page.feed(html[:LONGEST_PAGE])
    page.close()
    return page


def lines_of(text: str) -> list[str]:
    """The lines that say something, with single spaces; long ones are cut, as only their beginning is searched."""
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
