"""What the invitations leave in people's calendars, in whichever order the mail brings them."""

from datetime import timedelta
from itertools import permutations

import pytest
from icalendar import Calendar

from readiness.accounts.models import User
from readiness.mail.models import Mail
from reviews import actions
from reviews.models import Review
from reviews.rules import ParticipantRole
from tests.cast import NOW, Cast
from tests.reviews.calendars import OwnCalendar, Shown
from tests.reviews.meetings import STARTS, again, scheduled

TITLE = "Readiness review: Checkout"


def move(cast: Cast, review: Review, days: int, place: str = "Room 4", minutes: int = 30) -> None:
    review = again(review)
    actions.reschedule(
        by=cast.theo, review=review, version=review.version, starts_at=STARTS + timedelta(days=days), minutes=minutes,
        place=place, timing_reason="", now=NOW,
    )  # fmt: skip


def invite(cast: Cast, review: Review, person: User) -> None:
    actions.add_participant(by=cast.theo, review=again(review), person=person, role=ParticipantRole.OUTSIDE, now=NOW)


def leave_out(cast: Cast, review: Review, person: User) -> None:
    row = review.participants.select_related("person").get(person=person)
    actions.remove_participant(by=cast.theo, review=again(review), participant=row, now=NOW)


def cancel(cast: Cast, review: Review) -> None:
    review = again(review)
    actions.cancel(by=cast.theo, review=review, version=review.version, reason="Nobody can come.", now=NOW)


def messages_to(person: User) -> list[str]:
    mails = Mail.objects.filter(recipient=person, kind__startswith="review-").order_by("pk")
    return [mail.attachments[0]["content"] for mail in mails]


def ends_with(person: User, *entries: Shown) -> bool:
    """Whatever the order in which they arrive, and also when each arrives twice."""
    messages = messages_to(person)
    for order in permutations(messages):
        for received in (order, (*order, *reversed(order))):
            own = OwnCalendar(person.email)
            for message in received:
                own.receive(message)
            assert own.shown == list(entries), [message.split("SEQUENCE:")[1][:2] for message in received]
    return bool(messages)


def shown(days: int = 0, place: str = "Room 4", minutes: int = 30) -> Shown:
    starts_at = STARTS + timedelta(days=days)
    return Shown(starts_at, starts_at + timedelta(minutes=minutes), TITLE, place)


def test_everybody_has_one_entry_the_lead_as_well(cast: Cast) -> None:
    scheduled(cast)
    assert ends_with(cast.theo, shown())
    assert ends_with(cast.olga, shown())


def test_an_entry_follows_every_move(cast: Cast) -> None:
    review = scheduled(cast)
    move(cast, review, 1)
    move(cast, review, 2, place="Call", minutes=45)
    move(cast, review, 1, place="")
    assert ends_with(cast.olga, shown(1, ""))


def test_a_cancelled_review_leaves_everybodys_calendar(cast: Cast) -> None:
    review = scheduled(cast)
    move(cast, review, 1)
    invite(cast, review, cast.sam)
    cancel(cast, review)
    for person in (cast.theo, cast.olga, cast.sam):
        assert ends_with(person)


def test_who_is_left_out_loses_the_entry_and_nobody_else_does(cast: Cast) -> None:
    review = scheduled(cast)
    invite(cast, review, cast.sam)
    leave_out(cast, review, cast.sam)
    assert ends_with(cast.sam)
    assert ends_with(cast.olga, shown())
    own = OwnCalendar(cast.olga.email)
    for message in (*messages_to(cast.olga), *messages_to(cast.sam)):  # also when the mail went to a shared mailbox
        own.receive(message)
    assert own.shown == [shown()]


def test_who_is_invited_again_has_it_again(cast: Cast) -> None:
    review = scheduled(cast)
    invite(cast, review, cast.sam)
    leave_out(cast, review, cast.sam)
    invite(cast, review, cast.sam)
    assert ends_with(cast.sam, shown())


@pytest.mark.usefixtures("at_the_meeting")
def test_a_whole_story_ends_as_it_should(cast: Cast) -> None:
    review = scheduled(cast)
    invite(cast, review, cast.sam)
    move(cast, review, 1)
    leave_out(cast, review, cast.sam)
    leave_out(cast, review, cast.pia)
    invite(cast, review, cast.rob)
    move(cast, review, 3, place="Call")
    invite(cast, review, cast.sam)
    assert ends_with(cast.sam, shown(3, "Call"))
    assert ends_with(cast.rob, shown(3, "Call"))
    assert ends_with(cast.olga, shown(3, "Call"))
    assert ends_with(cast.pia)


def test_a_second_review_is_another_entry(cast: Cast) -> None:
    cancel(cast, scheduled(cast))
    scheduled(cast, starts_at=STARTS + timedelta(days=1))
    assert ends_with(cast.olga, shown(1))


def test_every_message_is_whole(cast: Cast) -> None:
    review = scheduled(cast, participants=[(cast.sam, ParticipantRole.OUTSIDE)])
    move(cast, review, 1)
    leave_out(cast, review, cast.sam)
    cancel(cast, review)
    sequences = []
    for message in messages_to(cast.olga):
        calendar = Calendar.from_ical(message)
        (event,) = calendar.walk("VEVENT")
        assert not event.errors
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "ORGANIZER", "LAST-MODIFIED", "CREATED"} <= set(event)
        assert str(event["ORGANIZER"]).startswith("mailto:")
        assert (
            str(event["ORGANIZER"]) != f"mailto:{cast.theo.email}"
        )  # a lead's own calendar takes the invitation as well
        assert bool(event.walk("VALARM")) == (calendar["METHOD"] == "REQUEST")
        sequences.append(int(event.decoded("SEQUENCE")))
    assert sequences == sorted(set(sequences))


def test_what_takes_one_guest_out_names_them_alone(cast: Cast) -> None:
    review = scheduled(cast)
    invite(cast, review, cast.sam)
    leave_out(cast, review, cast.sam)
    (event,) = Calendar.from_ical(messages_to(cast.sam)[-1]).walk("VEVENT")
    assert str(event["ATTENDEE"]) == "mailto:sam@example.com"
    assert "STATUS" not in event
    assert str(event["COMMENT"]) == "You are no longer asked to take part."
