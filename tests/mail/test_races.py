"""Postmen, and people who try again, all at once: one effect each, no mail lost, none twice."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest
from pytest_django import Settings

from readiness import environment
from readiness.accounts.models import User
from readiness.history.models import Entry
from readiness.mail import actions, delivery
from readiness.mail.models import Mail
from tests.accounts.test_races import at_once
from tests.cast import NOW, Cast
from tests.servers.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def cast(transactional_db: None, cast: Cast) -> Cast:
    return cast


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


def put(person: User, slot: str) -> None:
    actions.queue(
        recipient=person, kind="letter", matter="daily", slot=slot, subject=slot, why="because", text="Two.", now=NOW
    )


def test_of_many_who_try_again_at_once_one_does(cast: Cast, box: Postbox) -> None:
    for number in range(ROUNDS):
        put(cast.theo, str(number))
        box.refused[cast.theo.email] = "550 5.1.1 No such mailbox"
        now = NOW + timedelta(minutes=number)
        delivery.deliver_due(now=now)
        tries = [partial(actions.try_again, by=by, person=cast.theo, now=now) for by in (cast.theo, cast.ada)]
        assert at_once(*tries) == ["done", "two-at-once"]
        assert Entry.objects.filter(verb="mail.tried_again").count() == number + 1
        assert Mail.objects.filter(status="bounced").count() == 0


def test_postmen_and_somebody_who_tries_again_leave_every_mail_in_one_place(cast: Cast, box: Postbox) -> None:
    """The address goes on and off while two postmen go round. In the end it takes mail, and whatever was held has arrived."""
    for number in range(ROUNDS):
        for letter in "abc":
            put(cast.theo, f"{number}{letter}")
            put(cast.olga, f"{number}{letter}")
        box.refused = {cast.theo.email: "550 5.1.1 No such mailbox"} if number % 2 == 0 else {}
        now = NOW + timedelta(minutes=number)
        answers = at_once(
            partial(delivery.deliver_due, now=now),
            partial(delivery.deliver_due, now=now),
            partial(actions.try_again, by=cast.ada, person=cast.theo, now=now),
        )
        assert set(answers) <= {"done", "two-at-once"}
        theo = User.objects.get(pk=cast.theo.pk)
        if Mail.objects.filter(recipient=theo, status="bounced").exists():
            assert theo.is_unreachable, "nothing lies there without a mark, which is what trying again goes by"
    box.mend()
    if User.objects.get(pk=cast.theo.pk).is_unreachable:
        actions.try_again(by=cast.ada, person=cast.theo, now=NOW + timedelta(hours=1))
    while delivery.deliver_due(now=NOW + timedelta(hours=1)).sent:
        pass
    arrived = Counter(box.ids)
    assert max(arrived.values()) == 1
    assert arrived.keys() == set(Mail.objects.filter(status="sent").values_list("message_id", flat=True))
    assert set(Mail.objects.filter(recipient=cast.olga).values_list("status", flat=True)) == {"sent"}
    assert set(Mail.objects.filter(recipient=cast.theo).values_list("status", flat=True)) <= {"sent", "given_up"}
