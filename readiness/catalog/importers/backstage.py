"""A Backstage catalog: groups are teams, users are people, components are services. Reads text, touches nothing else.

What is sure is taken over; what is doubtful is named with its line, and either left out or imported without the doubtful part:

| In the catalog | Here |
|---|---|
| `Group`, of type team or owning a component | team, with its title and description |
| `User` with `spec.profile.email` | person |
| `Component` | service: title, description, owner, lifecycle, repository |
| lifecycle `production`, `deprecated` | the same; `experimental` and what is unknown: prototype |
| type `website` or `frontend` | trait frontend |
| type `worker` · `cronjob` or `batch` · `data-pipeline` · `ml-model` | trait worker · batch · data-pipeline · ml |
| type `library`, `documentation`, `template`, … | left out: nothing of it runs |
| annotation `backstage.io/kubernetes-id` or `…-label-selector` | trait containerised |
| provides an API of type openapi, graphql, grpc or trpc | trait http-api |
| consumes such an API, or depends on a component that runs | trait calls-services |
| depends on a resource of type `database` | trait has-database |
| a tag that is one of our traits | that trait |
| annotation or label named `tier`, with or without a prefix, saying 1–4 | tier |
| `dependsOn`, `consumesApis` | dependencies; an API stands for the component that provides it |
| a link of type `runbook` | runbook |
"""

from collections.abc import Iterable, Mapping

from readiness.catalog.importers.backstage_components import Components
from readiness.catalog.importers.backstage_entities import Entity, Ref, parse_ref, read_entities
from readiness.catalog.importers.entries import Catalog, Kind, PersonEntry, Place, ServiceEntry, TeamEntry
from readiness.catalog.rules import slug_of, slug_problem

HANDLES_SHOWN = 5


def read_backstage(sources: Mapping[str, str] | Iterable[tuple[str, str]]) -> Catalog:
    """`sources`: (name of a file, its text), read together as one catalog. Never raises: what can't be read is a doubt."""
    catalog = Catalog("backstage")
    entities = read_entities(sources.items() if isinstance(sources, Mapping) else sources, catalog)
    components = Components(entities, catalog)
    owners = {ref for ref in (components.owner(entity) for entity in components.all) if ref}
    groups = [entity for ref, entity in entities.items() if ref.kind == "group"]
    for group in groups:
        if group.type == "team" or group.ref in owners:
            _read_team(group, entities, catalog)
        else:
            reason = f"Left out: it is a group of type “{group.type or 'none'}” and owns nothing."
            catalog.note(Kind.TEAM, group.shown_name, group.place, reason)
    for ref, user in entities.items():
        if ref.kind == "user":
            _read_person(user, groups, catalog)
    taken: dict[str, ServiceEntry] = {}
    for entity in components.all:
        entry = components.read(entity)
        if entry is not None and _has_own_slug(entry, taken, entity, catalog):
            catalog.services.append(entry)
    return catalog


def _has_own_slug(entry: ServiceEntry, taken: dict[str, ServiceEntry], entity: Entity, catalog: Catalog) -> bool:
    first = taken.setdefault(entry.slug, entry)
    if first is entry:
        return True
    reason = f"Its short name would be {entry.slug}, which is already that of {first.ref} ({first.place})."
    catalog.doubt(Kind.SERVICE, entity.name, entity.place, reason)
    return False


def _read_team(group: Entity, entities: Mapping[Ref, Entity], catalog: Catalog) -> None:
    slug = slug_of(group.name)[:80].strip("-")
    if slug_problem(slug):
        catalog.doubt(Kind.TEAM, group.name, group.place, f"No short name can be made of “{group.name}”.")
        return
    description = group.root.lookup("metadata", "description").text
    entry = TeamEntry(str(group.ref), slug, group.shown_name[:120], description, group.place)
    catalog.teams.append(entry)
    _note_handles(group, entities, catalog)


def _note_handles(group: Entity, entities: Mapping[Ref, Entity], catalog: Catalog) -> None:
    """A handle alone invites nobody: there is no address to write to."""
    members = group.root.texts("spec", "members")
    handles = [part.text for part in members if parse_ref(part.text, "user", group.ref.namespace) not in entities]
    if not handles:
        return
    shown = ", ".join(handles[:HANDLES_SHOWN]) + (", …" if len(handles) > HANDLES_SHOWN else "")
    counted = "1 member is a handle" if len(handles) == 1 else f"{len(handles)} members are handles"
    reason = f"{counted} without a user entry ({shown}); nobody can be invited without an e-mail address."
    catalog.note(Kind.TEAM, group.shown_name, Place(group.place.source, members[0].line), reason)


def _read_person(user: Entity, groups: Iterable[Entity], catalog: Catalog) -> None:
    email = user.root.lookup("spec", "profile", "email").text.lower()
    if not email:
        catalog.doubt(Kind.PERSON, user.name, user.place, "There is no e-mail address (spec.profile.email) to invite.")
        return
    if "@" not in email or len(email) > 254 or " " in email:
        place = user.at("spec", "profile", "email")
        catalog.doubt(Kind.PERSON, user.name, place, f"“{email[:60]}” is not an e-mail address.")
        return
    named = [group.ref for group in groups if user.ref in group.refs("members", "user")]
    teams = dict.fromkeys(str(ref) for ref in [*user.refs("memberOf", "group"), *named])
    catalog.people.append(PersonEntry(str(user.ref), email, user.shown_name[:120], tuple(teams), user.place))
