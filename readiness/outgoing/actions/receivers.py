"""Adding a receiver, changing it, testing it, giving it a new secret, switching it off, removing it, and sending again.

A secret is said once: a webhook's is made here and shown once, a chat's address is typed and never shown again. Neither stands in
the history.
"""

import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Conflict, Refused
from readiness.accounts.rules import Action
from readiness.assessments.actions.holding import WrongFields, swap
from readiness.catalog.rules import address_problem
from readiness.checks import sealing
from readiness.history.actions import Subject, record
from readiness.outgoing import messages, tasks
from readiness.outgoing.models import Delivery, DeliveryStatus, Receiver, ReceiverKind
from readiness.outgoing.rules import SECRET_BYTES, TEST, Event, secret_from

RULE = "valid-receiver"


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed. `address` empty keeps the one of a chat, which nobody is shown."""

    name: str
    address: str = field(repr=False)
    events: Sequence[str] = ()
    team: Team | None = None

    @property
    def values(self) -> dict[str, Any]:
        return {
            "name": self.name.strip(),
            "events": [one.value for one in Event if one in self.events],
            "team": self.team,
        }


@dataclass(frozen=True, slots=True)
class Added:
    """`secret`: for the one time that it is shown; empty for a chat."""

    receiver: Receiver
    secret: str = field(default="", repr=False)


@transaction.atomic
def add_receiver(*, by: User, kind: ReceiverKind, said: Said, now: datetime) -> Added:
    """Raises WrongFields, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    _judge(said, is_address_needed=True)
    receiver = Receiver(
        key=uuid.uuid4(), kind=kind, listens_since=now, secret_set_at=now, secret_set_by=by, **said.values
    )
    secret = said.address.strip() if receiver.is_chat else _new_secret()
    receiver.address = _shown_address(kind, said.address)
    receiver.sealed_secret = sealing.seal(secret, purpose=receiver.purpose)
    receiver.save(force_insert=True)
    record("receiver.added", subject_of(receiver), by=by, at=now, after=_shown(receiver))
    return Added(receiver, "" if receiver.is_chat else secret)


@transaction.atomic
def change_receiver(*, by: User, receiver: Receiver, version: int, said: Said, now: datetime) -> Receiver:
    """Raises WrongFields, NotAllowed, Conflict."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh = _fresh(receiver)
    _judge(said, is_address_needed=not fresh.is_chat)
    before, changes = _shown(fresh), said.values
    if said.address.strip():
        changes["address"] = _shown_address(fresh.kind, said.address)
    if said.address.strip() and fresh.is_chat:
        sealed = sealing.seal(said.address.strip(), purpose=fresh.purpose)
        changes |= {"sealed_secret": sealed, "secret_set_at": now, "secret_set_by": by}
    swap(fresh, version, **changes)
    after = _shown(fresh)
    changed = [name for name in after if before[name] != after[name]]
    if "sealed_secret" in changes:
        record("receiver.secret_set", subject_of(fresh), by=by, at=now)
    if changed:
        old, new = ({name: values[name] for name in changed} for values in (before, after))
        record("receiver.changed", subject_of(fresh), by=by, at=now, before=old, after=new)
    return fresh


@transaction.atomic
def renew_secret(*, by: User, receiver: Receiver, version: int, now: datetime) -> Added:
    """From the next call on; what the old one signed can't be told from a forgery then. Raises Refused, NotAllowed, Conflict."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh, secret = _fresh(receiver), _new_secret()
    if fresh.is_chat:
        raise Refused(RULE, "A chat's secret is its address; type the new one.")
    sealed = sealing.seal(secret, purpose=fresh.purpose)
    swap(fresh, version, sealed_secret=sealed, secret_set_at=now, secret_set_by=by)
    record("receiver.secret_set", subject_of(fresh), by=by, at=now)
    return Added(fresh, secret)


@transaction.atomic
def switch_receiver(*, by: User, receiver: Receiver, version: int, is_enabled: bool, now: datetime) -> Receiver:
    """Off: it is told nothing, and what waits for it is dropped. On: of what happens from now on. Raises Conflict, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh = _fresh(receiver)
    if fresh.is_enabled == is_enabled and fresh.version == version:
        return fresh
    swap(fresh, version, is_enabled=is_enabled, **({"listens_since": now} if is_enabled else {}))
    if not is_enabled:
        waiting = fresh.deliveries.filter(status=DeliveryStatus.QUEUED)
        waiting.update(
            status=DeliveryStatus.DROPPED, problem="It was switched off before this went out.", lease_until=None
        )
    verb = "receiver.switched_on" if is_enabled else "receiver.switched_off"
    record(verb, subject_of(fresh), by=by, at=now)
    return fresh


@transaction.atomic
def remove_receiver(*, by: User, receiver: Receiver, version: int, now: datetime) -> None:
    """With its secret and all that was sent to it; the history keeps what it was. Raises Conflict, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    fresh = _fresh(receiver)
    if fresh.version != version:
        raise _conflict(fresh)
    swap(fresh, version)  # of two at once the second finds another version
    fresh.delete()
    record("receiver.removed", subject_of(receiver), by=by, at=now, before=_shown(receiver))


@transaction.atomic
def send_test(*, by: User, receiver: Receiver, now: datetime) -> Delivery:
    """Asks a worker for one. Raises Refused while it is switched off, NotAllowed."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    if not receiver.is_enabled:
        raise Refused(RULE, "It is switched off; switch it on first.")
    name = by.get_full_name()
    body = messages.chat_body(messages.chat_test(name)) if receiver.is_chat else messages.test_body(now, name)
    delivery = Delivery.objects.create(
        receiver=receiver, event=TEST, occasion=f"test:{uuid.uuid4()}", about=f"A test by {name}", body=body, created_at=now,
        next_attempt_at=now,
    )  # fmt: skip
    record("receiver.tested", subject_of(receiver), by=by, at=now)
    transaction.on_commit(tasks.wake_soon, robust=True)
    return delivery


@transaction.atomic
def send_again(*, by: User, delivery: Delivery, fence: int, now: datetime) -> Delivery:
    """The same message with the same id, signed anew. Raises Refused (see `again_problem`), NotAllowed, Conflict."""
    policy.require(by, Action.CONNECT_INTEGRATION)
    if problem := again_problem(delivery):
        raise Refused(RULE, problem)
    rows = Delivery.objects.filter(pk=delivery.pk, fence=fence).exclude(status=DeliveryStatus.QUEUED)
    queued = {
        "status": DeliveryStatus.QUEUED,
        "attempts": 0,
        "next_attempt_at": now,
        "problem": "",
        "lease_until": None,
    }
    if not rows.update(fence=F("fence") + 1, **queued):
        raise _conflict(Delivery.objects.get(pk=delivery.pk))
    record("receiver.sent_again", subject_of(delivery.receiver), by=by, at=now, after={"message": delivery.message_id})
    transaction.on_commit(tasks.wake_soon, robust=True)
    return Delivery.objects.select_related("receiver").get(pk=delivery.pk)


def again_problem(delivery: Delivery) -> str:
    if delivery.is_queued:
        return "It waits to be sent already."
    return "" if delivery.receiver.is_enabled else "Its receiver is switched off; switch it on first."


def _judge(said: Said, *, is_address_needed: bool) -> None:
    address = said.address.strip()
    problem = address_problem(address) if address else ("This is needed." if is_address_needed else None)
    found = {
        "name": "" if said.name.strip() else "Give it a name, such as the channel's.",
        "address": problem or "",
        "events": "" if any(one in said.events for one in Event) else "Choose at least one event.",
    }
    if wrong := {name: sentence for name, sentence in found.items() if sentence}:
        raise WrongFields(RULE, wrong)


def _shown_address(kind: str, typed: str) -> str:
    """A chat's address opens the channel to whoever reads it."""
    parts = urlsplit(typed.strip())
    return f"{parts.scheme}://{parts.netloc}" if kind == ReceiverKind.CHAT else typed.strip()


def _new_secret() -> str:
    return secret_from(secrets.token_bytes(SECRET_BYTES))


def _shown(receiver: Receiver) -> dict[str, Any]:
    return {
        "name": receiver.name, "address": receiver.address, "events": receiver.events,
        "team": receiver.team.name if receiver.team else None,
    }  # fmt: skip


def _fresh(receiver: Receiver) -> Receiver:
    return Receiver.objects.select_related("team").get(pk=receiver.pk)


def _conflict(current: Receiver | Delivery) -> Conflict:
    return Conflict("Somebody else changed this in the meantime. Look at what it says now, and decide again.", current)


def subject_of(receiver: Receiver) -> Subject:
    return Subject("receiver", receiver.pk, f"the receiver {receiver}")
