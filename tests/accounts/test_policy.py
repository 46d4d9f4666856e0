"""May this person do this to that: by grants, by being named, as far as a scope goes; and lists say the same as the question."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from readiness.accounts import policy, reach
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import ORGANISATION, NotAllowed, NotVisible, Target
from readiness.accounts.rules import MATRIX, Action, Role
from readiness.catalog.models import Service
from readiness.catalog.reach import services_where
from tests.cast import Cast, give, person, service


def allowed(user: User, target: Target) -> set[Action]:
    return {action for action in Action if policy.may(user, action, target)}


def of(*roles: Role) -> set[Action]:
    """What the published matrix gives these roles."""
    return {action for action, reach in MATRIX.items() if reach.keys() & set(roles)}


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("ada", Role.ADMIN),
        ("mia", Role.MANAGER),
        ("theo", Role.TECH_LEAD),
        ("olga", Role.ON_CALL),
        ("pia", Role.ON_CALL),
        ("rob", Role.TECH_LEAD),
        ("vera", Role.VIEWER),
        ("eve", Role.EXTERNAL),
        ("sam", None),
    ],
)
def test_a_role_may_what_the_matrix_says_and_nothing_else(cast: Cast, name: str, role: Role | None) -> None:
    assert allowed(getattr(cast, name), cast.checkout.target) == (of(role) if role else set())


def test_two_roles_add_up(cast: Cast) -> None:
    give(cast.vera, Role.ON_CALL, service=cast.checkout)
    assert allowed(cast.vera, cast.checkout.target) == of(Role.VIEWER, Role.ON_CALL)


def test_being_named_on_one_service_counts_for_that_one(cast: Cast) -> None:
    other = service("ledger", cast.payments)
    assert allowed(cast.theo, other.target) == set()
    assert allowed(cast.theo, Target(team_id=cast.payments.pk)) == set()


def test_a_team_wide_role_covers_every_service_of_the_team_and_no_other(cast: Cast) -> None:
    assert allowed(cast.rob, service("ledger", cast.payments).target) == of(Role.TECH_LEAD)
    assert allowed(cast.rob, cast.index.target) == set()


def test_a_guest_sees_the_service_and_one_review_of_it(cast: Cast) -> None:
    Grant.objects.filter(user=cast.eve).delete()
    give(cast.eve, Role.EXTERNAL, service=cast.checkout, review_id=7)
    at = cast.checkout.target
    assert policy.may(cast.eve, Action.SEE, at)
    assert allowed(cast.eve, Target(at.team_id, at.service_id, 7, at.named)) == of(Role.EXTERNAL)
    assert allowed(cast.eve, Target(at.team_id, at.service_id, 8, at.named)) == set()
    with pytest.raises(NotVisible):
        policy.require(cast.eve, Action.RECORD_VERDICT, Target(at.team_id, at.service_id, 8, at.named))


def test_a_grant_that_ended_and_a_person_who_left_may_nothing(cast: Cast) -> None:
    Grant.objects.filter(user=cast.rob).update(expires_at=timezone.now() - timedelta(seconds=1))
    cast.rob.forget_grants()
    assert allowed(cast.rob, cast.checkout.target) == set()
    cast.ada.is_active = False
    assert allowed(cast.ada, cast.checkout.target) == set()
    assert not policy.may_anywhere(cast.ada, Action.MANAGE_PEOPLE)
    assert not policy.may(AnonymousUser(), Action.SEE, cast.checkout.target)
    assert not policy.may_anywhere(AnonymousUser(), Action.SEE)


def test_out_of_scope_is_not_there_and_in_scope_is_refused_with_who_may(cast: Cast) -> None:
    with pytest.raises(NotVisible):
        policy.require(cast.sam, Action.SEE, cast.checkout.target)
    with pytest.raises(NotAllowed, match=r"does not let you decide a waiver; that takes: engineering manager\.$"):
        policy.require(cast.theo, Action.DECIDE_WAIVER, cast.checkout.target)
    with pytest.raises(NotAllowed, match="administrator or engineering manager"):
        policy.require(cast.sam, Action.MANAGE_PEOPLE, ORGANISATION)
    with pytest.raises(NotAllowed):
        policy.require_anywhere(cast.theo, Action.MANAGE_PEOPLE)


def test_an_administrator_approves_nothing(cast: Cast) -> None:
    approvals = {Action.DECIDE_WAIVER, Action.SIGN_OFF, Action.VERIFY_CLOSED, Action.RECORD_VERDICT, Action.LEAD_REVIEW}
    assert not allowed(cast.ada, cast.checkout.target) & approvals


def everybody(cast: Cast) -> list[User]:
    boss, nobody, guest = person("Boss"), person("Nobody"), person("Guest")
    give(boss, Role.MANAGER)
    give(guest, Role.EXTERNAL, service=cast.index, review_id=3)
    Grant.objects.create(user=nobody, role=Role.MANAGER, team=cast.search, expires_at=timezone.now())
    return [*cast.people, boss, nobody, guest]


@pytest.mark.parametrize("action", Action)
def test_a_list_of_services_says_the_same_as_the_question(cast: Cast, action: Action) -> None:
    ledger = service("ledger", cast.payments, on_call=cast.sam)
    give(cast.vera, Role.TECH_LEAD, service=cast.index)
    for user in everybody(cast):
        asked = {one for one in (cast.checkout, cast.index, ledger) if policy.may(user, action, one.target)}
        assert set(services_where(user, action)) == asked, user
        if action is Action.SEE:
            assert set(Service.objects.visible_to(user)) == asked, user


def test_lists_of_people_teams_and_grants_say_the_same_as_the_question(cast: Cast) -> None:
    for user in everybody(cast):
        managed = {
            team for team in Team.objects.all() if policy.may(user, Action.MANAGE_PEOPLE, Target(team_id=team.pk))
        }
        assert set(reach.managed_teams(user)) == managed
        grants = set(reach.managed_grants(user).filter(team__isnull=False))
        assert grants == set(Grant.objects.filter(team__in=managed))
        seen = {team for team in Team.objects.all() if policy.may(user, Action.SEE, Target(team_id=team.pk))}
        named = set(Team.objects.filter(services__in=Service.objects.visible_to(user)))
        assert set(reach.seen_teams(user)) == seen | named


def test_a_manager_has_a_say_over_whoever_has_to_do_with_the_team(cast: Cast) -> None:
    assert set(reach.managed_people(cast.mia)) == set(cast.people) - {cast.ada, cast.sam}
    assert set(reach.managed_people(cast.ada)) == set(User.objects.all())
    assert set(reach.managed_people(cast.theo)) == set()


def test_asking_often_reads_the_grants_once(cast: Cast, django_assert_num_queries: object) -> None:
    user: User = User.objects.get(pk=cast.mia.pk)
    target = cast.checkout.target
    with django_assert_num_queries(1):  # type: ignore[operator]
        for action in Action:
            policy.may(user, action, target)
            policy.may_anywhere(user, action)


def test_a_seat_in_a_review_lets_anybody_who_sees_it_export_what_came_out_and_nothing_else(cast: Cast) -> None:
    plain = cast.checkout.target
    seated = Target(plain.team_id, plain.service_id, 1, plain.named, frozenset({cast.vera.pk, cast.sam.pk}))
    assert allowed(cast.vera, seated) == of(Role.VIEWER) | {Action.EXPORT}
    assert allowed(cast.olga, seated) == of(Role.ON_CALL)
    assert allowed(cast.sam, seated) == set()
    with pytest.raises(NotVisible):
        policy.require(cast.sam, Action.EXPORT, seated)
