from functools import partial

import pytest
from django.test import Client

from readiness.accounts.policy import Conflict, Refused
from readiness.history.models import Entry
from readiness.mail import actions
from tests.cast import NOW, Cast, login

pytestmark = pytest.mark.django_db
WISHES = {"wants_digest": "on", "digest_hour": "7", "has_quiet_weekends": ""}


def test_a_person_changes_their_preferences_and_the_history_says_so(client: Client, cast: Cast) -> None:
    version = actions.preferences_of(cast.theo).version
    answer = login(client, cast.theo).post("/settings/mail/", WISHES | {"version": version})
    assert answer.status_code == 302
    assert actions.preferences_of(cast.theo).digest_hour == 7
    assert Entry.objects.get(verb="mail.preferences").changes == [
        ("digest_hour", 8, 7),
        ("has_quiet_weekends", True, False),
    ]


def test_a_change_made_elsewhere_meanwhile_is_not_overwritten(client: Client, cast: Cast) -> None:
    version = actions.preferences_of(cast.theo).version
    change = partial(actions.change_preferences, wants_digest=False, digest_hour=9, has_quiet_weekends=True)
    change(by=cast.theo, version=version, now=NOW)
    answer = login(client, cast.theo).post("/settings/mail/", WISHES | {"version": version})
    assert answer.status_code == 409
    assert "another window" in answer.content.decode()
    assert actions.preferences_of(cast.theo).digest_hour == 9
    with pytest.raises(Conflict):
        change(by=cast.theo, version=version, now=NOW)


def test_an_hour_that_does_not_exist_is_refused_in_a_sentence(cast: Cast) -> None:
    version = actions.preferences_of(cast.theo).version
    with pytest.raises(Refused, match="between 0 and 23"):
        actions.change_preferences(
            by=cast.theo, wants_digest=True, digest_hour=24, has_quiet_weekends=True, version=version, now=NOW
        )


def test_following_the_unsubscribe_link_asks_and_posting_it_ends_the_digest(client: Client, cast: Cast) -> None:
    token = actions.preferences_of(cast.theo).token
    page = client.get(f"/unsubscribe/{token}/")
    assert "Stop the daily digest?" in page.content.decode()
    assert actions.preferences_of(cast.theo).wants_digest
    assert client.post(f"/unsubscribe/{token}/").status_code == 200
    assert client.post(f"/unsubscribe/{token}/").status_code == 200
    assert not actions.preferences_of(cast.theo).wants_digest
    assert Entry.objects.filter(verb="mail.unsubscribed").count() == 1


@pytest.mark.usefixtures("cast")
def test_a_made_up_token_finds_nothing(client: Client) -> None:
    assert client.get("/unsubscribe/nobody/").status_code == 404
    assert client.post("/unsubscribe/nobody/").status_code == 404
