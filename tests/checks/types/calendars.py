"""iCalendar feeds, written out."""

HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n"


def calendar(*events: str, head: str = "") -> str:
    """`events`: the lines of each; one without a UID gets its place."""
    written = [
        f"BEGIN:VEVENT\n{'' if 'UID:' in event else f'UID:{place}'}\nDTSTAMP:20260101T000000Z\n{event}\nEND:VEVENT\n"
        for place, event in enumerate(events)
    ]
    text = HEAD + head + "".join(written) + "END:VCALENDAR\n"
    return "\r\n".join(line for line in text.split("\n") if line) + "\r\n"


def shift(person: str, start: str, end: str, *more: str) -> str:
    """`start`, `end`: as after the colon; a zone goes before it (`TZID=Europe/Berlin:20260301T090000`)."""
    return "\n".join([_timed("DTSTART", start), _timed("DTEND", end), f"SUMMARY:{person}", *more])


def _timed(name: str, at: str) -> str:
    return f"{name};{at}" if ":" in at else f"{name}:{at}"


def turns(*people: str, start: str = "20260302T090000Z", end: str = "20260309T090000Z", head: str = "") -> str:
    """People who follow one another, a week each, without end; `start` and `end` are the first one's, a Monday each."""
    weeks = []
    for place, person in enumerate(people):
        first, last = (_later(at, 7 * place) for at in (start, end))
        weeks.append(shift(person, first, last, f"RRULE:FREQ=WEEKLY;INTERVAL={len(people)}"))
    return calendar(*weeks, head=head)


def _later(at: str, days: int) -> str:
    zone, _, moment = at.rpartition(":")
    day = f"{int(moment[:8]) + days:08}"
    return f"{zone}:{day}{moment[8:]}" if zone else day + moment[8:]
