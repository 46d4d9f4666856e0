"""{% load checklists %}: how a difference between two versions is shown."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from readiness.checklists.word_difference import Piece, pieces
from readiness.checklists.wording import field_label

register = template.Library()
register.filter("field_label", field_label)


@register.simple_tag
def word_difference(old: str, new: str) -> SafeString:
    """Both texts in one: `del` what went, `ins` what came, each with a word for those who can't see it."""
    return format_html_join("", "{}", ((_marked(piece),) for piece in pieces(old, new)))


def _marked(piece: Piece) -> SafeString:
    if piece.is_old:
        return format_html("<del>{}</del>", piece.text)
    if piece.is_new:
        return format_html("<ins>{}</ins>", piece.text)
    return format_html("{}", piece.text)
