"""The stacked bar that shows how many items are what. SVG, because inline widths are forbidden by the CSP."""

from collections.abc import Mapping

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

PARTS = (
    ("met", "good", "met"),
    ("waived", "waived", "waived"),
    ("gaps", "warn", "gaps"),
    ("hard", "bad", "hard gates open"),
    ("stale", "calm", "stale"),
    ("unknown", "calm", "unknown"),
)
WIDTH, BREATH = 100.0, 0.6


def _rects(counts: Mapping[str, int], total: int) -> list[tuple[str, str, str]]:
    """(tone, x, width) of each part that has anything, left to right, with a hair of space between."""
    rects, at = [], 0.0
    for key, tone, _ in PARTS:
        width = WIDTH * counts.get(key, 0) / total
        if width:
            rects.append((tone, f"{at:.2f}", f"{max(width - BREATH, 0.4):.2f}"))
        at += width
    return rects


def bar(counts: Mapping[str, int]) -> SafeString:
    """An <svg> with one rectangle per kind, read out as "12 met, 2 gaps"."""
    total = sum(counts.get(key, 0) for key, _, _ in PARTS)
    words = ", ".join(f"{counts[key]} {word}" for key, _, word in PARTS if counts.get(key)) or "no items yet"
    rects = _rects(counts, total) if total else []
    return format_html(
        '<svg class="standing" role="img" aria-label="{}" viewBox="0 0 100 6" preserveAspectRatio="none">'
        "<title>{}</title>{}</svg>",
        words,
        words,
        format_html_join("", '<rect class="fill-{}" x="{}" width="{}" height="6"/>', rects),
    )
