"""What was sent to whom, and why: who may look, and what of it is shown."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.mail import actions, delivery
from readiness.mail.adapter import OutboxAdapter
from readiness.mail.kinds import KINDS, name_of
from readiness.mail.models import Mail, MailStatus
from tests.cast import NOW, Cast, give, login

pytestmark = pytest.mark.django_db
PAGE = "/settings/mail/sent/"


def put(recipient: User, *, slot: str = "1", **changed: Any) -> Mail:
    values: dict[str, Any] = {"kind": "digest", "matter": "daily", "subject": f"Readiness: {slot} overdue", "now": NOW}
    values |= {
        "text": "Two gaps.",
        "html": "<p>Two <b>gaps</b>.</p>",
        "why": "because you own 2 overdue gaps",
    } | changed
    mail = actions.queue(recipient=recipient, slot=slot, **values)
    assert mail is not None
    return mail


def seen(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_everybody_reads_what_went_to_themselves_and_why(client: Client, cast: Cast) -> None:
    own, other = put(cast.theo), put(cast.olga, subject="For Olga alone")
    login(client, cast.theo)
    page = seen(client)
    assert "To you, because you own 2 overdue gaps" in page
    assert "For Olga alone" not in page
    assert "Two gaps." in seen(client, f"{PAGE}{own.pk}/")
    assert client.get(f"{PAGE}{other.pk}/").status_code == 404
    assert client.get(f"{PAGE}{other.pk}/html/").status_code == 404


def test_only_who_manages_people_everywhere_reads_all(client: Client, cast: Cast) -> None:
    mail = put(cast.theo)
    login(client, cast.mia)
    assert "Readiness: 1 overdue" not in seen(client), "a team's manager gets no look into other people's mail"
    give(cast.mia, Role.MANAGER)
    assert "To Theo Example: “because you own 2 overdue gaps”" in seen(client)
    assert seen(login(client, cast.ada), f"{PAGE}{mail.pk}/")


def test_mail_with_a_key_to_an_account_is_not_there_for_anybody(client: Client, cast: Cast) -> None:
    context = {
        "user": cast.theo,
        "password_url": "https://readiness.example/key/SECRET",
        "days": 3,
        "invited_by": "Ada",
    }
    OutboxAdapter().send_mail("accounts/mail/invitation", cast.theo.email, context)
    mail = Mail.objects.get()
    for reader in (cast.ada, cast.theo):
        login(client, reader)
        assert "Nothing was sent yet" in seen(client)
        assert client.get(f"{PAGE}{mail.pk}/").status_code == 404
        assert client.get(f"{PAGE}{mail.pk}/html/").status_code == 404


def test_the_key_to_unsubscribe_is_left_out_of_both_bodies(client: Client, cast: Cast) -> None:
    token = actions.preferences_of(cast.theo).token
    address = f"https://readiness.example/unsubscribe/{token}/"
    mail = put(cast.theo, text=f"No more: {address}\n", html=f'<a href="{address}">No more</a>')
    login(client, cast.ada)
    for page in (seen(client, f"{PAGE}{mail.pk}/"), seen(client, f"{PAGE}{mail.pk}/html/")):
        assert token not in page
        assert "/unsubscribe/…/" in page


def test_the_html_stands_in_a_frame_that_may_do_nothing(client: Client, cast: Cast) -> None:
    mail = put(cast.theo, html="<p>Two</p><script>alert(1)</script>")
    login(client, cast.theo)
    assert f'sandbox title="The mail" src="{PAGE}{mail.pk}/html/"' in seen(client, f"{PAGE}{mail.pk}/")
    answer = client.get(f"{PAGE}{mail.pk}/html/")
    rules = {rule.split()[0]: rule.split()[1:] for rule in answer["Content-Security-Policy"].split("; ")}
    assert rules["default-src"] == ["'none'"]
    assert rules["sandbox"] == []
    assert "script-src" not in rules
    assert rules["frame-ancestors"] == ["'self'"]
    assert answer["X-Frame-Options"] == "SAMEORIGIN"


def test_what_came_back_says_what_the_server_said(client: Client, cast: Cast) -> None:
    mail = put(cast.theo)
    said = "The mail server says that the address takes no mail: 550 5.1.1 No such mailbox"
    Mail.objects.filter(pk=mail.pk).update(status=MailStatus.BOUNCED, bounced_at=NOW, problem=said)
    login(client, cast.theo)
    for page in (seen(client), seen(client, f"{PAGE}{mail.pk}/")):
        assert "Came back" in page
        assert said in page


@pytest.mark.parametrize(
    ("query", "subjects"),
    [
        ("", {"1", "2", "3", "4"}),
        ("q=theo", {"1", "2", "3"}),
        ("q=olga@example.com", {"4"}),
        ("kind=digest", {"1", "4"}),
        ("state=dropped", {"3"}),
        ("since=2026-03-03", {"2", "3"}),
        ("until=2026-03-03", {"1", "2", "4"}),
        ("since=2026-03-03&until=2026-03-03", {"2"}),
        ("since=2026-03-09&until=2026-03-03", {"1", "2", "3", "4"}),
        ("since=never&kind=nonsense&state=lost", {"1", "2", "3", "4"}),
        ("q=nobody", set()),
    ],
)
def test_the_list_is_narrowed(client: Client, cast: Cast, query: str, subjects: set[str]) -> None:
    put(cast.theo, slot="1")
    put(cast.theo, slot="2", kind="mentioned", now=NOW + timedelta(days=1))
    actions.drop(mail=put(cast.theo, slot="3", kind="mentioned", now=NOW + timedelta(days=2)), reason="its day is over")
    put(cast.olga, slot="4")
    page = seen(login(client, cast.ada), f"{PAGE}?{query}")
    assert {slot for slot in "1234" if f"Readiness: {slot} overdue" in page} == subjects
    if not subjects:
        assert "No mail like that" in page
    if "since=never" in query:
        assert "“Since” is no day" in page
    if "since=2026-03-09" in query:
        assert "no day is between them" in page


def test_nobody_finds_out_by_the_filter_what_went_to_others(client: Client, cast: Cast) -> None:
    put(cast.theo)
    page = seen(login(client, cast.theo), f"{PAGE}?q=olga")
    assert "Readiness: 1 overdue" in page, "the field is not theirs"
    assert 'name="q" value="olga"' not in page


def test_days_are_those_of_the_reader(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.theo.pk).update(time_zone="Pacific/Auckland")
    put(cast.theo, now=NOW)  # 22:30 of the 2nd there
    put(cast.theo, slot="2", now=NOW + timedelta(hours=2))
    page = seen(login(client, cast.theo), f"{PAGE}?since=2026-03-03")
    assert "Readiness: 1 overdue" not in page
    assert "Readiness: 2 overdue" in page


def test_a_page_has_fifty_and_costs_the_same_however_many_there_are(client: Client, cast: Cast) -> None:
    login(client, cast.ada)
    page, counts = seen(client), []
    for start, more in ((0, 10), (10, 110)):
        for number in range(start, more):
            put(cast.people[number % 9], slot=str(number))
        with CaptureQueriesContext(connection) as queries:
            page = seen(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count(f'href="{PAGE}') - page.count(f'href="{PAGE}"') == 50
    assert "1–50 of 110 mails" in page
    assert "101–110 of 110" in seen(client, f"{PAGE}?page=3")


def test_htmx_gets_the_list_alone(client: Client, cast: Cast) -> None:
    put(cast.theo)
    answer = login(client, cast.theo).get(PAGE, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert "Readiness: 1 overdue" in answer.content.decode()


def test_a_kind_that_is_not_written_any_more_still_has_a_name() -> None:
    assert name_of("digest") == "Digest"
    assert name_of("old-kind_of") == "Old kind of"
    assert {"digest", "gap_reopened", "mentioned", "waiver_ended", "review-invitation", "review-output"} <= KINDS.keys()


def test_what_waits_says_when_it_is_tried_again(client: Client, cast: Cast) -> None:
    mail = put(cast.theo)
    with time_machine.travel(NOW, tick=False):
        page = seen(login(client, cast.theo), f"{PAGE}{mail.pk}/")
    assert "Next attempt" in page
    assert "Waiting" in page
    assert delivery.due(NOW).count() == 1
