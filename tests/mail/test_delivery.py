"""The outbox against a real SMTP server: once, in order of need, and not lost when the server is away."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from readiness import environment
from readiness.mail import actions, delivery
from readiness.mail.models import Mail, MailStatus
from tests.cast import NOW, Cast
from tests.servers.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


def put(cast: Cast, *, slot: str = "2026-03-02") -> Mail | None:
    text, html = "Two gaps are overdue.", "<p>Two gaps are overdue.</p>"
    return actions.queue(
        recipient=cast.theo,
        kind="letter",
        matter="daily",
        slot=slot,
        subject="2 overdue",
        why="because you own 2 overdue gaps",
        text=text,
        html=html,
        now=NOW,
    )


def test_a_mail_arrives_once_with_both_bodies_and_its_message_id(cast: Cast, box: Postbox) -> None:
    mail = put(cast)
    delivery.deliver_due(now=NOW)
    delivery.deliver_due(now=NOW + timedelta(hours=1))
    assert mail is not None
    [message] = box.received
    assert message["To"] == cast.theo.email
    assert message["Message-ID"] == mail.message_id
    assert [part.get_content_type() for part in message.walk()][1:] == ["text/plain", "text/html"]


def test_the_same_mail_built_twice_is_one_row(cast: Cast) -> None:
    assert put(cast) is not None
    assert put(cast) is None
    assert put(cast, slot="2026-03-03") is not None
    assert Mail.objects.count() == 2


def test_an_inactive_person_gets_nothing(cast: Cast) -> None:
    cast.theo.is_active = False
    assert put(cast) is None


def test_a_mail_waits_while_the_server_is_away_and_goes_out_later(cast: Cast, box: Postbox, settings: Settings) -> None:
    put(cast)
    reachable, settings.MAILERS = settings.MAILERS, {"default": environment.email("smtp://127.0.0.1:1")}
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=0, failed=1)
    waiting = Mail.objects.get()
    assert waiting.status == MailStatus.QUEUED
    assert "could not be reached" in waiting.problem
    settings.MAILERS = reachable
    assert delivery.deliver_due(now=NOW).sent == 0, "it waits its time"
    assert delivery.deliver_due(now=waiting.next_attempt_at).sent == 1
    assert len(box.received) == 1


def test_a_server_that_refuses_for_ever_is_given_up_where_people_can_see_it(cast: Cast, box: Postbox) -> None:
    put(cast)
    box.refusal = "550 no such person"
    now = NOW
    for _ in range(delivery.MOST_ATTEMPTS):
        delivery.deliver_due(now=now)
        now = Mail.objects.get().next_attempt_at
    given_up = Mail.objects.get()
    assert given_up.status == MailStatus.GIVEN_UP
    assert "no such person" in given_up.problem
    assert delivery.deliver_due(now=now + timedelta(days=30)) == delivery.Delivered()


def test_a_mail_that_another_process_is_sending_is_left_alone_until_its_lease_ends(cast: Cast, box: Postbox) -> None:
    put(cast)
    Mail.objects.update(lease_until=NOW + delivery.LEASE, fence=1, attempts=1)
    assert delivery.deliver_due(now=NOW).sent == 0
    assert delivery.deliver_due(now=NOW + delivery.LEASE).sent == 1
    assert len(box.received) == 1


def test_an_invitation_is_a_form_of_the_text_and_a_file_as_well(cast: Cast, box: Postbox) -> None:
    ics = "BEGIN:VCALENDAR\r\nSUMMARY:Größe\r\nEND:VCALENDAR\r\n"
    attachments = [
        actions.Attachment("invite.ics", "text/calendar; method=REQUEST; charset=utf-8", ics, is_alternative=True),
        actions.Attachment("invite.ics", "application/ics", ics),
    ]
    actions.queue(
        recipient=cast.theo, kind="invitation", matter="review:1", slot="0", subject="Come", why="because", text="Come.",
        html="<p>Come.</p>", attachments=attachments, now=NOW,
    )  # fmt: skip
    delivery.deliver_due(now=NOW)
    [message] = box.received
    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/calendar", "application/ics",
    ]  # fmt: skip
    shown, file = list(message.walk())[4:]
    assert shown.get_param("method") == "REQUEST"
    assert shown.get_param("charset") == "utf-8"
    assert shown.get_content_disposition() is None
    assert file.get_filename() == "invite.ics"
    assert shown.get_payload(decode=True) == file.get_payload(decode=True) == ics.encode()
