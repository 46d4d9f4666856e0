"""What the address of a ticket says of it. Pure.

People know their work by a short name, and every tracker has it in the address: `PAY-123` (Jira, Linear, YouTrack),
`shop/checkout#12` (GitHub, Gitea), `group/shop!7` (a merge request on GitLab). What is read here is only a
name; the address itself is kept as it is.
"""

import re
from urllib.parse import parse_qs, urlsplit

LONGEST_URL, LONGEST_NAME = 500, 80
NO_ADDRESS = "This is no address; paste it as the browser shows it, with https:// before it."
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}-\d{1,9}")
_NUMBERED = re.compile(
    r"/(?P<place>.+?)(?:/-)?/(?P<kind>issues|work_items|pull|pulls|merge_requests)/(?P<number>\d{1,12})(?:/.*)?"
)
_IN_QUERY = ("selectedIssue", "id")


def ticket_problem(url: str) -> str:
    """Why this is no address of a ticket; empty when it may be one."""
    if not url:
        return "Paste the address of the ticket."
    if len(url) > LONGEST_URL:
        return f"At most {LONGEST_URL} characters; a shorter address of the same ticket will do."
    if any(sign.isspace() or not sign.isprintable() for sign in url) or "\\" in url:
        return "There are blanks in it; paste the address as the browser shows it."
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname and parts.port != 0)
    except ValueError:
        return NO_ADDRESS
    if not has_host:
        return NO_ADDRESS
    if parts.scheme != "https":
        return "Only addresses that begin with https:// are linked."
    if parts.username is not None or parts.password is not None:
        return "Take the name and password out of the address: everybody who sees the gap would read them."
    return ""


def ticket_name(url: str) -> str:
    """`PAY-123`, `shop/checkout#12`; where the address says nothing of the kind, its host and the end of its path."""
    parts = urlsplit(url)
    if found := _NUMBERED.fullmatch(parts.path):
        sign = "!" if found["kind"] == "merge_requests" else "#"
        return _short(f"{found['place']}{sign}{found['number']}")
    asked = parse_qs(parts.query)
    words = [*(word for name in _IN_QUERY for word in asked.get(name, ())), *reversed(parts.path.split("/"))]
    keys = [word.upper() for word in words if _KEY.fullmatch(word)]
    if keys:
        return keys[0]
    number = next((word for word in words if word.isascii() and word.isdecimal()), "")
    return _short(f"{parts.hostname} #{number}" if number else f"{parts.hostname}{parts.path.rstrip('/')}")


def _short(name: str) -> str:
    """The end says which one it is."""
    return name if len(name) <= LONGEST_NAME else f"…{name[1 - LONGEST_NAME :]}"
