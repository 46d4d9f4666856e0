"""What people, and imports on their behalf, change about people, teams and grants."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import Conflict, NotAllowed, Refused, Target
from readiness.accounts.rules import Action, Role
from readiness.history.actions import Actor, Subject, record

RULE = "valid-team"


@transaction.atomic
def create_team(
    *,
    by: User | Actor,
    name: str,
    now: datetime,
    slug: str | None = None,
    description: str = "",
    external_ref: str | None = None,
) -> Team:
    """Whoever may register services somewhere may found a team; unless they are an administrator, they lead it."""
    if isinstance(by, User) and not policy.may_anywhere(by, Action.CREATE_SERVICE):
        raise NotAllowed(policy.RULE, policy.may(by, Action.CREATE_SERVICE).reason)
    short = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80]
    if not short or not name.strip():
        raise Refused(RULE, "A team needs a name with at least one letter or digit.")
    team = Team(slug=short, name=name.strip()[:120], description=description, external_ref=external_ref)
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(RULE, f"There is a team called “{short}” already.") from error
    record("team.created", _subject(team), by=by, at=now, after={"name": team.name, "description": description})
    if isinstance(by, User) and not policy.is_everywhere(by, Action.CREATE_SERVICE):
        _give(by, by, Role.TECH_LEAD, team, now)
    return team


@transaction.atomic
def edit_team(
    *,
    by: User | Actor,
    now: datetime,
    team: Team,
    version: int,
    name: str | None = None,
    description: str | None = None,
) -> Team:
    """Raises Conflict when somebody wrote first."""
    if isinstance(by, User):
        policy.require(by, Action.CREATE_SERVICE, Target(team_id=team.pk))
    given = {field: value for field, value in (("name", name), ("description", description)) if value is not None}
    after = {field: value for field, value in given.items() if getattr(team, field) != value}
    before = {field: getattr(team, field) for field in after}
    written = Team.objects.filter(pk=team.pk, version=version).update(version=F("version") + 1, **after)
    fresh = Team.objects.get(pk=team.pk)
    if not written:
        raise Conflict(f"Somebody changed {fresh.name} while you were writing.", current=fresh)
    if after:
        record("team.edited", _subject(fresh), by=by, at=now, before=before, after=after)
    return fresh


@transaction.atomic
def add_person(*, by: User | Actor, now: datetime, email: str, name: str) -> User:
    """Somebody who can be named on services, and comes in by asking for a new password. No mail is sent."""
    if isinstance(by, User) and not policy.may_anywhere(by, Action.MANAGE_PEOPLE):
        raise NotAllowed(policy.RULE, policy.may(by, Action.MANAGE_PEOPLE).reason)
    person = User.objects.create_user(email, None, name=name, joined_at=now)
    record("person.added", Subject("person", person.pk, person.name), by=by, at=now, after={"email": person.email})
    return person


@transaction.atomic
def grant(*, by: User | Actor, person: User, role: Role, now: datetime, team: Team | None = None) -> Grant:
    """Gives a role in a team, or in the organisation."""
    if isinstance(by, User):
        policy.require(by, Action.MANAGE_PEOPLE, Target(team_id=team.pk) if team else policy.ORGANISATION)
    return _give(by, person, role, team, now)


def _give(by: User | Actor, person: User, role: Role, team: Team | None, now: datetime) -> Grant:
    given, is_new = Grant.objects.get_or_create(
        user=person, role=role, team=team, service_id=None, review_id=None, defaults={"created_at": now}
    )
    person.__dict__.pop("_live_grants", None)
    if is_new:
        subject = Subject("grant", given.pk, f"{person} as {given}", team_id=team.pk if team else None)
        record("grant.given", subject, by=by, at=now, after={"person": str(person), "role": role})
    return given


def _subject(team: Team) -> Subject:
    return Subject("team", team.pk, team.name, team_id=team.pk)
