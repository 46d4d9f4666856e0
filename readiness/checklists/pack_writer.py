"""From a `Pack` to YAML text: the same pack always gives the same text, and `read_pack` reads it back unchanged."""

import io
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

from readiness.checklists.pack import Pack

_WIDTH = 110
_LONG = 80
"""Characters from which a text gets lines of its own, wrapped."""


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
            return CommentedMap((name, _styled(inner)) for name, inner in value.items())
        case list():
            return _styled_list(value)
        case str() if "\n" in value and _is_literal(value):
            return LiteralScalarString(value + "\n")
        case str() if len(value) > _LONG and value.isprintable() and value == " ".join(value.split()):
            return FoldedScalarString(value)
    return value


def _styled_list(values: list[Any]) -> CommentedSeq:
    styled = CommentedSeq(_styled(value) for value in values)
    if not any(isinstance(value, dict | list) for value in values):
        styled.fa.set_flow_style()
    return styled


def _is_literal(text: str) -> bool:
    """Whether a block shows the text exactly; anything unusual is quoted instead."""
    return text[0] not in " \t" and text.splitlines() == text.split("\n") and (text.replace("\n", "").isprintable())
