"""What people write as Markdown, as HTML that can do nothing but be read.

Rendered without raw HTML, then cleaned with nh3 by a list of what may stay: two nets, because the text is anybody's. It
stands inside `hx-ignore`, so that htmx looks at no attribute in there even if one came through.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore

_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "a", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_FIRST_HEADING = 3
"""A page has its h1 and h2 already."""


def _lower_headings(state: StateCore) -> None:
    for token in state.tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(6, int(token.tag[1]) + _FIRST_HEADING - 1)}"


# "js-default" takes no HTML, knows tables, and does not turn every "example.com" into a link.
_markdown = MarkdownIt("js-default")
_markdown.core.ruler.push("lower_headings", _lower_headings)


@lru_cache(maxsize=512)
def rendered(text: str) -> SafeString:
    """A `div.prose`; empty for text that says nothing. Images are left out: they would tell their server who reads."""
    if not text.strip():
        return SafeString("")
    clean = nh3.clean(
        _markdown.render(text),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(f'<div class="prose" hx-ignore>\n{clean}</div>')  # noqa: S308 - cleaned one line above
