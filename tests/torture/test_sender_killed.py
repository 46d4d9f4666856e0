"""A real Celery worker is killed while a receiver, or a code host, has its call and has not answered yet.

The promise: a message arrives, twice at most and then with the same id; an issue is made once.
"""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from readiness.assessments import actions as assessments
from readiness.assessments.models import Gap
from readiness.catalog.models import Service
from readiness.outgoing.actions.issues import ask_for_issue
from readiness.outgoing.actions.receivers import send_test
from readiness.outgoing.models import Delivery, Issue
from tests.assessments.small import small
from tests.cast import Cast
from tests.checks.connecting import connected
from tests.infrastructure.waiting import eventually
from tests.outgoing.receiving import webhook
from tests.servers.api import Answer, Call, api
from tests.servers.tracker import TOKEN, Tracker
from tests.torture.test_worker_killed import Works, kill

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
A_MINUTE = timedelta(seconds=60)


@pytest.fixture
def goes_on() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def wake(works: Works) -> None:
    works.broker.send_task("readiness.outgoing.tasks.wake", expires=30)


def test_a_message_arrives_though_the_worker_that_sent_it_was_killed(
    cast: Cast, tmp_path: Path, goes_on: threading.Event
) -> None:
    works = Works(tmp_path)

    def answer(_: Call) -> Answer:
        goes_on.wait(60)
        return Answer("taken")

    with api(answer) as server:
        send_test(by=cast.ada, receiver=webhook(cast, server.url).receiver, now=timezone.now())
        wake(works)
        with works.worker() as worker:
            eventually(lambda: server.calls, within=A_MINUTE, what="it has the message")
            kill(worker)
        assert Delivery.objects.get().status == "queued"
        goes_on.set()
        Delivery.objects.update(lease_until=timezone.now())
        with works.worker():
            wake(works)
            eventually(lambda: not Delivery.objects.get().is_queued, within=A_MINUTE, what="it was sent again")
    assert Delivery.objects.get().status == "delivered"
    assert [call.headers["webhook-id"] for call in server.calls] == [Delivery.objects.get().message_id] * 2


def test_no_second_issue_is_made_though_nobody_heard_of_the_first(
    cast: Cast, tmp_path: Path, goes_on: threading.Event
) -> None:
    works, made = Works(tmp_path), threading.Event()
    host = Tracker("github", now=f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}")

    def answer(call: Call) -> Answer:
        found = host.answer(call)
        if call.method == "POST":
            made.set()
            goes_on.wait(60)
        return found

    with api(answer) as server:
        host.server = server
        connected(cast, "code_host", address=f"{server.url}/api/v3", flavour="github", secret=TOKEN)
        Service.objects.filter(pk=cast.checkout.pk).update(repository=host.repository)
        small(cast)
        assessments.open_gap(by=cast.theo, item=cast.item("drilled"), because="Never done.", now=timezone.now())
        ask_for_issue(by=cast.theo, gap=Gap.objects.with_context().get(), now=timezone.now())
        wake(works)
        with works.worker() as worker:
            eventually(made.is_set, within=A_MINUTE, what="it was made")
            kill(worker)
        assert Gap.objects.get().ticket_url == ""
        goes_on.set()
        Issue.objects.update(lease_until=timezone.now())
        with works.worker():
            wake(works)
            eventually(lambda: not Issue.objects.get().is_queued, within=A_MINUTE, what="it was found")
    assert len(host.issues) == len(host.calls("POST")) == 1
    assert Gap.objects.get().ticket_name == "shop/checkout#1"
