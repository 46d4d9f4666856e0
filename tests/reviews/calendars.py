"""A person's calendar that acts on invitations as RFC 5546 tells it to: what it shows in the end is what the person sees."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from icalendar import Calendar, Event


@dataclass(frozen=True)
class Shown:
    """One entry, as somebody sees it."""

    starts_at: datetime
    ends_at: datetime
    title: str
    place: str


@dataclass
class OwnCalendar:
    """Of the person with this `address`. Entries are known by their UID, and remembered after they were taken out."""

    address: str
    _known: dict[str, tuple[tuple[int, datetime], Shown | None]] = field(default_factory=dict)

    @property
    def shown(self) -> list[Shown]:
        return [entry for _, entry in self._known.values() if entry]

    def receive(self, ics: str) -> None:
        message = Calendar.from_ical(ics)
        (event,) = message.walk("VEVENT")
        assert isinstance(event, Event)
        uid, revision = str(event["UID"]), (int(event.decoded("SEQUENCE")), event.decoded("DTSTAMP"))
        known = self._known.get(uid)
        if known and revision < known[0]:  # RFC 5546, 2.1.5: SEQUENCE first, and DTSTAMP where it is the same
            return
        match str(message["METHOD"]):
            case "REQUEST" if self.address in attendees(event):
                self._known[uid] = (revision, _shown(event))
            case "CANCEL" if str(event.get("STATUS", "")) == "CANCELLED" or self.address in attendees(event):
                self._known[uid] = (revision, None)


def attendees(event: Event) -> list[str]:
    rows: Any = event.get("ATTENDEE", [])
    rows = rows if isinstance(rows, list) else [rows]
    return [str(row).removeprefix("mailto:") for row in rows]


def _shown(event: Event) -> Shown:
    return Shown(
        event.decoded("DTSTART"), event.decoded("DTEND"), str(event["SUMMARY"]), str(event.get("LOCATION", ""))
    )
