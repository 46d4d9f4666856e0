"""From YAML text to a `Pack`, or to everything that is wrong with it, each with its line.

The form of the file (all texts are the author's; a criterion lists its ways best first):

    key: go-live
    name: Go-live
    summary: …
    extends: …                             # optional: the key of a published checklist, whose items this one has too
    items:
      - key: obs-structured-logging
        category: observability            # Category
        chapter: …                         # optional: the heading it stands under, where that is not the category's name
        gate: hard                         # Gate
        hard_when: {any_traits: […]}       # optional: elsewhere a hard gate is a tracked gap
        applies_when: {tiers: [1, 2]}      # optional: any_traits, all_traits, without_traits, tiers
        minimum_strength: uploaded         # Strength
        valid_days: 30                     # from the moment the proof was observed
        title: …
        requirement: …                     # one verifiable sentence
        why: …
        guidance: …                        # Markdown
        criteria:
          - key: request-fields
            text: …
            applies_when: …                # optional, as are minimum_strength and valid_days
            ways:
              - query: loki_logs           # How: kind
                params: {min_lines: 200}   # optional
"""

import itertools
import json
from collections.abc import Callable, Iterator, Sequence

from readiness.catalog.rules import TIERS, Trait
from readiness.checklists.kinds import KINDS, Kinds, strongest
from readiness.checklists.pack import Pack, PackCriterion, PackItem, Param, Way
from readiness.checklists.pack_errors import ErrorLog, PackError, PackErrors
from readiness.checklists.pack_fields import (
    MAX_KEY,
    Fields,
    described,
    did_you_mean,
    is_strange,
    one_of,
    shown,
)
from readiness.checklists.pack_source import ListNode, MappingNode, Node, RefusedNode, ScalarNode, read_source
from readiness.checklists.rules import ALWAYS, AppliesWhen, Category, Gate, How, Strength

MAX_ITEMS = 500
MAX_CRITERIA = 20
MAX_WAYS = 8
MAX_DAYS = 1825
MAX_PARAMS_JSON = 8_000
MAX_TITLE = 160
MAX_SENTENCES = 1_000
MAX_SUMMARY = 2_100
MAX_GUIDANCE = 20_000

_PACK = ("key", "name", "summary", "extends", "items")
_ITEM = (
    "key",
    "category",
    "chapter",
    "gate",
    "hard_when",
    "applies_when",
    "minimum_strength",
    "valid_days",
    "title",
    "requirement",
    "why",
    "guidance",
    "criteria",
)
_CRITERION = ("key", "text", "applies_when", "minimum_strength", "valid_days", "ways")
_WAY = (*(how.value for how in How), "params")
_APPLIES = ("any_traits", "all_traits", "without_traits", "tiers")


type Bases = Callable[[str], Pack | None]
"""From the key of a checklist to what it asks for now, for packs that extend it."""


def no_base(_: str) -> None:
    """Where there is nothing to extend."""


def read_pack(text: str | bytes, kinds: Kinds = KINDS, *, bases: Bases = no_base) -> Pack:
    """Raises PackErrors with everything that is wrong. `kinds` are the kinds of proof that exist.

    A pack that extends another is answered whole: nothing in it says any more where its items came from.
    """
    log = ErrorLog()
    try:
        root = read_source(decoded(text), log)
    except PackErrors as stop:
        raise PackErrors([*log.errors, *stop.errors]) from stop
    if not isinstance(root, MappingNode):
        log.add(
            root.line, root.column, "", f"a pack is a mapping with key, name, summary and items, not {described(root)}"
        )
        raise PackErrors(log.errors)
    pack = _Reader(log, kinds, bases).pack(Fields(root, "", log))
    log.raise_if_any()
    return pack


def decoded(text: str | bytes) -> str:
    if isinstance(text, str):
        return text
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise PackErrors([PackError(line, 1, "", "not UTF-8 text")]) from error


class _Reader:
    def __init__(self, log: ErrorLog, kinds: Kinds, bases: Bases) -> None:
        self._log = log
        self._kinds = kinds
        self._bases = bases

    def pack(self, fields: Fields) -> Pack:
        fields.refuse_unknown(_PACK)
        inner = fields.mappings("items", MAX_ITEMS)
        _name(inner, "item", "")
        base = self.base(fields) if fields.has("extends") else None
        items = tuple(self.item(item) for item in inner)
        whole = base.extended_by(items) if base else items
        if len(whole) > MAX_ITEMS:
            fields.complain(f"with what it extends it has {len(whole)} items; at most {MAX_ITEMS} are allowed")
        return Pack(
            key=fields.key(),
            name=fields.line("name", MAX_TITLE),
            summary=fields.line("summary", MAX_SUMMARY),
            items=whole,
        )

    def base(self, fields: Fields) -> Pack | None:
        key = fields.key("extends")
        base = self._bases(key) if key else None
        if key and base is None:
            place = fields.node.nodes["extends"]
            fields.complain(f"`extends` names “{key}”; no published checklist has this key", place)
        return base

    def item(self, fields: Fields) -> PackItem:
        fields.refuse_unknown(_ITEM)
        inner = fields.mappings("criteria", MAX_CRITERIA)
        _name(inner, "criterion", fields.path)
        strength = fields.choice("minimum_strength", Strength)
        item = PackItem(
            key=fields.key(),
            category=fields.choice("category", Category),
            title=fields.line("title", MAX_TITLE),
            requirement=fields.line("requirement", MAX_SENTENCES),
            why=fields.line("why", MAX_SENTENCES),
            guidance=fields.paragraphs("guidance", MAX_GUIDANCE),
            gate=fields.choice("gate", Gate),
            minimum_strength=strength,
            valid_days=fields.days("valid_days", MAX_DAYS),
            criteria=tuple(self.criterion(criterion, strength) for criterion in inner),
            applies_when=self.applies_when(fields) or ALWAYS,
            hard_when=self.applies_when(fields, "hard_when"),
            chapter=fields.line("chapter", MAX_TITLE) if fields.has("chapter") else "",
        )
        _check_item(item, fields)
        return item

    def criterion(self, fields: Fields, item_strength: Strength) -> PackCriterion:
        fields.refuse_unknown(_CRITERION)
        strength = fields.optional_choice("minimum_strength", Strength)
        ways = [self.way(way, strength or item_strength) for way in fields.mappings("ways", MAX_WAYS)]
        return PackCriterion(
            key=fields.key(),
            text=fields.line("text", MAX_SENTENCES),
            ways=tuple(way for way in ways if way),
            applies_when=self.applies_when(fields) or ALWAYS,
            valid_days=fields.optional_days("valid_days", MAX_DAYS),
            minimum_strength=strength,
        )

    def way(self, fields: Fields, minimum: Strength) -> Way | None:
        fields.refuse_unknown(_WAY)
        params = self.params(fields)
        hows = [how for how in How if fields.has(how.value)]
        if len(hows) != 1:
            given = one_of(how.value for how in hows).replace(" or ", " and ") if hows else "none"
            fields.complain(f"a way names exactly one of {one_of(How)}; here: {given}")
            return None
        how = hows[0]
        kind = fields.line(how.value, MAX_KEY)
        if not kind:
            return None
        place = fields.node.nodes[how.value]
        if kind not in self._kinds.get(how, ()):
            known = self._kinds.get(how, frozenset())
            fields.complain(f"unknown {how.value} `{shown(kind)}`{did_you_mean(kind, known)}", place)
        elif not strongest(how, kind).meets(minimum):
            worth = f"{how.value} `{kind}` is worth {strongest(how, kind)} at best"
            fields.complain(f"{worth}, and {minimum} is asked for: it could never count", place)
        return Way(how, kind, params)

    def applies_when(self, outer: Fields, name: str = "applies_when") -> AppliesWhen | None:
        fields = outer.mapping(name)
        if fields is None:
            return None
        fields.refuse_unknown(_APPLIES)
        if not fields.node.nodes:
            fields.complain(f"`{name}` must not be empty; leave it out for every service")
        parts = {part: _traits(fields, part) for part in _APPLIES[:3]}
        rule = AppliesWhen(**parts, tiers=_tiers(fields))
        clash = set(rule.without_traits) & {*rule.any_traits, *rule.all_traits}
        for trait in sorted(clash):
            fields.complain(f"`{name}` asks for {trait} and for its absence")
        return rule

    def params(self, outer: Fields) -> dict[str, Param]:
        fields = outer.mapping("params")
        if fields is None:
            return {}
        params = _params(fields.node, fields)
        size = len(json.dumps(params))
        if size > MAX_PARAMS_JSON:
            fields.complain(f"`params` takes {size:,} characters; at most {MAX_PARAMS_JSON:,} are allowed")
        return params


def _name(inner: list[Fields], noun: str, path: str) -> None:
    """Gives each mapping of a list its path, by key where it has one, and refuses a key used twice."""
    first: dict[str, int] = {}
    for number, fields in enumerate(inner, start=1):
        node = fields.node.nodes.get("key")
        key = node.raw.strip() if isinstance(node, ScalarNode) else ""
        name = f"{noun} `{shown(key)}`" if key else f"{noun} {number}"
        fields.path = f"{path}, {name}" if path else name
        if key and key in first:
            fields.complain(f"`key` is used twice; first on line {first[key]}", node)
        elif key and node:
            first[key] = node.line


def _traits(fields: Fields, name: str) -> tuple[Trait, ...]:
    wanted = set()
    for node in fields.nodes(name, len(Trait)) if fields.has(name) else ():
        raw = node.raw if isinstance(node, ScalarNode) else ""
        if raw in Trait and Trait(raw) not in wanted:
            wanted.add(Trait(raw))
        elif raw in Trait:
            fields.complain(f"`{name}` names `{raw}` twice", node)
        elif not isinstance(node, RefusedNode):
            fields.complain(f"`{name}` names an unknown trait, {described(node)}{did_you_mean(raw, list(Trait))}", node)
    return tuple(trait for trait in Trait if trait in wanted)


def _tiers(fields: Fields) -> tuple[int, ...]:
    wanted = set()
    for node in fields.nodes("tiers", len(TIERS)) if fields.has("tiers") else ():
        value = node.value if isinstance(node, ScalarNode) else None
        if type(value) is int and value in TIERS and value not in wanted:
            wanted.add(value)
        elif not isinstance(node, RefusedNode):
            twice = " twice" if type(value) is int and value in wanted else ""
            fields.complain(f"`tiers` must name each of 1, 2, 3 or 4 once, not {described(node)}{twice}", node)
    return tuple(sorted(wanted))


def _param(node: Node, fields: Fields) -> Param:
    match node:
        case ListNode(nodes=nodes):
            return [_param(inner, fields) for inner in nodes]
        case MappingNode():
            return _params(node, fields)
        case ScalarNode(value=value):
            if isinstance(value, str) and any(is_strange(char) for char in value):
                fields.complain("`params` holds a character that can't be shown", node)
            return value
    return None


def _params(node: MappingNode, fields: Fields) -> dict[str, Param]:
    for name, place in node.keys.items():
        if any(is_strange(char) for char in name):
            fields.complain("`params` holds a name that can't be shown", place)
    return {name: _param(inner, fields) for name, inner in sorted(node.nodes.items())}


def _check_item(item: PackItem, fields: Fields) -> None:
    if item.hard_when and item.gate is Gate.TRACKED:
        fields.complain("`hard_when` narrows a hard gate; this item's `gate` is tracked")
    if item.criteria and not _always_asks_something(item):
        fields.complain(
            "for some services that the item counts for, none of its criteria does: it would be met without proof"
        )


def _always_asks_something(item: PackItem) -> bool:
    """Tries every service that could tell the item's criteria apart."""
    rules = [criterion.applies_when for criterion in item.criteria]
    if any(rule.is_always or rule == item.applies_when for rule in rules):
        return True
    named = sorted({trait for rule in [item.applies_when, *rules] for trait in _named_traits(rule)})
    return all(
        any(rule.holds(tier, traits) for rule in rules)
        for tier in TIERS
        for traits in _subsets(named)
        if item.applies_when.holds(tier, traits)
    )


def _subsets(traits: Sequence[Trait]) -> Iterator[tuple[Trait, ...]]:
    return itertools.chain.from_iterable(itertools.combinations(traits, size) for size in range(len(traits) + 1))


def _named_traits(rule: AppliesWhen) -> tuple[Trait, ...]:
    return rule.any_traits + rule.all_traits + rule.without_traits
