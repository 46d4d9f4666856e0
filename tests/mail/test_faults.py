"""Everything an SMTP server can do to a batch: no mail is lost, none is sent twice without a crash, nobody is called dead for the
server's fault, and the rest of the batch goes on where it can.
"""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from readiness import environment
from readiness.accounts.models import User
from readiness.mail import actions, delivery
from readiness.mail.adapter import OutboxAdapter
from readiness.mail.models import Mail, MailStatus
from tests.cast import NOW, Cast
from tests.servers.postbox import Postbox, Stage, postbox

pytestmark = pytest.mark.django_db
A_DAY = timedelta(days=1)


def reach(settings: Settings, url: str) -> None:
    entry = environment.email(url)
    entry["OPTIONS"]["timeout"] = 0.5
    settings.MAILERS = {"default": entry}


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        reach(settings, box.url)
        yield box


def put(*people: User, matter: str = "daily") -> list[Mail]:
    built = [
        actions.queue(
            recipient=person,
            kind="letter",
            matter=matter,
            slot="1",
            subject="2 overdue",
            text="Two.",
            html="",
            why="because you own 2 overdue gaps",
            now=NOW,
        )
        for person in people
    ]
    return [mail for mail in built if mail]


def statuses() -> list[str]:
    return list(Mail.objects.order_by("pk").values_list("status", flat=True))


def test_a_batch_goes_over_one_connection(cast: Cast, box: Postbox) -> None:
    put(*cast.people)
    assert delivery.deliver_due(now=NOW).sent == len(cast.people)
    assert box.connections == 1


@pytest.mark.usefixtures("db")
def test_an_empty_outbox_calls_nobody(box: Postbox) -> None:
    assert delivery.deliver_due(now=NOW) == delivery.Delivered()
    assert box.connections == 0


def test_an_address_that_takes_no_mail_bounces_at_once_and_the_rest_goes_on(cast: Cast, box: Postbox) -> None:
    put(cast.mia, cast.theo, cast.olga)
    box.refused[cast.theo.email] = "550 5.1.1 No such mailbox"
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=2, failed=1)
    assert statuses() == ["sent", "bounced", "sent"]
    bounced = Mail.objects.get(recipient=cast.theo)
    assert bounced.bounced_at is not None
    assert "550 5.1.1 No such mailbox" in bounced.problem
    box.mend()
    assert delivery.deliver_due(now=NOW + A_DAY) == delivery.Delivered(), "no second try"


@pytest.mark.parametrize("answer", ["554 5.7.1 Relay access denied", "530 5.7.0 Authentication required"])
def test_a_server_that_relays_for_nobody_says_nothing_of_the_address(cast: Cast, box: Postbox, answer: str) -> None:
    put(cast.theo)
    box.answers["RCPT"] = answer
    delivery.deliver_due(now=NOW)
    assert statuses() == ["queued"]
    box.mend()
    assert delivery.deliver_due(now=NOW + A_DAY).sent == 1


def test_a_mail_refused_for_what_it_says_waits_and_the_rest_goes_on(cast: Cast, box: Postbox) -> None:
    put(cast.mia, cast.theo)
    refusals = iter(["554 5.7.1 Looks like spam", ""])
    box.before_taking = lambda: setattr(box, "refusal", next(refusals))
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=1, failed=1)
    assert statuses() == ["queued", "sent"]
    assert "spam" in Mail.objects.get(recipient=cast.mia).problem


def test_a_greylisted_mail_is_tried_again_each_time_after_twice_as_long(cast: Cast, box: Postbox) -> None:
    put(cast.theo)
    box.answers["RCPT"] = "451 4.7.1 Greylisted, come back later"
    now, waits = NOW, []
    for _ in range(3):
        assert delivery.deliver_due(now=now).failed == 1
        later = Mail.objects.get().next_attempt_at
        assert delivery.deliver_due(now=now) == delivery.Delivered(), "it waits its time"
        waits.append((later - now) // timedelta(minutes=1))
        now = later
    assert waits == [1, 2, 4]
    box.mend()
    assert delivery.deliver_due(now=now).sent == 1
    assert len(box.received) == 1


REFUSES_ALL: dict[str, tuple[Stage | None, str]] = {
    "at the door": (None, "554 5.7.1 Your network is blocked"),
    "at EHLO": ("EHLO", "554 5.7.1 Go away"),
    "at MAIL": ("MAIL", "550 5.7.1 Sender rejected"),
    "for a moment": ("MAIL", "451 4.3.0 Try later"),
    "while it closes": ("RCPT", "421 4.3.2 Shutting down"),
}


@pytest.mark.parametrize("where", REFUSES_ALL)
def test_a_server_that_refuses_everything_bounces_nobody_and_gives_nothing_up(
    cast: Cast, box: Postbox, where: str
) -> None:
    put(cast.mia, cast.theo)
    stage, answer = REFUSES_ALL[where]
    if stage is None:
        box.greeting = answer
    else:
        box.answers[stage] = answer
    for hour in range(2 * delivery.MOST_ATTEMPTS):
        assert delivery.deliver_due(now=NOW + timedelta(hours=hour)).sent == 0
    assert statuses() == ["queued", "queued"]
    assert set(Mail.objects.values_list("attempts", flat=True)) == {0}, "no server has looked at them"
    assert answer in Mail.objects.order_by("-problem")[0].problem
    box.mend()
    assert delivery.deliver_due(now=NOW + A_DAY).sent == 2
    assert len(box.received) == 2


def test_a_wrong_password_is_ours_to_mend(cast: Cast, settings: Settings) -> None:
    put(cast.mia, cast.theo)
    with postbox(passwords=False) as closed:
        reach(settings, closed.url.replace("//", "//readiness:wrong@"))
        assert delivery.deliver_due(now=NOW) == delivery.Delivered(failed=2)
    assert statuses() == ["queued", "queued"]
    assert "535" in Mail.objects.all()[0].problem
    with postbox(passwords=True) as open_:
        reach(settings, open_.url.replace("//", "//readiness:right@"))
        assert delivery.deliver_due(now=NOW + A_DAY).sent == 2
        assert len(open_.received) == 2


@pytest.mark.parametrize("stage", ["EHLO", "MAIL", "RCPT"])
@pytest.mark.parametrize("how", ["stalls_at", "drops_at"])
def test_a_server_that_stops_talking_before_the_mail_is_there_gets_it_once(
    cast: Cast, box: Postbox, how: str, stage: Stage
) -> None:
    put(cast.mia, cast.theo)
    setattr(box, how, stage)
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(failed=1)
    assert statuses() == ["queued", "queued"]
    assert not box.received
    box.mend()
    assert delivery.deliver_due(now=NOW + A_DAY).sent == 2
    assert len(set(box.ids)) == len(box.received) == 2


@pytest.mark.parametrize("how", ["stalls_at", "drops_at"])
def test_a_mail_taken_without_a_word_comes_twice_at_most_and_is_known_as_one(
    cast: Cast, box: Postbox, how: str
) -> None:
    put(cast.mia, cast.theo)
    setattr(box, how, "DATA")
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(failed=1)
    assert statuses() == ["queued", "queued"]
    box.mend()
    assert delivery.deliver_due(now=NOW + A_DAY).sent == 2
    assert len(box.received) == 3, "the one in doubt once more"
    assert len(set(box.ids)) == 2


def test_a_server_that_always_breaks_off_in_the_middle_of_a_mail_is_not_fed_for_ever(cast: Cast, box: Postbox) -> None:
    put(cast.theo)
    box.drops_at = "DATA"
    for day in range(delivery.MOST_ATTEMPTS + 3):
        delivery.deliver_due(now=NOW + day * A_DAY)
    assert statuses() == ["given_up"]
    assert len(box.received) == delivery.MOST_ATTEMPTS


def test_a_server_that_dies_in_the_middle_of_a_batch_loses_nothing(cast: Cast, box: Postbox) -> None:
    put(*cast.people)

    def die_after_three() -> None:
        if len(box.received) == 3:
            box.drops_at, box.greeting = "MAIL", "421 4.3.2 Dead"

    box.after_taking = die_after_three
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=3, failed=1)
    assert delivery.deliver_due(now=NOW + timedelta(seconds=20)).sent == 0
    box.mend()
    delivery.deliver_due(now=NOW + A_DAY)
    assert set(statuses()) == {"sent"}
    assert len(set(box.ids)) == len(box.received) == len(cast.people)


def test_an_address_that_cannot_be_written_stops_nobody_else(cast: Cast, box: Postbox) -> None:
    first, _ = put(cast.mia, cast.theo)
    User.objects.filter(pk=cast.mia.pk).update(email="jürgen@example.com")
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(sent=1, failed=1)
    assert statuses() == ["given_up", "sent"]
    assert "can't be sent as it is" in Mail.objects.get(pk=first.pk).problem
    assert len(box.received) == 1


def test_the_time_that_the_first_mail_takes_is_not_taken_from_the_leases_of_the_others(
    cast: Cast, box: Postbox
) -> None:
    """What is written when each has gone is that moment, and not the batch's beginning; the lease runs by the same clock."""
    put(cast.mia, cast.theo)
    box.after_taking = lambda: time.sleep(0.2)
    delivery.deliver_due(now=NOW)
    first, second = Mail.objects.order_by("pk").values_list("sent_at", flat=True)
    assert first is not None
    assert second is not None
    assert first >= NOW + timedelta(seconds=0.2)
    assert second >= first + timedelta(seconds=0.2)


def test_a_batch_ends_by_itself_and_leaves_the_rest_to_the_next(
    cast: Cast, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(cast.mia, cast.theo)
    monkeypatch.setattr(delivery, "LONGEST_BATCH", timedelta(seconds=0.1))
    box.after_taking = lambda: time.sleep(0.2)
    assert delivery.deliver_due(now=NOW).sent == 1
    assert delivery.deliver_due(now=NOW).sent == 1
    assert len(set(box.ids)) == 2


@pytest.mark.usefixtures("box")
def test_the_words_of_a_mail_with_a_key_are_forgotten_when_it_has_gone_out(cast: Cast) -> None:
    context = {
        "user": cast.theo,
        "password_url": "https://readiness.example/key/SECRET",
        "days": 3,
        "invited_by": "Ada",
    }
    OutboxAdapter().send_mail("accounts/mail/invitation", cast.theo.email, context)
    waiting = Mail.objects.get()
    assert "SECRET" in waiting.text + waiting.html
    assert delivery.deliver_due(now=waiting.next_attempt_at).sent == 1
    kept = Mail.objects.get()
    assert kept.status == MailStatus.SENT
    assert kept.text == kept.html == ""
