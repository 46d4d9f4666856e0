"""What an administrator does about receivers, and what nobody else may."""

from collections.abc import Callable
from typing import Any

import pytest

from readiness.accounts.policy import Conflict, NotAllowed, Refused
from readiness.assessments.actions.holding import WrongFields
from readiness.checks.sealing import SealedError
from readiness.history.models import Entry
from readiness.outgoing.actions import receivers as actions
from readiness.outgoing.actions.receivers import Said
from readiness.outgoing.models import Delivery, Receiver
from tests.cast import NOW, Cast
from tests.outgoing.receiving import ALL, CHAT, URL, chat, later, webhook

HOUR = later(60)


def verbs() -> list[str]:
    return list(Entry.objects.filter(object_type="receiver").order_by("id").values_list("verb", flat=True))


def test_a_webhook_gets_a_secret_that_is_sealed_and_shown_once(cast: Cast) -> None:
    added = webhook(cast)
    stored = Receiver.objects.get()
    assert added.secret.startswith("whsec_")
    assert added.secret not in stored.sealed_secret
    assert stored.secret == added.secret
    assert added.secret not in repr(added)
    assert Entry.objects.get().after == {"name": "Automation", "address": URL, "events": list(ALL), "team": None}


def test_the_address_of_a_chat_is_its_secret_and_only_the_origin_is_shown(cast: Cast) -> None:
    made = chat(cast)
    assert (made.address, made.secret) == ("https://hooks.slack.com", CHAT)
    assert CHAT not in str(Receiver.objects.values().get()) + str(list(Entry.objects.values()))


def test_a_secret_opens_for_its_receiver_only(cast: Cast) -> None:
    one, other = webhook(cast).receiver, webhook(cast, name="Other").receiver
    Receiver.objects.filter(pk=other.pk).update(sealed_secret=one.sealed_secret)
    with pytest.raises(SealedError):
        _ = Receiver.objects.get(pk=other.pk).secret


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"address": ""}, "address"),
        ({"address": "ftp://x.example"}, "address"),
        ({"address": "https://me:pw@x.example"}, "address"),
        ({"events": ()}, "events"),
        ({"events": ("nonsense",)}, "events"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(cast: Cast, values: dict[str, Any], field: str) -> None:
    for add in (webhook, chat):
        with pytest.raises(WrongFields) as refusal:
            add(cast, **values)
        assert set(refusal.value.problems) == {field}
    assert not Receiver.objects.exists()


def test_a_chat_is_changed_without_typing_its_address_again(cast: Cast) -> None:
    made = chat(cast)
    said = Said("#ops", "", ["gap.opened"], cast.payments)
    fresh = actions.change_receiver(by=cast.ada, receiver=made, version=1, said=said, now=HOUR)
    assert (fresh.name, fresh.events, fresh.team, fresh.secret) == ("#ops", ["gap.opened"], cast.payments, CHAT)
    moved = Said("#ops", "https://chat.example/hooks/x", ["gap.opened"], cast.payments)
    fresh = actions.change_receiver(by=cast.ada, receiver=made, version=2, said=moved, now=HOUR)
    assert (fresh.address, fresh.secret) == ("https://chat.example", "https://chat.example/hooks/x")
    assert verbs() == ["receiver.added", "receiver.changed", "receiver.secret_set", "receiver.changed"]


def test_a_webhook_keeps_its_secret_when_its_address_changes(cast: Cast) -> None:
    """It signs and is never sent: nobody learns it by moving the address."""
    added = webhook(cast)
    said = Said("Automation", "https://new.example/in", ALL)
    fresh = actions.change_receiver(by=cast.ada, receiver=added.receiver, version=1, said=said, now=HOUR)
    assert (fresh.address, fresh.secret) == ("https://new.example/in", added.secret)


def test_a_new_secret_replaces_the_old_one(cast: Cast) -> None:
    added = webhook(cast)
    renewed = actions.renew_secret(by=cast.ada, receiver=added.receiver, version=1, now=HOUR)
    assert renewed.secret != added.secret
    assert Receiver.objects.get().secret == renewed.secret
    with pytest.raises(Refused, match="secret is its address"):
        actions.renew_secret(by=cast.ada, receiver=chat(cast), version=1, now=HOUR)


def test_switched_off_what_waits_is_dropped_and_on_again_it_begins_anew(cast: Cast) -> None:
    made = webhook(cast).receiver
    actions.send_test(by=cast.ada, receiver=made, now=NOW)
    off = actions.switch_receiver(by=cast.ada, receiver=made, version=1, is_enabled=False, now=HOUR)
    assert Delivery.objects.get().status == "dropped"
    with pytest.raises(Refused, match="switched off"):
        actions.send_test(by=cast.ada, receiver=off, now=HOUR)
    on = actions.switch_receiver(by=cast.ada, receiver=off, version=2, is_enabled=True, now=HOUR)
    assert (on.listens_since, on.is_enabled) == (HOUR, True)


def test_removed_it_is_gone_with_its_deliveries(cast: Cast) -> None:
    made = webhook(cast).receiver
    actions.send_test(by=cast.ada, receiver=made, now=NOW)
    actions.remove_receiver(by=cast.ada, receiver=made, version=1, now=HOUR)
    assert not Receiver.objects.exists()
    assert not Delivery.objects.exists()
    assert verbs()[-1] == "receiver.removed"


def test_what_was_given_up_is_sent_again_and_what_waits_is_not(cast: Cast) -> None:
    delivery = actions.send_test(by=cast.ada, receiver=webhook(cast).receiver, now=NOW)
    with pytest.raises(Refused, match="waits to be sent already"):
        actions.send_again(by=cast.ada, delivery=delivery, fence=0, now=HOUR)
    Delivery.objects.update(status="given_up", attempts=9, problem="It answered 500.")
    delivery.refresh_from_db()
    with pytest.raises(Conflict):
        actions.send_again(by=cast.ada, delivery=delivery, fence=5, now=HOUR)
    again = actions.send_again(by=cast.ada, delivery=delivery, fence=0, now=HOUR)
    assert (again.status, again.attempts, again.next_attempt_at, again.key) == ("queued", 0, HOUR, delivery.key)


type Act = Callable[[Any, Receiver, int], Any]
ACTS: list[Act] = [
    lambda by, made, version: actions.change_receiver(
        by=by, receiver=made, version=version, said=Said("New", URL, ALL), now=HOUR
    ),
    lambda by, made, version: actions.renew_secret(by=by, receiver=made, version=version, now=HOUR),
    lambda by, made, version: actions.switch_receiver(
        by=by, receiver=made, version=version, is_enabled=False, now=HOUR
    ),
    lambda by, made, version: actions.remove_receiver(by=by, receiver=made, version=version, now=HOUR),
    lambda by, made, _: actions.send_test(by=by, receiver=made, now=HOUR),
]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ["mia", "theo", "vera", "sam"])
def test_only_an_administrator_may(cast: Cast, act: Act, name: str) -> None:
    made = webhook(cast).receiver
    before, said = Receiver.objects.values().get(), verbs()
    with pytest.raises(NotAllowed):
        act(getattr(cast, name), made, 1)
    assert (Receiver.objects.values().get(), verbs()) == (before, said)
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("act", ACTS[:4])
def test_of_two_at_once_the_second_is_told(cast: Cast, act: Act) -> None:
    made = webhook(cast).receiver
    actions.change_receiver(by=cast.ada, receiver=made, version=1, said=Said("First", URL, ALL), now=NOW)
    before, said = Receiver.objects.values().get(), verbs()
    with pytest.raises(Conflict):
        act(cast.ada, made, 1)
    assert (Receiver.objects.values().get(), verbs()) == (before, said)
