"""{% load checklists %}: how a difference between two versions is shown, and how an item has proved itself."""

import re
from collections.abc import Mapping

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from readiness.checklists.models import Tally
from readiness.checklists.word_difference import Piece, pieces
from readiness.checklists.wording import field_label

LONG, NEAR = 60, 20
"""Words of a stretch that did not change: from when it is shortened, and how many are kept at each end."""

register = template.Library()
register.filter("field_label", field_label)


@register.filter
def tally_of(tallies: Mapping[str, Tally], key: str) -> Tally | None:
    """Nothing for an item that caught nothing and let nothing through."""
    tally = tallies.get(key)
    return tally if tally and (tally.caught or tally.let_through) else None


@register.simple_tag
def word_difference(old: str, new: str) -> SafeString:
    """Both texts in one: `del` what went, `ins` what came. Long stretches that stayed are left out but for their ends."""
    found = pieces(old, new)
    last = len(found) - 1
    return format_html_join(
        "", "{}", ((_marked(piece, is_first=not n, is_last=n == last),) for n, piece in enumerate(found))
    )


def _marked(piece: Piece, *, is_first: bool, is_last: bool) -> SafeString:
    if piece.is_old:
        return format_html("<del>{}</del>", piece.text)
    if piece.is_new:
        return format_html("<ins>{}</ins>", piece.text)
    return format_html("{}", _ends(piece.text, at_start=not is_first, at_end=not is_last))


def _ends(text: str, *, at_start: bool, at_end: bool) -> str:
    """Of a long text the words next to what changed, after it and before it."""
    words = re.findall(r"\S+\s*|\s+", text)
    if len(words) <= LONG or not (at_start or at_end):
        return text
    start = "".join(words[:NEAR]).rstrip() if at_start else ""
    end = "".join(words[-NEAR:]) if at_end else ""
    return f"{start} … {end}".removeprefix("" if at_start else " ").removesuffix("" if at_end else " ")
