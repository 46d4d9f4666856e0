"""Out of office: who gets the digest meanwhile, and who may."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from readiness.accounts.models import User
from readiness.accounts.policy import Conflict, Refused
from readiness.assessments.actions import WrongFields
from readiness.assessments.models import Gap
from readiness.history.models import Entry
from readiness.mail import delivery
from readiness.mail.actions import preferences_of
from readiness.mail.models import Mail, Preferences
from readiness.reminders import actions, digest
from readiness.reminders.rules import Absence, stand_in
from tests.cast import NOW, TODAY, Cast, day, login
from tests.reminders.test_digest import decided, gap_due

pytestmark = pytest.mark.django_db


def go(cast: Cast, **changed: Any) -> Preferences:
    values: dict[str, Any] = {"away_from": day(0), "away_until": day(3), "deputy": cast.pia, "by": cast.theo}
    values |= {"version": preferences_of(changed.get("by", cast.theo)).version, "now": NOW} | changed
    return actions.go_away(**values)


def subjects() -> dict[str, str]:
    return dict(Mail.objects.values_list("recipient__name", "subject"))


@pytest.fixture
def late(cast: Cast) -> Gap:
    """Theo's, overdue for a day."""
    cast.assessed()
    return gap_due(cast, "obs-runbooks", days=-1, owner=cast.theo)


def test_the_deputy_gets_it_in_their_own_mail_and_the_one_who_is_away_gets_none(cast: Cast, late: Gap) -> None:
    own = gap_due(cast, "obs-tracing", days=2, owner=cast.pia)
    go(cast)
    digest.build(NOW)
    mail = Mail.objects.get()
    assert (mail.recipient, mail.subject) == (cast.pia, "Readiness: 1 due this week, 1 for Theo")
    assert mail.why == "because 1 gap of yours is due this week and you stand in for Theo Example"
    assert mail.text.index(f"/gaps/{own.pk}/") < mail.text.index("For Theo Example, who is away until 5 March")
    assert mail.text.index("who is away") < mail.text.index(f"/gaps/{late.pk}/")
    assert f"/gaps/{late.pk}/" in mail.html


def test_it_comes_back_the_day_after(cast: Cast, late: Gap) -> None:
    go(cast)
    got = [[row.recipient.name for row in digest.build(NOW + timedelta(days=days))] for days in range(5)]
    assert got == [["Pia Example"]] * 4 + [["Theo Example"]]


def test_a_deputy_who_wants_no_digest_gets_what_they_stand_in_for(cast: Cast, late: Gap) -> None:
    gap_due(cast, "obs-tracing", days=2, owner=cast.pia)
    go(cast)
    Preferences.objects.update_or_create(person=cast.pia, defaults={"rhythm": "off", "token": "pia"})
    digest.build(NOW)
    assert subjects() == {cast.pia.name: "Readiness: 1 for Theo"}


def test_a_line_that_the_deputy_gets_anyhow_is_there_once(cast: Cast, late: Gap) -> None:
    Gap.objects.filter(pk=late.pk).update(owner=cast.olga, due_on=day(-4))
    go(cast, deputy=cast.olga)
    digest.build(NOW)
    assert subjects() == {cast.olga.name: "Readiness: 1 overdue"}


def test_what_only_the_person_can_do_waits_until_they_are_back(cast: Cast) -> None:
    cast.assessed()
    decided(cast)
    go(cast, by=cast.olga)
    assert [row.recipient for row in digest.build(NOW)] == [cast.theo]


def test_what_the_deputy_does_not_see_any_more_stays_with_the_person(cast: Cast, late: Gap) -> None:
    go(cast)
    cast.checkout.platform_owner = None
    cast.checkout.save()
    digest.build(NOW)
    assert subjects() == {cast.theo.name: "Readiness: 1 overdue"}


@pytest.mark.usefixtures("late")
def test_who_names_a_deputy_before_it_leaves_does_not_get_it(cast: Cast) -> None:
    digest.build(NOW)
    go(cast)
    assert digest.last_look(Mail.objects.get(), NOW) == "what it spoke of was settled, or is not wanted any more"
    digest.build(NOW)
    assert delivery.due(NOW).filter(recipient=cast.pia).count() == 1


@pytest.mark.usefixtures("late")
def test_the_last_look_leaves_in_what_the_deputy_stands_in_for(cast: Cast) -> None:
    go(cast)
    [row] = digest.build(NOW)
    before = row.text
    assert digest.last_look(row, NOW) == ""
    assert row.text == before


@pytest.mark.usefixtures("late")
def test_a_deputy_whose_account_is_switched_off_gets_nothing_and_nothing_is_lost(cast: Cast) -> None:
    go(cast)
    User.objects.filter(pk=cast.pia.pk).update(is_active=False)
    digest.build(NOW)
    assert subjects() == {cast.theo.name: "Readiness: 1 overdue"}


def test_deputies_are_followed_until_somebody_is_there_and_a_circle_ends_at_the_person() -> None:
    days = Absence(date(2026, 3, 2), date(2026, 3, 6), 2)
    absences = {1: days, 2: replace(days, deputy_id=3), 4: replace(days, deputy_id=5), 5: replace(days, deputy_id=4)}
    inside, after = date(2026, 3, 6), date(2026, 3, 7)
    assert [stand_in(person, inside, absences) for person in (1, 2, 3, 4, 5)] == [3, 3, 3, 4, 5]
    assert [stand_in(person, after, absences) for person in (1, 2, 4)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"deputy": "theo"}, "deputy", "That is you"),
        ({"deputy": None}, "deputy", "Choose who"),
        (
            {"deputy": "sam"},
            "deputy",
            "Sam Example can’t see Checkout; choose somebody who works on the same services.",
        ),
        ({"away_until": day(-1), "away_from": day(-3)}, "away_until", "has passed"),
        ({"away_until": day(1), "away_from": day(2)}, "away_until", "before the first"),
        ({"away_from": None}, "away_from", "first day"),
        ({"away_until": None}, "away_until", "last day"),
    ],
)
def test_what_is_wrong_gets_a_sentence_at_its_place(
    cast: Cast, changed: dict[str, Any], field: str, sentence: str
) -> None:
    if isinstance(changed.get("deputy"), str):
        changed |= {"deputy": getattr(cast, changed["deputy"])}
    with pytest.raises(WrongFields) as refused:
        go(cast, **changed)
    assert sentence in refused.value.problems[field]
    assert preferences_of(cast.theo).away_from is None
    assert not Entry.objects.filter(verb="mail.away").exists()


def test_a_deputy_must_see_what_the_person_owns_and_manages_too(cast: Cast, late: Gap) -> None:
    Gap.objects.filter(pk=late.pk).update(owner=cast.sam)
    with pytest.raises(WrongFields, match="can’t see Index"):
        go(cast, by=cast.sam, deputy=cast.pia)
    with pytest.raises(WrongFields, match="can’t see Checkout"):
        go(cast, by=cast.mia, deputy=cast.sam)
    go(cast, by=cast.mia, deputy=cast.theo)


@time_machine.travel(NOW, tick=False)
def test_the_page_hands_over_and_takes_back(client: Client, cast: Cast) -> None:
    login(client, cast.theo)
    page = client.get("/settings/mail/away/").content.decode()
    assert "Pia Example" in page
    assert "Sam Example" not in page, "nobody from elsewhere is offered"
    version = preferences_of(cast.theo).version
    said = {"away_from": str(TODAY), "away_until": str(day(3)), "deputy": cast.pia.pk, "version": version}
    assert client.post("/settings/mail/away/", said)["Location"] == "/settings/mail/"
    assert "Pia Example gets your digest" in client.get("/settings/mail/").content.decode()
    assert client.post("/settings/mail/away/", said).status_code == 409, "written with an old page"
    assert client.post("/settings/mail/away/", said | {"away_until": "soon"}).status_code == 422
    again = {"version": preferences_of(cast.theo).version}
    assert client.post("/settings/mail/away/end/", again)["Location"] == "/settings/mail/"
    assert preferences_of(cast.theo).deputy is None
    assert list(Entry.objects.filter(verb__startswith="mail.").values_list("verb", flat=True).order_by("pk")) == [
        "mail.away",
        "mail.back",
    ]
    assert client.post("/settings/mail/away/end/", again)["Location"] == "/settings/mail/away/"


def test_who_lost_the_race_changes_nothing(cast: Cast) -> None:
    version = preferences_of(cast.theo).version
    go(cast)
    with pytest.raises(Conflict):
        go(cast, deputy=cast.olga, version=version)
    with pytest.raises(Refused):
        actions.come_back(by=cast.theo, version=version, now=NOW)
    assert preferences_of(cast.theo).deputy == cast.pia
