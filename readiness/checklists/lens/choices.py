"""The choices of a question, and what a lens has to say about each, as guidance."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from readiness.checklists.pack_fields import Fields, tidy
from readiness.checklists.pack_source import ListNode, MappingNode, ScalarNode

MAX_TEXT = 4_000
_ADDRESS = re.compile(r"https?://[^\s<>\\]+")
_MARKS = re.compile(r"([\\`*_\[\]#~|])")


@dataclass(frozen=True, slots=True)
class Advice:
    """A text and an address; either may be empty."""

    text: str = ""
    url: str = ""

    def __str__(self) -> str:
        if not _ADDRESS.fullmatch(self.url):
            return " ".join(filter(None, [self.text, _literal(self.url)]))
        return f"{self.text} [Read more](<{self.url}>)" if self.text else f"<{self.url}>"


@dataclass(frozen=True, slots=True)
class Choice:
    """`is_none`: "none of these", which nobody has to show. `is_disabled`: it can't be chosen any more."""

    id: str
    key: str
    title: str
    help: tuple[Advice, ...]
    plan: tuple[Advice, ...]
    is_none: bool
    is_disabled: bool

    @property
    def is_asked(self) -> bool:
        return not (self.is_none or self.is_disabled)


def advice_of(choice: Fields, name: str, extra: str) -> tuple[Advice, ...]:
    """What stands under `name`, then what `additionalResources` has of the type `extra`."""
    nodes = [choice.node.nodes.get(name)]
    for more in _entries(choice, "additionalResources"):
        kind = more.nodes.get("type")
        if isinstance(kind, ScalarNode) and kind.raw == extra:
            content = more.nodes.get("content")
            nodes += content.nodes if isinstance(content, ListNode) else [content]
    found = [_advice(Fields(node, choice.path, choice.log)) for node in nodes if isinstance(node, MappingNode)]
    return tuple(advice for advice in found if advice != Advice())


def _advice(fields: Fields) -> Advice:
    place = next(
        (name for name in fields.node.nodes if name.lower() == "url"), "url"
    )  # published lenses write `Url`, too
    return Advice(fields.maybe("displayText", MAX_TEXT), fields.maybe(place, MAX_TEXT))


def _entries(fields: Fields, name: str) -> list[MappingNode]:
    node = fields.node.nodes.get(name)
    return [entry for entry in node.nodes if isinstance(entry, MappingNode)] if isinstance(node, ListNode) else []


def guidance_of(choices: Sequence[Choice], asked: Collection[str], notes: str) -> str:
    """Markdown: the notes, then each choice with what helps and what to do next."""
    parts = [notes, *(_of_choice(choice, is_optional=choice.id not in asked) for choice in choices if choice.is_asked)]
    return tidy("\n\n".join(filter(None, parts)))


def _of_choice(choice: Choice, *, is_optional: bool) -> str:
    return "\n\n".join(_lines(choice, is_optional=is_optional))


def _lines(choice: Choice, *, is_optional: bool) -> Iterator[str]:
    yield f"**{_literal(choice.title)}**" + (" (not asked for)" if is_optional else "")
    yield from map(str, choice.help)
    for plan in choice.plan:
        yield f"*Next step:* {plan}"


def _literal(text: str) -> str:
    return _MARKS.sub(r"\\\1", text).replace("<", "&lt;")
