"""A Backstage component as a service: what is sure becomes a value, the rest a doubt. See the table in `backstage.py`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from readiness.catalog.importers.backstage_entities import Entity, Ref, is_left_over, parse_ref
from readiness.catalog.importers.entries import Catalog, Kind, ServiceEntry
from readiness.catalog.rules import (
    LONGEST_SLUG,
    MOST_ADDRESSES,
    Trait,
    address_problem,
    in_order,
    slug_of,
    slug_problem,
)

NOT_RUN = frozenset(
    {"library", "documentation", "docs", "template", "package", "sdk", "module", "schema", "helm-library"}
)
TRAITS_OF_TYPE = {
    "website": (Trait.FRONTEND,),
    "frontend": (Trait.FRONTEND,),
    "worker": (Trait.WORKER,),
    "cronjob": (Trait.BATCH,),
    "batch": (Trait.BATCH,),
    "data-pipeline": (Trait.DATA_PIPELINE,),
    "ml-model": (Trait.ML,),
}
KNOWN_TYPES = frozenset({*TRAITS_OF_TYPE, "service", "backend", "api", "app", "application", "job"})
LIFECYCLES = {
    "experimental": "prototype",
    "prototype": "prototype",
    "development": "prototype",
    "production": "production",
    "deprecated": "deprecated",
    "retired": "retired",
}
CALLED_TYPES = frozenset({"openapi", "graphql", "grpc", "trpc"})
IN_KUBERNETES = ("backstage.io/kubernetes-id", "backstage.io/kubernetes-label-selector")
LONGEST_REPOSITORY = 400

_TIER = re.compile(r"(?:tier[-_ ]?)?([1-4])", re.IGNORECASE)
_NOT_YET_DESCRIBED = re.compile(
    r"(?:please )?(?:add|write|enter|insert) (?:a |the |your )?description.{0,20}|todo|tbd", re.IGNORECASE
)


class Components:
    """The components of a catalog, with the APIs and resources that join them."""

    def __init__(self, entities: Mapping[Ref, Entity], catalog: Catalog) -> None:
        self.all = [entity for ref, entity in entities.items() if ref.kind == "component"]
        self._entities = entities
        self._catalog = catalog
        self._providers: dict[Ref, list[Entity]] = {}
        for entity in self.all:
            for api in entity.refs("providesApis", "api"):
                self._providers.setdefault(api, []).append(entity)

    def owner(self, entity: Entity) -> Ref | None:
        return parse_ref(entity.root.lookup("spec", "owner").text, "group", entity.ref.namespace)

    def read(self, entity: Entity) -> ServiceEntry | None:
        """None when it is left out; the reason is then among the catalog's doubts."""
        if entity.type in NOT_RUN:
            self._note(entity, f"Left out: it is a {entity.type}, and nothing of it runs.")
            return None
        slug = self._slug(entity.ref)
        if slug_problem(slug):
            self._doubt(entity, f"No short name can be made of “{entity.name}”.", "metadata", "name")
            return None
        owner = self._known_owner(entity)
        if owner is None:
            return None
        return ServiceEntry(str(entity.ref), slug, owner, self._values(entity), entity.place)

    def _known_owner(self, entity: Entity) -> str | None:
        written, ref = entity.root.lookup("spec", "owner").text, self.owner(entity)
        if ref in self._entities and ref is not None and ref.kind == "group":
            return str(ref)
        problem = None
        if not written:
            problem = "It has no owner (spec.owner)."
        elif is_left_over(written):
            problem = f"Its owner, “{written}”, is a left-over from a template; write the team that owns it."
        elif ref is None:
            problem = f"Its owner, “{written}”, is not a reference to a group."
        elif ref.kind == "user":
            problem = f"Its owner is a person, “{written}”; a service is owned by a team."
        if problem:
            self._doubt(entity, problem, "spec", "owner")
            return None
        return str(ref)  # not in these files, but perhaps a team here

    def _values(self, entity: Entity) -> dict[str, Any]:
        given = {
            "description": self._description(entity),
            "repository": self._repository(entity),
            "tier": self._tier(entity),
            "endpoints": self._endpoints(entity),
        }
        return {
            "name": entity.shown_name,
            "lifecycle": self._lifecycle(entity),
            "traits": in_order(self._traits(entity)),
            "dependencies": list(dict.fromkeys(self._dependencies(entity))),
            **{field: value for field, value in given.items() if value},
        }

    def _description(self, entity: Entity) -> str:
        text = entity.root.lookup("metadata", "description").text
        if _NOT_YET_DESCRIBED.fullmatch(text) or is_left_over(text):
            self._note(
                entity, f"Its description, “{text[:60]}”, is a left-over; left empty.", "metadata", "description"
            )
            return ""
        return text

    def _lifecycle(self, entity: Entity) -> str:
        written = entity.root.lookup("spec", "lifecycle").text
        known = LIFECYCLES.get(written.lower())
        if known is None:
            said = f"Its lifecycle, “{written}”, is not known" if written else "It says no lifecycle"
            self._note(entity, f"{said}; imported as a prototype.", "spec", "lifecycle")
        return known or "prototype"

    def _repository(self, entity: Entity) -> str:
        location = entity.annotation("backstage.io/source-location").removeprefix("url:")
        github, gitlab = entity.annotation("github.com/project-slug"), entity.annotation("gitlab.com/project-slug")
        for address in (location, github and f"https://github.com/{github}", gitlab and f"https://gitlab.com/{gitlab}"):
            if address and len(address) <= LONGEST_REPOSITORY and address_problem(address) is None:
                return address.rstrip("/")
        return ""

    def _tier(self, entity: Entity) -> int | None:
        for place in ("annotations", "labels"):
            for key, part in entity.root.lookup("metadata", place).fields.items():
                if key.rpartition("/")[2].lower() != "tier":
                    continue
                if match := _TIER.fullmatch(part.text):
                    return int(match[1])
                self._note(
                    entity, f"Its tier, “{part.text[:40]}”, is none of 1 to 4; left as it is.", "metadata", place, key
                )
        return None

    def _endpoints(self, entity: Entity) -> dict[str, list[str]]:
        links = [
            link
            for link in entity.root.lookup("metadata", "links").parts
            if link.lookup("type").text.lower() == "runbook"
        ]
        urls = [link.lookup("url").text for link in links]
        good = [url for url in urls if url and address_problem(url) is None][:MOST_ADDRESSES]
        return {"runbook_urls": good} if good else {}

    # What it is

    def _traits(self, entity: Entity) -> Iterator[str]:
        if entity.type not in KNOWN_TYPES:
            said = f"Its type, “{entity.type}”, is not known" if entity.type else "It says no type"
            self._note(entity, f"{said}; say by hand what it is.", "spec", "type")
        yield from TRAITS_OF_TYPE.get(entity.type, ())
        yield from (tag.text.lower() for tag in entity.root.texts("metadata", "tags"))
        if any(entity.annotation(name) for name in IN_KUBERNETES):
            yield Trait.CONTAINERISED
        if any(self._is_called(api) for api in entity.refs("providesApis", "api")):
            yield Trait.HTTP_API
        if any(self._is_called(api) for api in entity.refs("consumesApis", "api")) or self._needs("component", entity):
            yield Trait.CALLS_SERVICES
        if any(need.type == "database" for need in self._needs("resource", entity)):
            yield Trait.HAS_DATABASE

    def _is_called(self, api: Ref) -> bool:
        entity = self._entities.get(api)
        return entity is not None and entity.type in CALLED_TYPES

    def _needs(self, kind: str, entity: Entity) -> list[Entity]:
        """What it depends on, of this kind, as far as the files say; components only when they run."""
        found = (self._entities.get(ref) for ref in entity.refs("dependsOn", "component") if ref.kind == kind)
        return [need for need in found if need and need.type not in NOT_RUN]

    # What it needs

    def _dependencies(self, entity: Entity) -> Iterator[str]:
        for ref in entity.refs("dependsOn", "component"):
            need = self._entities.get(ref)
            if ref != entity.ref and not (need and need.type in NOT_RUN):
                yield self._slug(ref) if ref.kind == "component" else ref.name
        for api in entity.refs("consumesApis", "api"):
            providers = [self._slug(provider.ref) for provider in self._providers.get(api, [])]
            yield from (name for name in providers or [api.name] if name != self._slug(entity.ref))

    def _slug(self, ref: Ref) -> str:
        name = ref.name if ref.namespace == "default" else f"{ref.namespace}-{ref.name}"
        return slug_of(name)[:LONGEST_SLUG].strip("-")

    def _doubt(self, entity: Entity, reason: str, *path: str) -> None:
        self._catalog.doubt(Kind.SERVICE, entity.name, entity.at(*path), reason)

    def _note(self, entity: Entity, reason: str, *path: str) -> None:
        self._catalog.note(Kind.SERVICE, entity.name, entity.at(*path) if path else entity.place, reason)
