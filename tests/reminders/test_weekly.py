"""The weekly portfolio mail: who gets it, when, and what it says."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from readiness import environment
from readiness.accounts.models import User
from readiness.accounts.rules import Role
from readiness.assessments.models import Assessment, Gap
from readiness.catalog.models import Service
from readiness.history.models import Entry
from readiness.mail import actions as mail, delivery
from readiness.mail.models import Mail, MailStatus, Preferences
from readiness.portfolio.daily.sums import add_up
from readiness.portfolio.models import DailyFact
from readiness.reminders import weekly
from readiness.reminders.rules import Wishes, week_due
from tests.cast import NOW, PASSWORD, TODAY, Cast, day, give, login, person, service
from tests.servers.postbox import Postbox, postbox

pytestmark = pytest.mark.django_db
A_WEEK = timedelta(weeks=1)


@pytest.fixture(autouse=True)
def _assessed(cast: Cast) -> None:
    cast.assessed()


@pytest.fixture
def box(settings: Settings) -> Iterator[Postbox]:
    with postbox() as box:
        settings.MAILERS = {"default": environment.email(box.url)}
        yield box


def closed(cast: Cast, key: str, at: datetime) -> Gap:
    item = cast.item(key)
    values = {"status": "closed", "closed_at": at, "closed_how": "check"}
    return Gap.objects.create(item=item, service=cast.checkout, gate=item.gate, opened_at=at - A_WEEK, **values)


def recorded(service: Service, back: int, **numbers: object) -> None:
    DailyFact.objects.create(service=service, day=day(-back), **({"decision": "no_go"} | numbers))
    add_up([day(-back)])


def nothing_ahead() -> None:
    Service.objects.update(go_live_on=None)


def letters(now: datetime = NOW) -> dict[str, Mail]:
    return {row.recipient.name: row for row in weekly.build(now)}


def text_of(now: datetime = NOW) -> str:
    [row] = weekly.build(now)
    return row.text


# Who, and when


@pytest.mark.parametrize(
    ("zone", "hour", "moment", "monday"),
    [
        ("UTC", 8, datetime(2026, 3, 2, 7, 59, tzinfo=UTC), None),
        ("UTC", 8, datetime(2026, 3, 2, 8, 0, tzinfo=UTC), "2026-03-02"),
        ("UTC", 8, datetime(2026, 3, 3, 23, 59, tzinfo=UTC), "2026-03-02"),
        ("UTC", 8, datetime(2026, 3, 4, 0, 0, tzinfo=UTC), None),
        ("Asia/Tokyo", 8, datetime(2026, 3, 1, 23, 0, tzinfo=UTC), "2026-03-02"),
        ("America/New_York", 8, datetime(2026, 3, 2, 12, 59, tzinfo=UTC), None),
        ("America/New_York", 8, datetime(2026, 3, 9, 12, 0, tzinfo=UTC), "2026-03-09"),  # the clocks changed on Sunday
        ("UTC", 8, datetime(2026, 3, 8, 12, 0, tzinfo=UTC), None),
    ],
)
def test_it_is_due_from_the_persons_hour_of_monday_until_tuesday_is_over(
    zone: str, hour: int, moment: datetime, monday: str | None
) -> None:
    found = week_due(Wishes(ZoneInfo(zone), hour=hour), moment)
    assert (found.isoformat() if found else None) == monday


def test_managers_of_a_team_and_of_the_organisation_get_it_and_nobody_else(cast: Cast) -> None:
    boss = person("Boss")
    give(boss, Role.MANAGER)
    found = letters()
    assert found.keys() == {cast.mia.name, boss.name}
    assert found[cast.mia.name].subject == "Readiness, your week: 1 of 1 launch blocked"
    assert found[boss.name].subject == "Readiness, your week: 1 of 2 launches blocked"
    assert "Index" in found[boss.name].text
    assert "(1 OF 2 BLOCKED, 1 NOT MEASURED)" in found[boss.name].text
    assert "Index" not in found[cast.mia.name].text


def test_what_a_manager_only_sees_is_not_in_it(cast: Cast) -> None:
    give(cast.mia, Role.VIEWER, team=cast.search)
    recorded(cast.index, 7)
    recorded(cast.index, 0, hard_open=4)
    assert "Index" not in text_of()


def test_it_comes_once_a_week_however_often_it_is_built_and_sent(cast: Cast, box: Postbox) -> None:
    Preferences.objects.create(person=cast.mia, token="mia", rhythm="off")
    for hours in range(0, 7 * 24, 5):
        now = NOW + timedelta(hours=hours)
        weekly.build(now)
        weekly.build(now)
        delivery.deliver_due(now=now)
    assert [message["To"] for message in box.received] == [cast.mia.email]
    letters(NOW + A_WEEK)
    delivery.deliver_due(now=NOW + A_WEEK)
    assert len(box.received) == 2


def test_two_who_build_at_once_put_one_into_the_outbox(cast: Cast) -> None:
    first, second = weekly.due(NOW), weekly.due(NOW)
    rows = [weekly._mail(next(due), "token", NOW) for due in (first, second)]
    assert [len(mail.queue_many([row])) for row in rows] == [1, 0]
    assert Mail.objects.filter(recipient=cast.mia).count() == 1


def test_who_does_not_want_it_or_manages_nothing_any_more_gets_none(cast: Cast) -> None:
    mail.preferences_of(cast.mia)
    Preferences.objects.update(wants_portfolio=False)
    assert letters() == {}
    Preferences.objects.update(wants_portfolio=True)
    cast.mia.grants.update(expires_at=NOW)
    assert letters() == {}


def test_with_nothing_to_say_there_is_no_mail() -> None:
    nothing_ahead()
    assert letters() == {}


# What it says


def test_a_launch_is_named_with_its_blockers_and_whom_to_talk_to_each_with_a_link(cast: Cast) -> None:
    item = cast.item("obs-runbooks")
    Gap.objects.create(
        item=item, service=cast.checkout, gate="hard", owner=cast.olga, due_on=day(-1), plan="Do it", opened_at=NOW
    )
    row = letters()[cast.mia.name]
    assert "Checkout (Payments, tier 1): goes live on Thursday, 19 March, in 2 weeks" in row.text
    for part in ("/services/checkout/", "/services/checkout/items/", "Talk to "):
        assert part in row.text
        assert part in row.html
    assert re.search(r"No-go: \d+ hard gates open, 1 of them overdue", row.text)


def test_a_launch_that_nothing_blocks_is_told_as_such(cast: Cast) -> None:
    Assessment.objects.filter(service=cast.checkout).update(computed_decision="go", hard_open=0)
    cast.checkout.assessment.items.update(status="met")
    row = letters()[cast.mia.name]
    assert row.subject == "Readiness, your week: 0 of 1 launch blocked"
    assert "Go: nothing blocks it" in row.text
    assert "Talk to" not in row.text


def test_what_got_worse_within_the_week_is_named(cast: Cast) -> None:
    nothing_ahead()
    recorded(cast.checkout, 7, decision="go")
    recorded(cast.checkout, 0, hard_open=2)
    row = letters()[cast.mia.name]
    assert row.subject == "Readiness, your week: 1 service got worse"
    assert "Checkout (Payments): 2 more hard gates open; from go to no-go" in row.text
    assert "GOT WORSE SINCE 23 FEBRUARY" in row.text


def test_what_was_closed_in_the_last_whole_week_is_named_and_nothing_else(cast: Cast) -> None:
    nothing_ahead()
    midnight = datetime(2026, 3, 2, tzinfo=UTC)
    inside = [
        closed(cast, "obs-runbooks", midnight - A_WEEK),
        closed(cast, "obs-tracing", midnight - timedelta(seconds=1)),
    ]
    closed(cast, "rel-health-probes", midnight)
    row = letters()[cast.mia.name]
    assert row.subject == "Readiness, your week: 2 gaps closed"
    assert sorted(re.findall(r"/gaps/(\d+)/", row.text)) == sorted(str(gap.pk) for gap in inside)
    assert "a passing check" in row.html


def test_more_than_a_mail_holds_is_a_number_with_a_link(cast: Cast) -> None:
    for number in range(8):
        service(f"more-{number}", cast.payments)
    row = letters()[cast.mia.name]
    assert "of 9 launches" in row.subject
    assert "3 more: http" in row.text
    assert "?go_live=30&sort=-worry" in row.text


def test_every_link_in_it_lands_on_a_page_that_its_reader_may_see(cast: Cast, client: Client) -> None:
    closed(cast, "obs-runbooks", NOW - timedelta(days=3))
    recorded(cast.checkout, 7)
    recorded(cast.checkout, 0, hard_open=2)
    row = letters()[cast.mia.name]
    paths = set(re.findall(r"https?://[^/\s]+(/\S*)", row.text))
    assert len(paths) >= 7
    login(client, cast.mia)
    assert {path: client.get(path).status_code for path in paths} == dict.fromkeys(paths, 200)


def test_a_line_is_reached_through_the_sign_in_page(cast: Cast, client: Client) -> None:
    path = re.findall(r"https?://[^/\s]+(/services/checkout/)", text_of())[0]
    asked = client.get(path)
    back = client.post(asked["Location"], {"login": cast.mia.email, "password": PASSWORD})
    assert back["Location"] == path


# On its way


def test_it_says_what_is_true_when_it_leaves_and_stays_when_nothing_is_left(cast: Cast, box: Postbox) -> None:
    weekly.build(NOW)
    Service.objects.filter(pk=cast.checkout.pk).update(name="Till")
    delivery.deliver_due(now=NOW)
    assert "Till" in str(box.received[0])
    Mail.objects.all().delete()
    weekly.build(NOW)
    nothing_ahead()
    delivery.deliver_due(now=NOW)
    row = Mail.objects.get()
    assert (row.status, row.problem) == (MailStatus.DROPPED, "there is nothing to say any more")


@pytest.mark.parametrize(
    ("later", "problem"), [(timedelta(days=2), "its days are over"), (timedelta(hours=1), "it is not wanted any more")]
)
def test_it_is_dropped_when_its_time_or_its_reader_is_gone(
    cast: Cast, box: Postbox, later: timedelta, problem: str
) -> None:
    weekly.build(NOW)
    if later < timedelta(days=1):
        User.objects.filter(pk=cast.mia.pk).update(is_active=False)
    delivery.deliver_due(now=NOW + later)
    assert box.received == []
    assert Mail.objects.get().problem.startswith(problem)


def test_one_click_ends_it_without_a_cookie_and_the_same_page_brings_it_back(cast: Cast) -> None:
    [row] = weekly.build(NOW)
    path = re.findall(r"<https?://[^/]+(/.*)>", row.headers["List-Unsubscribe"])[0]
    program = Client(enforce_csrf_checks=True)
    assert "Stop the weekly portfolio mail?" in program.get(path).content.decode()
    for _ in range(2):
        assert program.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not mail.preferences_of(cast.mia).wants_portfolio
    assert mail.preferences_of(cast.mia).rhythm == "weekdays", "the digest comes as before"
    assert Client().post(f"{path}undo/").status_code == 200
    assert mail.preferences_of(cast.mia).wants_portfolio
    assert [entry.verb for entry in Entry.objects.filter(verb__startswith="mail.portfolio").order_by("id")] == [
        "mail.portfolio-off",
        "mail.portfolio-on",
    ]


def test_a_made_up_token_finds_nothing(client: Client) -> None:
    assert client.get("/unsubscribe/nobody/portfolio/").status_code == 404
    assert client.post("/unsubscribe/nobody/portfolio/").status_code == 404
    assert client.post("/unsubscribe/nobody/portfolio/undo/").status_code == 404


def test_a_manager_chooses_it_in_the_mail_settings_and_others_are_not_asked(cast: Cast, client: Client) -> None:
    page = login(client, cast.mia).get("/settings/mail/").content.decode()
    assert 'name="wants_portfolio"' in page
    version = mail.preferences_of(cast.mia).version
    wishes = {"rhythm": "daily", "weekly_on": 0, "digest_hour": 8, "version": version}
    assert client.post("/settings/mail/", wishes).status_code == 302
    assert not mail.preferences_of(cast.mia).wants_portfolio
    assert ("wants_portfolio", "Yes", "No") in Entry.objects.get(verb="mail.preferences").changes
    assert 'name="wants_portfolio"' not in login(client, cast.theo).get("/settings/mail/").content.decode()


def test_a_dry_run_says_who_would_get_it_and_writes_nothing(cast: Cast) -> None:
    out = StringIO()
    call_command("remind", "--at", NOW.isoformat(), "--dry-run", stdout=out)
    head = f"{cast.mia} <{cast.mia.email}>, due Monday 2 March 2026, 08:00 (UTC)\n"
    assert f"{head}Readiness, your week: 1 of 1 launch blocked\n\n" in out.getvalue()
    assert "No more weekly mails: …" in out.getvalue()
    assert not Mail.objects.exists()


def test_it_costs_the_same_for_more_services_and_for_more_managers_of_the_same_teams(cast: Cast) -> None:
    counts = []
    for number in range(2):
        give(person(f"Manager{number}"), Role.MANAGER, team=cast.payments)
        for one in range(3):
            service(f"service-{number}-{one}", cast.payments, tech_lead=cast.theo)
        Mail.objects.all().delete()
        with CaptureQueriesContext(connection) as queries:
            assert len(weekly.build(NOW)) == number + 2
        counts.append(len(queries))
    # The second time one more manager's preferences are found, and one more is made.
    assert counts[0] == counts[1] <= 22
    assert TODAY.weekday() == 0
