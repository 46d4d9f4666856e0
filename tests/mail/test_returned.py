"""An address that takes no mail: what goes to it is held, people are told, and somebody tries again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import mailers
from django.test import Client
from pytest_django import Settings

from readiness import environment
from readiness.accounts import actions as accounts
from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.history.models import Entry
from readiness.mail import actions, delivery
from readiness.mail.adapter import OutboxAdapter
from readiness.mail.models import Mail, MailStatus
from readiness.mail.replies import Fate
from tests.cast import NOW, Cast, login
from tests.servers.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db
SAID = "550 5.1.1 No such mailbox"
LATER, A_DAY = NOW + timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


def put(person: User, slot: str, *, now: Any = NOW, kind: str = "letter") -> Mail:
    mail = actions.queue(
        recipient=person, kind=kind, matter="daily", slot=slot, subject=f"Letter {slot}", text="Two.", html="",
        why="because you own 2 overdue gaps", now=now,
    )  # fmt: skip
    assert mail is not None
    return mail


def invite(person: User) -> None:
    context = {"user": person, "password_url": "https://readiness.example/key/SECRET", "days": 3, "invited_by": "Ada"}
    OutboxAdapter().send_mail("accounts/mail/invitation", person.email, context)
    Mail.objects.filter(matter="account").update(next_attempt_at=NOW)


def statuses(person: User) -> list[str]:
    return list(Mail.objects.filter(recipient=person).order_by("pk").values_list("status", flat=True))


def again(person: User) -> User:
    found: User = User.objects.get(pk=person.pk)
    return found


@pytest.fixture
def returned(cast: Cast, box: Postbox) -> User:
    """Theo, whose first letter came back; two more wait."""
    put(cast.theo, "first")
    box.refused[cast.theo.email] = SAID
    delivery.deliver_due(now=NOW)
    for slot in ("second", "third"):
        put(cast.theo, slot, now=LATER)
    return again(cast.theo)


def test_a_refusal_marks_the_address_once_and_what_follows_is_held(returned: User, cast: Cast, box: Postbox) -> None:
    assert returned.is_unreachable
    assert returned.returned_said == SAID
    put(cast.mia, "hers", now=LATER)
    assert delivery.deliver_due(now=LATER + A_DAY).sent == 1, "nobody else is held"
    assert statuses(returned) == ["bounced", "queued", "queued"]
    assert set(Mail.objects.held().values_list("subject", flat=True)) == {"Letter second", "Letter third"}
    entry = Entry.objects.get(verb="person.unreachable")
    assert (entry.actor_name, entry.reason) == ("the mail server", SAID)


def test_within_a_batch_the_first_refusal_holds_the_rest(cast: Cast, box: Postbox) -> None:
    for slot in "abc":
        put(cast.theo, slot)
    box.refused[cast.theo.email] = SAID
    assert delivery.deliver_due(now=NOW) == delivery.Delivered(failed=1)
    assert statuses(cast.theo) == ["bounced", "queued", "queued"]
    assert set(Mail.objects.held().values_list("attempts", flat=True)) == {0}


def test_trying_again_sends_what_was_held_and_of_what_came_back_the_newest(
    returned: User, cast: Cast, box: Postbox
) -> None:
    older = put(cast.theo, "older", now=NOW - A_DAY)
    Mail.objects.filter(pk=older.pk).update(status=MailStatus.BOUNCED, bounced_at=NOW - A_DAY, problem=SAID)
    box.mend()
    actions.try_again(by=returned, person=returned, now=LATER)
    assert not again(returned).is_unreachable
    assert delivery.deliver_due(now=LATER).sent == 3
    assert {str(message["Subject"]) for message in box.received} == {"Letter first", "Letter second", "Letter third"}
    assert statuses(returned) == ["sent", "sent", "sent", "given_up"]
    assert Entry.objects.get(verb="mail.tried_again").actor_name == returned.name


def test_an_address_that_still_takes_none_is_asked_once_more_and_marked_again(returned: User, box: Postbox) -> None:
    box.refused[returned.email] = "550 5.2.1 Mailbox disabled"
    actions.try_again(by=returned, person=returned, now=LATER)
    assert delivery.deliver_due(now=LATER) == delivery.Delivered(failed=1)
    assert again(returned).returned_said == "550 5.2.1 Mailbox disabled"
    assert sorted(statuses(returned)) == ["bounced", "queued", "queued"]


def test_who_may_try_again(returned: User, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        actions.try_again(by=cast.olga, person=returned, now=LATER)
    with pytest.raises(NotVisible):
        actions.try_again(by=cast.mia, person=cast.sam, now=LATER)
    assert again(returned).is_unreachable
    assert not Entry.objects.filter(verb="mail.tried_again").exists()
    actions.try_again(by=cast.mia, person=returned, now=LATER)
    assert not again(returned).is_unreachable


def test_of_two_who_try_again_the_second_is_told(returned: User, cast: Cast) -> None:
    actions.try_again(by=cast.ada, person=returned, now=LATER)
    before = statuses(returned)
    with pytest.raises(Conflict, match="is being tried again already"):
        actions.try_again(by=returned, person=returned, now=LATER)
    assert statuses(returned) == before
    assert Entry.objects.filter(verb="mail.tried_again").count() == 1


def test_another_address_gets_what_was_held(returned: User, cast: Cast, box: Postbox) -> None:
    accounts.change_address(
        by=cast.ada, person=returned, email="Theo.New@Example.com", version=returned.version, now=LATER
    )
    assert not again(returned).is_unreachable
    assert delivery.deliver_due(now=LATER).sent == 2
    assert {str(message["To"]) for message in box.received} == {"theo.new@example.com"}
    assert set(Mail.objects.filter(status="sent").values_list("to", flat=True)) == {"theo.new@example.com"}
    old = accounts.change_address(
        by=cast.ada, person=again(returned), email="theo@example.com", version=again(returned).version, now=LATER
    )
    assert old.is_unreachable, "that one is as it was"


def test_an_address_that_is_changed_while_the_server_refuses_the_old_one_marks_nobody(cast: Cast, box: Postbox) -> None:
    mail = put(cast.theo, "first")
    claimed = Mail.objects.select_related("recipient").get(pk=mail.pk)
    assert delivery._claim(claimed, NOW)
    User.objects.filter(pk=cast.theo.pk).update(email="new@example.com")
    box.refused["theo@example.com"] = SAID
    with pytest.raises(OSError, match="No such mailbox") as refusal, mailers.default as connection:
        delivery._send(claimed, connection)
    delivery._settle(claimed, NOW, Fate.BOUNCED, refusal.value)
    assert not again(cast.theo).returned_address
    assert delivery.deliver_due(now=NOW).sent == 1
    assert [str(message["To"]) for message in box.received] == ["new@example.com"]


def test_what_is_held_for_too_long_is_dropped_and_says_so(returned: User) -> None:
    end = LATER + delivery.LONGEST_HELD
    delivery.deliver_due(now=end - timedelta(seconds=1))
    assert statuses(returned) == ["bounced", "queued", "queued"]
    delivery.deliver_due(now=end)
    assert statuses(returned) == ["bounced", "dropped", "dropped"]
    said = set(Mail.objects.filter(status="dropped").values_list("problem", flat=True))
    assert said == {"mail to theo@example.com came back, and nobody tried again within 14 days"}


def test_mail_with_a_key_goes_out_even_so_and_brings_the_rest_with_it(returned: User, box: Postbox) -> None:
    invite(returned)
    assert delivery.deliver_due(now=LATER).failed == 1, "it is tried"
    assert Mail.objects.get(matter="account").status == MailStatus.BOUNCED
    assert Mail.objects.get(matter="account").text == "", "its words are not kept"
    box.mend()
    invite(returned)
    assert delivery.deliver_due(now=LATER).sent == 1
    assert not again(returned).is_unreachable
    assert delivery.deliver_due(now=LATER + timedelta(minutes=1)).sent == 3
    assert Mail.objects.filter(matter="account").order_by("-pk")[0].status == MailStatus.SENT
    assert Mail.objects.filter(matter="account", status="given_up").count() == 1, "nobody sends an empty one again"


def test_the_person_sees_it_on_every_page_and_tries_again_there(returned: User, client: Client) -> None:
    login(client, returned)
    page = client.get("/settings/").content.decode()
    assert "Mail to you comes back" in page
    assert SAID in page
    answer = client.post("/settings/mail/try-again/", follow=True)
    assert "goes out again" in answer.content.decode()
    assert "Mail to you comes back" not in client.get("/settings/").content.decode()
    assert "No mail to Theo Example is held" in client.post("/settings/mail/try-again/", follow=True).content.decode()


def test_who_looks_after_people_sees_it_and_acts(returned: User, cast: Cast, client: Client) -> None:
    login(client, cast.ada)
    assert "Mail comes back" in client.get("/settings/people/?state=unreachable").content.decode()
    page = client.get(f"/settings/people/{returned.pk}/").content.decode()
    assert SAID in page
    held = client.get("/settings/mail/sent/?state=held").content.decode()
    assert "Letter second" in held
    assert "Letter first" not in held
    address = {"version": returned.version, "email": cast.olga.email}
    refused = client.post(f"/settings/people/{returned.pk}/address/", address)
    assert refused.status_code in {409, 422}
    assert "There is somebody with the address olga@example.com already" in refused.content.decode()
    address["email"] = "theo@new.example.com"
    assert client.post(f"/settings/people/{returned.pk}/address/", address).status_code == 302
    address["email"] = "other@new.example.com"
    assert client.post(f"/settings/people/{returned.pk}/address/", address).status_code == 409
    assert again(returned).email == "theo@new.example.com"


@pytest.mark.parametrize(("email", "sentence"), [("nobody", "not an address"), ("theo@example.com", "already")])
def test_an_address_that_is_none_changes_nothing(cast: Cast, email: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        accounts.change_address(by=cast.ada, person=cast.theo, email=email, version=1, now=NOW)
    assert again(cast.theo).version == 1


def test_only_administrators_change_an_address(cast: Cast) -> None:
    for by in (cast.theo, cast.mia):
        with pytest.raises(NotAllowed):
            accounts.change_address(by=by, person=cast.theo, email="new@example.com", version=1, now=NOW)
    with pytest.raises(Conflict):
        accounts.change_address(by=cast.ada, person=cast.theo, email="new@example.com", version=7, now=NOW)
    assert again(cast.theo).email == "theo@example.com"
