"""Roles are given and withdrawn, never edited.

Who manages people in a team gives roles there; only an administrator makes administrators; nobody gives a role to themselves; and
somebody always stays in charge of the organisation.
"""

from datetime import datetime

from django.db import transaction

from readiness.accounts import policy
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import NotAllowed, Refused, Target
from readiness.accounts.rules import Action, Role, Scope, grant_problem
from readiness.history.actions import Actor, Subject, record

RULE = "valid-role"
OWN_ROLE = "second-pair"
LAST_ADMINISTRATOR = "last-administrator"
NAMED = (("tech_lead", Role.TECH_LEAD), ("on_call", Role.ON_CALL), ("platform_owner", Role.ON_CALL))
"""The ways in which a service names a person, and the role that each is."""


@transaction.atomic
def grant(
    *,
    by: User | Actor,
    person: User,
    role: Role,
    now: datetime,
    team: Team | None = None,
    service_id: int | None = None,
    review_id: int | None = None,
    expires_at: datetime | None = None,
) -> Grant:
    """Gives a role over the organisation, a team, a service, or one review of a service (with its `service_id`).

    Given twice it is given once; a new `expires_at` replaces the old one.

    Raises NotAllowed or NotVisible, and Refused where the role does not fit the scope or the person.
    """
    role = Role(role)
    target = target_of(team_id=team.pk if team else None, service_id=service_id, review_id=review_id)
    if isinstance(by, User):
        _require_may_give(by, role, target)
        if by.pk == person.pk and role is not Role.VIEWER:  # who manages people there sees everything there
            raise Refused(OWN_ROLE, "Nobody gives a role to themselves; ask somebody else who manages people.")
    if not person.is_active:
        raise Refused(RULE, f"{person} is not active; activate the account first.")
    if expires_at is not None and expires_at <= now:
        raise Refused(RULE, "A role ends on a day to come; choose a later one.")
    if problem := grant_problem(role, _scope(target), has_end=expires_at is not None):
        raise Refused(RULE, problem)
    return give(
        by=by, person=person, role=role, now=now, team=team, service_id=service_id, review_id=review_id,
        expires_at=expires_at,
    )  # fmt: skip


@transaction.atomic
def withdraw_grant(*, by: User | Actor, grant: Grant, now: datetime, reason: str = "") -> None:
    """Takes a role away; withdrawn twice it is withdrawn once. One's own may be laid down.

    Raises NotAllowed or NotVisible, and Refused for the last administrator's.
    """
    person, role = grant.user, Role(grant.role)
    target = target_of(team_id=grant.team_id, service_id=grant.service_id, review_id=grant.review_id)
    if isinstance(by, User) and by.pk != person.pk:
        _require_may_give(by, role, target)
    if role is Role.ADMIN:
        refuse_if_last_administrator(person)
    before = _said(grant)
    subject = subject_of(grant, target)
    deleted, _ = Grant.objects.filter(pk=grant.pk).delete()
    person.forget_grants()
    if deleted:
        record("grant.withdrawn", subject, by=by, at=now, before=before, reason=reason)


def give(
    *,
    by: User | Actor,
    person: User,
    role: Role,
    now: datetime,
    team: Team | None = None,
    service_id: int | None = None,
    review_id: int | None = None,
    expires_at: datetime | None = None,
) -> Grant:
    """Writes the grant and its history, and asks nobody: for actions that have asked already."""
    given, is_new = Grant.objects.get_or_create(
        user=person, role=role, team=team, service_id=service_id, review_id=review_id,
        defaults={"created_at": now, "expires_at": expires_at},
    )  # fmt: skip
    person.forget_grants()
    target = target_of(team_id=team.pk if team else None, service_id=service_id, review_id=review_id)
    if is_new:
        record("grant.given", subject_of(given, target), by=by, at=now, after=_said(given))
    elif given.expires_at != expires_at:
        before = _said(given)
        given.expires_at = expires_at
        given.save(update_fields=["expires_at"])
        record("grant.prolonged", subject_of(given, target), by=by, at=now, before=before, after=_said(given))
    return given


def refuse_if_last_administrator(person: User) -> None:
    """Raises Refused when nobody else active is an administrator. Call it inside the transaction that takes the role away."""
    # Two administrators who remove each other in the same moment would both see one left: the rows are locked first (PostgreSQL;
    # on SQLite there is one writer), and counted afterwards.
    everywhere = Grant.objects.filter(role=Role.ADMIN, team=None, service_id=None, expires_at=None)
    list(everywhere.order_by("pk").select_for_update().values_list("pk", flat=True))
    if not everywhere.filter(user__is_active=True).exclude(user=person).exists():
        sentence = f"{person} is the last administrator; make somebody else one first."
        raise Refused(LAST_ADMINISTRATOR, sentence)


def target_of(*, team_id: int | None = None, service_id: int | None = None, review_id: int | None = None) -> Target:
    """What policy needs to know of a scope. A service brings its team and the people it names."""
    if service_id is None:
        return Target(team_id=team_id)
    columns = ("pk", *(f"services__{name}_id" for name, _role in NAMED))
    team, *people = Team.objects.filter(services=service_id).values_list(*columns).first() or (None, None, None, None)
    named = ((role, person) for (_name, role), person in zip(NAMED, people, strict=True) if person)
    return Target(team, service_id, review_id, frozenset(named))


def _require_may_give(by: User, role: Role, target: Target) -> None:
    # Whoever prepares a review invites its outside reviewer; everything else is for those who manage people.
    is_guest = role is Role.EXTERNAL and target.review_id is not None
    policy.require(by, Action.SCHEDULE_REVIEW if is_guest else Action.MANAGE_PEOPLE, target)
    if role is Role.ADMIN and not is_administrator(by):
        raise NotAllowed(policy.RULE, "Only an administrator makes somebody an administrator, or withdraws it.")


def is_administrator(person: User) -> bool:
    return any(grant.role == Role.ADMIN for grant in person.live_grants())


def _scope(target: Target) -> Scope:
    if target.review_id is not None:
        return Scope.REVIEW
    if target.service_id is not None:
        return Scope.SERVICE
    return Scope.TEAM if target.team_id is not None else Scope.ORGANISATION


def subject_of(grant: Grant, target: Target) -> Subject:
    role, place = grant.get_role_display().lower(), grant.scope_name
    if target.service_id is not None:
        service = Team.objects.filter(services=target.service_id).values_list("services__name", flat=True).first()
        place = f"a review of {service}" if target.review_id else f"{service}"
    return Subject("grant", grant.pk, f"{grant.user} as {role} of {place}", target.service_id, target.team_id)


def _said(grant: Grant) -> dict[str, object]:
    said: dict[str, object] = {"person": str(grant.user), "role": grant.get_role_display(), "over": grant.scope_name}
    return said | ({"expires_at": grant.expires_at} if grant.expires_at else {})
