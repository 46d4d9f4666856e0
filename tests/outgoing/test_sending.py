"""From the row to a real server that takes, refuses, hangs, breaks off or leads elsewhere."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from readiness.checks import network
from readiness.egress import Egress, EgressPolicy
from readiness.outgoing import sending
from readiness.outgoing.actions import receivers as actions
from readiness.outgoing.models import Delivery, Receiver
from readiness.outgoing.rules import MOST_ATTEMPTS
from readiness.outgoing.tasks import wake
from tests.cast import NOW, Cast
from tests.checks.cases import LOCAL
from tests.outgoing.receiving import chat, later, listener, sent, webhook
from tests.servers.api import Answer, api
from tests.servers.misbehaving import Page, misbehaving

DOCS = Path(__file__).parents[2] / "docs/outgoing.md"


def queued(cast: Cast, receiver: Receiver) -> Delivery:
    return actions.send_test(by=cast.ada, receiver=receiver, now=NOW)


def row() -> Delivery:
    return Delivery.objects.get()


def verifier() -> Any:
    """The function that the documentation hands to receivers, taken from its page."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names["is_from_readiness"]


def test_a_call_is_signed_so_that_the_documented_example_verifies_it(cast: Cast) -> None:
    is_ours = verifier()
    with listener(lambda: Answer({"taken": True}, 202)) as server:
        added = webhook(cast, server.url)
        delivery = queued(cast, added.receiver)
        assert sent(later(1)) == 1
    (call,) = server.calls
    headers, forever = dict(call.headers), 10**12
    assert (call.method, headers["content-type"]) == ("POST", "application/json")
    assert headers["webhook-id"] == delivery.message_id
    assert headers["webhook-timestamp"] == str(int(later(1).timestamp()))
    assert is_ours(added.secret, headers, call.body, forever)
    assert not is_ours(added.secret, headers, call.body)  # an old call played again
    assert not is_ours(added.secret, headers, call.body + b" ", forever)
    assert not is_ours(added.secret, headers | {"webhook-id": "msg_other"}, call.body, forever)
    assert not is_ours(webhook(cast, name="Other").secret, headers, call.body, forever)
    done = row()
    assert (done.status, done.attempts, done.problem) == ("delivered", 1, "")
    assert (done.tries[0]["status"], done.tries[0]["answer"]) == (202, '{"taken": true}')


def test_a_chat_gets_its_line_at_its_secret_address(cast: Cast) -> None:
    with listener() as server:
        queued(cast, chat(cast, f"{server.url}/services/T0/B0/s3cret"))
        assert sent() == 1
    (call,) = server.calls
    assert call.path == "/services/T0/B0/s3cret"
    assert set(json.loads(call.body)) == {"text"}
    assert not any(name.startswith("webhook-") for name in call.headers)
    assert row().status == "delivered"


def test_what_is_refused_is_tried_again_later_each_time_and_then_given_up(cast: Cast) -> None:
    with listener(lambda: Answer("Not now.", 503)) as server:
        queued(cast, webhook(cast, server.url).receiver)
        now, waits = NOW, []
        for _ in range(MOST_ATTEMPTS):
            assert sent(now) == 1
            waits.append((row().next_attempt_at - now) / timedelta(minutes=1))
            assert sent(now) == 0  # not before its time
            now = row().next_attempt_at
        assert waits == [2**n for n in range(MOST_ATTEMPTS)]
        assert sent(now + timedelta(days=1)) == 0
    assert len(server.calls) == MOST_ATTEMPTS
    assert len({call.headers["webhook-id"] for call in server.calls}) == 1
    done = row()
    assert (done.status, done.attempts, done.problem) == ("given_up", MOST_ATTEMPTS, "It answered 503.")
    assert [one["answer"] for one in done.tries] == ["Not now."] * MOST_ATTEMPTS


def test_a_receiver_that_asks_for_patience_gets_it_and_one_that_is_gone_is_left_alone(cast: Cast) -> None:
    with listener(lambda: Answer("", 429, {"Retry-After": "1800"})) as server:
        queued(cast, webhook(cast, server.url).receiver)
        sent()
    assert row().next_attempt_at == later(30)
    with listener(lambda: Answer("", 410)) as server:
        Receiver.objects.update(address=server.url)
        sent(later(30))
    assert (row().status, row().attempts) == ("given_up", 2)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/silent", "did not answer within 0.3 s"),
        ("/loop", "It answered 302: it leads on to another address"),
        ("/nowhere", "It answered 404."),
        ("/endless", "MiB"),
    ],
)
def test_a_receiver_that_misbehaves_costs_an_attempt_and_says_why(
    cast: Cast, path: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "TIMEOUT", timedelta(seconds=0.3 if path == "/silent" else 10))
    with misbehaving() as application:
        queued(cast, webhook(cast, application.url + path).receiver)
        assert sent() == 1
    assert row().status == "queued"
    assert words in row().problem


def test_an_address_that_is_not_allowed_is_never_called(cast: Cast) -> None:
    with misbehaving() as application:
        application.behaviour.pages["/in"] = Page("taken")
        queued(cast, webhook(cast, f"{application.url}/in").receiver)
        sending.deliver_due(now=NOW, egress=Egress(EgressPolicy()))
        assert application.seen == []
    assert "EGRESS_ALLOW" in row().problem
    queued(cast, webhook(cast, "http://169.254.169.254/latest", name="Metadata").receiver)
    sending.deliver_due(now=NOW, egress=Egress(EgressPolicy.parse("0.0.0.0/0")))
    assert "no setting allows it" in Delivery.objects.get(receiver__name="Metadata").problem


def test_nobody_there_is_an_attempt_too(cast: Cast) -> None:
    queued(cast, webhook(cast, "http://127.0.0.1:9").receiver)
    assert sent() == 1
    assert "nothing is listening there" in row().problem
    assert row().tries[0]["status"] is None


# Crashes, two workers, fairness


def test_a_worker_that_dies_leaves_it_to_the_next_with_the_same_id(cast: Cast) -> None:
    with listener() as server:
        delivery = queued(cast, webhook(cast, server.url).receiver)
        assert sending._claim(Delivery.objects.get(), NOW)  # and no more is heard of it
        assert sent(NOW + sending.LEASE / 2) == 0
        assert sent(NOW + sending.LEASE) == 1
    assert [call.headers["webhook-id"] for call in server.calls] == [delivery.message_id]
    assert (row().status, row().attempts) == ("delivered", 2)


def test_of_two_workers_that_saw_the_same_row_one_gets_it(cast: Cast) -> None:
    queued(cast, webhook(cast).receiver)
    first, second = Delivery.objects.get(), Delivery.objects.get()
    assert sending._claim(first, NOW)
    assert not sending._claim(second, NOW)


def test_who_lost_the_lease_says_nothing_any_more(cast: Cast) -> None:
    """The first worker was only slow: meanwhile a second one delivered it."""
    came = []

    def slow(_: Any) -> Answer:
        came.append(1)
        return Answer("", 500 if len(came) == 1 else 200)

    with api(slow) as server:
        queued(cast, webhook(cast, server.url).receiver)
        late = Delivery.objects.select_related("receiver").get()
        assert sending._claim(late, NOW)
        request = sending._request(late, NOW)
        assert request
        answer = LOCAL.fetch(request)
        assert sent(NOW + sending.LEASE) == 1
        sending._record(late, answer, NOW + sending.LEASE)
    assert (row().status, row().problem) == ("delivered", "")


def test_a_receiver_that_has_much_waiting_keeps_nobody_else_waiting(cast: Cast) -> None:
    with listener() as server:
        busy, other = (
            webhook(cast, f"{server.url}/busy").receiver,
            webhook(cast, f"{server.url}/other", name="O").receiver,
        )
        for _ in range(sending.AT_ONCE_TO_ONE + 3):
            queued(cast, busy)
        queued(cast, other)
        assert sent() == sending.AT_ONCE_TO_ONE + 1
        assert sum(call.path == "/other" for call in server.calls) == 1
        assert sent() == 3


def test_a_secret_that_cannot_be_read_is_said_and_nothing_is_called(cast: Cast) -> None:
    with listener() as server:
        queued(cast, webhook(cast, server.url).receiver)
        Receiver.objects.update(sealed_secret="sealed with a key that is gone")
        assert sent() == 0
    assert server.calls == []
    assert row().status == "given_up"
    assert "SECRET_KEY has changed" in row().problem


def test_nothing_goes_to_what_was_switched_off_meanwhile(cast: Cast) -> None:
    made = webhook(cast).receiver
    queued(cast, made)
    actions.switch_receiver(by=cast.ada, receiver=made, version=1, is_enabled=False, now=NOW)
    assert sent() == 0


def test_one_wake_reads_and_sends_it_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "egress", lambda: LOCAL)
    with listener() as server:
        receiver = webhook(cast, server.url).receiver
        for _ in range(20):
            queued(cast, receiver)
        assert wake() == 20
    assert set(Delivery.objects.values_list("status", flat=True)) == {"delivered"}
