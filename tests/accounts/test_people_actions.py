"""Inviting, the first administrator, profiles, and leaving."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from readiness.accounts import actions
from readiness.accounts.models import Grant, User
from readiness.accounts.policy import Conflict, NotAllowed, NotVisible, Refused
from readiness.accounts.rules import Role
from readiness.history.models import Entry
from readiness.mail.models import Mail
from tests.cast import NOW, PASSWORD, Cast, give, login, person

NEW_PASSWORD = "a plainly unusual sentence"


def link_in(mail: Mail) -> str:
    found = re.search(r"http://localhost:8000(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def set_password(client: Client, path: str, password: str = NEW_PASSWORD) -> int:
    page = client.get(path, follow=True)
    form = page.redirect_chain[-1][0] if page.redirect_chain else path
    client.post(form, {"password1": password, "password2": password})
    return page.status_code


def test_the_first_person_of_an_empty_install_is_its_administrator(db: None) -> None:
    ada = actions.first_administrator(name="Ada", email="Ada@Example.com ", password=PASSWORD, now=NOW)
    assert (ada.email, ada.check_password(PASSWORD)) == ("ada@example.com", True)
    assert Grant.objects.get().role == Role.ADMIN
    assert set(Entry.objects.values_list("verb", "actor_name")) == {("person.set-up", "Ada"), ("grant.given", "Ada")}


def test_there_is_no_second_first_administrator(db: None) -> None:
    person("Ada")
    with pytest.raises(Refused, match="set this up already"):
        actions.first_administrator(name="Eve", email="eve@example.com", password=PASSWORD, now=NOW)
    assert User.objects.count() == 1


def test_whoever_is_invited_follows_the_link_once_and_is_in(cast: Cast, client: Client) -> None:
    nora = actions.invite_person(
        by=cast.mia, name="Nora", email="nora@example.com", role=Role.VIEWER, team=cast.payments, now=NOW
    )
    assert not nora.has_usable_password()
    mail = Mail.objects.get(recipient=nora)
    assert mail.subject == "Mia Example invites you to Readiness"
    assert "for 3 days" in mail.text
    assert link_in(mail) in mail.html
    set_password(client, link_in(mail))
    nora.refresh_from_db()
    assert nora.check_password(NEW_PASSWORD)
    assert Client().login(email="nora@example.com", password=NEW_PASSWORD)
    set_password(Client(), link_in(mail), "somebody else's idea of it")
    nora.refresh_from_db()
    assert nora.check_password(NEW_PASSWORD)


def test_the_link_of_an_invitation_ends(cast: Cast, client: Client) -> None:
    nora = actions.invite_person(by=cast.ada, name="Nora", email="nora@example.com", now=NOW)
    mail = Mail.objects.get(recipient=nora)
    with time_machine.travel(mail.created_at + timedelta(days=3, hours=1)):
        page = client.get(link_in(mail), follow=True)
        assert "no longer works" in page.content.decode()
        set_password(client, link_in(mail))
    nora.refresh_from_db()
    assert not nora.has_usable_password()


def test_a_manager_invites_into_their_teams_only(cast: Cast) -> None:
    invitation = {"name": "Nora", "email": "nora@example.com", "role": Role.VIEWER, "now": NOW}
    with pytest.raises(NotVisible):
        actions.invite_person(by=cast.mia, team=cast.search, **invitation)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        actions.invite_person(by=cast.mia, **invitation)  # type: ignore[arg-type]
    for by in (cast.theo, cast.olga, cast.vera, cast.sam, cast.eve):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.invite_person(by=by, team=cast.payments, **invitation)  # type: ignore[arg-type]
    assert not User.objects.filter(name="Nora").exists()
    assert not Mail.objects.exists()
    assert not Entry.objects.exists()


def test_an_invitation_that_a_rule_refuses_leaves_nobody_behind(cast: Cast) -> None:
    with pytest.raises(Refused, match="is given for a team"):
        actions.invite_person(by=cast.ada, name="Nora", email="nora@example.com", role=Role.TECH_LEAD, now=NOW)
    assert not User.objects.filter(name="Nora").exists()
    assert not Mail.objects.exists()


def test_whoever_is_here_already_gets_the_role_and_no_mail(cast: Cast) -> None:
    sam = actions.invite_person(
        by=cast.mia, name="S.", email="SAM@example.com", role=Role.VIEWER, team=cast.payments, now=NOW
    )
    assert sam == cast.sam
    assert sam.name == "Sam Example"
    assert not Mail.objects.exists()
    for role, team in ((Role.VIEWER, cast.payments), (None, None)):
        with pytest.raises(Refused, match="here already"):
            actions.invite_person(by=cast.ada, name="S.", email="sam@example.com", role=role, team=team, now=NOW)


@pytest.mark.parametrize("email", ["", "nora", "nora@", "a b@example.com", "x@y@z"])
def test_an_address_that_is_none_is_refused(cast: Cast, email: str) -> None:
    with pytest.raises(Refused, match="not an address"):
        actions.invite_person(by=cast.ada, name="Nora", email=email, now=NOW)


def test_an_invitation_can_be_sent_again_until_it_is_followed(cast: Cast) -> None:
    nora = actions.invite_person(
        by=cast.mia, name="Nora", email="nora@example.com", role=Role.VIEWER, team=cast.payments, now=NOW
    )
    actions.send_invitation(by=cast.mia, person=nora, now=NOW)
    assert Mail.objects.filter(recipient=nora).count() == 2
    with pytest.raises(Refused, match="has a password"):
        actions.send_invitation(by=cast.mia, person=cast.vera, now=NOW)
    with pytest.raises(NotVisible):
        actions.send_invitation(by=cast.mia, person=cast.sam, now=NOW)
    with pytest.raises(NotAllowed):
        actions.send_invitation(by=cast.rob, person=nora, now=NOW)


def test_a_person_changes_their_own_profile(cast: Cast) -> None:
    vera = actions.edit_profile(
        by=cast.vera, name=" Vera Vale ", time_zone="Asia/Kolkata", title="Auditor", version=1, now=NOW
    )
    assert (vera.name, vera.time_zone, vera.title, vera.version) == ("Vera Vale", "Asia/Kolkata", "Auditor", 2)
    entry = Entry.objects.get()
    assert (entry.verb, entry.before["time_zone"], entry.after["time_zone"]) == ("person.edited", "UTC", "Asia/Kolkata")


def test_a_profile_written_elsewhere_meanwhile_is_not_overwritten(cast: Cast) -> None:
    actions.edit_profile(by=cast.vera, name="Vera Vale", time_zone="UTC", version=1, now=NOW)
    with pytest.raises(Conflict) as conflict:
        actions.edit_profile(by=cast.vera, name="V.", time_zone="UTC", version=1, now=NOW)
    assert conflict.value.current == cast.vera
    assert User.objects.get(pk=cast.vera.pk).name == "Vera Vale"
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "zone", "sentence"), [(" ", "UTC", "needs a name"), ("V", "Moon/Sea", "no time zone")]
)
def test_a_profile_needs_a_name_and_a_known_zone(cast: Cast, name: str, zone: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        actions.edit_profile(by=cast.vera, name=name, time_zone=zone, version=1, now=NOW)


def test_whoever_is_deactivated_is_out_at_once_and_back_with_their_roles(cast: Cast, client: Client) -> None:
    login(client, cast.vera)
    gone = actions.deactivate(by=cast.ada, person=cast.vera, version=1, reason="left", now=NOW)
    assert client.get("/settings/").status_code == 302
    assert not Client().login(email="vera@example.com", password=PASSWORD)
    entry = Entry.objects.get(verb="person.deactivated")
    assert (entry.before, entry.after, entry.reason) == ({"is_active": True}, {"is_active": False}, "left")
    actions.reactivate(by=cast.ada, person=gone, version=gone.version, now=NOW)
    assert client.get("/settings/").status_code == 200
    assert Grant.objects.filter(user=cast.vera).exists()


def test_only_those_who_manage_everybody_deactivate(cast: Cast) -> None:
    for by in (cast.mia, cast.theo, cast.vera, cast.sam):
        with pytest.raises(NotAllowed):
            actions.deactivate(by=by, person=cast.olga, version=1, now=NOW)
    give(cast.mia, Role.MANAGER)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        actions.deactivate(by=cast.mia, person=cast.ada, version=1, now=NOW)
    assert not User.objects.filter(is_active=False).exists()


def test_nobody_deactivates_themselves_or_the_last_administrator(cast: Cast) -> None:
    with pytest.raises(Refused, match="Nobody closes their own"):
        actions.deactivate(by=cast.ada, person=cast.ada, version=1, now=NOW)
    dora = person("Dora")
    give(dora, Role.ADMIN)
    actions.deactivate(by=dora, person=cast.ada, version=1, now=NOW)
    cast.ada.refresh_from_db()
    with pytest.raises(Conflict):
        actions.reactivate(by=dora, person=cast.ada, version=1, now=NOW)


def test_who_may_register_services_founds_a_team_and_leads_it(cast: Cast) -> None:
    team = actions.create_team(by=cast.rob, name="Fraud & Risk", now=NOW)
    assert team.slug == "fraud-risk"
    assert Grant.objects.get(team=team).user == cast.rob
    admins = actions.create_team(by=cast.ada, name="Ledger", now=NOW)
    assert not Grant.objects.filter(team=admins).exists()
    for by in (cast.vera, cast.eve, cast.olga):
        with pytest.raises(NotAllowed):
            actions.create_team(by=by, name="Mine", now=NOW)


def test_a_team_is_renamed_by_those_who_run_it(cast: Cast) -> None:
    renamed = actions.edit_team(by=cast.mia, team=cast.payments, version=1, name="Pay", now=NOW)
    assert (renamed.name, renamed.slug) == ("Pay", "payments")
    with pytest.raises(Conflict):
        actions.edit_team(by=cast.rob, team=cast.payments, version=1, name="Paid", now=NOW)
    with pytest.raises(NotAllowed):
        actions.edit_team(by=cast.vera, team=cast.payments, version=2, name="Paid", now=NOW)
    with pytest.raises(NotVisible):
        actions.edit_team(by=cast.sam, team=cast.payments, version=2, name="Paid", now=NOW)
    with pytest.raises(Refused, match="needs a name"):
        actions.edit_team(by=cast.mia, team=cast.payments, version=2, name=" ", now=NOW)
