import time
from datetime import UTC, date, datetime

import pytest
import time_machine
from hypothesis import given, settings, strategies as some

from readiness.assessments.outcome import Outcome, Result
from readiness.checks.types import TYPES
from readiness.checks.types.contract import needs
from readiness.checks.types.oncall_ical import Config, run
from readiness.egress import Egress, Fault
from tests.checks.types.calendars import calendar, shift, turns
from tests.checks.types.playing import play, says, silence
from tests.infrastructure.slowness import slower
from tests.servers.misbehaving import Application, Page

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
URL = "https://calendar.example.com/checkout.ics"


def judged(feed: str | bytes, *, now: datetime = NOW, **more: object) -> Outcome:
    config = Config.model_validate({"calendar_url": URL, **more})
    with time_machine.travel(now, tick=False):
        return play(run(config), says(200, feed, "text/calendar"))


def test_people_who_take_turns_without_a_hole_pass() -> None:
    outcome = judged(turns("Pia", "Theo"), go_live_on=date(2026, 4, 1))
    assert outcome.result is Result.PASS, outcome
    assert outcome.reason == "2 people cover every minute until 16 April 2026, 00:00 UTC."
    assert outcome.figures == {
        "covered_percent": 100.0,
        "people": 2,
        "holes": 0,
        "first_hole": None,
        "until": "2026-04-16T00:00Z",
        "shifts": 7,
    }


def test_without_a_go_live_date_or_after_it_the_next_days_count() -> None:
    assert "counts from today" in judged(turns("Pia", "Theo")).reason
    outcome = judged(turns("Pia", "Theo"), go_live_on=date(2025, 1, 1))
    assert outcome.figures["until"] == "2026-03-20T00:00Z"


def test_a_hole_is_named_with_its_ends_and_who_is_beside_it() -> None:
    feed = calendar(
        shift("Pia", "20260301T000000Z", "20260310T180000Z"),
        shift("Theo", "20260311T060000Z", "20260401T000000Z"),
    )
    outcome = judged(feed)
    assert outcome.result is Result.FAIL
    assert (
        outcome.reason
        == "Nobody is on call from 10 Mar 2026, 18:00 to 11 Mar 2026, 06:00 UTC (after Pia and before Theo)."
    )
    assert outcome.figures["first_hole"] == "2026-03-10T18:00Z"
    assert outcome.figures["covered_percent"] == 96.5


def test_the_path_of_a_feed_is_not_told_as_it_is_often_its_password() -> None:
    outcome = judged(turns("Pia"), calendar_url="https://calendar.example.com/private-abc123/basic.ics")
    assert outcome.result is Result.FAIL
    assert {finding.where for finding in outcome.findings} == {"calendar.example.com"}
    assert "abc123" not in str(outcome)


def test_a_schedule_that_ends_too_early_has_a_hole_at_its_end() -> None:
    outcome = judged(
        calendar(
            shift("Pia", "20260301T000000Z", "20260310T000000Z"), shift("Theo", "20260310T000000Z", "20260312T000000Z")
        )
    )
    assert outcome.result is Result.FAIL
    assert "from 12 Mar 2026, 00:00 to 20 Mar 2026, 00:00 UTC (after Theo)" in outcome.reason


@pytest.mark.parametrize(("end", "result"), [("235930", Result.PASS), ("235900", Result.FAIL)])
def test_less_than_a_minute_is_no_hole(end: str, result: Result) -> None:
    feed = calendar(
        shift("Pia", "20260301T000000Z", f"20260309T{end}Z"), shift("Theo", "20260310T000000Z", "20260401T000000Z")
    )
    assert judged(feed).result is result


def test_one_person_alone_is_too_few() -> None:
    outcome = judged(turns("Pia", "Pia"))
    assert outcome.result is Result.FAIL
    assert outcome.reason.startswith("Only Pia is on call. At least 2 people are needed. Every event is named “Pia”")
    assert judged(turns("Pia", "Pia"), min_people=1).result is Result.PASS


def test_whoever_is_invited_counts_and_not_the_title() -> None:
    start, end = "20260301T000000Z", "20260401T000000Z"
    one = shift("On call", start, end, "ATTENDEE;CN=Pia:mailto:pia@example.com", "ATTENDEE:mailto:theo@example.com")
    assert judged(calendar(one)).figures["people"] == 2
    gone = shift(
        "On call", start, end, "ATTENDEE:mailto:pia@example.com", "ATTENDEE;PARTSTAT=DECLINED:mailto:t@example.com"
    )
    assert judged(calendar(gone)).figures["people"] == 1


@pytest.mark.parametrize("title", ["Unassigned", "OPEN", "tbd", "Busy", ""])
def test_a_shift_without_a_person_is_a_hole(title: str) -> None:
    outcome = judged(
        calendar(
            shift("Pia", "20260301T000000Z", "20260310T000000Z"), shift(title, "20260310T000000Z", "20260401T000000Z")
        )
    )
    assert outcome.result is Result.FAIL
    assert "Nobody is on call from 10 Mar 2026" in outcome.reason


def test_a_cancelled_shift_covers_nothing() -> None:
    feed = calendar(shift("Pia", "20260301T000000Z", "20260401T000000Z", "STATUS:CANCELLED"))
    assert judged(feed).result is Result.UNKNOWN


def test_shifts_may_overlap() -> None:
    feed = calendar(
        shift("Pia", "20260301T000000Z", "20260312T120000Z"), shift("Theo", "20260310T000000Z", "20260401T000000Z")
    )
    assert judged(feed).result is Result.PASS


def test_exceptions_and_moved_shifts_are_heeded() -> None:
    daily = shift("Pia", "20260301T000000Z", "20260302T000000Z", "RRULE:FREQ=DAILY", "UID:a", "EXDATE:20260310T000000Z")
    assert "from 10 Mar 2026, 00:00 to 11 Mar 2026, 00:00" in judged(calendar(daily)).reason
    instead = shift("Theo", "20260310T000000Z", "20260311T000000Z", "RRULE:FREQ=YEARLY", "UID:b")
    assert judged(calendar(daily, instead)).result is Result.PASS
    moved = shift("Theo", "20260312T060000Z", "20260313T000000Z", "UID:a", "RECURRENCE-ID:20260312T000000Z")
    outcome = judged(calendar(daily.replace("EXDATE:20260310T000000Z", ""), moved))
    assert "from 12 Mar 2026, 00:00 to 12 Mar 2026, 06:00 UTC (after Pia and before Theo)" in outcome.reason


def test_whole_days_are_those_of_the_calendars_zone() -> None:
    feed = turns("Pia", "Theo", start="VALUE=DATE:20260302", end="VALUE=DATE:20260309")
    assert judged(feed).result is Result.PASS
    ends = calendar(
        shift("Pia", "VALUE=DATE:20260301", "VALUE=DATE:20260310"),
        shift("Theo", "20260310T000000Z", "20260401T000000Z"),
    )
    assert judged(ends, time_zone="Europe/Berlin").reason.startswith("Nobody is on call from 9 Mar 2026, 23:00")
    own = ends.replace("VERSION:2.0", "VERSION:2.0\r\nX-WR-TIMEZONE:Asia/Tokyo")
    assert judged(own, time_zone="Europe/Berlin").reason.startswith("Nobody is on call from 9 Mar 2026, 15:00")


def test_a_change_of_clocks_makes_no_hole() -> None:
    zone = "TZID=Europe/Berlin"
    feed = turns("Pia", "Theo", start=f"{zone}:20260302T090000", end=f"{zone}:20260309T090000")
    assert judged(feed, go_live_on=date(2026, 4, 1)).result is Result.PASS  # 29 March
    night = shift("Pia", f"{zone}:20260301T200000", f"{zone}:20260302T080000", "RRULE:FREQ=DAILY")
    day = shift("Theo", f"{zone}:20260301T080000", f"{zone}:20260301T200000", "RRULE:FREQ=DAILY")
    assert judged(calendar(night, day), go_live_on=date(2026, 11, 1)).result is Result.PASS  # and 25 October


def test_a_zone_that_nobody_defines_is_unknown_and_one_that_the_feed_defines_is_read() -> None:
    feed = calendar(shift("Pia", "TZID=Our Place:20260301T000000", "TZID=Our Place:20260401T000000"))
    assert "Our Place" in judged(feed).reason
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Our Place\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0500\n"
        "TZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    defined = calendar(shift("Pia", "TZID=Our Place:20260301T000000", "TZID=Our Place:20260310T000000"), head=zone)
    assert "from 9 Mar 2026, 19:00" in judged(defined).reason


def test_an_empty_calendar_is_unknown() -> None:
    outcome = judged(calendar())
    assert outcome.result is Result.UNKNOWN
    assert "no event until" in outcome.reason


@pytest.mark.parametrize(
    "feed",
    [
        "",
        "<!doctype html><title>Sign in</title>",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Pia\r\n",
        b"BEGIN:VCALENDAR\r\n\xff\xfe",
        calendar("SUMMARY:no start"),
        calendar("DTSTART:99999999T999999Z\nSUMMARY:x"),
        calendar(shift("x", "20260301T000000Z", "20260302T000000Z", "RRULE:FREQ=SECONDLY")),
        calendar(shift("x", "20260301T000000Z", "20260302T000000Z", "RRULE:FREQ=HOURLY;INTERVAL=0")),
        calendar(shift("x", "20260301T000000Z", "20260302T000000Z", "RRULE:nonsense")),
        calendar(shift("x", "20260301T000000Z", "20260302T000000Z", "RRULE:FREQ=DAILY;UNTIL=whenever")),
        calendar(shift("x", "20260301T000000Z", "20260302T000000Z", "RRULE:FREQ=YEARLY;BYWEEKNO=20")),
        calendar(shift("x", "00010101T000000Z", "99991231T000000Z", "RRULE:FREQ=DAILY")),
        calendar(shift("x", "00010101T000000Z", "00010102T000000Z", "RRULE:FREQ=DAILY;COUNT=99999")),
    ],
)
def test_a_feed_that_cannot_be_read_is_unknown(feed: str | bytes) -> None:
    outcome = judged(feed)
    assert outcome.result is Result.UNKNOWN, outcome
    assert outcome.reason.endswith((".", "?"))


RULES = ["DAILY", "DAILY;BYMONTH=2;BYMONTHDAY=30", "YEARLY;BYMONTH=2;BYMONTHDAY=30", "MONTHLY;BYDAY=5MO"]


@pytest.mark.parametrize(
    "feed",
    [
        *(
            calendar(*[shift("x", "00010101T000000Z", "00010102T000000Z", f"RRULE:FREQ={rule}")] * 450)
            for rule in RULES
        ),
        calendar(*[shift("x", "20260301T000000Z", "20260401T000000Z")] * 10_000),
        calendar(*[shift(f"x{place}", "20260301T000000Z", "20260401T000000Z") for place in range(2900)]),
        calendar(
            shift("x", "20260301T000000Z", "20260302T000000Z", "RDATE:" + ",".join(["20260310T000000Z"] * 50_000))
        ),
        "BEGIN:VCALENDAR\r\n" + "BEGIN:X\r\n" * 100_000,
        'BEGIN:VCALENDAR\r\nX-A;B="' + "c" * 1_000_000,
    ],
)
def test_a_feed_that_means_harm_costs_seconds_at_most(feed: str) -> None:
    started = time.process_time()
    assert judged(feed, go_live_on=date(2027, 3, 1)).result in set(Result)
    assert time.process_time() - started < 8 * slower()


def test_a_real_feed_over_a_real_network(egress: Egress, application: Application) -> None:
    application.behaviour.pages["/x.ics"] = Page(turns("Pia", "Theo"), kind="text/calendar")
    outcome = egress.run(run(Config(calendar_url=f"{application.url}/x.ics")))
    assert outcome.result is Result.PASS, outcome


@pytest.mark.parametrize("fault", Fault)
def test_silence_is_unknown(fault: Fault) -> None:
    assert play(run(Config(calendar_url=URL)), silence(fault)).result is Result.UNKNOWN


@pytest.mark.parametrize("status", [204, 302, 401, 403, 404, 429, 500])
def test_no_status_but_200_counts(status: int) -> None:
    assert play(run(Config(calendar_url=URL)), says(status, turns("Pia", "Theo"))).result is Result.UNKNOWN


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "", "\x00"])
def test_a_zone_that_does_not_exist_is_refused(zone: str) -> None:
    [sentence] = needs(TYPES["oncall_ical"], {"calendar_url": URL, "time_zone": zone})
    assert "no time zone" in sentence


LINES = """\
BEGIN:VEVENT
END:VEVENT
END:VCALENDAR
BEGIN:VTIMEZONE
END:VTIMEZONE
TZID:X
DTSTART:20260301T000000Z
DTSTART;VALUE=DATE:20260301
DTSTART;TZID=X:20260301T000000
DTEND:20260401T000000Z
DTEND:20250101T000000Z
DURATION:P1D
DURATION:-P9W
SUMMARY:Pia
UID:1
RRULE:FREQ=DAILY
RRULE:FREQ=WEEKLY;BYDAY=MO
RRULE:FREQ=MONTHLY;COUNT=3
RRULE:FREQ=DAILY;UNTIL=20260310
EXDATE:20260302T000000Z
RDATE;VALUE=PERIOD:20260303T000000Z/P1D
RDATE;VALUE=DATE:20260303
ATTENDEE:mailto:a@b
RECURRENCE-ID:20260302T000000Z
RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T000000Z
SEQUENCE:2
SEQUENCE:x
STATUS:CANCELLED
X-WR-TIMEZONE:Europe/Berlin
CALSCALE:JULIAN""".splitlines()
WORDS = some.sampled_from(LINES) | some.text(max_size=10)


@settings(max_examples=400, deadline=None)
@given(some.lists(WORDS, max_size=25))
def test_any_lines_give_an_outcome(lines: list[str]) -> None:
    body = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR", ""])
    assert judged(body.encode("utf-8", "replace")).reason
