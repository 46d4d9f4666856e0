"""The main navigation. A page that does not exist yet is left out, so that rooms can be built in any order."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True)
class NavItem:
    label: str
    url: str
    icon: str
    current: str
    """What aria-current says: "page" on the page itself, "true" on a page below it, else ""."""
    group: str
    key: str
    """The letter that goes there after "g"."""


_ITEMS = (
    ("My work", "portfolio:my-work", "home", "", "m"),
    ("Portfolio", "portfolio:portfolio", "layout-grid", "", "p"),
    ("Services", "portfolio:services", "box", "Readiness", "s"),
    ("Gaps", "assessments:gaps", "flag", "Readiness", "g"),
    ("Reviews", "reviews:reviews", "presentation", "Readiness", "r"),
    ("Campaigns", "portfolio:campaigns", "target", "Readiness", "a"),
    ("Waivers", "assessments:waivers", "shield-off", "Readiness", "w"),
    ("Checklists", "checklists:checklists", "list-check", "Organisation", "c"),
    ("History", "history:history", "history", "Organisation", "h"),
    ("Settings", "accounts:settings", "settings", "Organisation", "x"),
)


def _current(url: str, path: str) -> str:
    if path == url:
        return "page"
    return "true" if url != "/" and path.startswith(url) else ""


def items(path: str) -> list[NavItem]:
    """The entries whose page exists, with the one that `path` belongs to marked."""
    found = []
    for label, name, icon, group, key in _ITEMS:
        try:
            url = reverse(name)
        except NoReverseMatch:
            continue
        found.append(NavItem(label, url, icon, _current(url, path), group, key))
    return found
