"""Reading an answer as a page: is it a sign-in page, is it a "not found" that answers 200, what are its words."""

import re
from dataclasses import dataclass
from html import unescape
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
SKIPPED = frozenset({"template", "noscript", "svg", "head", "nav", "footer"})
RAW = {name: re.compile(rf"</{name}\b[^<>]*+>", re.IGNORECASE) for name in ("script", "style", "title", "textarea")}
BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt", "figcaption", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "summary", "table",
    "td", "th", "tr", "ul",
})  # fmt: skip
# `*+` gives nothing back: with `*` a tag that never ends takes the square of its length.
TAG = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9-]*+)([^<>]*+)>")
PASSWORD = re.compile(r"\btype\s*=\s*[\"']?password\b", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True)
class Page:
    """What is visible of a page, in lines; headings are lines of their own."""

    title: str
    asks_for_password: bool
    lines: list[str]


def read_page(html: str) -> Page:
    """Reads what can be read. The standard library's parser takes hours for some broken pages, so this one never goes back."""
    reader = _Reader(html[:LONGEST_PAGE])
    reader.read()
    return Page(_unescaped(reader.title)[:500], reader.asks_for_password, lines_of(_unescaped("".join(reader.pieces))))


class _Reader:
    """Goes through a page once, from its beginning to its end."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.title = ""
        self.asks_for_password = False
        self.pieces: list[str] = []
        self._skipping = ""  # the element that is left out now, and how many of its kind are open
        self._depth = 0

    def read(self) -> None:
        place = 0
        while tag := TAG.search(self.html, place):
            self._add(self.html[place : tag.start()])
            place = self._after(tag)
        self._add(self.html[place:])

    def _after(self, tag: re.Match[str]) -> int:
        """Takes the tag in, and returns where to read on: behind it, or behind what is no markup at all."""
        if tag[2] is None:
            end = self.html.find("-->", tag.end())
            return end + 3 if end >= 0 else len(self.html)
        name, is_end = tag[2].lower(), bool(tag[1])
        if name in RAW and not is_end:
            return self._after_raw(name, tag.end())
        self._skip_or_not(name, is_end=is_end)
        if name == "input" and PASSWORD.search(tag[3]):
            self.asks_for_password = True
        if name in BLOCKS:
            self._add("\n")
        return tag.end()

    def _after_raw(self, name: str, start: int) -> int:
        end = RAW[name].search(self.html, start)
        if name == "title" and not self.title:
            self.title = self.html[start : end.start() if end else start + 500]
        return end.end() if end else len(self.html)

    def _skip_or_not(self, name: str, *, is_end: bool) -> None:
        if name == "body":
            self._skipping = ""  # <head> may be left open
        elif not self._skipping and name in SKIPPED and not is_end:
            self._skipping, self._depth = name, 1
        elif name == self._skipping:
            self._depth += -1 if is_end else 1
            self._skipping = name if self._depth else ""

    def _add(self, text: str) -> None:
        if not self._skipping:
            self.pieces.append(text)


def _unescaped(text: str) -> str:
    try:
        return unescape(text)
    except ValueError:  # a character's number with thousands of digits
        return text


def lines_of(text: str) -> list[str]:
    """The lines that say something, with single spaces; long ones are cut, as only their beginning is searched."""
    return [line for raw in text.splitlines() if (line := " ".join(raw.split()))]
