"""One service entry into the catalog: found again by its ref or its short name, created, changed, or skipped with the reason."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from readiness.accounts import policy
from readiness.accounts.models import Team, User
from readiness.accounts.policy import Target
from readiness.accounts.rules import Action
from readiness.catalog import actions
from readiness.catalog.actions import PEOPLE
from readiness.catalog.importers.differences import changes_to_write, empty_ones_to_fill, remembered
from readiness.catalog.importers.entries import ServiceEntry
from readiness.catalog.importers.importing import Importing, in_words
from readiness.catalog.models import Service
from readiness.catalog.rules import slug_of
from readiness.history.actions import Actor

BACKSTAGE = "backstage"


def take_service(run: Importing, entry: ServiceEntry, source: str) -> None:
    """Raises Refused where an action refuses."""
    is_backstage = source == BACKSTAGE
    found = Service.objects.with_people().filter(external_ref=entry.ref).first() if is_backstage else None
    service = found or Service.objects.with_people().filter(slug=entry.slug).first()
    team = _team(run, entry)
    if problem := _problem(entry, service, team, is_backstage=is_backstage) or _forbidden(run.by, entry, service, team):
        run.skipped(entry, *problem)
    elif service is None and team is not None:
        _create(run, entry, team, source)
    elif service is not None and is_backstage and service.external_ref not in {None, entry.ref}:
        run.skipped(entry, f"There is a service called {entry.slug} already, imported as {service.external_ref}.")
    elif service is not None:
        _change(run, entry, service, team, is_backstage=is_backstage)


def _team(run: Importing, entry: ServiceEntry) -> Team | None:
    """By the group's entry in the same source, by the group that a team was made from, or by the team's own name."""
    if entry.team in run.teams:
        return run.teams[entry.team]
    if not entry.team:
        return None
    name = entry.team.rpartition("/")[2]
    candidates = (Team.objects.filter(external_ref=entry.team), Team.objects.filter(slug=slug_of(name)))
    by_name = Team.objects.filter(name__iexact=entry.team)
    return next((team for query in (*candidates, by_name) if (team := query.first())), None)


type Problem = tuple[str, str]
"""Why an entry can't be taken, and the column of a spreadsheet that it is about."""


def _problem(entry: ServiceEntry, service: Service | None, team: Team | None, *, is_backstage: bool) -> Problem | None:
    if team is None and entry.team and is_backstage:
        written = entry.team.replace(":default/", ":")
        return (
            f"Its owner, “{written}”, is neither a group in these files nor a team here. Add it, and import again.",
            "",
        )
    if team is None and entry.team:
        return f"“{entry.team}” is no team here.", "team"
    if service is None and not entry.team:
        return "A new service needs a team.", "team"
    if service is None and not entry.values.get("name"):
        return "A new service needs a name.", "name"
    return next(_absent_people(entry.values), None)


def _absent_people(values: Mapping[str, Any]) -> Iterator[Problem]:
    wanted = {name: values[name] for name in PEOPLE if name in values}
    here = (
        set(User.objects.active().filter(email__in=wanted.values()).values_list("email", flat=True))
        if wanted
        else set()
    )
    yield from (
        (f"Nobody here has the address {email}; invite them first.", name)
        for name, email in wanted.items()
        if email not in here
    )


def _forbidden(by: User | Actor, entry: ServiceEntry, service: Service | None, team: Team | None) -> Problem | None:
    if not isinstance(by, User):
        return None
    if service is not None and not policy.may(by, Action.EDIT_SERVICE, service.target):
        return f"There is a service called {entry.slug} already, and your role does not let you change it.", ""
    if service is None and team is not None and not policy.may(by, Action.CREATE_SERVICE, Target(team_id=team.pk)):
        return (
            f"Its team, {team.name}, is here already, and your role does not let you register services for it.",
            "team",
        )
    return None


def _create(run: Importing, entry: ServiceEntry, team: Team, source: str) -> None:
    service = actions.create_service(
        by=run.by,
        now=run.now,
        slug=entry.slug,
        team=team,
        source=source,
        external_ref=entry.ref if source == BACKSTAGE else None,
        **_as_fields(entry.values),
    )
    run.remember(entry, _said(entry))
    run.report.service_ids.append(service.pk)
    run.created(entry)


def _change(run: Importing, entry: ServiceEntry, service: Service, team: Team | None, *, is_backstage: bool) -> None:
    said, before, current = _said(entry), run.said_before(entry), _current(service)
    if before is None and is_backstage:
        changes = empty_ones_to_fill(entry.values, current)  # registered by hand before: people's word counts
    else:
        changes = changes_to_write(entry.values, before or {}, current)
        if team is not None and team != service.team and entry.team != (before or {}).get("team"):
            changes["team"] = team
    if changes:
        fields = _as_fields(changes)
        dependencies = fields.pop("dependencies", None)
        actions.edit_service(
            by=run.by, now=run.now, service=service, version=service.version, changes=fields, dependencies=dependencies
        )
        run.report.service_ids.append(service.pk)
    if is_backstage and service.external_ref is None:
        actions.link_to_source(by=run.by, now=run.now, service=service, external_ref=entry.ref)
        run.updated(entry, in_words(["now follows the catalog", *changes]))
    elif changes:
        run.updated(entry, in_words(list(changes)))
    else:
        run.unchanged(entry)
    if (now_said := remembered(said, before or {})) != before:
        run.remember(entry, now_said)


def _said(entry: ServiceEntry) -> dict[str, Any]:
    return {**entry.values, "team": entry.team}


def _current(service: Service) -> dict[str, Any]:
    """As an entry would say it."""
    people = {name: getattr(service, name) for name in PEOPLE}
    return {
        **{name: getattr(service, name) for name in ("name", "description", "repository", "tier", "lifecycle")},
        **{name: person.email for name, person in people.items() if person},
        "traits": service.traits,
        "endpoints": service.endpoints,
        "go_live_on": service.go_live_on.isoformat() if service.go_live_on else None,
        "dependencies": sorted(row.label for row in service.dependencies.select_related("needed")),
    }


def _as_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """What an action takes: people as people, a day as a day."""
    fields = dict(values)
    for name in PEOPLE:
        if name in fields:
            fields[name] = User.objects.get(email=fields[name])
    if "go_live_on" in fields:
        fields["go_live_on"] = date.fromisoformat(fields["go_live_on"])
    return fields
