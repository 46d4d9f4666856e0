"""From a lens's JSON to a `Pack`, or to everything that is wrong with it, each with its line.

A question is an item. It is met when its answer carries the least risk that any answer does, mostly none: what such answers have
in common are its criteria, each to be attested with a link and a witness. Where an answer can be a high risk, the item is a
hard gate; else a tracked gap. A pillar is a chapter; under which category portfolios count its questions is guessed from its
name, taken from the checklist's current version where that has the question or the chapter already, and can be changed in the
draft like everything else.
"""

import re
from collections import Counter
from collections.abc import Iterator

from readiness.checklists.lens.choices import guidance_of
from readiness.checklists.lens.names import category_of, checklist_key
from readiness.checklists.lens.questions import Question, criteria_of, gate_of, read_question, why_of
from readiness.checklists.lens.source import read_json
from readiness.checklists.pack import Pack, PackItem
from readiness.checklists.pack_errors import ErrorLog, PackErrors
from readiness.checklists.pack_fields import Fields, described
from readiness.checklists.pack_reader import MAX_ITEMS, MAX_SUMMARY, MAX_TITLE, Bases, decoded, no_base
from readiness.checklists.pack_source import MappingNode, ScalarNode
from readiness.checklists.rules import Category, Strength

SCHEMA = "2021-11-01"
MAX_PILLARS = 10
VALID_DAYS = 365
"""Operational readiness is reviewed once a year."""
_MARK = re.compile(r'"(schemaVersion|pillars)"\s*:')


def is_lens(text: str | bytes) -> bool:
    """JSON that names what only a lens has. (A pack may be written as JSON, too: YAML contains it.)"""
    start = text[:4096] if isinstance(text, str) else text[:4096].decode("utf-8-sig", "replace")
    return start.lstrip().startswith("{") and _MARK.search(start) is not None


def read_lens(text: str | bytes, *, key: str = "", bases: Bases = no_base) -> Pack:
    """Raises PackErrors with everything that is wrong.

    `key`: of the checklist it becomes; by default its name's, without the version at the name's end. `bases`: what that
    checklist asks for now.
    """
    log = ErrorLog()
    root = read_json(decoded(text), log)
    if not isinstance(root, MappingNode):
        log.add(root.line, root.column, "", f"a lens is an object, not {described(root)}")
        raise PackErrors(log.errors)
    fields = Fields(root, "", log)
    _check_schema(fields)
    name = fields.line("name", MAX_TITLE)
    key = key or checklist_key(name)
    items = _items(fields, bases(key) if key else None)
    if name and not key:
        fields.complain("the name has neither letters nor digits to make a key of", root.nodes["name"])
    if len(items) > MAX_ITEMS:
        fields.complain(f"it has {len(items)} questions; at most {MAX_ITEMS} are allowed")
    summary = fields.line("description", MAX_SUMMARY) if fields.has("description") else ""
    log.raise_if_any()
    return Pack(key=key, name=name, summary=summary or name, items=tuple(items))


def _check_schema(fields: Fields) -> None:
    version = fields.line("schemaVersion", 40)
    if version and version != SCHEMA:
        place = fields.node.nodes["schemaVersion"]
        fields.complain(f"`schemaVersion` is {version}; {SCHEMA} is the one that can be read", place)


def _items(lens: Fields, earlier: Pack | None) -> list[PackItem]:
    items: list[PackItem] = []
    first: dict[str, int] = {}
    for pillar in named(lens.mappings("pillars", MAX_PILLARS), "pillar", ""):
        heading = pillar.line("name", MAX_TITLE)
        guess = category_of(pillar.line("id", 128), heading)
        for fields in named(pillar.mappings("questions", MAX_ITEMS), "question", pillar.path):
            question = read_question(fields)
            if question is None:
                continue
            if line := first.get(question.key):
                fields.complain(f"`id` makes the same key, {question.key}, as the question on line {line}")
            first.setdefault(question.key, fields.node.line)
            category = _category(question.key, heading, earlier) or guess
            items.append(_item(question, heading, category))
    return items


def _category(key: str, chapter: str, earlier: Pack | None) -> Category | None:
    """As it was decided for the current version: for the question itself, or for most of its chapter."""
    known = earlier.items if earlier else ()
    own = [item.category for item in known if item.key == key]
    of_chapter = Counter(item.category for item in known if item.chapter == chapter)
    return own[0] if own else next((category for category, _ in of_chapter.most_common(1)), None)


def _item(question: Question, chapter: str, category: Category) -> PackItem:
    return PackItem(
        key=question.key,
        category=category,
        chapter=chapter,
        title=question.title,
        requirement=question.requirement,
        why=why_of(question),
        guidance=guidance_of(question.choices, question.asked, question.notes),
        gate=gate_of(question),
        minimum_strength=Strength.LINKED,
        valid_days=VALID_DAYS,
        criteria=criteria_of(question),
    )


def named(inner: list[Fields], noun: str, path: str) -> Iterator[Fields]:
    """Each with its path, by id where it has one; an id used twice is complained of."""
    first: dict[str, int] = {}
    for number, fields in enumerate(inner, start=1):
        node = fields.node.nodes.get("id")
        name = node.raw.strip() if isinstance(node, ScalarNode) else ""
        own = f"{noun} `{name[:40]}`" if name else f"{noun} {number}"
        fields.path = f"{path}, {own}" if path else own
        if name in first:
            fields.complain(f"`id` is used twice; first on line {first[name]}", node)
        elif name:
            first[name] = fields.node.line
        yield fields
