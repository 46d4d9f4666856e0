"""Receivers that the administrator of the cast has added, and servers that listen for them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from readiness.history.actions import seal
from readiness.outgoing import listening, sending
from readiness.outgoing.actions.receivers import Added, Said, add_receiver, send_test
from readiness.outgoing.models import Delivery, Receiver, ReceiverKind
from readiness.outgoing.rules import Event
from tests.cast import NOW, Cast
from tests.checks.cases import LOCAL
from tests.servers.api import Answer, Api, api

URL = "https://hooks.example.com/readiness"
CHAT = "https://hooks.slack.com/services/T0/B0/s3cret"
ALL = tuple(event.value for event in Event)


def webhook(cast: Cast, address: str = URL, **values: Any) -> Added:
    usual: dict[str, Any] = {"name": "Automation", "address": address, "events": ALL}
    return add_receiver(by=cast.ada, kind=ReceiverKind.WEBHOOK, said=Said(**usual | values), now=NOW)


def chat(cast: Cast, address: str = CHAT, **values: Any) -> Receiver:
    usual: dict[str, Any] = {"name": "#launches", "address": address, "events": ALL}
    return add_receiver(by=cast.ada, kind=ReceiverKind.CHAT, said=Said(**usual | values), now=NOW).receiver


def told(cast: Cast) -> Delivery:
    """A webhook with one delivery, which waits no more."""
    made = send_test(by=cast.ada, receiver=webhook(cast).receiver, now=NOW)
    Delivery.objects.update(status="given_up")
    return made


def heard(now: datetime = NOW) -> int:
    """What the worker does with what has happened: the history is sealed, then read."""
    seal(now=now)
    return listening.hear(now)


def sent(now: datetime = NOW) -> int:
    return sending.deliver_due(now=now, egress=LOCAL)


@contextmanager
def listener(answer: Callable[[], Answer] = Answer) -> Iterator[Api]:
    with api(lambda _: answer()) as server:
        yield server


def later(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)
