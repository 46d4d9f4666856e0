"""Giving and withdrawing roles: by whom, over what, and never the last administrator's."""

from datetime import timedelta

import pytest

from readiness.accounts import actions
from readiness.accounts.models import Grant, User
from readiness.accounts.policy import NotAllowed, NotVisible, Refused
from readiness.accounts.rules import GRANTED_OVER, MATRIX, MATRIX_GROUPS, ROLE_NOTES, Action, Role, Scope, grant_problem
from readiness.history.models import Entry
from tests.cast import NOW, Cast, give, person


def roles_of(user: User) -> set[str]:
    return set(Grant.objects.filter(user=user).values_list("role", flat=True))


def test_a_manager_gives_a_role_in_their_team_and_the_history_says_so(cast: Cast) -> None:
    given = actions.grant(by=cast.mia, person=cast.sam, role=Role.VIEWER, team=cast.payments, now=NOW)
    assert str(given) == "Viewer of Payments"
    entry = Entry.objects.get(verb="grant.given")
    assert (entry.actor_id, entry.team_id, entry.object_label) == (
        cast.mia.pk,
        cast.payments.pk,
        "Sam Example as viewer of Payments",
    )
    assert entry.after == {"person": "Sam Example", "role": "Viewer", "over": "Payments"}


def test_a_role_given_twice_is_given_once(cast: Cast) -> None:
    for _ in range(2):
        actions.grant(by=cast.mia, person=cast.sam, role=Role.VIEWER, team=cast.payments, now=NOW)
    assert Grant.objects.filter(user=cast.sam, team=cast.payments).count() == 1
    assert Entry.objects.filter(verb="grant.given").count() == 1


def test_a_new_end_replaces_the_old_one_and_is_recorded(cast: Cast) -> None:
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=9)
    for end in (soon, later):
        actions.grant(by=cast.mia, person=cast.sam, role=Role.VIEWER, team=cast.payments, expires_at=end, now=NOW)
    assert Grant.objects.get(user=cast.sam, team=cast.payments).expires_at == later
    assert Entry.objects.get(verb="grant.prolonged").before["expires_at"] == soon.isoformat()


def test_a_manager_gives_nothing_in_a_team_they_do_not_know(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        actions.grant(by=cast.mia, person=cast.vera, role=Role.VIEWER, team=cast.search, now=NOW)
    with pytest.raises(NotVisible):
        actions.grant(by=cast.mia, person=cast.vera, role=Role.VIEWER, service_id=cast.index.pk, now=NOW)
    assert roles_of(cast.vera) == {Role.VIEWER}


def test_a_manager_gives_nothing_for_the_organisation_and_makes_no_administrator(cast: Cast) -> None:
    for role in (Role.VIEWER, Role.MANAGER, Role.ADMIN):
        with pytest.raises(NotAllowed):
            actions.grant(by=cast.mia, person=cast.vera, role=role, now=NOW)
    assert not Entry.objects.exists()


def test_a_manager_of_everything_still_makes_no_administrator(cast: Cast) -> None:
    give(cast.mia, Role.MANAGER)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        actions.grant(by=cast.mia, person=cast.vera, role=Role.ADMIN, now=NOW)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        actions.withdraw_grant(by=cast.mia, grant=Grant.objects.get(role=Role.ADMIN), now=NOW)


@pytest.mark.parametrize("name", ["theo", "olga", "rob", "vera", "sam", "eve"])
def test_nobody_else_gives_roles(cast: Cast, name: str) -> None:
    with pytest.raises((NotAllowed, NotVisible)):
        actions.grant(by=getattr(cast, name), person=cast.pia, role=Role.VIEWER, team=cast.payments, now=NOW)
    assert roles_of(cast.pia) == set()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.TECH_LEAD, Role.ON_CALL])
def test_nobody_raises_themselves(cast: Cast, role: Role) -> None:
    for by in (cast.ada, cast.mia):
        with pytest.raises(Refused, match="Nobody gives a role to themselves"):
            actions.grant(by=by, person=by, role=role, team=cast.payments, now=NOW)
    assert not Entry.objects.exists()


def test_an_administrator_may_list_themselves_as_a_viewer(cast: Cast) -> None:
    assert actions.grant(by=cast.ada, person=cast.ada, role=Role.VIEWER, team=cast.payments, now=NOW).pk


@pytest.mark.parametrize(
    ("role", "scope"), [(role, scope) for role in Role for scope in Scope if scope not in GRANTED_OVER[role]]
)
def test_a_role_is_refused_where_it_makes_no_sense(cast: Cast, role: Role, scope: Scope) -> None:
    where = {
        Scope.ORGANISATION: {},
        Scope.TEAM: {"team": cast.payments},
        Scope.SERVICE: {"service_id": cast.checkout.pk},
        Scope.REVIEW: {"service_id": cast.checkout.pk, "review_id": 1},
    }[scope]
    with pytest.raises(Refused, match="is given for"):
        actions.grant(by=cast.ada, person=cast.vera, role=role, now=NOW, **where)  # type: ignore[arg-type]


def test_an_end_is_asked_of_a_guest_and_refused_to_an_administrator() -> None:
    assert "say until when" in grant_problem(Role.EXTERNAL, Scope.REVIEW, has_end=False)
    assert grant_problem(Role.EXTERNAL, Scope.REVIEW, has_end=True) == ""
    assert "no end" in grant_problem(Role.ADMIN, Scope.ORGANISATION, has_end=True)


def test_the_tech_lead_invites_a_guest_to_a_review_of_their_service(cast: Cast) -> None:
    end = NOW + timedelta(days=30)
    arguments = {"person": cast.sam, "role": Role.EXTERNAL, "review_id": 7, "expires_at": end, "now": NOW}
    actions.grant(by=cast.theo, service_id=cast.checkout.pk, **arguments)  # type: ignore[arg-type]
    assert Entry.objects.get().object_label == "Sam Example as outside reviewer of a review of Checkout"
    with pytest.raises(NotVisible):
        actions.grant(by=cast.theo, service_id=cast.index.pk, **arguments)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        actions.grant(by=cast.olga, service_id=cast.checkout.pk, **arguments)  # type: ignore[arg-type]


def test_a_role_that_ended_already_and_a_person_who_left_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="a day to come"):
        actions.grant(by=cast.mia, person=cast.sam, role=Role.VIEWER, team=cast.payments, expires_at=NOW, now=NOW)
    cast.sam.is_active = False
    with pytest.raises(Refused, match="not active"):
        actions.grant(by=cast.mia, person=cast.sam, role=Role.VIEWER, team=cast.payments, now=NOW)


def test_withdrawing_takes_the_role_away_once(cast: Cast) -> None:
    grant = Grant.objects.get(user=cast.vera)
    for _ in range(2):
        actions.withdraw_grant(by=cast.mia, grant=grant, now=NOW)
    assert roles_of(cast.vera) == set()
    assert Entry.objects.get(verb="grant.withdrawn").before["role"] == "Viewer"


def test_a_stranger_withdraws_nothing(cast: Cast) -> None:
    grant = Grant.objects.get(user=cast.vera)
    for by in (cast.sam, cast.theo, cast.olga, cast.eve):
        with pytest.raises((NotAllowed, NotVisible)):
            actions.withdraw_grant(by=by, grant=grant, now=NOW)
    assert roles_of(cast.vera) == {Role.VIEWER}


def test_one_may_lay_down_ones_own_role(cast: Cast) -> None:
    actions.withdraw_grant(by=cast.vera, grant=Grant.objects.get(user=cast.vera), now=NOW)
    assert roles_of(cast.vera) == set()


def test_the_last_administrator_stays(cast: Cast) -> None:
    with pytest.raises(Refused, match="last administrator") as refusal:
        actions.withdraw_grant(by=cast.ada, grant=Grant.objects.get(role=Role.ADMIN), now=NOW)
    assert refusal.value.rule == "last-administrator"
    deactivated = person("Dora")
    give(deactivated, Role.ADMIN)
    deactivated.is_active = False
    deactivated.save()
    with pytest.raises(Refused, match="last administrator"):
        actions.withdraw_grant(by=cast.ada, grant=Grant.objects.get(role=Role.ADMIN, user=cast.ada), now=NOW)


def test_one_of_two_administrators_may_go(cast: Cast) -> None:
    actions.grant(by=cast.ada, person=cast.mia, role=Role.ADMIN, now=NOW)
    actions.withdraw_grant(by=cast.ada, grant=Grant.objects.get(role=Role.ADMIN, user=cast.ada), now=NOW)
    assert Grant.objects.get(role=Role.ADMIN).user == cast.mia


def test_the_page_shows_every_action_and_says_something_of_every_role() -> None:
    shown = [action for group in MATRIX_GROUPS.values() for action in group]
    assert sorted(shown) == sorted(Action) == sorted(MATRIX)
    assert set(ROLE_NOTES) == set(GRANTED_OVER) == set(Role)
