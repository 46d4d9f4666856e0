from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from reviews.invitation import Guest, Invitation, Method, calendar, folded, parameter, text

INVITATION = Invitation(
    uid="review-7@readiness.example",
    sequence=2,
    starts_at=datetime(2026, 3, 3, 10, 0, tzinfo=ZoneInfo("Europe/Berlin")),
    length=timedelta(minutes=30),
    created_at=datetime(2026, 2, 27, 16, 0, tzinfo=UTC),
    written_at=datetime(2026, 3, 1, 8, 15, tzinfo=UTC),
    title="Readiness review of checkout",
    description="Agenda; pre-read, and\nwhat to bring: https://readiness.example/reviews/7/",
    place="Room 4, second floor",
    url="https://readiness.example/reviews/7/",
    organiser=Guest("Theo Example", "theo@example.com"),
    guests=(
        Guest("Olga Example", "olga@example.com"),
        Guest('Eve "the outside" Example', "eve@example.com", is_needed=False),
    ),
)


def unfolded(ics: str) -> list[str]:
    return ics.replace("\r\n ", "").split("\r\n")


def test_a_request_says_when_where_who_and_which_change_it_is() -> None:
    lines = unfolded(calendar(INVITATION))
    for line in (
        "METHOD:REQUEST",
        "UID:review-7@readiness.example",
        "SEQUENCE:2",
        "DTSTAMP:20260301T081500Z",
        "DTSTART:20260303T090000Z",
        "DTEND:20260303T093000Z",
        "SUMMARY:Readiness review of checkout",
        "LOCATION:Room 4\\, second floor",
        "URL:https://readiness.example/reviews/7/",
        "STATUS:CONFIRMED",
        "CREATED:20260227T160000Z",
        "LAST-MODIFIED:20260301T081500Z",
        "TRIGGER:-PT15M",
        'ORGANIZER;CN="Theo Example":mailto:theo@example.com',
    ):
        assert line in lines
    assert "DESCRIPTION:Agenda\\; pre-read\\, and\\nwhat to bring: https://readiness.example/reviews/7/" in lines
    assert (
        'ATTENDEE;CN="Olga Example";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE'
        ":mailto:olga@example.com" in lines
    )
    assert any(
        line.startswith("ATTENDEE;CN=\"Eve ^'the outside^' Example\";CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT")
        for line in lines
    )
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]


def test_a_cancellation_takes_the_same_entry_away() -> None:
    lines = unfolded(calendar(replace(INVITATION, sequence=3), Method.CANCEL))
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:3", "UID:review-7@readiness.example"} <= set(lines)


def test_a_cancellation_reminds_nobody_and_says_why() -> None:
    ics = calendar(replace(INVITATION, comment="Go-live moved, to May."), Method.CANCEL)
    assert "VALARM" not in ics
    assert "COMMENT:Go-live moved\\, to May." in unfolded(ics)


def test_who_is_left_out_alone_is_named_and_the_event_goes_on() -> None:
    lines = unfolded(calendar(INVITATION, Method.CANCEL, removed=(INVITATION.guests[1],)))
    assert "METHOD:CANCEL" in lines
    assert not [line for line in lines if line.startswith("STATUS:")]
    assert len([line for line in lines if line.startswith("ATTENDEE")]) == 1


def test_without_a_place_there_is_no_place() -> None:
    assert "LOCATION" not in calendar(replace(INVITATION, place=""))


def test_every_line_ends_with_cr_and_lf() -> None:
    ics = calendar(INVITATION)
    assert ics.count("\n") == ics.count("\r\n") == ics.count("\r")


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        ("a,b;c\\d", "a\\,b\\;c\\\\d"),
        ("one\r\ntwo\rthree\nfour", "one\\ntwo\\nthree\\nfour"),
        ("bell\x07 nul\x00", "bell nul"),
        ("Größe 😀", "Größe 😀"),
    ],
)
def test_text_is_escaped(plain: str, written: str) -> None:
    assert text(plain) == written


def test_a_name_cannot_break_out_of_its_quotes() -> None:
    assert parameter('Eve"\r\nATTENDEE:mailto:x@y') == '"Eve^\' ATTENDEE:mailto:x@y"'


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_no_title_breaks_the_calendar(title: str) -> None:
    ics = calendar(replace(INVITATION, title=title, place=title, description=title))
    lines = ics.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    assert all(ord(c) >= 32 or c == "	" for c in "".join(lines))
    again = next(line for line in unfolded(ics) if line.startswith("SUMMARY:"))
    assert again == f"SUMMARY:{text(title)}"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=300))
def test_folding_loses_nothing(line: str) -> None:
    first, *rest = list(folded(line))
    assert first + "".join(part[1:] for part in rest) == line
