"""Team and person entries into accounts. A team that is here already is found by its group or its short name."""

from typing import Any

from readiness.accounts import actions as accounts, policy
from readiness.accounts.models import Grant, Team, User
from readiness.accounts.policy import Target
from readiness.accounts.rules import Action, Role
from readiness.catalog.importers.differences import changes_to_write, remembered
from readiness.catalog.importers.entries import PersonEntry, TeamEntry
from readiness.catalog.importers.importing import Importing, in_words
from readiness.history.actions import Actor


def take_team(run: Importing, entry: TeamEntry) -> None:
    """Raises Refused where an action refuses; the services of the team are then skipped too."""
    said: dict[str, Any] = {"name": entry.name, "description": entry.description}
    team = Team.objects.filter(external_ref=entry.ref).first() or Team.objects.filter(slug=entry.slug).first()
    if team is None:
        run.teams[entry.ref] = accounts.create_team(
            by=run.by, now=run.now, slug=entry.slug, external_ref=entry.ref, **said
        )
        run.remember(entry, said)
        run.created(entry)
        return
    run.teams[entry.ref] = team
    before = run.said_before(entry)
    changes = (
        {} if before is None else changes_to_write(said, before, {"name": team.name, "description": team.description})
    )
    if changes:
        accounts.edit_team(by=run.by, now=run.now, team=team, version=team.version, **changes)
        run.updated(entry, in_words(list(changes)))
    else:
        run.unchanged(entry)
    if before != said:
        run.remember(entry, said)


def take_person(run: Importing, entry: PersonEntry) -> None:
    """A person gets a look at their teams and nothing more; what else they may do is granted by hand. No mail is sent:
    people come in by asking for a new password.
    """
    teams = [run.teams[ref] for ref in entry.teams if ref in run.teams]
    if problem := _forbidden(run.by, teams):
        run.skipped(entry, problem)
        return
    before = run.said_before(entry)
    person = User.objects.filter(email=entry.email).first()
    is_new = person is None
    if person is None:
        person = accounts.add_person(by=run.by, now=run.now, email=entry.email, name=entry.name)
    joined = [team for team in teams if team.slug not in (before or {}).get("teams", [])]
    given = [team.name for team in joined if _let_see(run, person, team)]
    if is_new:
        run.created(entry)
    elif given:
        run.updated(entry, f"sees {', '.join(given)}")
    else:
        run.unchanged(entry)
    said = {"name": entry.name, "teams": [team.slug for team in teams]}
    if before != said:
        run.remember(entry, remembered(said, before or {}))


def _forbidden(by: User | Actor, teams: list[Team]) -> str:
    if not isinstance(by, User):
        return ""
    rulings = [policy.may(by, Action.MANAGE_PEOPLE, Target(team_id=team.pk)) for team in teams]
    rulings = rulings or [policy.may(by, Action.MANAGE_PEOPLE)]
    return next((ruling.reason for ruling in rulings if not ruling), "")


def _let_see(run: Importing, person: User, team: Team) -> bool:
    """False when the person could see the team's services before."""
    if Grant.objects.live(run.now).filter(user=person, team=team).exists():
        return False
    accounts.grant(by=run.by, person=person, role=Role.VIEWER, team=team, now=run.now)
    return True
