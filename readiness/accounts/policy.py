"""May this person do this to that, and if not, why. The one place that says so: views, templates, API and tasks ask here.

Scope tree: organisation → team → service → review. A role's word reaches as far as the matrix in `rules.py` says; a scope is
covered by any grant at or above it. The catalog and the reviews hand in a `Target`, so this room stays below them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser

from readiness.accounts.models import Token, User, read_grants
from readiness.accounts.rules import MATRIX, SEAT_MAY, TOKEN_MAY, Action, Role, Scope

RULE = "readable"
TOKEN_RULE = "one-service-token"  # noqa: S105 - a rule's name


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked about. `named`: roles that the thing itself gives to people, as (role, person's id). `seated`: ids of whoever
    has a seat in the review, where what is asked about is what came out of it.
    """

    team_id: int | None = None
    service_id: int | None = None
    review_id: int | None = None
    named: frozenset[tuple[Role, int]] = field(default_factory=frozenset)
    seated: frozenset[int] = frozenset()


ORGANISATION = Target()


@dataclass(frozen=True, slots=True)
class Ruling:
    """`is_visible` False: this person may not even know of it (404, not 403)."""

    is_allowed: bool
    is_visible: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.is_allowed


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A rule says no. `rule` is the rule's name in the product's words, `sentence` what would satisfy it."""

    def __init__(self, rule: str, sentence: str) -> None:
        super().__init__(sentence)
        self.rule = rule
        self.sentence = sentence


class NotAllowed(Refused):
    """In scope, but the person's role does not reach this far: 403."""


class NotVisible(Refused):
    """Out of scope: answered exactly as if it did not exist: 404."""


class Conflict(Refused):
    """Somebody else wrote first (compare-and-swap lost): 409. `current` is what stands there now, for the loser to see."""

    def __init__(self, sentence: str, current: object = None) -> None:
        super().__init__("two-at-once", sentence)
        self.current = current


def may(user: User | AnonymousUser, action: Action, target: Target = ORGANISATION) -> Ruling:
    if not isinstance(user, User) or not user.is_active:
        return Ruling(is_allowed=False, is_visible=False, reason="Sign in first.")
    held = list(_held(user, target))
    if _covers(MATRIX[action], held):
        return Ruling(is_allowed=True, is_visible=True)
    is_visible = _covers(MATRIX[Action.SEE], held)
    if is_visible and action in SEAT_MAY and user.pk in target.seated:
        return Ruling(is_allowed=True, is_visible=True)
    return Ruling(is_allowed=False, is_visible=is_visible, reason=_reason(action))


def require(user: User | AnonymousUser, action: Action, target: Target = ORGANISATION) -> None:
    """Raises NotVisible or NotAllowed unless `user` may."""
    ruling = may(user, action, target)
    if ruling.is_allowed:
        return
    if target != ORGANISATION and not ruling.is_visible:
        raise NotVisible(RULE, "There is nothing here that you may see.")
    raise NotAllowed(RULE, ruling.reason)


def those_who_may(users: Iterable[User], action: Action, target: Target = ORGANISATION) -> set[int]:
    """The ids of those who may; all their grants are read with one query."""
    users = list(users)
    read_grants(users)
    return {user.pk for user in users if may(user, action, target)}


def require_token(token: Token, action: Action, target: Target) -> None:
    """The same for a pipeline: its one service exists, and nothing else does. Raises NotVisible or NotAllowed."""
    if target.service_id != token.service_id:
        raise NotVisible(RULE, "There is nothing here that you may see.")
    if action not in TOKEN_MAY:
        raise NotAllowed(TOKEN_RULE, f"A CI token does not let you {action.value}; a person has to.")


def require_anywhere(user: User | AnonymousUser, action: Action) -> None:
    """Raises NotAllowed unless some grant lets `user` do `action` somewhere: the page that leads to it."""
    if not may_anywhere(user, action):
        raise NotAllowed(RULE, _reason(action))


def manager_teams(user: User) -> set[int]:
    """Teams this person manages; empty for an organisation-wide manager (see `is_everywhere`)."""
    return {grant.team_id for grant in user.live_grants() if grant.role == Role.MANAGER and grant.team_id}


def is_everywhere(user: User, action: Action) -> bool:
    """True when a grant for the whole organisation lets this person do `action` anywhere."""
    allowed = MATRIX[action]
    return any(grant.role in allowed and _is_organisation(grant) for grant in user.live_grants())


def teams_where(user: User, action: Action) -> set[int]:
    """Teams in which a team-wide grant lets this person do `action`."""
    allowed = MATRIX[action]
    return {grant.team_id for grant in user.live_grants() if grant.role in allowed and grant.team_id}


def _is_organisation(grant: object) -> bool:
    return all(getattr(grant, name) is None for name in ("team_id", "service_id", "review_id"))


def _held(user: User, target: Target) -> Iterable[tuple[Role, Scope]]:
    """Each role this person holds over `target`, with the widest scope through which it is held."""
    for grant in user.live_grants():
        role = Role(grant.role)
        if _is_organisation(grant):
            yield role, Scope.ORGANISATION
        elif grant.team_id and grant.team_id == target.team_id:
            yield role, Scope.TEAM
        elif grant.service_id and grant.service_id == target.service_id:
            if grant.review_id is None:
                yield role, Scope.SERVICE
            elif target.review_id in {None, grant.review_id}:
                # A guest sees the service for the sake of one review: that review, and no other of the same service.
                yield role, Scope.REVIEW
    for role, person_id in target.named:
        if person_id == user.pk:
            yield role, Scope.SERVICE


def _covers(allowed: dict[Role, Scope], held: Iterable[tuple[Role, Scope]]) -> bool:
    return any(role in allowed for role, _scope in held)


def _reason(action: Action) -> str:
    roles = [role.label.lower() for role in MATRIX[action]]
    names = roles[0] if len(roles) == 1 else f"{', '.join(roles[:-1])} or {roles[-1]}"
    return f"Your role does not let you {action.value}; that takes: {names}."


def may_anywhere(user: User | AnonymousUser, action: Action) -> bool:
    """True when some grant, whatever its scope, lets this person do `action` somewhere: whether a page offers it at all."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return any(grant.role in MATRIX[action] for grant in user.live_grants())
