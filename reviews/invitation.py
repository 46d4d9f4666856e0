"""The invitation as a calendar reads it: iCalendar (RFC 5545) with iTIP's REQUEST and CANCEL (RFC 5546). Plain Python.

One UID for the life of a review and a SEQUENCE that grows with each change: so a calendar moves the entry it has, or takes it
away, and never shows it twice, in whichever order the messages arrive. Times are in UTC, which every calendar turns into its own
zone. The organiser is the installation and not whoever leads: a calendar takes no invitation that seems to come from its owner.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LINE_OCTETS = 75
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Method(StrEnum):
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Guest:
    name: str
    email: str
    is_needed: bool = True
    is_chair: bool = False

    @property
    def role(self) -> str:
        return "CHAIR" if self.is_chair else "REQ-PARTICIPANT" if self.is_needed else "OPT-PARTICIPANT"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Moments are aware. `uid` globally unique and always the same for one review. `comment`: what the organiser says of this
    message alone.
    """

    uid: str
    sequence: int
    starts_at: datetime
    length: timedelta
    created_at: datetime
    written_at: datetime
    title: str
    description: str
    place: str
    url: str
    organiser: Guest
    guests: tuple[Guest, ...]
    comment: str = ""


REMINDER = timedelta(minutes=15)


def calendar(
    invitation: Invitation, method: Method = Method.REQUEST, *, removed: tuple[Guest, ...] | None = None
) -> str:
    """The text of an .ics file, with the line ends and the folding that the RFC asks for.

    `removed`: a CANCEL to those alone who are no longer asked to come; for everybody else the event goes on.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Readiness//Reviews//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
        "BEGIN:VEVENT",
        *_event(invitation, method, removed),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event(invitation: Invitation, method: Method, removed: tuple[Guest, ...] | None) -> Iterator[str]:
    yield f"UID:{text(invitation.uid)}"
    yield f"SEQUENCE:{invitation.sequence}"
    yield f"DTSTAMP:{_utc(invitation.written_at)}"
    yield f"CREATED:{_utc(invitation.created_at)}"
    yield f"LAST-MODIFIED:{_utc(invitation.written_at)}"
    yield f"DTSTART:{_utc(invitation.starts_at)}"
    yield f"DTEND:{_utc(invitation.starts_at + invitation.length)}"
    yield f"SUMMARY:{text(invitation.title)}"
    yield f"DESCRIPTION:{text(invitation.description)}"
    if invitation.place:
        yield f"LOCATION:{text(invitation.place)}"
    yield f"URL:{_plain(invitation.url)}"
    if invitation.comment:
        yield f"COMMENT:{text(invitation.comment)}"
    if removed is None:  # RFC 5546, 3.2.5: the status is the event's, and the event goes on without them
        yield f"STATUS:{'CANCELLED' if method is Method.CANCEL else 'CONFIRMED'}"
    yield "TRANSP:OPAQUE"
    yield f"ORGANIZER;CN={parameter(invitation.organiser.name)}:mailto:{_plain(invitation.organiser.email)}"
    yield from _attendees(invitation.guests if removed is None else removed)
    if method is Method.REQUEST:
        yield from _alarm(invitation)


def _attendees(guests: Iterable[Guest]) -> Iterator[str]:
    for guest in guests:
        yield (
            f"ATTENDEE;CN={parameter(guest.name)};CUTYPE=INDIVIDUAL;ROLE={guest.role};PARTSTAT=NEEDS-ACTION;RSVP=FALSE"
            f":mailto:{_plain(guest.email)}"
        )


def _alarm(invitation: Invitation) -> Iterator[str]:
    yield "BEGIN:VALARM"
    yield "ACTION:DISPLAY"
    yield f"DESCRIPTION:{text(invitation.title)}"
    yield f"TRIGGER:-PT{int(REMINDER.total_seconds() // 60)}M"
    yield "END:VALARM"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def text(value: str) -> str:
    """A TEXT value: backslash, semicolon, comma and line end escaped, other control characters left out."""
    plain = CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def parameter(value: str) -> str:
    """A parameter's value in quotes; what can't stand there is written as RFC 6868 says."""
    escaped = _plain(value).replace("^", "^^").replace('"', "^'")
    return f'"{escaped}"'


def _plain(value: str) -> str:
    """A value that must stay on its line."""
    return CONTROL.sub("", value.replace("\n", " ").replace("\t", " "))


def folded(line: str) -> Iterator[str]:
    """At most 75 octets a line; what goes on begins with a space. A character is never torn apart."""
    part = ""
    for character in line:
        if len((part + character).encode()) > LINE_OCTETS:
            yield part
            part = " "
        part += character
    yield part
