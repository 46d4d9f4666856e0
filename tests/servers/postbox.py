"""A real SMTP server that keeps what arrives; or refuses, stalls, breaks off on demand, at any place of the conversation."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any, Literal, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.infrastructure.servers import free_port

type Stage = Literal["EHLO", "MAIL", "RCPT", "DATA"]
"""DATA: the whole mail is there, and waits for the server's answer."""


class Postbox:
    """`received`: messages in the order they came. `refusal`: answered instead of taking the mail, e.g. "550 no such person".
    `greeting`, `answers` (by stage) and `refused` (by address) are said instead of what a friendly server says. At `stalls_at` no
    answer comes, at `drops_at` the connection breaks; at DATA after the mail was taken. `before_taking` and `after_taking` are
    called for each mail. With `passwords` nobody comes in without one, and with False none is right.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"smtp://127.0.0.1:{port}"
        self.received: list[EmailMessage] = []
        self.refusal = ""
        self.greeting = ""
        self.answers: dict[Stage, str] = {}
        self.refused: dict[str, str] = {}
        self.stalls_at: Stage | None = None
        self.drops_at: Stage | None = None
        self.before_taking: Callable[[], None] = _nothing
        self.after_taking: Callable[[], None] = _nothing
        self.connections = 0

    @property
    def ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.received]

    def mend(self) -> None:
        """A friendly server again."""
        self.refusal = self.greeting = ""
        self.answers, self.refused = {}, {}
        self.stalls_at = self.drops_at = None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        answer = await self._at("EHLO", server)
        return [answer] if answer else responses

    async def handle_HELO(self, server: SMTP, session: Session, _envelope: Envelope, hostname: str) -> str:  # noqa: N802
        """What a client tries next whose EHLO was refused."""
        session.host_name = hostname
        return await self._at("EHLO", server) or "250 OK"

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._at("MAIL", server) or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = await self._at("RCPT", server) or self.refused.get(address, "")
        if not answer:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.before_taking()
        if refusal := self.refusal or self.answers.get("DATA", ""):
            return refusal
        message = BytesParser(EmailMessage, policy=default).parsebytes(cast("bytes", envelope.content or b""))
        self.received.append(message)
        self.after_taking()
        return await self._at("DATA", server) or "250 OK"

    async def _at(self, stage: Stage, server: SMTP) -> str:
        while self.stalls_at == stage:  # noqa: ASYNC110 - another thread ends it, and an Event is for one
            await asyncio.sleep(0.02)
        if self.drops_at == stage:
            cast("asyncio.Transport", server.transport).abort()
        return self.answers.get(stage, "")


def _nothing() -> None:
    pass


class Doorkeeper(SMTP):
    """Greets as the postbox wants it."""

    async def push(self, status: Any) -> None:  # a str or bytes
        is_greeting = isinstance(status, str) and status.startswith("220 ") and not getattr(self, "has_greeted", False)
        self.has_greeted = True
        await super().push((self.event_handler.greeting if is_greeting else "") or status)


class Entrance(Controller):
    def factory(self) -> Doorkeeper:
        return Doorkeeper(self.handler, **self.SMTP_kwargs)


@contextmanager
def postbox(*, passwords: bool | None = None) -> Iterator[Postbox]:
    """`passwords`: whether one that is shown is right; None where nobody is asked for one."""
    box = Postbox(free_port())
    asked: dict[str, Any] = {}
    if passwords is not None:
        answer = AuthResult(success=passwords, handled=False)
        asked = {"auth_require_tls": False, "authenticator": lambda *_: answer}
    controller = Entrance(box, hostname="127.0.0.1", port=box.port, **asked)
    controller.start()
    try:
        yield box
    finally:
        box.mend()
        controller.stop()
