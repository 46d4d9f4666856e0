"""Digests, from the gaps to the mail that a real SMTP server gets."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from readiness import environment
from readiness.accounts.models import User
from readiness.assessments.models import Gap, GapStatus
from readiness.mail import actions as mail
from readiness.mail.models import Mail, MailStatus
from readiness.reminders import digest
from tests.cast import NOW, TODAY, Cast, person
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


def gap_due(cast: Cast, key: str, *, days: int, owner: User) -> Gap:
    item = cast.item(key)
    values = {"owner": owner, "due_on": TODAY + timedelta(days=days), "plan": "Do it"}
    return Gap.objects.create(item=item, service=item.assessment.service, gate=item.gate, opened_at=NOW, **values)


def body_of(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


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


def test_what_was_closed_while_the_mail_server_was_away_is_dropped_before_it_goes_out(
    cast: Cast, settings: Settings
) -> None:
    settings.MAILERS = {"default": environment.email("smtp://127.0.0.1:1")}
    kept = gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    other = gap_due(cast, "rel-health-probes", days=-1, owner=cast.olga)
    alone = gap_due(cast, "obs-tracing", days=-1, owner=cast.pia)
    call_command("remind", "--at", NOW.isoformat(), stdout=StringIO())
    Gap.objects.filter(pk__in=[other.pk, alone.pk]).update(status=GapStatus.CLOSED, closed_at=NOW)
    Mail.objects.update(attempts=1)
    assert digest.bring_up_to_date(NOW + timedelta(hours=1)) == 1
    assert Mail.objects.get(recipient=cast.pia).status == MailStatus.DROPPED
    [row] = Mail.objects.filter(status=MailStatus.QUEUED)
    assert f"/gaps/{kept.pk}/" in row.text
    assert f"/gaps/{other.pk}/" not in row.text


def test_who_unsubscribed_gets_none(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    mail.unsubscribe(token=mail.preferences_of(cast.olga).token, now=NOW)
    assert digest.build(NOW) == []


def test_a_dry_run_says_who_would_get_what_and_writes_nothing(cast: Cast) -> None:
    gap_due(cast, "obs-runbooks", days=-1, owner=cast.olga)
    out = StringIO()
    call_command("remind", "--at", NOW.isoformat(), "--dry-run", stdout=out)
    assert out.getvalue() == f"would send: {cast.olga.email}: Readiness: 1 overdue\n"
    assert not Mail.objects.exists()


def test_a_time_that_is_none_gets_a_sentence() -> None:
    with pytest.raises(CommandError, match="must be a time such as"):
        call_command("remind", "--at", "tomorrow")


def test_the_number_of_queries_does_not_grow_with_people_or_gaps(cast: Cast) -> None:
    items = list(cast.checkout.assessment.items.all())
    counts = []
    for start in (0, 3):
        for item in items[start : start + 3 + start]:
            gap_due(cast, item.key, days=-1, owner=person(f"Owner {item.key}"))
        Mail.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            digest.build(NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 20
