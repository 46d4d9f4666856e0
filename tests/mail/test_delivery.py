"""The outbox against a real SMTP server: once, in order of need, and not lost when the server is away."""

from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from readiness import environment
from readiness.mail import actions, delivery
from readiness.mail.models import Mail, MailStatus
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


class Postbox:
    """Keeps what arrives; answers `refusal` instead when one is set."""

    def __init__(self) -> None:
        self.received: list[Message] = []
        self.refusal = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal:
            return self.refusal
        content = envelope.content or b""
        self.received.append(BytesParser(EmailMessage, policy=default).parsebytes(bytes(content)))
        return "250 OK"


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=0)
    controller.start()
    settings.MAILERS = {
        "default": environment.email(f"smtp://127.0.0.1:{controller.server.sockets[0].getsockname()[1]}")
    }
    yield box
    controller.stop()


def put(cast: Cast, *, slot: str = "2026-03-02") -> Mail | None:
    text, html = "Two gaps are overdue.", "<p>Two gaps are overdue.</p>"
    return actions.queue(
        recipient=cast.theo,
        kind="digest",
        matter="daily",
        slot=slot,
        subject="2 overdue",
        text=text,
        html=html,
        now=NOW,
    )


def test_a_mail_arrives_once_with_both_bodies_and_its_message_id(cast: Cast, postbox: Postbox) -> None:
    mail = put(cast)
    delivery.deliver_due(now=NOW)
    delivery.deliver_due(now=NOW + timedelta(hours=1))
    assert mail is not None
    [message] = postbox.received
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


def test_a_mail_waits_while_the_server_is_away_and_goes_out_later(
    cast: Cast, postbox: Postbox, settings: Settings
) -> None:
    put(cast)
    reachable, settings.MAILERS = settings.MAILERS, {"default": environment.email("smtp://127.0.0.1:1")}
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=0, failed=1)
    waiting = Mail.objects.get()
    assert waiting.status == MailStatus.QUEUED
    assert "could not be reached" in waiting.problem
    settings.MAILERS = reachable
    assert delivery.deliver_due(now=NOW).sent == 0, "it waits its time"
    assert delivery.deliver_due(now=waiting.next_attempt_at).sent == 1
    assert len(postbox.received) == 1


def test_a_server_that_refuses_for_ever_is_given_up_where_people_can_see_it(cast: Cast, postbox: Postbox) -> None:
    put(cast)
    postbox.refusal = "550 no such person"
    now = NOW
    for _ in range(delivery.MOST_ATTEMPTS):
        delivery.deliver_due(now=now)
        now = Mail.objects.get().next_attempt_at
    given_up = Mail.objects.get()
    assert given_up.status == MailStatus.GIVEN_UP
    assert "no such person" in given_up.problem
    assert delivery.deliver_due(now=now + timedelta(days=30)) == delivery.Delivered()


def test_a_mail_that_another_process_is_sending_is_left_alone_until_its_lease_ends(
    cast: Cast, postbox: Postbox
) -> None:
    put(cast)
    Mail.objects.update(lease_until=NOW + delivery.LEASE, fence=1, attempts=1)
    assert delivery.deliver_due(now=NOW).sent == 0
    assert delivery.deliver_due(now=NOW + delivery.LEASE).sent == 1
    assert len(postbox.received) == 1
