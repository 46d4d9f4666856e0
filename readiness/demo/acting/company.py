"""Steps by which the organisation came to be here."""

from readiness.accounts import actions as accounts
from readiness.checklists.actions import ensure_shipped
from readiness.demo import steps
from readiness.demo.stage import Acts, Scene
from readiness.demo.story.people import PASSWORD, PEOPLE


def found(scene: Scene, step: steps.Founded) -> None:
    first = next(person for person in PEOPLE if person.key == step.by)
    scene.stage.people[step.by] = accounts.first_administrator(
        name=first.name, email=first.email, password=PASSWORD, now=scene.now
    )
    ensure_shipped(now=scene.now)


def found_team(scene: Scene, step: steps.TeamFounded) -> None:
    by = scene.stage.person(step.by)
    scene.stage.teams[step.slug] = accounts.create_team(
        by=by, name=step.name, slug=step.slug, description=step.description, now=scene.now
    )


def add_person(scene: Scene, step: steps.PersonAdded) -> None:
    """Added, and not invited: the invitation would go out by mail today."""
    stage = scene.stage
    by = stage.person(step.by)
    person = accounts.add_person(by=by, name=step.name, email=step.email, now=scene.now)
    for role, team in step.roles:
        accounts.grant(by=by, person=person, role=role, team=stage.teams[team] if team else None, now=scene.now)
    stage.people[step.key] = person


def fill_profile(scene: Scene, step: steps.ProfileFilled) -> None:
    by = scene.stage.person(step.by)
    scene.stage.people[step.by] = accounts.edit_profile(
        by=by, name=step.name, title=step.title, time_zone=step.time_zone, version=by.version, now=scene.now
    )


ACTS: Acts = {
    steps.Founded: found,
    steps.TeamFounded: found_team,
    steps.PersonAdded: add_person,
    steps.ProfileFilled: fill_profile,
}
