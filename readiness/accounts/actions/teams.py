"""Teams: founded by whoever may register services, named by whoever leads or manages them."""

import re
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from readiness.accounts import policy
from readiness.accounts.actions.grants import give
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Conflict, Refused, Target
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
    """Whoever may register services somewhere may found a team; unless they may everywhere, they lead it.

    Raises NotAllowed, and Refused for a name that is empty or taken.
    """
    if isinstance(by, User):
        policy.require_anywhere(by, Action.CREATE_SERVICE)
    short = slug or re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:80]
    if not short or not name.strip():
        raise Refused(RULE, "A team needs a name with at least one letter or digit.")
    team = Team(slug=short, name=name.strip()[:120], description=description.strip(), external_ref=external_ref)
    try:
        with transaction.atomic():
            team.save(force_insert=True)
    except IntegrityError as error:
        raise Refused(RULE, f"There is a team called “{short}” already.") from error
    record("team.created", subject_of(team), by=by, at=now, after={"name": team.name, "description": team.description})
    if isinstance(by, User) and not policy.is_everywhere(by, Action.CREATE_SERVICE):
        give(by=by, person=by, role=Role.TECH_LEAD, now=now, team=team)
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
    """The short name stays: addresses and imports rely on it. Raises Conflict when somebody wrote first."""
    if isinstance(by, User):
        policy.require(by, Action.CREATE_SERVICE, Target(team_id=team.pk))
    if name is not None and not name.strip():
        raise Refused(RULE, "A team needs a name.")
    given = {
        field: value.strip() for field, value in (("name", name), ("description", description)) if value is not None
    }
    after = {field: value for field, value in given.items() if getattr(team, field) != value}
    before = {field: getattr(team, field) for field in after}
    written = Team.objects.filter(pk=team.pk, version=version).update(version=F("version") + 1, **after)
    fresh = Team.objects.get(pk=team.pk)
    if not written:
        raise Conflict(f"Somebody changed {fresh.name} while you were writing.", current=fresh)
    if after:
        record("team.edited", subject_of(fresh), by=by, at=now, before=before, after=after)
    return fresh


def subject_of(team: Team) -> Subject:
    return Subject("team", team.pk, team.name, team_id=team.pk)
