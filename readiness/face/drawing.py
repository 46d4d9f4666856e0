"""Small pictures as SVG, drawn by the server: no script, and colours by class, because the CSP forbids inline styles.

Each stands beside the same facts in words or in a table, so a reader who sees no picture misses nothing: what only repeats them
is hidden from screen readers, and what stands alone has a label.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

HAIR = 0.6
"""Between two parts of a bar, of a width of 100."""
LEAST = 0.8
"""What is there at all can be seen."""
NEARLY_OVER = 0.15
"""Of the time for which proof holds."""


def meter(fill: float, tone: str, mark: float | None = None) -> SafeString:
    """A bar filled up to `fill` (0 to 1), with a line at `mark`: how far something is from its limit."""
    width = max(LEAST, min(100.0, fill * 100)) if fill > 0 else 0.0
    line = (
        format_html('<rect class="draw-mark" x="{}" width="0.9" height="14"/>', _at(mark)) if mark is not None else ""
    )
    return format_html(
        '<svg class="draw draw-meter" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="draw-track" y="4" width="100" height="6"/><rect class="fill-{}" y="4" width="{}" height="6"/>{}</svg>',
        tone, f"{width:.2f}", line,
    )  # fmt: skip


def _at(place: float) -> str:
    return f"{min(99.1, max(0.0, place * 100)):.2f}"


def stack(parts: Iterable[tuple[float, str]]) -> SafeString:
    """One bar of several parts, each (number, tone)."""
    parts = [(number, tone) for number, tone in parts if number > 0]
    total = sum(number for number, _ in parts) or 1
    rects, at = [], 0.0
    for number, tone in parts:
        width = 100 * number / total
        rects.append((tone, f"{at:.2f}", f"{max(width - HAIR, LEAST):.2f}"))
        at += width
    return format_html(
        '<svg class="draw draw-stack" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">{}</svg>',
        format_html_join("", '<rect class="fill-{}" x="{}" width="{}" height="10"/>', rects),
    )


def span(covered: Iterable[tuple[float, float, str]], now: float | None = None) -> SafeString:
    """A line of time (0 to 1) with the stretches (from, to, tone) that are covered, and a mark for now."""
    rects = [
        (tone, f"{start * 100:.2f}", f"{max((end - start) * 100, LEAST):.2f}")
        for start, end, tone in covered
        if end > start
    ]
    mark = format_html('<rect class="draw-now" x="{}" width="0.9" height="14"/>', _at(now)) if now is not None else ""
    return format_html(
        '<svg class="draw draw-span" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="draw-track" y="5" width="100" height="4"/>{}{}</svg>',
        format_html_join("", '<rect class="fill-{}" x="{}" y="5" width="{}" height="4"/>', rects), mark,
    )  # fmt: skip


def validity(start: datetime, end: datetime, now: datetime) -> SafeString:
    """From when it was observed to when it expires; the part that is left is lit."""
    whole = (end - start).total_seconds() or 1.0
    place = min(1.0, max(0.0, (now - start).total_seconds() / whole))
    left = 1 - place
    tone = "good" if left > NEARLY_OVER else "warn"
    return span([(place, 1.0, tone)] if left > 0 else [], now=place)


def sparkline(values: Sequence[float | None], label: str, limit: float | None = None) -> SafeString:
    """The last values, oldest first; None leaves a hole. `limit` is drawn as a dashed line where it is near enough."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(known), max(known)
    reach = (high - low) or abs(high) or 1.0
    if limit is not None and low - 2 * reach <= limit <= high + 2 * reach:
        low, high = min(low, limit), max(high, limit)
    y = _scale(low, high)
    step = 116 / max(1, len(values) - 1)
    points = [(2 + index * step, y(value)) if value is not None else None for index, value in enumerate(values)]
    lines = format_html_join(
        "", '<polyline class="draw-line" points="{}"/>', ((_path(part),) for part in _stretches(points))
    )
    dashed = (
        format_html('<line class="draw-limit" x1="2" x2="118" y1="{0}" y2="{0}"/>', f"{y(limit):.1f}")
        if limit is not None and low <= limit <= high
        else ""
    )
    last = next(point for point in reversed(points) if point)
    return format_html(
        '<svg class="draw draw-trend" viewBox="0 0 120 28" role="img" aria-label="{}"><title>{}</title>{}{}'
        '<circle class="draw-dot" cx="{}" cy="{}" r="2.2"/></svg>',
        label, label, dashed, lines, f"{last[0]:.1f}", f"{last[1]:.1f}",
    )  # fmt: skip


def _scale(low: float, high: float) -> Callable[[float], float]:
    """From a value to a height in the picture, whose top is 0."""
    reach = (high - low) or 1.0
    return lambda value: 25 - 22 * (value - low) / reach


type Point = tuple[float, float]


def _stretches(points: Iterable[Point | None]) -> Iterator[list[Point]]:
    """The parts between the holes; a lone point becomes a short dash."""
    part: list[Point] = []
    for point in (*points, None):
        if point:
            part.append(point)
        elif part:
            yield part if len(part) > 1 else [part[0], (part[0][0] + 0.5, part[0][1])]
            part = []


def _path(points: Iterable[Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
