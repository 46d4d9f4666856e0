"""Backstage's envelope: an entity has a kind, a namespace and a name, and others refer to it by them.

https://backstage.io/docs/features/software-catalog/descriptor-format and …/references
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from readiness.catalog.importers.entries import Catalog, Kind, Place
from readiness.catalog.importers.yaml_documents import Part, UnreadableError, read_documents

KINDS = {"component": Kind.SERVICE, "group": Kind.TEAM, "user": Kind.PERSON}
LOOKED_AT = frozenset({*KINDS, "api", "resource"})
"""APIs and resources are no services; they say who needs whom."""
REFERENCE = re.compile(r"(?:(?P<kind>[^:/\s]+):)?(?:(?P<namespace>[^:/\s]+)/)?(?P<name>[^:/\s]+)")
LONGEST_NAME = 150

_BRACES = re.compile(r"\{\{|\}\}|\$\{|<[^<>]+>|%[A-Z_]+%")
_FILL_ME_IN = frozenset(
    {"REPLACE", "REPLACEME", "CHANGEME", "TODO", "FIXME", "TBD", "XXX", "PLACEHOLDER", "YOUR", "MY"}
)
_SHOUTED = re.compile(r"[A-Z]{3,}(?:[-_][A-Z]{2,})*")


@dataclass(frozen=True, slots=True)
class Ref:
    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Entity:
    ref: Ref
    name: str
    root: Part
    place: Place

    @property
    def type(self) -> str:
        return self.root.lookup("spec", "type").text.lower()

    @property
    def shown_name(self) -> str:
        """What people call it: its title where it has one."""
        title = self.root.lookup("spec", "profile", "displayName").text or self.root.lookup("metadata", "title").text
        return (title if title and not is_left_over(title) else self.name)[:LONGEST_NAME]

    def annotation(self, name: str) -> str:
        return self.root.lookup("metadata", "annotations", name).text

    def at(self, *path: str) -> Place:
        return Place(self.place.source, self.root.lookup(*path).line)

    def refs(self, field: str, kind: str) -> list[Ref]:
        """The references in a list of the entity's spec; what is none is passed over."""
        found = (parse_ref(part.text, kind, self.ref.namespace) for part in self.root.texts("spec", field))
        return [ref for ref in found if ref is not None]


def parse_ref(text: str, kind: str, namespace: str = "default") -> Ref | None:
    """`[kind:][namespace/]name`, in any case; None when it is not one."""
    match = REFERENCE.fullmatch(text.strip().lower())
    if not match:
        return None
    return Ref(match["kind"] or kind, match["namespace"] or namespace, match["name"])


def is_left_over(text: str) -> bool:
    """Whether a template's words were never replaced: `${{ values.owner }}`, `<team>`, `CHANGEME`, `group:team-TEAM-NAME`."""
    if _BRACES.search(text):
        return True
    shouted = [word for run in _SHOUTED.findall(text) for word in re.split("[-_]", run)]
    if any(word in _FILL_ME_IN for word in shouted):
        return True
    return "NAME" in shouted or bool(re.search(r"\b(your|my|example)[-_](team|org|company|name)\b", text.lower()))


def read_entities(sources: Iterable[tuple[str, str]], catalog: Catalog) -> dict[Ref, Entity]:
    """Every entity that is looked at, once; what is wrong with others is written into `catalog`."""
    found: dict[Ref, Entity] = {}
    others: dict[str, int] = {}
    for source, text in sources:
        for root in read_documents(text):
            if isinstance(root, UnreadableError):
                catalog.doubt(Kind.FILE, "", Place(source, root.line), root.sentence)
            elif root.fields and root.lookup("kind").text.lower() not in {*LOOKED_AT, ""}:
                kind = root.lookup("kind").text
                others[kind] = others.get(kind, 0) + 1
            elif (entity := _entity(root, source, catalog)) is not None:
                _keep_first(found, entity, catalog)
    if others:
        listed = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        catalog.remarks.append(f"Left out, because only groups, users and components are imported: {listed}.")
    return found


def _entity(root: Part, source: str, catalog: Catalog) -> Entity | None:
    name, kind = root.lookup("metadata", "name"), root.lookup("kind").text.lower()
    namespace = root.lookup("metadata", "namespace").text or "default"
    ref = parse_ref(f"{kind}:{namespace}/{name.text}", kind)
    place = Place(source, name.line if name.text else root.line)
    problem = _envelope_problem(root, kind, name.text, ref)
    if problem or ref is None:
        catalog.doubt(KINDS.get(kind, Kind.FILE), name.text[:60], place, problem)
        return None
    return Entity(ref, name.text, root, place)


def _envelope_problem(root: Part, kind: str, name: str, ref: Ref | None) -> str:
    if not root.fields or not kind:
        return "This is no entry of a Backstage catalog: it has no `kind`."
    if not name:
        return f"This {kind} has no name under metadata."
    if is_left_over(name):
        return f"Its name, “{name[:60]}”, is a left-over from a template."
    if ref is None or len(str(ref)) > LONGEST_NAME:
        return f"“{name[:60]}” can't be a name: letters, digits, - _ and . only, and not that long."
    return ""


def _keep_first(found: dict[Ref, Entity], entity: Entity, catalog: Catalog) -> None:
    first = found.setdefault(entity.ref, entity)
    if first is not entity:
        where = f"line {first.place.line}" if first.place.source == entity.place.source else str(first.place)
        reason = f"The name is given twice; the entry on {where} counts, this one does not."
        catalog.doubt(KINDS.get(entity.ref.kind, Kind.FILE), entity.name, entity.place, reason)
