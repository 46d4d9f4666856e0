"""The last look at a mail before it leaves: whoever wrote it may change its words, or say that its time is over.

A mail may have waited for a server that was away, and nothing is sent about something already closed (rule *one-mail*). This room
knows nothing of the domain: the one that writes a kind of mail enters its own look here, when it starts.
"""

from collections.abc import Callable
from datetime import datetime

from readiness.mail.models import Mail

type LastLook = Callable[[Mail, datetime], str]
"""Answers why the mail should not go out any more, or nothing; changes its subject, text and html to what is true now."""

LOOKS: dict[str, LastLook] = {}
"""Kind of mail → its last look."""


def last_look(mail: Mail, now: datetime) -> str:
    look = LOOKS.get(mail.kind)
    return look(mail, now) if look else ""
