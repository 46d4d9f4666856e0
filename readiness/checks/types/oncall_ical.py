"""A calendar says who is on call, without a hole, until two weeks after go-live.

Passes when each minute from now until then lies in an event that names somebody (its attendee, or else its title), and at
least two people take turns. Any iCalendar feed will do; times without a zone are read in the calendar's own, or in the one
set here. What a feed holds: https://www.rfc-editor.org/rfc/rfc5545
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
from pydantic import AfterValidator, Field

from readiness.assessments.outcome import Outcome, failed, passed, unknown
from readiness.checks.types._apis import require_ok
from readiness.checks.types._cover import Shift, Span, figures, holes, people_in, problems, span_of
from readiness.checks.types._recurrence import events_of
from readiness.checks.types._secrets import SecretHeader, revealed
from readiness.checks.types.contract import (
    CheckConfig,
    HttpAddress,
    UnreadableError,
    bounded,
    joined,
    plural,
    shortened,
)
from readiness.egress import Request, Response, Steps

MOST_EVENTS = 3000
MOST_RULES = 500
MOST_SHIFTS = 5000
FURTHEST = timedelta(days=400)
AROUND = timedelta(days=2)
"""Events without a zone are looked for a little beyond the span, and cut to it when their zone is known."""
NOBODY = {"", "busy", "nobody", "none", "n/a", "open", "tba", "tbd", "unassigned", "unfilled", "vacant"}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError("this is no time zone; write it as Europe/Berlin") from error
    return name


class Config(CheckConfig):
    calendar_url: HttpAddress = Field(
        title="Calendar",
        description="An iCal feed with one event for each shift, named after the person.",
        examples=["https://calendar.example.com/on-call/checkout.ics"],
    )
    go_live_on: date | None = Field(
        default=None,
        title="Go-live date",
        description="Cover is judged until some days after it; without it, from today.",
        examples=["2027-03-01"],
    )
    days_after_go_live: int = Field(
        default=14,
        ge=0,
        le=90,
        title="Days after go-live",
        description="Until then each minute must be covered.",
        examples=[14],
    )
    min_people: int = Field(
        default=2,
        ge=1,
        le=20,
        title="People at least",
        description="As many different people must take turns.",
        examples=[2],
    )
    time_zone: Annotated[str, Field(max_length=60), AfterValidator(_zone)] = Field(
        default="UTC",
        title="Time zone",
        description="For events of whole days and times that name no zone, where the calendar says nothing.",
        examples=["Europe/Berlin"],
    )
    credential: SecretHeader | None = Field(
        default=None,
        title="Credential",
        description="A header that lets this check read the feed; the secret is named, not written.",
        examples=["Authorization: Bearer ${CHECK_SECRET_CALENDAR}"],
    )


def run(config: Config) -> Steps[Outcome]:
    try:
        headers = revealed(config.credential, config.calendar_url) if config.credential else {}
        [answer] = yield [Request(config.calendar_url, headers=headers)]
        now = datetime.now(UTC)
        span = span_of(now, config.go_live_on, config.days_after_go_live, furthest=FURTHEST)
        shifts = list(_shifts(_calendar(answer), span, config.time_zone))
    except UnreadableError as problem:
        return unknown(str(problem))
    return _judge(config, span, shifts)


def _judge(config: Config, span: Span, shifts: list[Shift]) -> Outcome:
    named = [shift for shift in shifts if shift.person.lower() not in NOBODY]
    found, people = holes(named, span), people_in(named, span)
    seen = {**figures(found, people, span), "shifts": len(shifts)}
    if not shifts:
        return unknown(f"The calendar has no event {span.words}; is it the right feed?", seen)
    # The path of a feed is often its password.
    wrong = problems(found, people, config.min_people, urlsplit(config.calendar_url).netloc)
    if wrong:
        hint = _hint(people, len(named))
        return failed(joined([finding.message for finding in wrong]) + hint, seen, bounded(wrong))
    start = "" if config.go_live_on else " (no go-live date is known, so it counts from today)"
    return passed(
        f"{plural(len(people), 'person').replace('persons', 'people')} cover every minute {span.words}{start}.", seen
    )


def _hint(people: list[str], shifts: int) -> str:
    if len(people) == 1 and shifts > 1:
        return f" Every event is named “{shortened(people[0], 60)}”: name each after its person, or invite them."
    return ""


def _calendar(answer: Response) -> Any:
    """Raises UnreadableError for what is no calendar, or too large a one."""
    require_ok(answer, "The calendar")
    text = answer.text
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise UnreadableError("The address answers, but not with a calendar; does it ask to sign in?")
    for most, word, what in ((MOST_EVENTS, "BEGIN:VEVENT", "events"), (MOST_RULES, "\nRRULE", "events that repeat")):
        if (count := text.upper().count(word)) > most:
            raise UnreadableError(
                f"The calendar holds {count} {what}, more than {most}; give a feed of the shifts alone."
            )
    try:
        return icalendar.Calendar.from_ical(text)
    except Exception as error:  # the parser lets IndexError, KeyError and others out on some broken feeds
        raise UnreadableError(f"The calendar can't be read: {shortened(str(error), 120)}.") from error


def _shifts(calendar: Any, span: Span, zone_name: str) -> Iterator[Shift]:
    zone = _own_zone(calendar) or ZoneInfo(zone_name)
    _require_known_zones(calendar)
    for event in _events(calendar, span):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        start, end = (_moment(event[name], zone) for name in ("DTSTART", "DTEND"))
        for person in _people(event):
            yield Shift(start, end, person)


def _events(calendar: Any, span: Span) -> list[Any]:
    try:
        series = events_of(calendar).series
        each = (one for some in series for one in some.between(span.since - AROUND, span.until + AROUND))
        found = [one.as_component(keep_recurrence_attributes=False) for one in islice(each, MOST_SHIFTS + 1)]
    except UnreadableError:
        raise
    except Exception as error:  # an event without a start, dates that can't be compared, a rule that is none
        raise UnreadableError(f"An event of the calendar can't be read: {shortened(str(error), 120)}.") from error
    if len(found) > MOST_SHIFTS:
        raise UnreadableError(
            f"The calendar holds more than {MOST_SHIFTS} shifts; give a feed of this service's alone."
        )
    return found


def _own_zone(calendar: Any) -> ZoneInfo | None:
    try:
        return ZoneInfo(str(calendar.get("X-WR-TIMEZONE", "")))
    except (ValueError, OSError, KeyError):
        return None


def _require_known_zones(calendar: Any) -> None:
    """Raises UnreadableError for a time in a zone that nobody defines: it may be hours off."""
    for event in calendar.walk("VEVENT"):
        start = event.get("DTSTART")
        name = getattr(start, "params", {}).get("TZID")
        if name and getattr(getattr(start, "dt", None), "tzinfo", None) is None:
            raise UnreadableError(f"The calendar doesn't say what the time zone “{shortened(str(name), 60)}” is.")


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    at = value.dt
    if not isinstance(at, datetime):
        return datetime.combine(at, time(), zone).astimezone(UTC)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _people(event: Any) -> list[str]:
    """Who is invited, else what the event is called. Several at once are all on call."""
    invited = event.get("ATTENDEE", [])
    names = [_name(one) for one in (invited if isinstance(invited, list) else [invited])]
    summary = " ".join(str(event.get("SUMMARY", "")).split())[:200]
    return sorted({name for name in names if name}) or [summary]


def _name(attendee: Any) -> str:
    if str(attendee.params.get("PARTSTAT", "")).upper() == "DECLINED":
        return ""
    words = str(attendee.params.get("CN", "")) or str(attendee).lower().removeprefix("mailto:")
    return " ".join(words.split())[:200]
