from functools import partial
from typing import Any

import pytest
from django.test import Client

from readiness.accounts.policy import Conflict, Refused
from readiness.history.models import Entry
from readiness.mail import actions
from readiness.mail.models import Preferences
from tests.cast import NOW, Cast, login

pytestmark = pytest.mark.django_db
WISHES = {"rhythm": "weekly", "digest_hour": "7", "weekly_on": "3"}


def test_a_person_changes_their_preferences_and_the_history_says_so(client: Client, cast: Cast) -> None:
    version = actions.preferences_of(cast.theo).version
    answer = login(client, cast.theo).post("/settings/mail/", WISHES | {"version": version})
    assert answer.status_code == 302
    assert actions.preferences_of(cast.theo).digest_hour == 7
    assert sorted(Entry.objects.get(verb="mail.preferences").changes) == [
        ("digest_hour", 8, 7),
        ("rhythm", "Monday to Friday", "Once a week"),
        ("weekly_on", "Monday", "Thursday"),
    ]


def test_a_change_made_elsewhere_meanwhile_is_not_overwritten(client: Client, cast: Cast) -> None:
    version = actions.preferences_of(cast.theo).version
    change = partial(actions.change_preferences, rhythm="off", digest_hour=9, weekly_on=0)
    change(by=cast.theo, version=version, now=NOW)
    answer = login(client, cast.theo).post("/settings/mail/", WISHES | {"version": version})
    assert answer.status_code == 409
    assert "another window" in answer.content.decode()
    assert actions.preferences_of(cast.theo).digest_hour == 9
    with pytest.raises(Conflict):
        change(by=cast.theo, version=version, now=NOW)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"digest_hour": 24}, "between 0 and 23"),
        ({"weekly_on": 7}, "between Monday and Sunday"),
        ({"rhythm": "hourly"}, "how often"),
    ],
)
def test_what_does_not_exist_is_refused_in_a_sentence(cast: Cast, wrong: dict[str, Any], sentence: str) -> None:
    values: dict[str, Any] = {"rhythm": "daily", "digest_hour": 8, "weekly_on": 0} | wrong
    version = actions.preferences_of(cast.theo).version
    with pytest.raises(Refused, match=sentence):
        actions.change_preferences(by=cast.theo, version=version, now=NOW, **values)
    assert actions.preferences_of(cast.theo).rhythm == "weekdays"


def test_following_the_unsubscribe_link_asks_and_posting_it_ends_the_digest(client: Client, cast: Cast) -> None:
    token = actions.preferences_of(cast.theo).token
    page = client.get(f"/unsubscribe/{token}/")
    assert "Stop the daily digest?" in page.content.decode()
    assert actions.preferences_of(cast.theo).rhythm == "weekdays"
    assert client.post(f"/unsubscribe/{token}/").status_code == 200
    assert client.post(f"/unsubscribe/{token}/").status_code == 200
    assert actions.preferences_of(cast.theo).rhythm == "off"
    assert Entry.objects.filter(verb="mail.unsubscribed").count() == 1


def test_a_mail_program_unsubscribes_with_one_click_and_no_cookie(cast: Cast) -> None:
    token = actions.preferences_of(cast.theo).token
    program = Client(enforce_csrf_checks=True)
    answer = program.post(f"/unsubscribe/{token}/", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert actions.preferences_of(cast.theo).rhythm == "off"


def test_unsubscribing_is_taken_back_on_the_same_page_with_the_rhythm_that_was(client: Client, cast: Cast) -> None:
    preferences = actions.preferences_of(cast.theo)
    Preferences.objects.filter(pk=preferences.pk).update(rhythm="daily")
    page = client.post(f"/unsubscribe/{preferences.token}/").content.decode()
    assert f'action="/unsubscribe/{preferences.token}/undo/"' in page
    assert '<option value="daily" selected>' in page
    assert "off" not in [line.strip() for line in page.splitlines()]
    answer = client.post(f"/unsubscribe/{preferences.token}/undo/", {"rhythm": "daily"})
    assert "You get the digest again" in answer.content.decode()
    assert actions.preferences_of(cast.theo).rhythm == "daily"
    entry = Entry.objects.get(verb="mail.subscribed")
    assert entry.changes == [("rhythm", "Only what is escalated to me", "Every day")]


def test_taking_it_back_twice_or_with_a_made_up_rhythm_changes_nothing(client: Client, cast: Cast) -> None:
    preferences = actions.preferences_of(cast.theo)
    assert client.post(f"/unsubscribe/{preferences.token}/undo/", {"rhythm": "daily"}).status_code == 200
    assert client.post(f"/unsubscribe/{preferences.token}/undo/", {"rhythm": "off"}).status_code == 422
    assert client.get(f"/unsubscribe/{preferences.token}/undo/").status_code == 405
    assert actions.preferences_of(cast.theo).rhythm == "weekdays"
    assert not Entry.objects.filter(verb="mail.subscribed").exists()


@pytest.mark.usefixtures("cast")
def test_a_made_up_token_finds_nothing(client: Client) -> None:
    assert client.get("/unsubscribe/nobody/").status_code == 404
    assert client.post("/unsubscribe/nobody/").status_code == 404
    assert client.post("/unsubscribe/nobody/undo/", {"rhythm": "daily"}).status_code == 404
