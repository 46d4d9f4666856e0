"""From a `Pack` to YAML text: the same pack always gives the same text, and `read_pack` reads it back unchanged."""

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, FoldedScalarString, LiteralScalarString

from readiness.checklists.pack import Pack

_WIDTH = 110
_LONG = 80
"""Characters from which a text gets lines of its own, wrapped."""

_WORD = re.compile(r"[A-Za-z0-9_.-]+")


def write_pack(pack: Pack) -> str:
    yaml = YAML(typ="rt", pure=True)
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.allow_unicode = True
    stream = io.StringIO()
    yaml.dump(_styled(pack.as_mapping()), stream)
    return stream.getvalue()


def _styled(value: Any) -> Any:
    match value:
        case dict():
            return CommentedMap((_text(name), _styled(inner)) for name, inner in value.items())
        case list():
            return _styled_list(value)
        case str():
            return _text(value)
    return value


def _styled_list(values: list[Any]) -> CommentedSeq:
    styled = CommentedSeq(_styled(value) for value in values)
    if all(_WORD.fullmatch(str(value)) for value in values):
        styled.fa.set_flow_style()
    return styled


def _text(text: str) -> Any:
    """A block where it shows the text exactly, plain where nothing in it could mean something else, quoted otherwise."""
    if "\n" in text and _is_literal(text):
        return LiteralScalarString(text + "\n")
    if len(text) > _LONG and text.isprintable() and text == " ".join(text.split()):
        return FoldedScalarString(text)
    # The library writes a few texts plain that it would read back as something else, such as `?a` in a list.
    return text if text[:1].isalnum() and text.isprintable() else DoubleQuotedScalarString(text)


def _is_literal(text: str) -> bool:
    return text[0] not in " \t" and text.splitlines() == text.split("\n") and text.replace("\n", "").isprintable()
