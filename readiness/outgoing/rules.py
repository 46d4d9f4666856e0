"""What a receiver can hold us to: how a call is signed, and when it is tried again. Pure: no Django, no clock.

Signatures follow the Standard Webhooks specification (https://www.standardwebhooks.com), for which there are libraries in most
languages: HMAC-SHA256 over the message's id, the time of the call and the body, so that none of them can be exchanged and an
old call can't be played again later.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105 - how a secret begins, not one
SECRET_BYTES = 32
MOST_ATTEMPTS = 9
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
GONE = 410


class Event(StrEnum):
    """Values are the verbs of the history, where it has one."""

    OPENED = "gap.opened"
    REOPENED = "gap.reopened"
    CLOSED = "gap.closed"
    OVERDUE = "gap.overdue"
    DECIDED = "review.decided"

    @property
    def label(self) -> str:
        return _EVENT_WORDS[self][0]

    @property
    def help(self) -> str:
        return _EVENT_WORDS[self][1]


_EVENT_WORDS = {
    Event.OPENED: ("A gap opens", "An item turned out not to be met."),
    Event.REOPENED: ("A gap opens again", "What was closed is not met any more."),
    Event.CLOSED: ("A gap is closed", "By a passing check, by a second person, or as the item no longer applies."),
    Event.OVERDUE: ("A gap becomes overdue", "Once, on the day after its due date."),
    Event.DECIDED: ("A review is decided", "Go, conditional go or no-go."),
}
TEST = "test"
HEARD = frozenset({Event.OPENED, Event.REOPENED, Event.CLOSED, Event.DECIDED})
"""Those that the history tells; the passing of time tells the other."""


def secret_from(random: bytes) -> str:
    """How a secret is handed out: `whsec_` and the key in base64."""
    return SECRET_PREFIX + b64encode(random).decode()


def signature(secret: str, *, message_id: str, timestamp: int, body: str) -> str:
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message_id}.{timestamp}.{body}".encode()
    return "v1," + b64encode(hmac.new(key, signed, sha256).digest()).decode()


def signed_headers(secret: str, *, message_id: str, now: datetime, body: str) -> dict[str, str]:
    timestamp = int(now.timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, message_id=message_id, timestamp=timestamp, body=body),
    }


def wait_after(attempts: int, headers: Mapping[str, str]) -> timedelta:
    """After so many attempts: a minute, then twice as long each time; longer when the receiver asks for that in seconds."""
    wait = FIRST_WAIT * (1 << (attempts - 1))
    asked = headers.get("retry-after", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 7:
        wait = max(wait, timedelta(seconds=int(asked)))
    return min(wait, LONGEST_WAIT)


def is_final(status: int | None, attempts: int) -> bool:
    """True when it is given up: tried often enough, or the receiver says that it is gone for good."""
    return attempts >= MOST_ATTEMPTS or status == GONE


def escaped(text: str) -> str:
    """As text of a chat message: three signs are control characters there."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(url: str, words: str) -> str:
    return f"<{url}|{escaped(words).replace('|', '¦')}>"
