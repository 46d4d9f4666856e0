"""A service's decision as a small picture for a README: two words and a colour, drawn as SVG.

The word says what the colour says, and a title says both to whoever does not see it. Attributes, not styles: the site's content
policy holds for a picture that is opened by itself, too.
"""

from html import escape

from readiness.assessments.rules import Decision

LABEL = "readiness"
WORDS = {
    Decision.GO: ("go", "#1a7f37"),
    Decision.CONDITIONAL: ("conditional go", "#8a5a00"),
    Decision.NO_GO: ("no-go", "#b42318"),
}
NOT_MEASURED = ("not measured", "#59636e")
GREY = "#3d444d"
"""White on each of these has a contrast of 4.5 or more."""
HEIGHT, PADDING, TEXT = 20, 7, 11
_NARROW, _WIDE = set("filjrt- "), set("mw")


def drawn(decision: Decision | None) -> str:
    """An SVG document. None: the service is not measured yet."""
    word, colour = WORDS[decision] if decision else NOT_MEASURED
    left, right = (_width(text) + 2 * PADDING for text in (LABEL, word))
    title = escape(f"{LABEL}: {word}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'viewBox="0 0 {left + right} {HEIGHT}" role="img" aria-label="{title}"><title>{title}</title>'
        f'<path fill="{GREY}" d="M4 0H{left}V{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>'
        f'<path fill="{colour}" d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v{HEIGHT - 8}a4 4 0 0 1-4 4H{left}z"/>'
        f'<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="{TEXT}" text-anchor="middle">'
        f"{_text(LABEL, left / 2)}{_text(word, left + right / 2)}</g></svg>\n"
    )


def _text(word: str, middle: float) -> str:
    """`textLength` keeps it inside, whichever font the reader has."""
    return f'<text x="{middle:g}" y="14" textLength="{_width(word)}">{escape(word)}</text>'


def _width(word: str) -> int:
    """In pixels, about as Verdana sets it at this size."""
    return round(sum(4.2 if letter in _NARROW else 10 if letter in _WIDE else 6.6 for letter in word))
