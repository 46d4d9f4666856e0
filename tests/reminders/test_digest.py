"""Digests, from the gaps to the mail that a real SMTP server gets."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from io import StringIO
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from readiness import environment
from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.assessments.models import Evidence, Gap, GapStatus, Item, Waiver
from readiness.mail import actions as mail, delivery
from readiness.mail.models import Mail, MailStatus, Preferences
from readiness.reminders import digest
from reviews.models import Participant, Review
from tests.cast import NOW, PASSWORD, TODAY, Cast, give, login, person
from tests.servers.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


@pytest.fixture(autouse=True)
def _assessed(cast: Cast) -> None:
    cast.assessed()
    Preferences.objects.create(person=cast.mia, token="mia", wants_portfolio=False)


def gap_due(cast: Cast, key: str, *, days: int, owner: User) -> Gap:
    item = cast.item(key)
    values = {"owner": owner, "due_on": TODAY + timedelta(days=days), "plan": "Do it"}
    return Gap.objects.create(item=item, service=item.assessment.service, gate=item.gate, opened_at=NOW, **values)


def body_of(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def give_sight(cast: Cast, owner: User) -> User:
    give(owner, Role.ON_CALL, team=cast.payments)
    return owner


def decided(cast: Cast) -> Review:
    """A review of two people, whose output nobody has read."""
    review = Review.objects.create(
        service=cast.checkout, assessment=cast.checkout.assessment, lead=cast.theo, starts_at=NOW, status="decided",
        decision="go", computed_decision="go", decided_at=NOW, decided_by=cast.theo, scheduled_at=NOW, scheduled_by=cast.theo,
    )  # fmt: skip
    for who, role in ((cast.theo, "lead"), (cast.olga, "on_call"), (cast.olga, "member")):
        Participant.objects.create(review=review, person=who, role=role)
    return review


def recipients() -> dict[str, str]:
    return dict(Mail.objects.values_list("recipient__name", "subject"))


def test_the_owner_gets_overdue_first_then_soon_each_with_a_link_that_lands_on_the_gap(
    cast: Cast, box: Postbox
) -> None:
    late = gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    soon = gap_due(cast, "rel-health-probes", days=3, owner=cast.olga)
    gap_due(cast, "obs-tracing", days=30, owner=cast.olga)
    call_command("remind", "--at", NOW.isoformat(), stdout=StringIO())
    [message] = box.received
    text = body_of(message, "plain")
    assert message["Subject"] == "Readiness: 1 overdue, 1 due this week"
    assert re.findall(r"/gaps/(\d+)/", text) == [str(late.pk), str(soon.pk)]
    assert Mail.objects.get().why == "because you own 1 overdue gap and 1 gap of yours is due this week"
    assert "overdue by 1 day" in text
    assert "due in 3 days" in text
    assert message["List-Unsubscribe"].startswith("<http")
    assert str(late.pk) in body_of(message, "html")


def test_running_it_again_the_same_day_sends_nothing_more(cast: Cast, box: Postbox) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    for minutes in (0, 10, 300):
        call_command("remind", "--at", (NOW + timedelta(minutes=minutes)).isoformat(), stdout=StringIO())
    assert len(box.received) == 1
    call_command("remind", "--at", (NOW + timedelta(days=1)).isoformat(), stdout=StringIO())
    assert len(box.received) == 2


def test_after_three_days_the_lead_hears_of_it_and_after_seven_the_manager(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-3, owner=cast.olga)
    digest.build(NOW)
    assert recipients().keys() == {cast.olga.name, cast.theo.name}
    Gap.objects.update(due_on=TODAY - timedelta(days=7))
    digest.build(NOW + timedelta(days=1))
    assert recipients()[cast.mia.name] == "Readiness: 1 overdue with others"


def test_a_closed_gap_is_not_spoken_of(cast: Cast) -> None:
    gap = gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    Gap.objects.filter(pk=gap.pk).update(status=GapStatus.CLOSED, closed_at=NOW)
    assert digest.build(NOW) == []


def test_what_was_closed_before_it_leaves_comes_out_of_it_and_a_digest_of_nothing_is_dropped(
    cast: Cast, box: Postbox
) -> None:
    kept = gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    other = gap_due(cast, "rel-health-probes", days=-1, owner=cast.olga)
    alone = gap_due(cast, "obs-tracing", days=-1, owner=cast.pia)
    digest.build(NOW)
    Gap.objects.filter(pk__in=[other.pk, alone.pk]).update(status=GapStatus.CLOSED, closed_at=NOW)
    delivery.deliver_due(now=NOW + timedelta(seconds=20))
    [message] = box.received
    assert message["Subject"] == "Readiness: 1 overdue"
    assert re.findall(r"/gaps/(\d+)/", body_of(message, "plain")) == [str(kept.pk)]
    assert Mail.objects.get(recipient=cast.olga).why == "because you own 1 overdue gap"
    assert Mail.objects.get(recipient=cast.olga).text == body_of(message, "plain").replace("\r\n", "\n")
    dropped = Mail.objects.get(recipient=cast.pia)
    assert (dropped.status, dropped.problem) == (
        MailStatus.DROPPED,
        "what it spoke of was settled, or is not wanted any more",
    )


@pytest.mark.parametrize(
    ("changed", "reason"), [({"rhythm": "off"}, "not wanted"), ({"rhythm": "weekly", "weekly_on": 4}, "not wanted")]
)
def test_who_changes_their_mind_before_it_leaves_is_heard(
    cast: Cast, box: Postbox, changed: dict[str, object], reason: str
) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    digest.build(NOW)
    Preferences.objects.filter(person=cast.olga).update(**changed)
    delivery.deliver_due(now=NOW)
    assert box.received == []
    assert reason in Mail.objects.get().problem


def test_yesterdays_digest_is_dropped_and_todays_goes_out(cast: Cast, box: Postbox) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    digest.build(NOW)
    tomorrow = NOW + timedelta(days=1)
    digest.build(tomorrow)
    delivery.deliver_due(now=tomorrow)
    [message] = box.received
    assert "overdue by 2 days" in body_of(message, "plain")
    assert Mail.objects.get(status=MailStatus.DROPPED).problem == "its day is over"


def test_who_unsubscribed_gets_what_is_escalated_the_day_it_is_and_on_mondays(cast: Cast) -> None:
    mail.unsubscribe(token=mail.preferences_of(cast.theo).token, now=NOW)
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.theo)
    gap_due(cast, "rel-health-probes", days=-1, owner=cast.olga)
    built = [
        [row.slot for row in digest.build(NOW + timedelta(days=ahead)) if row.recipient_id == cast.theo.pk]
        for ahead in range(9)
    ]
    assert [slot for slots in built for slot in slots] == ["2026-03-04", "2026-03-09"]
    assert Mail.objects.filter(recipient=cast.theo).first().subject == "Readiness: 1 overdue with others"  # type: ignore[union-attr]


def test_a_proposal_waits_for_those_whom_the_service_names_and_not_for_the_owner(cast: Cast) -> None:
    gap = gap_due(cast, "obs-runbooks", days=20, owner=cast.olga)
    Gap.objects.filter(pk=gap.pk).update(status=GapStatus.AWAITING, proposed_by=cast.olga, proposed_at=NOW)
    digest.build(NOW)
    assert recipients() == dict.fromkeys([cast.theo.name, cast.pia.name], "Readiness: 1 waiting for you")
    text = Mail.objects.filter(recipient=cast.theo).values_list("text", flat=True)[0]
    assert "proposed as closed, owned by Olga Example" in text
    assert f"/gaps/{gap.pk}/" in text


def test_with_nobody_named_left_a_proposal_waits_for_the_manager(cast: Cast) -> None:
    gap = gap_due(cast, "obs-runbooks", days=20, owner=cast.olga)
    cast.checkout.platform_owner = None
    cast.checkout.save()
    User.objects.filter(pk=cast.theo.pk).update(is_active=False)
    Gap.objects.filter(pk=gap.pk).update(status=GapStatus.AWAITING, proposed_by=cast.olga, proposed_at=NOW)
    digest.build(NOW)
    assert recipients() == {cast.mia.name: "Readiness: 1 waiting for you"}


def test_a_waiver_waits_for_a_manager_other_than_who_asked(cast: Cast) -> None:
    item = cast.item("obs-runbooks")
    waiver = Waiver.objects.create(
        item=item, service=cast.checkout, reason="Because", mitigation="We watch", ends_on=TODAY + timedelta(days=30),
        requested_by=cast.theo, requested_at=NOW,
    )  # fmt: skip
    digest.build(NOW)
    assert recipients() == {cast.mia.name: "Readiness: 1 waiting for you"}
    assert f"/waivers/{waiver.pk}/" in Mail.objects.get().text
    assert "Theo Example asks for a waiver until 1 Apr 2026" in Mail.objects.get().text


def test_that_a_hard_gate_does_not_apply_waits_for_a_second_person(cast: Cast) -> None:
    Item.objects.filter(pk=cast.item("obs-runbooks").pk).update(excused_by=cast.theo, excused_at=NOW, gate="hard")
    digest.build(NOW)
    assert recipients() == dict.fromkeys([cast.olga.name, cast.pia.name], "Readiness: 1 waiting for you")
    assert "/services/checkout/items/obs-runbooks/" in Mail.objects.filter(recipient=cast.olga)[0].text


def test_an_attestation_waits_for_its_witness(cast: Cast) -> None:
    item = cast.item("obs-runbooks")
    Evidence.objects.create(
        assessment=item.assessment, item_key=item.key, criterion_key="c", how="attestation", kind="attestation",
        result="pass", strength="linked", source="person", idempotency_key="one", observed_at=NOW, received_at=NOW,
        valid_until=NOW + timedelta(days=9), link="https://example.com/", note="n" * 80, added_by=cast.theo,
        performed_on=TODAY, performed_by=cast.theo, witness=cast.pia,
    )  # fmt: skip
    digest.build(NOW)
    assert recipients() == {cast.pia.name: "Readiness: 1 waiting for you"}
    assert "Theo Example names you as the witness" in Mail.objects.get().text


def test_what_is_open_again_is_told_for_a_week_or_until_it_has_a_date(cast: Cast) -> None:
    recent = gap_due(cast, "obs-runbooks", days=30, owner=cast.olga)
    undated = gap_due(cast, "obs-tracing", days=30, owner=cast.pia)
    Gap.objects.filter(pk=recent.pk).update(reopened=2, open_since=NOW)
    Gap.objects.filter(pk=undated.pk).update(reopened=1, open_since=NOW - timedelta(days=40), due_on=None)
    digest.build(NOW)
    assert recipients() == dict.fromkeys([cast.olga.name, cast.pia.name], "Readiness: 1 open again")
    assert "due in 30 days, reopened 2 times" in Mail.objects.get(recipient=cast.olga).text
    assert "no due date yet, reopened once" in Mail.objects.get(recipient=cast.pia).text
    assert [row.recipient for row in digest.build(NOW + timedelta(days=7))] == [cast.pia]


def test_a_decision_that_nobody_acknowledged_comes_with_other_things_and_alone_on_mondays(cast: Cast) -> None:
    review = decided(cast)
    tuesday = NOW + timedelta(days=1)
    assert digest.build(tuesday) == []
    monday = NOW + timedelta(days=7)
    built = {row.recipient: row for row in digest.build(monday)}
    assert built.keys() == {row.person for row in review.participants.all()}
    text = built[cast.olga].text
    assert text.count(f"/reviews/{review.pk}/packet/") == 1
    review.participants.filter(person=cast.olga).update(output_acknowledged_at=monday)
    assert cast.olga not in [row.recipient for row in digest.build(monday + timedelta(days=7))]


def test_who_no_longer_sees_the_service_hears_nothing_of_it(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.sam)
    assert digest.build(NOW) == []


def test_every_line_lands_on_the_thing_through_the_sign_in_page(client: Client, cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    [mail_row] = digest.build(NOW)
    [path] = re.findall(r"(/gaps/\d+/)", mail_row.text)
    asked = client.get(path)
    assert asked.status_code == 302
    back = client.post(asked["Location"], {"login": cast.olga.email, "password": PASSWORD})
    assert back["Location"] == path
    assert client.get(path).status_code == 200


def test_a_dry_run_says_who_would_get_what_and_writes_nothing(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    out = dry_run(cast)
    head, subject, _, *lines = out.splitlines()
    assert head == "Olga Example <olga@example.com>, due Monday 2 March 2026, 08:00 (UTC)"
    assert subject == "Readiness: 1 overdue"
    assert "    OVERDUE" in lines
    assert any(line.startswith("    - ") and "overdue by 1 day" in line for line in lines)
    assert "/unsubscribe" not in out
    assert not Mail.objects.exists()
    assert not Preferences.objects.exclude(person=cast.mia).exists()


def dry_run(cast: Cast, *options: str, at: datetime = NOW) -> str:
    out = StringIO()
    call_command("remind", "--at", at.isoformat(), "--dry-run", *options, stdout=out)
    return out.getvalue()


def test_a_dry_run_of_one_person_says_what_theirs_would_say_and_when_it_comes(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    gap_due(cast, "rel-health-probes", days=-1, owner=cast.pia)
    assert "Pia" not in dry_run(cast, "--person", "Olga@example.com")
    saturday = NOW + timedelta(days=5)
    assert dry_run(cast, at=saturday) == "Nobody's digest is due.\n"
    early = dry_run(cast, "--person", cast.olga.email, at=saturday)
    assert early.startswith(
        "Olga Example <olga@example.com>, next Monday 9 March 2026, 08:00 (UTC)\nReadiness: 1 overdue\n"
    )
    assert "overdue by 6 days" in early
    assert "There is nothing to say." in dry_run(cast, "--person", cast.vera.email)
    digest.build(NOW)
    assert "next Tuesday 3 March 2026, 08:00 (UTC), has had that of today" in dry_run(cast, "--person", cast.olga.email)


def test_one_persons_digest_goes_out_alone(cast: Cast, box: Postbox) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    gap_due(cast, "rel-health-probes", days=-1, owner=cast.pia)
    call_command("remind", "--at", NOW.isoformat(), "--person", cast.pia.email, stdout=StringIO())
    assert [message["To"] for message in box.received] == [cast.pia.email]


def test_a_person_who_is_none_gets_a_sentence(cast: Cast) -> None:
    User.objects.filter(pk=cast.rob.pk).update(is_active=False)
    for address in ("nobody@example.com", cast.rob.email):
        with pytest.raises(CommandError, match="must be the address of somebody who is active here"):
            call_command("remind", "--person", address)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_a_mail_program_ends_it_with_the_header_alone(cast: Cast, box: Postbox, kind: str) -> None:
    """RFC 8058: one POST to the address in the header, without cookies, and an answer that is no redirect."""
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    call_command("remind", "--at", NOW.isoformat(), stdout=StringIO())
    [message] = box.received
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(message["List-Unsubscribe"].strip("<>")).path
    body = "List-Unsubscribe=One-Click"
    if kind.startswith("multipart"):
        body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    program = Client(enforce_csrf_checks=True)
    assert program.head(path).status_code == 200
    assert mail.preferences_of(cast.olga).rhythm == "weekdays", "a scanner that looks ends nothing"
    for _ in range(2):
        answer = program.post(path, body, content_type=kind)
        assert answer.status_code == 200
    assert mail.preferences_of(cast.olga).rhythm == "off"


def test_the_mail_page_says_when_the_next_one_comes_in_the_persons_own_zone(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.olga.pk).update(time_zone="Asia/Tokyo")
    login(client, cast.olga)

    def said() -> str:
        return " ".join(client.get("/settings/mail/").content.decode().split())

    with time_machine.travel(NOW, tick=False):  # 18:30 there
        page = said()
        assert "Today none has gone out yet" in page
        assert "<strong>Tuesday 3 March at 08:00</strong> (Asia/Tokyo)" in page
        gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
        digest.build(NOW)
        assert "The next one comes on <strong>Tuesday 3 March" in said()
    Preferences.objects.filter(person=cast.olga).update(rhythm="weekly", weekly_on=4, digest_hour=17)
    with time_machine.travel(NOW, tick=False):
        assert "The next one comes on <strong>Friday 6 March at 17:00</strong>" in said()
    Preferences.objects.filter(person=cast.olga).update(rhythm="off")
    with time_machine.travel(NOW, tick=False):
        assert "only when something is escalated to you, at 17:00 (Asia/Tokyo)" in said()


def test_what_it_would_say_today_is_shown_on_whatever_day_it_comes(cast: Cast, client: Client) -> None:
    gap = gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    Preferences.objects.create(person=cast.olga, rhythm="weekly", weekly_on=4, token="t")
    with time_machine.travel(NOW, tick=False):
        page = login(client, cast.olga).get("/settings/mail/today/").content.decode()
        assert "Readiness: 1 overdue" in page
        assert f'href="/gaps/{gap.pk}/"' in page
        assert "Nothing to say" in login(client, cast.vera).get("/settings/mail/today/").content.decode()
    assert not Mail.objects.exists()


def test_with_only_what_is_escalated_the_preview_shows_only_that(cast: Cast, client: Client) -> None:
    own = gap_due(cast, "obs-runbooks", days=-1, owner=cast.theo)
    late = gap_due(cast, "rel-health-probes", days=-4, owner=cast.olga)
    mail.unsubscribe(token=mail.preferences_of(cast.theo).token, now=NOW)
    with time_machine.travel(NOW, tick=False):
        page = login(client, cast.theo).get("/settings/mail/today/").content.decode()
    assert f"/gaps/{late.pk}/" in page
    assert f"/gaps/{own.pk}/" not in page


def test_a_time_that_is_none_gets_a_sentence() -> None:
    with pytest.raises(CommandError, match="must be a time such as"):
        call_command("remind", "--at", "tomorrow")


def test_the_number_of_queries_does_not_grow_with_people_or_gaps(cast: Cast) -> None:
    items = list(cast.checkout.assessment.items.all())
    counts = []
    for start in (0, 3):
        for item in items[start : start + 3 + start]:
            gap_due(cast, item.key, days=-1, owner=give_sight(cast, person(f"Owner {item.key}")))
        Mail.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            digest.build(NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 22
