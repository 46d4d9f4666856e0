"""Several workers and people at the same moment, on whichever database this run uses."""

import pytest

from readiness.assessments.models import Gap
from readiness.history.actions import seal
from readiness.history.models import Entry
from readiness.outgoing import listening, sending
from readiness.outgoing.actions.issues import ask_for_issue
from readiness.outgoing.models import Delivery, Issue
from tests.assessments.small import see, small
from tests.cast import NOW, Cast
from tests.checks.connecting import connected
from tests.checks.test_races import at_once
from tests.outgoing.receiving import heard, later, listener, sent, webhook

pytestmark = pytest.mark.django_db(transaction=True)


def test_workers_that_listen_at_once_tell_each_event_once(cast: Cast) -> None:
    heard()
    webhook(cast)
    assessment = small(cast)
    for minute in range(1, 9):
        see(assessment, "probed", "fail" if minute % 2 else "pass", now=later(minute), reason="So.", check_id=None)
    seal(now=later(10))
    made = at_once(4, lambda _: listening.hear(later(10)))
    assert sum(made) == Delivery.objects.count() == 8


def test_workers_that_send_at_once_send_each_message_once(cast: Cast) -> None:
    with listener() as server:
        receiver = webhook(cast, server.url).receiver
        usual = {"receiver": receiver, "event": "test", "body": "{}", "created_at": NOW, "next_attempt_at": NOW}
        Delivery.objects.bulk_create(Delivery(occasion=f"test:{number}", **usual) for number in range(12))
        calls = at_once(3, lambda _: sum(iter(sent, 0)))
        assert sum(calls) == len(server.calls) == 12
    assert len({call.headers["webhook-id"] for call in server.calls}) == 12
    assert set(Delivery.objects.values_list("status", "attempts")) == {("delivered", 1)}
    assert sending.AT_ONCE_TO_ONE < 12  # more than one batch


def test_people_that_ask_at_once_get_one_issue(cast: Cast) -> None:
    see(small(cast), "probed", "fail", now=NOW, reason="Down.", check_id=None)
    connected(cast, "code_host", address="https://api.github.com", flavour="github")
    cast.checkout.repository = "https://github.com/shop/checkout"
    cast.checkout.save()
    people = (cast.theo, cast.olga, cast.pia, cast.mia)
    asked = at_once(4, lambda at: ask_for_issue(by=people[at], gap=Gap.objects.with_context().get(), now=NOW).pk)
    assert set(asked) == {Issue.objects.get().pk}
    assert Entry.objects.filter(verb="gap.issue_asked").count() == 1
